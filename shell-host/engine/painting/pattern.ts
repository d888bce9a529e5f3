import { Rect } from "../foundation/geometry.ts";

/** Pixels that depend on where they are: what a shape is filled with in place of a colour. */
export abstract class Pattern {
  /**
   * Stores `count` premultiplied pixels from (x, y) on to the right; everything in device pixels. `box` is what is filled. A pixel
   * depends on its place alone, so that a part drawn again looks as if all had been drawn.
   */
  abstract shade(to: usize, x: i32, y: i32, count: i32, box: Rect): void;
}
