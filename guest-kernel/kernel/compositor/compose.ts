// Composes a rectangle of the screen: first, from the top down, what of each surface nothing opaque covers, then paints
// that, from the bottom up. So no pixel under an opaque window is ever touched.

import { cornerRadius, cornerRow } from "./corner.ts";
import { Rect, RECT_SIZE, rectClip, rectEmpty, rectSet } from "./rect.ts";
import { regionNext, regionOf, regionRect, regionReset, regionSubtract } from "./region.ts";
import { blendRow, dimPixel, dimRow, fillRow, maskRow, tintRow } from "./rows.ts";
import { screenAt } from "./screen.ts";
import { shadowAbove, shadowBelow, shadowMargin, shadowPaint } from "./shadow.ts";
import { STACK_MAX, stackCount, stackSurface } from "./stack.ts";
import { Motion } from "./motion.ts";
import { motionPaint } from "./motion-paint.ts";
import { DIM_NONE, OPACITY_FULL, SHADOW_NONE, Surface, surfaceAt } from "./surface.ts";

/** What shows where no surface is: 0xXXRRGGBB. */
export const BASE_COLOR: u32 = 0xff20242c;

/** What of the rectangle is not covered: by those above a surface, and by itself. */
@unmanaged
class Plan {
  start: u32;
  count: u32;
  restStart: u32;
  restCount: u32;
}

const plans = memory.data(1152, 8); // by place in the stack
if (offsetof<Plan>() * STACK_MAX != 1152) ERROR("plans");
const part = changetype<Rect>(memory.data(16, 8));
if (RECT_SIZE != 16) ERROR("part");

// A row of a dimmed surface, to be blended.
const ROW_MAX: i32 = 64;
const row = memory.data(256, 16);

let painted: u64 = 0;

/** Pixels written to the screen so far, one that is written twice counted twice. */
export function composedPixels(): u64 {
  return painted;
}

/** Composes the pixels of a rectangle that lies on the screen. */
export function compose(left: i32, top: i32, right: i32, bottom: i32): void {
  regionReset();
  let start = regionOf(left, top, right, bottom);
  let count: u32 = 1;
  let place = stackCount();
  while (place > 0 && count != 0) {
    const surface = stackSurface(--place);
    const plan = planOf(place);
    plan.start = start;
    plan.count = surface.visible ? count : 0;
    if (plan.count != 0 && surface.opaque && surface.motion == 0) {
      uncover(surface, start, count);
      start = coverStart;
      count = coverCount;
    }
    plan.restStart = start;
    plan.restCount = plan.count == 0 ? 0 : count;
  }
  for (let i: u32 = 0; i < count; i++) paintBase(regionRect(start + i));
  for (; place < stackCount(); place++) {
    if (planOf(place).count != 0) paint(stackSurface(place), planOf(place));
  }
}

let coverStart: u32 = 0;
let coverCount: u32 = 0;

/** Takes the opaque part of a surface out of a region: the rest is at coverStart. */
function uncover(surface: Surface, start: u32, count: u32): void {
  const right = surface.left + surface.width;
  const bottom = surface.top + surface.height;
  const radius = radiusOf(surface);
  coverStart = start;
  coverCount = count;
  take(surface.left, surface.top + radius, right, bottom - radius);
  if (radius == 0) return;
  take(surface.left + radius, surface.top, right - radius, surface.top + radius);
  take(surface.left + radius, bottom - radius, right - radius, bottom);
}

function take(left: i32, top: i32, right: i32, bottom: i32): void {
  if (left >= right || top >= bottom) return;
  const next = regionNext();
  const count = regionSubtract(coverStart, coverCount, left, top, right, bottom);
  if (count < 0) return; // too many parts: what is below is painted for nothing
  coverStart = next;
  coverCount = <u32>count;
}

/** The radius of the corners, less than half of a side. */
function radiusOf(surface: Surface): i32 {
  const radius = surface.radius == 0 ? 0 : cornerRadius;
  return min(radius, min(surface.width, surface.height) / 2) == radius ? radius : 0;
}

function paintBase(rect: Rect): void {
  for (let y = rect.top; y < rect.bottom; y++)
    fillRow(screenAt(rect.left, y), rect.right - rect.left, BASE_COLOR);
  tally(rect);
}

function paint(surface: Surface, plan: Plan): void {
  if (surface.motion != 0) {
    for (let i: u32 = 0; i < plan.count; i++)
      painted += motionPaint(surface, changetype<Motion>(surface.motion), regionRect(plan.start + i));
    return;
  }
  if (surface.shadow != SHADOW_NONE) {
    for (let i: u32 = 0; i < plan.restCount; i++) paintShadow(surface, regionRect(plan.restStart + i));
  }
  const radius = radiusOf(surface);
  const right = surface.left + surface.width;
  const bottom = surface.top + surface.height;
  for (let i: u32 = 0; i < plan.count; i++) {
    const rect = regionRect(plan.start + i);
    paintBody(surface, rect, surface.left, surface.top + radius, right, bottom - radius);
    if (radius == 0) continue;
    paintBody(surface, rect, surface.left + radius, surface.top, right - radius, surface.top + radius);
    paintBody(surface, rect, surface.left + radius, bottom - radius, right - radius, bottom);
  }
  if (radius == 0) return;
  for (let i: u32 = 0; i < plan.restCount; i++) {
    const rect = regionRect(plan.restStart + i);
    paintCorner(surface, rect, surface.left, surface.top, false, false);
    paintCorner(surface, rect, right - radius, surface.top, true, false);
    paintCorner(surface, rect, surface.left, bottom - radius, false, true);
    paintCorner(surface, rect, right - radius, bottom - radius, true, true);
  }
}

function paintShadow(surface: Surface, rect: Rect): void {
  rectSet(part, rect.left, rect.top, rect.right, rect.bottom);
  rectClip(
    part,
    surface.left - shadowMargin(),
    surface.top - shadowAbove(),
    surface.left + surface.width + shadowMargin(),
    surface.top + surface.height + shadowBelow(),
  );
  if (rectEmpty(part)) return;
  for (let y = part.top; y < part.bottom; y++)
    shadowPaint(surface, OPACITY_FULL, screenAt(part.left, y), y, part.left, part.right);
  tally(part);
}

/** Paints the part of a surface inside of the sides given that shows in `rect`. */
function paintBody(surface: Surface, rect: Rect, left: i32, top: i32, right: i32, bottom: i32): void {
  rectSet(part, rect.left, rect.top, rect.right, rect.bottom);
  rectClip(part, left, top, right, bottom);
  if (rectEmpty(part)) return;
  const width = part.right - part.left;
  for (let y = part.top; y < part.bottom; y++) {
    const to = screenAt(part.left, y);
    if (surface.pixels == 0) {
      tintRow(to, width, surface.color);
      continue;
    }
    const from = surfaceAt(surface, part.left - surface.left, y - surface.top);
    if (surface.opaque && surface.dim == DIM_NONE) memory.copy(to, from, (<usize>width) << 2);
    else if (surface.opaque) dimRow(to, from, width, surface.dim);
    else blendRow(to, from, width);
  }
  tally(part);
}

/** Paints a corner, whose square begins at `left`, `top`, where it shows in `rect`. */
function paintCorner(surface: Surface, rect: Rect, left: i32, top: i32, atRight: bool, atBottom: bool): void {
  rectSet(part, rect.left, rect.top, rect.right, rect.bottom);
  rectClip(part, left, top, left + cornerRadius, top + cornerRadius);
  if (rectEmpty(part)) return;
  const width = part.right - part.left;
  for (let y = part.top; y < part.bottom; y++) {
    const line = atBottom ? cornerRadius - 1 - (y - top) : y - top;
    const coverage = cornerRow(line, part.left - left, atRight);
    maskRow(
      screenAt(part.left, y),
      cornerPixels(surface, part.left, y, width),
      coverage,
      width,
      surface.opaque,
    );
  }
  tally(part);
}

/** At most cornerRadius pixels of a row of a surface, dimmed as it is. */
function cornerPixels(surface: Surface, x: i32, y: i32, width: i32): usize {
  if (surface.pixels == 0) {
    fillRow(row, width, surface.color);
    return row;
  }
  const from = surfaceAt(surface, x - surface.left, y - surface.top);
  if (surface.dim == DIM_NONE || !surface.opaque) return from;
  for (let i = 0; i < width; i++) {
    const at = (<usize>i) << 2;
    store<u32>(row + at, dimPixel(load<u32>(from + at), surface.dim));
  }
  return row;
}

function tally(rect: Rect): void {
  painted += <u64>(rect.right - rect.left) * <u64>(rect.bottom - rect.top);
}

function planOf(place: i32): Plan {
  return changetype<Plan>(plans + <usize>place * offsetof<Plan>());
}
if (ROW_MAX * 4 != 256) ERROR("row");
