// What a window shows, in words: for those who cannot see it, and for tests.
//
//   button "Add" 16 142 84 36
//
// A line for each box that means something: role, label, left, top, width, height in device pixels of the window, children behind
// their parent and two blanks further in. What is scrolled out of sight is left out.

import { Rect } from "../foundation/geometry.ts";
import { RenderProxyBox } from "./proxy-box.ts";
import { RenderBox } from "./render-box.ts";

const MAX_LABEL: i32 = 1000; // UTF-16 units

/** Says what its child is. */
export class RenderSemantics extends RenderProxyBox {
  constructor(
    private role: string,
    private label: string,
    /** What is in it is said by the label. */
    private merges: bool,
  ) {
    super();
  }

  setMeaning(role: string, label: string, merges: bool): void {
    this.role = role;
    this.label = label;
    this.merges = merges;
  }

  semanticRole(): string {
    return this.role;
  }

  semanticLabel(): string {
    return this.label;
  }

  hidesSemantics(): bool {
    return this.merges;
  }
}

/** The lines of a tree, laid out; `scale`: device pixels for a logical one. */
export function describeTree(root: RenderBox, scale: f64): string {
  const writer = new SemanticsWriter(scale);
  writer.add(root, 0, 0, Rect.at(0, 0, root.size.width, root.size.height), "");
  return writer.lines.join("");
}

class SemanticsWriter {
  readonly lines: string[] = [];

  constructor(private scale: f64) {}

  add(box: RenderBox, x: f64, y: f64, clip: Rect, indent: string): void {
    const rect = Rect.at(x, y, box.size.width, box.size.height);
    const shown = rect.intersect(clip);
    const role = box.semanticRole();
    let inner = indent;
    if (role.length > 0 && !shown.isEmpty) {
      this.lines.push(indent + role + " " + quote(box.semanticLabel()) + this.place(rect) + "\n");
      inner = indent + "  ";
    }
    if (box.hidesSemantics()) return;
    const within = box.cutsChildren() ? shown : clip;
    if (within.isEmpty) return;
    for (let i = 0; i < box.children.length; i++) {
      const child = box.children[i];
      this.add(child, x + child.x, y + child.y, within, inner);
    }
  }

  private place(rect: Rect): string {
    const left = pixel(rect.left * this.scale);
    const top = pixel(rect.top * this.scale);
    const width = pixel(rect.right * this.scale) - left;
    const height = pixel(rect.bottom * this.scale) - top;
    return ` ${left} ${top} ${width} ${height}`;
  }
}

function pixel(at: f64): i32 {
  return <i32>floor(at + 0.5);
}

/** In quotes, in one line. */
function quote(label: string): string {
  let text = label.length > MAX_LABEL ? label.slice(0, MAX_LABEL) : label;
  text = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return '"' + text + '"';
}
