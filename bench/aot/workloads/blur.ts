// Blur of RGBA pixels by a box of 3x3, each channel alone.

import { nextRandom, seedRandom } from "./workload.ts";

const WIDTH: i32 = 512;
const HEIGHT: i32 = 256;
const PIXELS: i32 = WIDTH * HEIGHT;
const NINTH: u32 = 7282; // 65536 / 9

const source = new StaticArray<u8>(4 * PIXELS);
const target = new StaticArray<u8>(4 * PIXELS);

export function blur(): u32 {
  seedRandom(3);
  for (let i = 0; i < PIXELS; i++) store<u32>(changetype<usize>(source) + 4 * i, nextRandom());
  for (let y = 1; y < HEIGHT - 1; y++) for (let x = 1; x < WIDTH - 1; x++) blurPixel(4 * (y * WIDTH + x));
  let checksum: u32 = 0;
  for (let i = 0; i < PIXELS; i++) checksum = checksum * 31 + load<u32>(changetype<usize>(target) + 4 * i);
  return checksum;
}

function blurPixel(at: i32): void {
  for (let channel = at; channel < at + 4; channel++) {
    let sum: u32 = 0;
    for (let row = channel - 4 * WIDTH; row <= channel + 4 * WIDTH; row += 4 * WIDTH)
      sum += <u32>source[row - 4] + source[row] + source[row + 4];
    target[channel] = <u8>((sum * NINTH) >> 16);
  }
}
