// Regions while a frame is composed: lists of rectangles without a common pixel, in one arena that is emptied for each
// composition. A region is the rectangles number `start` to `start + count`.

import { Rect, RECT_SIZE, rectSet } from "./rect.ts";

const CAPACITY: u32 = 2048;
/** Rectangles of one region at most: more than a screen of windows makes. */
const COUNT_MAX: u32 = 192;

const rects = memory.data(32768, 8);
if (RECT_SIZE * <usize>CAPACITY != 32768) ERROR("rects");
let used: u32 = 0;

/** Forgets all regions. */
export function regionReset(): void {
  used = 0;
}

/** A rectangle of a region, by its number. */
export function regionRect(index: u32): Rect {
  return changetype<Rect>(rects + <usize>index * RECT_SIZE);
}

/** A region of one rectangle: the number of its start. There must have been a reset. */
export function regionOf(left: i32, top: i32, right: i32, bottom: i32): u32 {
  push(left, top, right, bottom);
  return used - 1;
}

/** Where the region that regionSubtract makes next starts. */
export function regionNext(): u32 {
  return used;
}

/**
 * Makes a region of what the region at `start` has outside of the sides given: its count, it starts at what
 * regionNext was. -1 if that would have too many parts; then nothing is made.
 */
export function regionSubtract(start: u32, count: u32, left: i32, top: i32, right: i32, bottom: i32): i32 {
  const first = used;
  for (let i: u32 = 0; i < count; i++) {
    if (used - first + 4 > COUNT_MAX || used + 4 > CAPACITY) {
      used = first;
      return -1;
    }
    const r = regionRect(start + i);
    const cutLeft = max(r.left, left);
    const cutTop = max(r.top, top);
    const cutRight = min(r.right, right);
    const cutBottom = min(r.bottom, bottom);
    if (cutLeft >= cutRight || cutTop >= cutBottom) {
      push(r.left, r.top, r.right, r.bottom);
      continue;
    }
    if (r.top < cutTop) push(r.left, r.top, r.right, cutTop);
    if (r.left < cutLeft) push(r.left, cutTop, cutLeft, cutBottom);
    if (cutRight < r.right) push(cutRight, cutTop, r.right, cutBottom);
    if (cutBottom < r.bottom) push(r.left, cutBottom, r.right, r.bottom);
  }
  return <i32>(used - first);
}

function push(left: i32, top: i32, right: i32, bottom: i32): void {
  rectSet(regionRect(used++), left, top, right, bottom);
}
