// What is at a place of the screen: a window, and which part of it.

import { TITLE_BUTTON_WIDTH, WINDOW_FIXED_SIZE, WINDOW_STATE_MAXIMISED } from "../../abi/window.ts";
import { devicePixels } from "../compositor/screen.ts";
import { stackCount, stackSurface } from "../compositor/stack.ts";
import { Surface } from "../compositor/surface.ts";
import { AppWindow, windowIs, windowNormal, windowOf } from "./app-window.ts";
import { titleHeight } from "./geometry.ts";

export const PART_NONE: u32 = 0;
export const PART_INSIDE: u32 = 1; // the app's
export const PART_TITLE: u32 = 2;
export const PART_CLOSE: u32 = 3;
export const PART_MAXIMISE: u32 = 4;
export const PART_MINIMISE: u32 = 5;
export const PART_EDGE: u32 = 6; // hitEdges tells which

export const EDGE_LEFT: u32 = 1;
export const EDGE_RIGHT: u32 = 2;
export const EDGE_TOP: u32 = 4;
export const EDGE_BOTTOM: u32 = 8;

// Logical pixels: how far an edge can be grasped, outside and inside of the window; how far a corner goes along an edge.
const OUTSIDE: i32 = 6;
const INSIDE: i32 = 3;
const CORNER: i32 = 16;

/** The window that hitTest found; null for none. */
export let hitWindow: AppWindow | null = null;
/** EDGE_* of PART_EDGE. */
export let hitEdges: u32 = 0;

/** Finds the topmost window at a place: its part, PART_*. */
export function hitTest(x: i32, y: i32): u32 {
  hitWindow = null;
  hitEdges = 0;
  for (let place = stackCount() - 1; place >= 0; place--) {
    const surface = stackSurface(place);
    if (!surface.visible) continue;
    const window = windowOf(surface);
    if (window === null) continue;
    const part = partAt(window, surface, x, y);
    if (part == PART_NONE) continue;
    hitWindow = window;
    return part;
  }
  return PART_NONE;
}

function partAt(window: AppWindow, surface: Surface, x: i32, y: i32): u32 {
  const left = x - surface.left;
  const top = y - surface.top;
  const right = surface.width - 1 - left;
  const bottom = surface.height - 1 - top;
  if (sizable(window)) {
    const outside = devicePixels(OUTSIDE);
    if (min(min(left, right), min(top, bottom)) < -outside) return PART_NONE;
    hitEdges = edgesAt(left, top, right, bottom);
    if (hitEdges != 0) return PART_EDGE;
  }
  if (min(min(left, right), min(top, bottom)) < 0) return PART_NONE;
  return top < titleHeight(window) ? titlePart(window, right) : PART_INSIDE;
}

/** The part of a title bar that is `right` pixels from its right end. */
function titlePart(window: AppWindow, right: i32): u32 {
  const button = right / devicePixels(<i32>TITLE_BUTTON_WIDTH);
  const fixed = (window.flags & WINDOW_FIXED_SIZE) != 0;
  if (button == 0) return PART_CLOSE;
  if (button == 1) return fixed ? PART_MINIMISE : PART_MAXIMISE;
  return button == 2 && !fixed ? PART_MINIMISE : PART_TITLE;
}

/** The edges that are near, from the distances to them. Near a corner, both of its. */
function edgesAt(left: i32, top: i32, right: i32, bottom: i32): u32 {
  const inside = devicePixels(INSIDE);
  if (min(min(left, right), min(top, bottom)) >= inside) return 0;
  const corner = devicePixels(CORNER);
  let edges: u32 = 0;
  if (left < corner && left <= right) edges |= EDGE_LEFT;
  else if (right < corner) edges |= EDGE_RIGHT;
  if (top < corner && top <= bottom) edges |= EDGE_TOP;
  else if (bottom < corner) edges |= EDGE_BOTTOM;
  return edges;
}

function sizable(window: AppWindow): bool {
  return (
    windowNormal(window) &&
    (window.flags & WINDOW_FIXED_SIZE) == 0 &&
    !windowIs(window, WINDOW_STATE_MAXIMISED)
  );
}
