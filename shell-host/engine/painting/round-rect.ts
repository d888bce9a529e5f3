import { Rect } from "../foundation/geometry.ts";

export const CORNER_TOP_LEFT: u8 = 1;
export const CORNER_TOP_RIGHT: u8 = 2;
export const CORNER_BOTTOM_LEFT: u8 = 4;
export const CORNER_BOTTOM_RIGHT: u8 = 8;
export const CORNERS_TOP: u8 = CORNER_TOP_LEFT | CORNER_TOP_RIGHT;
export const CORNERS_BOTTOM: u8 = CORNER_BOTTOM_LEFT | CORNER_BOTTOM_RIGHT;
export const CORNERS_ALL: u8 = CORNERS_TOP | CORNERS_BOTTOM;

/** A rectangle with rounded corners. */
export class RoundRect {
  constructor(
    readonly rect: Rect,
    readonly radius: f64,
    /** Which corners are rounded: CORNER_*. */
    readonly corners: u8 = CORNERS_ALL,
  ) {}

  equals(other: RoundRect): bool {
    return this.radius == other.radius && this.corners == other.corners && this.rect.equals(other.rect);
  }
}
