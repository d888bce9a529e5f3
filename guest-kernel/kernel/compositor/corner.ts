// Rounded corners: how much of each pixel of a quarter of a disc is covered.

import { WINDOW_CORNER_RADIUS } from "../../abi/window.ts";
import { devicePixels } from "./screen.ts";

const SAMPLES: i32 = 8; // on each side of a pixel
const RADIUS_MAX: i32 = 64;

const quarter = memory.data(8192); // a row: a left corner, then the right one, `radius` bytes each
if (RADIUS_MAX * RADIUS_MAX * 2 != 8192) ERROR("quarter");

/** Radius of a window's corners at the screen's scale, in pixels. */
export let cornerRadius: i32 = 0;

/** Makes the corners for the scale of the screen. */
export function cornersMake(): void {
  const radius = min(devicePixels(<i32>WINDOW_CORNER_RADIUS), RADIUS_MAX);
  cornerRadius = radius;
  for (let y = 0; y < radius; y++) {
    for (let x = 0; x < radius; x++) {
      const coverage = pixelCoverage(radius, x, y);
      const row = quarter + <usize>(y * 2 * radius);
      store<u8>(row + <usize>x, <u8>coverage);
      store<u8>(row + <usize>(2 * radius - 1 - x), <u8>coverage);
    }
  }
}

/**
 * Coverage bytes of row `row` of a corner, from the outer row to the inner one, beginning at column `column` from the
 * corner's left edge. `right`: a corner at the right.
 */
export function cornerRow(row: i32, column: i32, right: bool): usize {
  return quarter + <usize>(row * 2 * cornerRadius + column + (right ? cornerRadius : 0));
}

/** How much of a pixel is nearer than `radius` to the inner corner at (radius, radius): 0..255. */
function pixelCoverage(radius: i32, x: i32, y: i32): i32 {
  const limit = 2 * SAMPLES * radius * (2 * SAMPLES * radius);
  let inside = 0;
  for (let i = 0; i < SAMPLES; i++) {
    for (let j = 0; j < SAMPLES; j++) {
      // In half samples, so that the middle of a sample is a whole number.
      const dx = 2 * SAMPLES * (radius - x) - (2 * i + 1);
      const dy = 2 * SAMPLES * (radius - y) - (2 * j + 1);
      if (dx * dx + dy * dy <= limit) inside++;
    }
  }
  return (inside * 255 + (SAMPLES * SAMPLES) / 2) / (SAMPLES * SAMPLES);
}
