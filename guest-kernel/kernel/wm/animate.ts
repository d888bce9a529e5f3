// How windows come, go and change their size: smoothly, where there is a desktop and nobody asked for less motion.

import {
  THEME_STILL,
  WINDOW_BACKGROUND,
  WINDOW_LAYER_MASK,
  WINDOW_NORMAL,
  WINDOW_OVERLAY,
} from "../../abi/window.ts";
import { motionArrive, motionLeave } from "../compositor/motion.ts";
import { devicePixels, screenWidth } from "../compositor/screen.ts";
import { OPACITY_FULL, Surface } from "../compositor/surface.ts";
import { AppWindow, windowAt, WINDOWS_MAX } from "./app-window.ts";
import { theme } from "./broadcast.ts";
import { workBottom } from "./geometry.ts";

const OPEN_NS: i64 = 160_000_000;
const CLOSE_NS: i64 = 120_000_000;
const MINIMISE_NS: i64 = 180_000_000;
const RESIZE_NS: i64 = 160_000_000;
const SMALLER: i32 = 24; // an opening window is smaller by this part of a side, at each side
const RISE: i32 = 8; // logical pixels that an overlay comes from below

/** A window shows for the first time. */
export function animateOpen(window: AppWindow): void {
  if (!moves(window)) return;
  const surface = window.surface;
  if (layerOf(window) == WINDOW_OVERLAY)
    motionArrive(surface, surface.left, surface.top + rise(), surface.width, surface.height, 0, CLOSE_NS);
  else arriveFrom(surface, surface.width / SMALLER, surface.height / SMALLER);
}

function arriveFrom(surface: Surface, across: i32, down: i32): void {
  motionArrive(
    surface,
    surface.left + across,
    surface.top + down,
    surface.width - 2 * across,
    surface.height - 2 * down,
    0,
    OPEN_NS,
  );
}

/** A window closes: what it showed fades, and the window's picture is gone. */
export function animateClose(window: AppWindow): void {
  const surface = window.surface;
  if (!window.mapped || !surface.visible || !moves(window)) return;
  const isOverlay = layerOf(window) == WINDOW_OVERLAY;
  const across = isOverlay ? 0 : surface.width / SMALLER;
  const down = isOverlay ? 0 : surface.height / SMALLER;
  motionLeave(
    surface,
    surface.left + across,
    surface.top + down + (isOverlay ? rise() : 0),
    surface.width - 2 * across,
    surface.height - 2 * down,
    CLOSE_NS,
    false,
  );
}

/** A window that shows is about to be minimised. */
export function animateMinimise(window: AppWindow): void {
  if (!moves(window)) return;
  const surface = window.surface;
  const width = surface.width / 4;
  motionLeave(surface, (screenWidth - width) / 2, workBottom(), width, surface.height / 4, MINIMISE_NS, true);
}

/** A minimised window shows again. */
export function animateShow(window: AppWindow): void {
  if (!moves(window)) return;
  const surface = window.surface;
  const width = surface.width / 4;
  motionArrive(surface, (screenWidth - width) / 2, workBottom(), width, surface.height / 4, 0, MINIMISE_NS);
}

/** A window that was elsewhere, or of another size, has gone to where it belongs. */
export function animateFrom(window: AppWindow, left: i32, top: i32, width: i32, height: i32): void {
  const surface = window.surface;
  const stays = surface.left == left && surface.top == top;
  if (!surface.visible || !moves(window) || (stays && surface.width == width && surface.height == height))
    return;
  motionArrive(surface, left, top, width, height, OPACITY_FULL, RESIZE_NS);
}

function moves(window: AppWindow): bool {
  const layer = layerOf(window);
  if (layer != WINDOW_NORMAL && layer != WINDOW_OVERLAY) return false;
  if ((theme & THEME_STILL) != 0) return false;
  for (let slot = 0; slot < WINDOWS_MAX; slot++) {
    const other = windowAt(slot);
    if (other.id != 0 && other.mapped && layerOf(other) == WINDOW_BACKGROUND) return true;
  }
  return false;
}

function layerOf(window: AppWindow): u32 {
  return window.flags & WINDOW_LAYER_MASK;
}

function rise(): i32 {
  return devicePixels(RISE);
}
