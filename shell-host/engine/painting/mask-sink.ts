import { Mask } from "./bitmap.ts";
import { RowSink } from "./rasterizer.ts";

/** Keeps coverage in a mask whose corner is at pixel (left, top). Rows must be inside. */
export class MaskSink extends RowSink {
  constructor(
    private mask: Mask,
    private left: i32 = 0,
    private top: i32 = 0,
  ) {
    super();
  }

  row(y: i32, x: i32, count: i32, coverage: usize): void {
    const to = this.mask.row(y - this.top) + (x - this.left);
    if (coverage == 0) memory.fill(to, 255, count);
    else memory.copy(to, coverage, count);
  }
}
