// Sizes and states of windows. A window takes a size when its app has drawn it: until then it stays as it was, so that
// nothing half drawn ever shows.

import {
  WINDOW_BACKGROUND,
  WINDOW_EVENT_RESIZE,
  WINDOW_FIXED_SIZE,
  WINDOW_LAYER_MASK,
  WINDOW_STATE_MAXIMISED,
  WINDOW_STATE_MINIMISED,
  WINDOW_STATE_SNAPPED,
} from "../../abi/window.ts";
import { screenHeight, screenWidth } from "../compositor/screen.ts";
import { surfaceDamage } from "../compositor/frame.ts";
import { motionCancel } from "../compositor/motion.ts";
import { animateFrom, animateMinimise, animateShow } from "./animate.ts";
import { AppWindow, windowAt, windowIs, windowNormal, WINDOWS_MAX } from "./app-window.ts";
import { tellWindows } from "./broadcast.ts";
import { eventPost } from "./events.ts";
import { focusFallBack, focusWindow, windowLook } from "./focus.ts";
import { allowedSide, windowMove, windowMoveWithin, workBottom, workTop } from "./geometry.ts";

export const SNAP_NONE: u32 = 0;
export const SNAP_LEFT: u32 = 1;
export const SNAP_RIGHT: u32 = 2;
export const SNAP_TOP: u32 = 3; // maximised

const SIZED: u32 = WINDOW_STATE_MAXIMISED | WINDOW_STATE_SNAPPED;

/** Asks the app for a picture of another size. Its place then: its top left corner stays, or what is asked for next. */
export function windowConfigure(window: AppWindow, width: i32, height: i32): void {
  window.wantedWidth = allowedSide(width, window.minWidth);
  window.wantedHeight = allowedSide(height, window.minHeight);
  window.placePending = false;
  window.anchorRight = false;
  window.anchorBottom = false;
  tellSize(window);
}

/** The app wants another size: at once, or when it is no longer maximised. */
export function windowAskSize(window: AppWindow, width: i32, height: i32): void {
  if (!windowIs(window, SIZED)) return windowConfigure(window, width, height);
  window.restoreWidth = width;
  window.restoreHeight = height;
}

/** Asks as windowConfigure, and moves the window when its picture comes. */
function configureAt(window: AppWindow, left: i32, top: i32, width: i32, height: i32): void {
  windowConfigure(window, width, height);
  window.pendingLeft = left;
  window.pendingTop = top;
  window.placePending = true;
  const surface = window.surface;
  if (surface.width != window.wantedWidth || surface.height != window.wantedHeight) return;
  const oldLeft = surface.left;
  const oldTop = surface.top;
  windowSettle(window);
  animateFrom(window, oldLeft, oldTop, surface.width, surface.height);
}

function tellSize(window: AppWindow): void {
  eventPost(window, WINDOW_EVENT_RESIZE, window.wantedWidth, window.wantedHeight, window.state, 0);
}

/** A picture of the size that was asked for last is there: the window goes where it belongs. */
export function windowSettle(window: AppWindow): void {
  if (!window.placePending) return;
  window.placePending = false;
  windowMove(window, window.pendingLeft, window.pendingTop);
}

/** Maximises a window, or brings it back. One of a fixed size, or that is not one the user moves, stays. */
export function windowMaximise(window: AppWindow): void {
  if (windowIs(window, WINDOW_STATE_MAXIMISED)) windowRestore(window);
  else windowSnap(window, SNAP_TOP);
}

/** Lets a window fill half of the screen or all of it: SNAP_*. */
export function windowSnap(window: AppWindow, side: u32): void {
  if (!windowNormal(window) || (window.flags & WINDOW_FIXED_SIZE) != 0) return;
  if (!windowIs(window, SIZED)) rememberPlace(window);
  window.state &= ~SIZED;
  window.state |= side == SNAP_TOP ? WINDOW_STATE_MAXIMISED : WINDOW_STATE_SNAPPED;
  window.snapSide = side;
  fit(window);
  changed(window);
}

/** Brings a maximised or snapped window back to where it was. */
export function windowRestore(window: AppWindow): void {
  windowRestoreAt(window, window.restoreLeft, window.restoreTop);
}

/** Brings a maximised or snapped window back to its size, at another place. */
export function windowRestoreAt(window: AppWindow, left: i32, top: i32): void {
  if (!windowIs(window, SIZED)) return;
  window.state &= ~SIZED;
  window.snapSide = SNAP_NONE;
  configureAt(window, left, top, window.restoreWidth, window.restoreHeight);
  changed(window);
}

/** Takes a window off the screen until it is shown again. */
export function windowMinimise(window: AppWindow): void {
  if (!windowNormal(window) || !window.mapped || windowIs(window, WINDOW_STATE_MINIMISED)) return;
  surfaceDamage(window.surface);
  animateMinimise(window);
  window.surface.visible = false;
  window.state |= WINDOW_STATE_MINIMISED;
  if (focusWindow() === window) focusFallBack();
  tellWindows();
}

/** Puts a minimised window on the screen again. */
export function windowShow(window: AppWindow): void {
  if (!windowIs(window, WINDOW_STATE_MINIMISED)) return;
  window.state &= ~WINDOW_STATE_MINIMISED;
  window.surface.visible = true;
  motionCancel(window.surface);
  surfaceDamage(window.surface);
  animateShow(window);
  tellWindows();
}

/** Fits every window to a screen or to panels that have changed: sizes by `numerator` / `denominator`. */
export function layoutAll(numerator: i32, denominator: i32): void {
  for (let slot = 0; slot < WINDOWS_MAX; slot++) {
    const window = windowAt(slot);
    if (window.id == 0) continue;
    if ((window.flags & WINDOW_LAYER_MASK) == WINDOW_BACKGROUND) fitBackground(window);
    else if (windowIs(window, SIZED)) fit(window);
    else if (windowNormal(window)) rescale(window, numerator, denominator);
  }
}

function fitBackground(window: AppWindow): void {
  if (window.wantedWidth != screenWidth || window.wantedHeight != screenHeight)
    windowConfigure(window, screenWidth, screenHeight);
}

function rescale(window: AppWindow, numerator: i32, denominator: i32): void {
  if (numerator != denominator) {
    window.minWidth = (window.minWidth * numerator) / denominator;
    window.minHeight = (window.minHeight * numerator) / denominator;
    const width = (window.wantedWidth * numerator) / denominator;
    const height = (window.wantedHeight * numerator) / denominator;
    windowConfigure(window, min(width, screenWidth), min(height, workBottom() - workTop()));
  }
  if (window.mapped) windowMoveWithin(window, window.surface.left, window.surface.top);
}

function fit(window: AppWindow): void {
  const top = workTop();
  const height = workBottom() - top;
  const half = screenWidth / 2;
  if (window.snapSide == SNAP_LEFT) configureAt(window, 0, top, half, height);
  else if (window.snapSide == SNAP_RIGHT) configureAt(window, half, top, screenWidth - half, height);
  else configureAt(window, 0, top, screenWidth, height);
}

function rememberPlace(window: AppWindow): void {
  const surface = window.surface;
  window.restoreWidth = window.mapped ? surface.width : window.wantedWidth;
  window.restoreHeight = window.mapped ? surface.height : window.wantedHeight;
  window.restoreLeft = window.mapped ? surface.left : (screenWidth - window.restoreWidth) / 2;
  window.restoreTop = window.mapped ? surface.top : max(workTop(), (screenHeight - window.restoreHeight) / 2);
}

function changed(window: AppWindow): void {
  windowLook(window);
  tellWindows();
}
