// Shadows of windows: the corner of a blurred box, made once for a scale. Rows between the corners repeat its last one,
// columns between them are of one darkness (a nine-patch).

import { devicePixels } from "./screen.ts";
import { shadeRow, shadeRun } from "./rows.ts";
import { OPACITY_FULL, SHADOW_STRONG, Surface } from "./surface.ts";

const DEVIATION: i32 = 12; // of the Gaussian, in logical pixels
const DROP: i32 = 8; // how much lower than the window
const STRONG: f64 = 0.42; // darkness where it is darkest
const WEAK: f64 = 0.24;

let side: i32 = 0; // rows of the corner; it reaches half of them out of the window, where it begins
let drop: i32 = 0;
let strong: usize = 0; // a row: a left corner, then the right one, `side` bytes each
let weak: usize = 0;
const faded = memory.data(512); // a row
const SIDE_MAX: i32 = 256;

/** Makes the shadows for the scale of the screen. */
export function shadowsMake(): void {
  const deviation = devicePixels(DEVIATION);
  side = min(6 * deviation, SIDE_MAX);
  drop = devicePixels(DROP);
  if (strong != 0) heap.free(strong);
  if (weak != 0) heap.free(weak);
  const ramp = new StaticArray<f64>(side);
  let sum: f64 = 0;
  for (let i = 0; i < side; i++) {
    const distance = (<f64>i + 0.5 - <f64>side / 2) / <f64>deviation;
    sum += Math.exp((-distance * distance) / 2);
    ramp[i] = sum;
  }
  strong = makeCorner(ramp, STRONG / (sum * sum));
  weak = makeCorner(ramp, WEAK / (sum * sum));
}

/** Pixels that a shadow reaches out of its window to the left and right. */
export function shadowMargin(): i32 {
  return side / 2;
}

/** Pixels that a shadow reaches out at the top; a negative number reaches in. */
export function shadowAbove(): i32 {
  return side / 2 - drop;
}

/** Pixels that a shadow reaches out at the bottom. */
export function shadowBelow(): i32 {
  return side / 2 + drop;
}

/**
 * Darkens the row `y` of the screen from `left` to `right`, at `to`, by a surface's shadow, which reaches all of it; less at an
 * opacity below OPACITY_FULL.
 */
export function shadowPaint(surface: Surface, opacity: i32, to: usize, y: i32, left: i32, right: i32): void {
  const begin = surface.left - shadowMargin();
  const end = surface.left + surface.width + shadowMargin();
  const top = surface.top - shadowAbove();
  const bottom = surface.top + surface.height + shadowBelow();
  const row = min(min(y - top, bottom - 1 - y), side - 1);
  const whole = (surface.shadow == SHADOW_STRONG ? strong : weak) + <usize>(row * 2 * side);
  const corner = opacity == OPACITY_FULL ? whole : fadeCorner(whole, opacity);
  // Of a window narrower than two corners each half is the outer part of one.
  const inner = min(side, (end - begin) / 2);
  const leftEnd = min(right, begin + inner);
  const rightBegin = max(left, end - inner);
  if (left < leftEnd) shadeRow(to, corner + <usize>(left - begin), leftEnd - left);
  const from = max(left, begin + inner);
  const until = min(right, end - inner);
  // The last column of the corner goes on; of a narrow window, there may be one column between its halves.
  const middle = load<u8>(corner + <usize>min(inner, side - 1));
  if (from < until) shadeRun(to + <usize>((from - left) * 4), middle, until - from);
  if (rightBegin < right)
    shadeRow(
      to + <usize>((rightBegin - left) * 4),
      corner + <usize>(2 * side - (end - rightBegin)),
      right - rightBegin,
    );
}

/** A row of a shadow that is fainter; it is there until the next call. */
function fadeCorner(corner: usize, opacity: i32): usize {
  for (let i: usize = 0; i < <usize>(2 * side); i++)
    store<u8>(faded + i, <u8>((<i32>load<u8>(corner + i) * opacity) >> 8));
  return faded;
}

function makeCorner(ramp: StaticArray<f64>, by: f64): usize {
  const corner = heap.alloc(<usize>(side * side * 2));
  for (let y = 0; y < side; y++) {
    const row = corner + <usize>(y * 2 * side);
    for (let x = 0; x < side; x++) {
      const darkness = <u8>(255.0 * by * ramp[x] * ramp[y] + 0.5);
      store<u8>(row + <usize>x, darkness);
      store<u8>(row + <usize>(2 * side - 1 - x), darkness);
    }
  }
  return corner;
}
