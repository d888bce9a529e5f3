// What of the screen is not as it should be: rectangles without a common pixel, not many. What touches is joined, so a
// list may have more than was damaged, never less.

import { Rect, RECT_SIZE, rectArea, rectContains, rectEmpty, rectJoin, rectSet, rectsTouch } from "./rect.ts";

const CAPACITY: u32 = 24;

/** A list of damage. Two of them: what the next frame composes, and what of this frame is left. */
@unmanaged
export class Damage {
  count: u32;
  padding: u32;
}

const HEADER: usize = 8;
const LIST_SIZE: usize = 400; // a rectangle more than CAPACITY, while one is placed
if (offsetof<Damage>() != HEADER || HEADER + RECT_SIZE * <usize>CAPACITY > LIST_SIZE) ERROR("LIST_SIZE");

const incoming = changetype<Rect>(memory.data(16, 8));
const joined = changetype<Rect>(memory.data(16, 8));

/** A new empty list. Once for each, at boot. */
export function damageCreate(): Damage {
  const list = changetype<Damage>(heap.alloc(LIST_SIZE));
  list.count = 0;
  return list;
}

/** A rectangle of the list. */
export function damageRect(list: Damage, index: u32): Rect {
  return changetype<Rect>(changetype<usize>(list) + HEADER + <usize>index * RECT_SIZE);
}

/** Adds a rectangle; an empty one adds nothing. */
export function damageAdd(list: Damage, left: i32, top: i32, right: i32, bottom: i32): void {
  rectSet(incoming, left, top, right, bottom);
  if (rectEmpty(incoming)) return;
  absorb(list);
  while (list.count == CAPACITY) {
    rectJoin(incoming, takeNearest(list));
    absorb(list);
  }
  copyRect(damageRect(list, list.count++), incoming);
}

/** Takes rectangle `index` out of the list; the last one takes its place. */
export function damageRemove(list: Damage, index: u32): void {
  copyRect(damageRect(list, index), damageRect(list, --list.count));
}

/** Joins every rectangle that touches `incoming` into it. */
function absorb(list: Damage): void {
  for (let i: u32 = 0; i < list.count;) {
    const rect = damageRect(list, i);
    if (!rectsTouch(rect, incoming)) {
      i++;
      continue;
    }
    const grew = !rectContains(incoming, rect);
    rectJoin(incoming, rect);
    damageRemove(list, i);
    if (grew) i = 0; // it may touch those before
  }
}

/** Takes out the rectangle whose joining with `incoming` adds the fewest pixels. */
function takeNearest(list: Damage): Rect {
  let best: u32 = 0;
  let bestArea = u32.MAX_VALUE;
  for (let i: u32 = 0; i < list.count; i++) {
    copyRect(joined, incoming);
    rectJoin(joined, damageRect(list, i));
    const area = rectArea(joined) - rectArea(damageRect(list, i));
    if (area >= bestArea) continue;
    best = i;
    bestArea = area;
  }
  copyRect(joined, damageRect(list, best));
  damageRemove(list, best);
  return joined;
}

function copyRect(to: Rect, from: Rect): void {
  rectSet(to, from.left, from.top, from.right, from.bottom);
}
