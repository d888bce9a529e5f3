import { RenderBox } from "../rendering/render-box.ts";
import { RenderSemantics } from "../rendering/semantics.ts";
import { Widget } from "./framework.ts";
import { SingleChildWidget } from "./layout.ts";

/** Says what its child is to those who cannot see it, and to tests: a role such as `button`, and a name. */
export class Semantics extends SingleChildWidget {
  constructor(
    readonly role: string,
    readonly label: string,
    child: Widget | null,
    /** The name says all there is to say about what is in it. */
    readonly merges: bool = false,
  ) {
    super(child);
  }

  createRenderBox(): RenderBox {
    return new RenderSemantics(this.role, this.label, this.merges);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderSemantics).setMeaning(this.role, this.label, this.merges);
  }
}
