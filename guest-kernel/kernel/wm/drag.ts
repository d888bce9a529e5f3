// A window that the pointer moves or sizes.

import { WINDOW_STATE_MAXIMISED, WINDOW_STATE_SNAPPED } from "../../abi/window.ts";
import { devicePixels, screenWidth } from "../compositor/screen.ts";
import { AppWindow, windowIs } from "./app-window.ts";
import { windowLook } from "./focus.ts";
import { titleHeight, windowMove, windowMoveWithin, workTop } from "./geometry.ts";
import { EDGE_BOTTOM, EDGE_LEFT, EDGE_RIGHT, EDGE_TOP } from "./hit.ts";
import { pointerX, pointerY } from "./input-state.ts";
import {
  SNAP_LEFT,
  SNAP_NONE,
  SNAP_RIGHT,
  SNAP_TOP,
  windowConfigure,
  windowRestoreAt,
  windowSnap,
} from "./layout.ts";
import { previewHide, previewShow } from "./preview.ts";

// Logical pixels
const THRESHOLD: i32 = 5; // a drag begins
const SNAP_NEAR: i32 = 8; // from an edge of the screen
const MIN_WIDTH: i32 = 160; // of a window that is sized
const MIN_HEIGHT: i32 = 80;

const SIZED: u32 = WINDOW_STATE_MAXIMISED | WINDOW_STATE_SNAPPED;

let dragged: AppWindow | null = null;
let edges: u32 = 0; // EDGE_* that are moved; 0: the window is
let begun: bool = false; // the pointer has gone far enough
let startX: i32 = 0;
let startY: i32 = 0;
let startWidth: i32 = 0;
let startHeight: i32 = 0;
let graspX: i32 = 0; // where in the window the pointer holds it, of startWidth
let graspY: i32 = 0;
let snap: u32 = SNAP_NONE; // what letting go would do

/** The window that is dragged; null if none is. */
export function dragWindow(): AppWindow | null {
  return dragged;
}

/** The pointer has taken hold of edges of a window, EDGE_*, or of all of it: 0. */
export function dragBegin(window: AppWindow, graspedEdges: u32): void {
  const surface = window.surface;
  dragged = window;
  edges = graspedEdges;
  begun = false;
  startX = pointerX;
  startY = pointerY;
  startWidth = surface.width;
  startHeight = surface.height;
  graspX = pointerX - surface.left;
  graspY = pointerY - surface.top;
  snap = SNAP_NONE;
}

/** The pointer has moved. */
export function dragMove(): void {
  const window = dragged!;
  const threshold = devicePixels(THRESHOLD);
  if (!begun && abs(pointerX - startX) < threshold && abs(pointerY - startY) < threshold) return;
  begun = true;
  if (edges != 0) size(window);
  else move(window);
}

/** The window has another size: it stays where the pointer holds it. */
export function dragFollow(window: AppWindow): void {
  if (dragged === window && begun && edges == 0) place(window);
}

/** The pointer has let go. */
export function dragEnd(): void {
  const window = dragged!;
  dragged = null;
  previewHide();
  if (snap != SNAP_NONE) windowSnap(window, snap);
}

function move(window: AppWindow): void {
  if (windowIs(window, SIZED)) {
    graspY = min(graspY, titleHeight(window) - 1);
    windowRestoreAt(window, pointerX - (graspX * window.restoreWidth) / startWidth, pointerY - graspY);
    window.placePending = false; // dragFollow places it
  }
  place(window);
  snap = snapAt();
  if (snap == SNAP_NONE) previewHide();
  else previewShow(window, snap);
}

function place(window: AppWindow): void {
  const left = pointerX - (graspX * window.surface.width) / startWidth;
  const top = pointerY - graspY;
  if (windowIs(window, SIZED)) windowMove(window, left, top);
  else windowMoveWithin(window, left, top);
}

function snapAt(): u32 {
  const near = devicePixels(SNAP_NEAR);
  if (pointerX < near) return SNAP_LEFT;
  if (pointerX >= screenWidth - near) return SNAP_RIGHT;
  return pointerY < workTop() + near ? SNAP_TOP : SNAP_NONE;
}

function size(window: AppWindow): void {
  let width = startWidth;
  let height = startHeight;
  if ((edges & EDGE_LEFT) != 0) width += startX - pointerX;
  if ((edges & EDGE_RIGHT) != 0) width += pointerX - startX;
  if ((edges & EDGE_TOP) != 0) height += startY - max(pointerY, workTop());
  if ((edges & EDGE_BOTTOM) != 0) height += pointerY - startY;
  width = max(width, devicePixels(MIN_WIDTH));
  height = max(height, devicePixels(MIN_HEIGHT));
  if (width == window.wantedWidth && height == window.wantedHeight) return;
  if (windowIs(window, SIZED)) {
    window.state &= ~SIZED;
    windowLook(window);
  }
  windowConfigure(window, width, height);
  window.anchorRight = (edges & EDGE_LEFT) != 0;
  window.anchorBottom = (edges & EDGE_TOP) != 0;
}
