// Where a window would snap to if the pointer let go: a tinted shape below it.

import { screenHeight, screenWidth, devicePixels } from "../compositor/screen.ts";
import { surfaceDamage } from "../compositor/frame.ts";
import { stackInsert, stackLower, stackRemove } from "../compositor/stack.ts";
import { DIM_NONE, Surface } from "../compositor/surface.ts";
import { AppWindow } from "./app-window.ts";
import { workBottom, workTop } from "./geometry.ts";
import { SNAP_LEFT, SNAP_RIGHT } from "./layout.ts";

const COLOR: u32 = 0x661e3862; // premultiplied
const INSET: i32 = 8; // logical pixels

const surface = changetype<Surface>(memory.data(64, 8));
if (offsetof<Surface>() > 64) ERROR("surface");
let shown: u32 = 0; // SNAP_*

/** Shows where `window`, the topmost, would snap to: SNAP_*. */
export function previewShow(window: AppWindow, side: u32): void {
  if (shown == side) return;
  previewHide();
  shown = side;
  const inset = devicePixels(INSET);
  const half = screenWidth / 2;
  const left = side == SNAP_RIGHT ? half : 0;
  const right = side == SNAP_LEFT ? half : screenWidth;
  surface.left = left + inset;
  surface.top = workTop() + inset;
  surface.width = right - left - 2 * inset;
  surface.height = workBottom() - workTop() - 2 * inset;
  surface.color = COLOR;
  surface.radius = 1;
  surface.dim = DIM_NONE;
  surface.layer = window.surface.layer;
  surface.visible = surface.width > 0 && surface.height > 0 && screenHeight > 0;
  stackInsert(surface);
  stackLower(surface, window.surface);
  surfaceDamage(surface);
}

/** Hides it. */
export function previewHide(): void {
  if (shown == 0) return;
  shown = 0;
  surfaceDamage(surface);
  stackRemove(surface);
}
