// What processes do with windows of their own.

import { E_INVAL, E_LIMIT, E_NOMEM } from "../../abi/errors.ts";
import {
  CURSOR_NONE,
  WINDOW_BACKGROUND,
  WINDOW_CLOSE,
  WINDOW_FIXED_SIZE,
  WINDOW_LAYER_MASK,
  WINDOW_MAX_SIDE,
  WINDOW_NORMAL,
  WINDOW_STATE_MINIMISED,
  WINDOW_TITLE_MAX,
  WINDOW_TRANSPARENT,
} from "../../abi/window.ts";
import { motionCancel } from "../compositor/motion.ts";
import { screenDamage, surfaceDamage } from "../compositor/frame.ts";
import { Rect } from "../compositor/rect.ts";
import { screenHeight, screenWidth } from "../compositor/screen.ts";
import { surfaceAt, surfacePages, surfaceResize } from "../compositor/surface.ts";
import { Process, processName } from "../proc/process.ts";
import {
  AppWindow,
  TEXT_SIZE,
  windowApp,
  windowFree,
  windowIs,
  windowNormal,
  windowPages,
  windowStack,
  windowTake,
  windowTitle,
} from "./app-window.ts";
import { animateClose, animateFrom, animateOpen } from "./animate.ts";
import { tellScreenTo, tellWindows } from "./broadcast.ts";
import { dragFollow } from "./drag.ts";
import { focusForget, focusSet, windowLook } from "./focus.ts";
import { allowedSide, windowMove, windowPlace, workBottom, workTop } from "./geometry.ts";
import { paceSubmit } from "./pace.ts";
import { pointerForget, pointerLook } from "./pointer.ts";
import { keyboardForget } from "./keyboard.ts";
import { layoutAll, windowConfigure, windowSettle } from "./layout.ts";
import { switcherForget } from "./switcher.ts";

/** Frames that the pictures of one process's windows take at most: 64 MiB. */
const PAGES_MAX: u32 = 16384;

/** Opens a window of a process: its slot, -E_INVAL or -E_LIMIT. It shows once it has a picture. */
export function windowOpen(process: Process, width: u32, height: u32, flags: u32): i32 {
  if (width > WINDOW_MAX_SIDE || height > WINDOW_MAX_SIDE) return -E_INVAL;
  if ((flags & ~(WINDOW_LAYER_MASK | WINDOW_FIXED_SIZE | WINDOW_TRANSPARENT)) != 0) return -E_INVAL;
  const window = windowTake();
  if (window === null) return -E_LIMIT;
  window.pid = process.pid;
  window.holders = 1;
  window.flags = flags;
  window.surface.opaque = (flags & WINDOW_TRANSPARENT) == 0;
  memory.copy(windowApp(window), processName(process), TEXT_SIZE);
  memory.copy(windowTitle(window), processName(process), TEXT_SIZE);
  tellScreenTo(window);
  windowConfigure(window, firstWidth(flags, <i32>width), firstHeight(flags, <i32>height));
  tellWindows();
  return window.slot;
}

function firstWidth(flags: u32, width: i32): i32 {
  const layer = flags & WINDOW_LAYER_MASK;
  if (layer == WINDOW_BACKGROUND || width == 0) return screenWidth;
  return layer == WINDOW_NORMAL ? min(width, screenWidth) : width;
}

function firstHeight(flags: u32, height: i32): i32 {
  const layer = flags & WINDOW_LAYER_MASK;
  if (layer == WINDOW_BACKGROUND) return screenHeight;
  const room = layer == WINDOW_NORMAL ? workBottom() - workTop() : screenHeight;
  return height == 0 ? room : layer == WINDOW_NORMAL ? min(height, room) : height;
}

/** A handle less stands for a window; with the last one it closes, and nothing of it is left. */
export function windowRelease(window: AppWindow): void {
  if (--window.holders != 0) return;
  surfaceDamage(window.surface);
  const reserved = window.reservedTop + window.reservedBottom;
  pointerForget(window);
  keyboardForget(window);
  switcherForget(window);
  animateClose(window);
  windowFree(window);
  focusForget(window);
  if (reserved != 0) layoutAll(1, 1);
  pointerLook();
  tellWindows();
}

/** Sets the title: `length` bytes of UTF-8 at `text`, of which whole characters up to WINDOW_TITLE_MAX bytes stay. */
export function windowSetTitle(window: AppWindow, text: usize, length: u32): void {
  let kept = min(length, WINDOW_TITLE_MAX);
  if (kept < length) while (kept > 0 && (load<u8>(text + kept) & 0xc0) == 0x80) kept--;
  const title = windowTitle(window);
  memory.fill(title, 0, TEXT_SIZE);
  for (let i: usize = 0; i < kept; i++) {
    const byte = load<u8>(text + i);
    store<u8>(title + i, byte < 32 || byte == 127 ? 32 : byte); // a line of /sys/ui/windows stays one
  }
  tellWindows();
}

/**
 * Makes a window ready to take a picture of this size. 0; -E_INVAL for a size that none can have; -E_LIMIT, -E_NOMEM.
 * sizeChanged() tells whether all of the picture is needed.
 */
export function windowAccept(window: AppWindow, width: i32, height: i32): i32 {
  const surface = window.surface;
  resized = surface.width != width || surface.height != height;
  if (!resized) return 0;
  if (<u32>width - 1 >= WINDOW_MAX_SIDE || <u32>height - 1 >= WINDOW_MAX_SIDE) return -E_INVAL;
  const others = windowPages(window.pid) - surface.pages;
  if (others + surfacePages(width, height) > PAGES_MAX) return -E_LIMIT;
  const oldLeft = surface.left;
  const oldTop = surface.top;
  const oldWidth = surface.width;
  const oldHeight = surface.height;
  surfaceDamage(surface);
  motionCancel(surface);
  if (surfaceResize(surface, width, height) < 0) return -E_NOMEM;
  if (!window.mapped) return 0;
  windowMove(
    window,
    window.anchorRight ? surface.left + oldWidth - width : surface.left,
    window.anchorBottom ? surface.top + oldHeight - height : surface.top,
  );
  if (width == window.wantedWidth && height == window.wantedHeight && window.placePending) {
    windowSettle(window);
    animateFrom(window, oldLeft, oldTop, oldWidth, oldHeight);
  }
  dragFollow(window);
  surfaceDamage(surface);
  return 0;
}

let resized: bool = false;

/** True if the picture that was accepted last has another size than the one before. */
export function sizeChanged(): bool {
  return resized;
}

/** A rectangle of the picture, inside of it, has changed. */
export function windowDamage(window: AppWindow, rect: Rect): void {
  const surface = window.surface;
  if (!surface.visible) return;
  screenDamage(
    surface.left + rect.left,
    surface.top + rect.top,
    surface.left + rect.right,
    surface.top + rect.bottom,
  );
}

/** A picture has been taken: the window shows, if it did not before, and hears when it is on the screen. */
export function windowPresent(window: AppWindow): void {
  if (!window.mapped) map(window);
  paceSubmit(window);
}

function map(window: AppWindow): void {
  if (windowNormal(window)) {
    if (window.placePending) windowSettle(window);
    else windowPlace(window);
  }
  windowStack(window);
  windowLook(window);
  surfaceDamage(window.surface);
  animateOpen(window);
  if (windowNormal(window)) focusSet(window);
  pointerLook();
  tellWindows();
}

/** The kernel's address of a pixel of a window's picture. */
export function windowPixel(window: AppWindow, x: i32, y: i32): usize {
  return surfaceAt(window.surface, x, y);
}

/** Sets the least size that the user can give a window. */
export function windowSetMinimum(window: AppWindow, width: i32, height: i32): i32 {
  if (<u32>width > WINDOW_MAX_SIDE || <u32>height > WINDOW_MAX_SIDE) return -E_INVAL;
  window.minWidth = min(width, screenWidth);
  window.minHeight = min(height, screenHeight);
  return 0;
}

/** Sets the pointer's shape inside of a window, CURSOR_*. */
export function windowSetCursor(window: AppWindow, cursor: u32): i32 {
  if (cursor > CURSOR_NONE) return -E_INVAL;
  window.cursor = cursor;
  pointerLook();
  return 0;
}

/** Places a panel, overlay or background. */
export function windowSetPlace(window: AppWindow, left: i32, top: i32): void {
  const far = <i32>WINDOW_MAX_SIDE;
  windowMove(window, max(-far, min(left, far)), max(-far, min(top, far)));
}

/** Sets the rows that a panel takes from maximised windows. */
export function windowSetReserved(window: AppWindow, top: i32, bottom: i32): i32 {
  if (<u32>top > WINDOW_MAX_SIDE || <u32>bottom > WINDOW_MAX_SIDE) return -E_INVAL;
  if (window.reservedTop == top && window.reservedBottom == bottom) return 0;
  window.reservedTop = top;
  window.reservedBottom = bottom;
  layoutAll(1, 1);
  return 0;
}
