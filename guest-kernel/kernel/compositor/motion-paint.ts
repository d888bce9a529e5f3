// Paints what is on its way: its shadow and its picture, zoomed and faint.

import { cornerRadius, cornerRow } from "./corner.ts";
import { Motion } from "./motion.ts";
import { Rect, rectClip, rectEmpty, rectSet } from "./rect.ts";
import { coverRow, dimRow, fadeRow } from "./rows.ts";
import { screenAt } from "./screen.ts";
import { shadowAbove, shadowBelow, shadowMargin, shadowPaint } from "./shadow.ts";
import { DIM_NONE, SHADOW_NONE, Surface } from "./surface.ts";
import { zoomRow } from "./zoom.ts";

const part = changetype<Rect>(memory.data(16, 8));
const drawn = changetype<Surface>(memory.data(64, 8)); // the surface at the place and of the size that is drawn
if (offsetof<Surface>() > 64) ERROR("drawn");
const row = memory.data(16384, 16); // as wide as a screen can be

/** Paints the part of a moving surface that shows in `rect`, which is on the screen. Pixels that were painted. */
export function motionPaint(surface: Surface, motion: Motion, rect: Rect): u64 {
  memory.copy(changetype<usize>(drawn), changetype<usize>(surface), offsetof<Surface>());
  drawn.left = motion.left;
  drawn.top = motion.top;
  drawn.width = motion.width;
  drawn.height = motion.height;
  const right = drawn.left + drawn.width;
  const bottom = drawn.top + drawn.height;
  let painted: u64 = 0;
  if (surface.shadow != SHADOW_NONE) {
    rectSet(part, rect.left, rect.top, rect.right, rect.bottom);
    rectClip(
      part,
      drawn.left - shadowMargin(),
      drawn.top - shadowAbove(),
      right + shadowMargin(),
      bottom + shadowBelow(),
    );
    painted += pixelsOf(part);
    for (let y = part.top; y < part.bottom && part.left < part.right; y++)
      shadowPaint(drawn, motion.opacity, screenAt(part.left, y), y, part.left, part.right);
  }
  rectSet(part, rect.left, rect.top, rect.right, rect.bottom);
  rectClip(part, drawn.left, drawn.top, right, bottom);
  for (let y = part.top; y < part.bottom && part.left < part.right; y++) paintRow(surface, motion, y);
  return painted + pixelsOf(part);
}

function paintRow(surface: Surface, motion: Motion, y: i32): void {
  const count = part.right - part.left;
  const alpha: u32 = surface.opaque ? 0xff000000 : 0;
  zoomRow(row, surface, drawn.width, drawn.height, part.left - drawn.left, y - drawn.top, count);
  if (surface.opaque && surface.dim != DIM_NONE) dimRow(row, row, count, surface.dim);
  const line = min(y - drawn.top, drawn.top + drawn.height - 1 - y);
  const radius = surface.radius == 0 ? 0 : cornerRadius;
  if (line >= radius || min(drawn.width, drawn.height) < 2 * radius)
    return fadeRow(screenAt(part.left, y), row, count, alpha, motion.opacity);
  // Alpha is set here, so that what is cut stays cut.
  const left = max(part.left, min(part.right, drawn.left + radius));
  const right = max(left, min(part.right, drawn.left + drawn.width - radius));
  if (part.left < left)
    coverRow(row, cornerRow(line, part.left - drawn.left, false), left - part.left, alpha);
  if (left < right)
    fadeRow(screenAt(left, y), row + ((<usize>(left - part.left)) << 2), right - left, alpha, motion.opacity);
  if (right < part.right)
    coverRow(
      row + ((<usize>(right - part.left)) << 2),
      cornerRow(line, right - (drawn.left + drawn.width - radius), true),
      part.right - right,
      alpha,
    );
  if (part.left < left) fadeRow(screenAt(part.left, y), row, left - part.left, 0, motion.opacity);
  if (right < part.right)
    fadeRow(
      screenAt(right, y),
      row + ((<usize>(right - part.left)) << 2),
      part.right - right,
      0,
      motion.opacity,
    );
}

function pixelsOf(rect: Rect): u64 {
  return rectEmpty(rect) ? 0 : <u64>(rect.right - rect.left) * <u64>(rect.bottom - rect.top);
}
