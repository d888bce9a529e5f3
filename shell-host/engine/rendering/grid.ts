import { BoxConstraints } from "./constraints.ts";
import { RenderBox } from "./render-box.ts";

/** Children of one size in as many columns as fit; the columns share the width. As high as the rows. */
export class RenderGrid extends RenderBox {
  constructor(
    private cellWidth: f64,
    private cellHeight: f64,
    private spacing: f64,
  ) {
    super();
  }

  configure(cellWidth: f64, cellHeight: f64, spacing: f64): void {
    if (cellWidth == this.cellWidth && cellHeight == this.cellHeight && spacing == this.spacing) return;
    this.cellWidth = cellWidth;
    this.cellHeight = cellHeight;
    this.spacing = spacing;
    this.markNeedsLayout();
  }

  protected performLayout(): void {
    const width = this.constraints.maxWidth;
    const spacing = this.spacing;
    const columns = max(1, <i32>floor((width + spacing) / (this.cellWidth + spacing)));
    const cell = floor((width - spacing * (columns - 1)) / columns);
    const inner = new BoxConstraints(cell, cell, this.cellHeight, this.cellHeight);
    for (let i = 0; i < this.children.length; i++) {
      const child = this.children[i];
      child.layout(inner, false);
      child.x = (i % columns) * (cell + spacing);
      child.y = (i / columns) * (this.cellHeight + spacing);
    }
    const rows = (this.children.length + columns - 1) / columns;
    const height = rows == 0 ? 0 : rows * (this.cellHeight + spacing) - spacing;
    this.size = this.constraints.constrain(width, height);
  }
}
