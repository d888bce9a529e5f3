// A row of a picture that is drawn larger or smaller than it is: between pixels it is interpolated, in steps of 1/256 pixel.

import { Surface, surfaceAt } from "./surface.ts";

const ONE: i32 = 65536; // a pixel
const LANES: u32 = 0x00ff00ff;

const weights = memory.data(4096, 16); // for each 1/256 pixel: 256 - f and f, four u16 each
let isReady: bool = false;

/**
 * Stores `count` pixels, from column `x` on, of row `y` of a surface drawn `width` x `height` large. The surface has at least two
 * rows and columns.
 */
export function zoomRow(
  to: usize,
  surface: Surface,
  width: i32,
  height: i32,
  x: i32,
  y: i32,
  count: i32,
): void {
  if (width == surface.width && height == surface.height)
    return memory.copy(to, surfaceAt(surface, x, y), (<usize>count) << 2);
  if (!isReady) makeWeights();
  const stepX = (surface.width * ONE) / width;
  const stepY = (surface.height * ONE) / height;
  const lastX = (surface.width - 1) * ONE - 1;
  const atY = max(0, min((surface.height - 1) * ONE - 1, y * stepY + (stepY - ONE) / 2));
  const upper = surfaceAt(surface, 0, atY >> 16);
  const lower = upper + ((<usize>surface.width) << 2);
  const down = (atY >> 8) & 255;
  let atX = x * stepX + (stepX - ONE) / 2;
  const end = to + ((<usize>count) << 2);
  for (; to < end; to += 4, atX += stepX) {
    const limited = max(0, min(lastX, atX));
    const column = (<usize>(limited >> 16)) << 2;
    const right = (limited >> 8) & 255;
    if (ASC_FEATURE_SIMD) v128.store32_lane(to, mixFour(upper + column, lower + column, right, down), 0);
    else {
      const left = mixTwo(load<u32>(upper + column), load<u32>(lower + column), down);
      store<u32>(
        to,
        mixTwo(left, mixTwo(load<u32>(upper + column, 4), load<u32>(lower + column, 4), down), right),
      );
    }
  }
}

/** The pixel between two above and two below, in the lowest lane. */
function mixFour(upper: usize, lower: usize, right: i32, down: i32): v128 {
  const above = i16x8.mul(i16x8.extend_low_i8x16_u(v128.load64_zero(upper)), i16x8.splat(<i16>(256 - down)));
  const below = i16x8.mul(i16x8.extend_low_i8x16_u(v128.load64_zero(lower)), i16x8.splat(<i16>down));
  const pair = i16x8.shr_u(i16x8.add(above, below), 8);
  const parts = i16x8.mul(pair, v128.load(weights + ((<usize>right) << 4)));
  const swapped = i8x16.shuffle(parts, parts, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  const sum = i16x8.shr_u(i16x8.add(parts, swapped), 8);
  return i8x16.narrow_i16x8_u(sum, sum);
}

/** The pixel `part` / 256 of the way from a to b. */
function mixTwo(a: u32, b: u32, part: i32): u32 {
  const rest = <u32>(256 - part);
  const low = ((a & LANES) * rest + (b & LANES) * <u32>part) >> 8;
  const high = ((a >> 8) & LANES) * rest + ((b >> 8) & LANES) * <u32>part;
  return (low & LANES) | (high & 0xff00ff00);
}

function makeWeights(): void {
  isReady = true;
  const lanes: u64 = 0x0001000100010001;
  for (let i: u64 = 0; i < 256; i++) {
    store<u64>(weights + ((<usize>i) << 4), (256 - i) * lanes);
    store<u64>(weights + ((<usize>i) << 4), i * lanes, 8);
  }
}
