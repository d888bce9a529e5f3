import { Mask } from "./bitmap.ts";
import { multiplyCoverage } from "./blend.ts";
import { cornerMask } from "./rounded-corner.ts";
import {
  CORNERS_BOTTOM,
  CORNERS_TOP,
  CORNER_BOTTOM_LEFT,
  CORNER_BOTTOM_RIGHT,
  CORNER_TOP_LEFT,
  CORNER_TOP_RIGHT,
} from "./round-rect.ts";

const MIRROR_MAX: i32 = 4096;
const mirror = memory.data(MIRROR_MAX);

/** A rounded rectangle with its sides on pixel borders. */
export class DeviceRoundRect {
  private mask: Mask | null = null;
  /** Rows and columns of a corner. */
  size: i32 = 0;

  constructor(
    readonly left: i32,
    readonly top: i32,
    readonly right: i32,
    readonly bottom: i32,
    radius: f64,
    readonly corners: u8,
  ) {
    const limit = <f64>min(min(right - left, bottom - top) / 2, MIRROR_MAX);
    const limited = min(radius, limit);
    if (limited >= 0.5) {
      const mask = cornerMask(limited);
      this.mask = mask;
      this.size = mask.height;
    }
  }

  /** The row of the corner mask that a pixel row uses, or -1. */
  private maskRowOf(y: i32): i32 {
    if (y < this.top + this.size) return this.corners & CORNERS_TOP ? y - this.top : -1;
    if (y >= this.bottom - this.size) return this.corners & CORNERS_BOTTOM ? this.bottom - 1 - y : -1;
    return -1;
  }

  /** The address of the coverage of the left corner in this row, 0 if it has none. `size` bytes. */
  leftRow(y: i32): usize {
    const row = this.maskRowOf(y);
    if (row < 0 || !(this.corners & (y < this.top + this.size ? CORNER_TOP_LEFT : CORNER_BOTTOM_LEFT)))
      return 0;
    return (this.mask as Mask).row(row);
  }

  /** The same of the right corner. The bytes are there until the next call. */
  rightRow(y: i32): usize {
    const row = this.maskRowOf(y);
    if (row < 0 || !(this.corners & (y < this.top + this.size ? CORNER_TOP_RIGHT : CORNER_BOTTOM_RIGHT)))
      return 0;
    const from = (this.mask as Mask).row(row);
    for (let i = 0; i < this.size; i++) store<u8>(mirror + i, load<u8>(from + this.size - 1 - i));
    return mirror;
  }

  /** True if this row is narrower than the rectangle. */
  isRoundedRow(y: i32): bool {
    return this.maskRowOf(y) >= 0;
  }

  /** Takes what is outside of the corners from coverage bytes that start at pixel x. */
  cut(y: i32, x: i32, count: i32, coverage: usize): void {
    const leftBytes = this.leftRow(y);
    if (leftBytes) cutPart(this.left, this.size, leftBytes, x, count, coverage);
    const rightBytes = this.rightRow(y);
    if (rightBytes) cutPart(this.right - this.size, this.size, rightBytes, x, count, coverage);
  }
}

/** Multiplies where `size` bytes that start at pixel `at` overlap `count` bytes that start at pixel x. */
function cutPart(at: i32, size: i32, by: usize, x: i32, count: i32, coverage: usize): void {
  const from = max(at, x);
  const to = min(at + size, x + count);
  if (from < to) multiplyCoverage(coverage + (from - x), by + (from - at), to - from);
}
