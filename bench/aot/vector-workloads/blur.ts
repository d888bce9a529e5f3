// Blur of RGBA pixels by a box of 3x3, four channels of two pixels at a time.

import { nextRandom, seedRandom } from "../workloads/workload.ts";

const WIDTH: i32 = 512;
const HEIGHT: i32 = 256;
const PIXELS: i32 = WIDTH * HEIGHT;
const ROUNDS: i32 = 8;
const STRIDE: usize = 4 * WIDTH;
const NINTH: i16 = 7282; // 65536 / 9

const source = new StaticArray<u8>(4 * PIXELS + 16);
const target = new StaticArray<u8>(4 * PIXELS + 16);

export function blur(): u32 {
  seedRandom(3);
  const from = changetype<usize>(source);
  for (let i = 0; i < PIXELS; i++) store<u32>(from + 4 * i, nextRandom());
  for (let round = 0; round < ROUNDS; round++)
    for (let y = 1; y < HEIGHT - 1; y++) blurRow(<usize>y * STRIDE + 4, 4 * (WIDTH - 2));
  let checksum: u32 = 0;
  for (let i = 0; i < PIXELS; i++) checksum = checksum * 31 + load<u32>(changetype<usize>(target) + 4 * i);
  return checksum;
}

function blurRow(at: usize, length: usize): void {
  const from = changetype<usize>(source) + at;
  const to = changetype<usize>(target) + at;
  for (let i: usize = 0; i < length; i += 8) {
    let sum = rowSum(from + i - STRIDE);
    sum = i16x8.add(sum, rowSum(from + i));
    sum = i16x8.add(sum, rowSum(from + i + STRIDE));
    v128.store64_lane(to + i, ninth(sum), 0);
  }
}

/** The sums of three neighbours in a row, 16 bits each. */
function rowSum(at: usize): v128 {
  const sum = i16x8.add(v128.load8x8_u(at - 4), v128.load8x8_u(at));
  return i16x8.add(sum, v128.load8x8_u(at + 4));
}

/** A ninth of each of eight sums, as eight bytes. */
function ninth(sum: v128): v128 {
  const factor = i16x8.splat(NINTH);
  const low = i32x4.shr_u(i32x4.extmul_low_i16x8_u(sum, factor), 16);
  const high = i32x4.shr_u(i32x4.extmul_high_i16x8_u(sum, factor), 16);
  const words = i16x8.narrow_i32x4_u(low, high);
  return i8x16.narrow_i16x8_u(words, words);
}
