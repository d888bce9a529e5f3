import { RenderBox } from "../rendering/render-box.ts";
import { RenderGrid } from "../rendering/grid.ts";
import { RenderWidget, Widget } from "./framework.ts";

/** Children of one size, at least `cellWidth` wide, in as many columns as fit. */
export class Grid extends RenderWidget {
  constructor(
    private list: Widget[],
    readonly cellWidth: f64,
    readonly cellHeight: f64,
    readonly spacing: f64 = 8,
  ) {
    super();
  }

  children(): Widget[] {
    return this.list;
  }

  createRenderBox(): RenderBox {
    return new RenderGrid(this.cellWidth, this.cellHeight, this.spacing);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderGrid).configure(this.cellWidth, this.cellHeight, this.spacing);
  }
}
