// The pointer's picture, which whoever looks at the screen draws: told to the host when it changes.

import { CURSOR_ARROW, CURSOR_CROSS, CURSOR_HAND, CURSOR_NONE, CURSOR_TEXT } from "../../abi/window.ts";
import { screenScale } from "../compositor/screen.ts";
import { framebufferCursor } from "../drivers/framebuffer.ts";
import { cursorDraw } from "./cursor-picture.ts";
import { EDGE_BOTTOM, EDGE_LEFT, EDGE_RIGHT, EDGE_TOP } from "./hit.ts";

// Shapes: CURSOR_*, and those of the window manager itself.
export const SHAPE_ARROW: u32 = CURSOR_ARROW;
export const SHAPE_TEXT: u32 = CURSOR_TEXT;
export const SHAPE_HAND: u32 = CURSOR_HAND;
export const SHAPE_CROSS: u32 = CURSOR_CROSS;
export const SHAPE_NONE: u32 = CURSOR_NONE;
export const SHAPE_HORIZONTAL: u32 = 5;
export const SHAPE_VERTICAL: u32 = 6;
export const SHAPE_FALLING: u32 = 7; // from the upper left to the lower right
export const SHAPE_RISING: u32 = 8;
export const SHAPE_MOVE: u32 = 9;

const UNKNOWN: u32 = u32.MAX_VALUE;

let shown: u32 = UNKNOWN;
let shownScale: i32 = 0;

/** Gives the pointer a shape. */
export function cursorShow(shape: u32): void {
  if (shape == shown && screenScale == shownScale) return;
  shown = shape;
  shownScale = screenScale;
  framebufferCursor(shape == SHAPE_NONE ? 0 : cursorDraw(shape));
}

/** The shape that the pointer has. */
export function cursorShape(): u32 {
  return shown;
}

/** The shape over edges, EDGE_*. */
export function shapeOfEdges(edges: u32): u32 {
  if (edges == (EDGE_LEFT | EDGE_TOP) || edges == (EDGE_RIGHT | EDGE_BOTTOM)) return SHAPE_FALLING;
  if (edges == (EDGE_RIGHT | EDGE_TOP) || edges == (EDGE_LEFT | EDGE_BOTTOM)) return SHAPE_RISING;
  return (edges & (EDGE_LEFT | EDGE_RIGHT)) != 0 ? SHAPE_HORIZONTAL : SHAPE_VERTICAL;
}
