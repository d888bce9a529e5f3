// Places: what of the screen windows may take, where a new one goes, and what keeps one within reach.

import { TITLE_BAR_HEIGHT, WINDOW_MAX_SIDE } from "../../abi/window.ts";
import { devicePixels, screenHeight, screenWidth } from "../compositor/screen.ts";
import { surfaceMove } from "../compositor/frame.ts";
import { AppWindow, windowAt, windowNormal, WINDOWS_MAX } from "./app-window.ts";

const REACH: i32 = 72; // logical pixels of a title bar that stay on the screen
const CASCADE: i32 = 28; // from one new window to the next
const CASCADE_COUNT: i32 = 6;

let placed: i32 = 0; // windows so far

/** The first row that panels leave free. */
export function workTop(): i32 {
  let rows = 0;
  for (let slot = 0; slot < WINDOWS_MAX; slot++)
    if (windowAt(slot).id != 0) rows = max(rows, windowAt(slot).reservedTop);
  return min(rows, screenHeight / 4);
}

/** The first row behind those that panels leave free. */
export function workBottom(): i32 {
  let rows = 0;
  for (let slot = 0; slot < WINDOWS_MAX; slot++)
    if (windowAt(slot).id != 0) rows = max(rows, windowAt(slot).reservedBottom);
  return screenHeight - min(rows, screenHeight / 4);
}

/** Rows of a window's title bar, in device pixels; 0 of one that has none. */
export function titleHeight(window: AppWindow): i32 {
  return windowNormal(window) ? devicePixels(<i32>TITLE_BAR_HEIGHT) : 0;
}

/** Moves a window on the screen. */
export function windowMove(window: AppWindow, left: i32, top: i32): void {
  const surface = window.surface;
  if (surface.left == left && surface.top == top) return;
  surfaceMove(surface, left, top);
}

/** Moves a window, but so that its title bar stays within reach. */
export function windowMoveWithin(window: AppWindow, left: i32, top: i32): void {
  windowMove(window, reachableLeft(left, window.surface.width), reachableTop(top));
}

/** The column nearest to `left` at which a window of this width can be grasped. */
export function reachableLeft(left: i32, width: i32): i32 {
  const reach = min(devicePixels(REACH), width);
  return max(reach - width, min(left, screenWidth - reach));
}

/** The row nearest to `top` at which a window can be grasped. */
export function reachableTop(top: i32): i32 {
  return max(workTop(), min(top, workBottom() - devicePixels(<i32>TITLE_BAR_HEIGHT)));
}

/** Gives a new window a place: the middle of the screen, each a little further on than the one before. */
export function windowPlace(window: AppWindow): void {
  const surface = window.surface;
  const top = workTop();
  const step = devicePixels(CASCADE);
  const shift = (placed++ % CASCADE_COUNT) * step;
  const left = (screenWidth - surface.width) / 2 + shift - 2 * step;
  const middle = (workBottom() - top - surface.height) / 2 + top + shift - 2 * step;
  surface.left = reachableLeft(max(min(left, screenWidth - surface.width), 0), surface.width);
  surface.top = reachableTop(max(min(middle, workBottom() - surface.height), top));
}

/** A side that a window can have: at least `minimum` and 1. */
export function allowedSide(side: i32, minimum: i32): i32 {
  return max(1, min(max(side, minimum), <i32>WINDOW_MAX_SIDE));
}
