// The order of the surfaces, from the bottom up. Those of a layer are above all of the layers below.

import { Surface } from "./surface.ts";

/** Surfaces that can be on the screen. */
export const STACK_MAX: i32 = 72;

const order = memory.data(288, 4); // u32 Surface pointers
if (STACK_MAX * 4 != 288) ERROR("order");
let count: i32 = 0;

/** Surfaces in the stack. */
export function stackCount(): i32 {
  return count;
}

/** A surface by its place, 0 the bottom. */
export function stackSurface(place: i32): Surface {
  return changetype<Surface>(load<usize>(order + ((<usize>place) << 2)));
}

/** Puts a surface on top of its layer. It must not be in the stack, which has room for every surface there can be. */
export function stackInsert(surface: Surface): void {
  assert(count < STACK_MAX, "stackInsert: full");
  let place = count++;
  while (place > 0 && stackSurface(place - 1).layer > surface.layer) {
    put(place, stackSurface(place - 1));
    place--;
  }
  put(place, surface);
}

/** Takes a surface out. */
export function stackRemove(surface: Surface): void {
  const place = stackPlace(surface);
  if (place < 0) return;
  count--;
  for (let i = place; i < count; i++) put(i, stackSurface(i + 1));
}

/** Puts a surface that is in the stack on top of its layer. */
export function stackRaise(surface: Surface): void {
  stackRemove(surface);
  stackInsert(surface);
}

/** Moves a surface of the stack right below another of its layer. */
export function stackLower(surface: Surface, below: Surface): void {
  stackRemove(surface);
  count++;
  let place = count - 1;
  for (; place > 0 && stackSurface(place - 1) !== below; place--) put(place, stackSurface(place - 1));
  if (place > 0) {
    put(place, below);
    place--;
  }
  put(place, surface);
}

/** Where a surface is in the stack, -1 if it is not. */
export function stackPlace(surface: Surface): i32 {
  for (let i = 0; i < count; i++) if (stackSurface(i) === surface) return i;
  return -1;
}

function put(place: i32, surface: Surface): void {
  store<usize>(order + ((<usize>place) << 2), changetype<usize>(surface));
}
