// Icons that packages bring along, as /sys/pkg/icons tells them: a line `NAME TOP BOTTOM PATH` for each package in the cache,
// two colours as RRGGBB and a drawing as SVG path data in a grid of 24 x 24.

import { Color } from "../../engine/painting/color.ts";
import { parseSvgPath } from "../../engine/painting/svg-path.ts";
import { IconLook } from "../../engine/widgets/app-icon.ts";
import { readTextFile } from "../../sdk/files.ts";

const GRID: f64 = 24;
const ICONS_FILE = "/sys/pkg/icons";

/** What the cache has of packages, as of one moment. */
export class CachedPackages {
  private lines: string[] = readTextFile(ICONS_FILE).content.split("\n");

  has(name: string): bool {
    return this.lineOf(name).length > 0;
  }

  /** The icon of a package; null if it is not in the cache, or has none. */
  iconOf(name: string): IconLook | null {
    const line = this.lineOf(name);
    return line.length > 0 ? parseIcon(line.slice(name.length + 1)) : null;
  }

  private lineOf(name: string): string {
    for (let i = 0; i < this.lines.length; i++)
      if (this.lines[i].startsWith(name + " ")) return this.lines[i];
    return "";
  }
}

/** The icon of `TOP BOTTOM PATH`; null if it is none. */
export function parseIcon(text: string): IconLook | null {
  if (text.length < 16 || text.charAt(6) != " " || text.charAt(13) != " ") return null;
  const top = colorOf(text.slice(0, 6));
  const bottom = colorOf(text.slice(7, 13));
  const data = text.slice(14);
  if (top == 0 || bottom == 0) return null;
  const drawing = parseSvgPath(data);
  const bounds = drawing.bounds();
  if (bounds.isEmpty || bounds.left < 0 || bounds.top < 0 || bounds.right > GRID || bounds.bottom > GRID)
    return null;
  return new IconLook(top, bottom, drawing);
}

/** 0xffRRGGBB; 0 if it is no colour. */
function colorOf(digits: string): Color {
  let value: u32 = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = "0123456789abcdef".indexOf(digits.charAt(i));
    if (digit < 0) return 0;
    value = value * 16 + <u32>digit;
  }
  return 0xff000000 | value;
}
