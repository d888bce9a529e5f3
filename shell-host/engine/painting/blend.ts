// The inner loops of the rasteriser: rows of premultiplied 0xAARRGGBB pixels, coverage bytes of 0..255.
// Every function takes raw addresses; its caller has clipped the row to the buffer. With SIMD four pixels go at a time, to the same
// result.

import { scalePixel } from "./color.ts";

/** Stores one pixel `count` times. */
export function fillRow(to: usize, count: i32, pixel: u32): void {
  const pair = ((<u64>pixel) << 32) | pixel;
  const end = to + ((<usize>count) << 2);
  if (ASC_FEATURE_SIMD) {
    const four = i32x4.splat(pixel);
    for (; to + 16 <= end; to += 16) v128.store(to, four);
  }
  for (; to + 8 <= end; to += 8) store<u64>(to, pair);
  if (to < end) store<u32>(to, pixel);
}

/** Lays one pixel over `count` pixels. */
export function blendRow(to: usize, count: i32, pixel: u32): void {
  const alpha = pixel >> 24;
  if (alpha == 255) return fillRow(to, count, pixel);
  if (alpha == 0) return;
  const rest = 255 - alpha;
  const end = to + ((<usize>count) << 2);
  if (ASC_FEATURE_SIMD) {
    const four = i32x4.splat(pixel);
    for (; to + 16 <= end; to += 16) v128.store(to, layFour(four, v128.load(to)));
  }
  for (; to < end; to += 4) store<u32>(to, pixel + scalePixel(load<u32>(to), rest));
}

/** Four pixels laid over four others. */
function layFour(top: v128, bottom: v128): v128 {
  const alpha = i8x16.shuffle(top, top, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15);
  return i8x16.add(top, scaleFour(bottom, v128.not(alpha)));
}

/** Each byte multiplied by the byte of `by` / 255, rounded as scalePixel does it. */
function scaleFour(bytes: v128, by: v128): v128 {
  const low = divideBy255(i16x8.mul(i16x8.extend_low_i8x16_u(bytes), i16x8.extend_low_i8x16_u(by)));
  const high = divideBy255(i16x8.mul(i16x8.extend_high_i8x16_u(bytes), i16x8.extend_high_i8x16_u(by)));
  return i8x16.narrow_i16x8_u(low, high);
}

/** Four coverage bytes, each for all channels of its pixel. */
function spread(parts: u32): v128 {
  const bytes = i32x4.splat(parts);
  return i8x16.shuffle(bytes, bytes, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
}

/** Products of two bytes by 255, rounded, as scalePixel does it. */
function divideBy255(products: v128): v128 {
  const sum = i16x8.add(products, i16x8.splat(128));
  return i16x8.shr_u(i16x8.add(sum, i16x8.shr_u(sum, 8)), 8);
}

/** Lays one pixel over `count` pixels, each as much as its coverage says. */
export function maskRow(to: usize, coverage: usize, count: i32, pixel: u32): void {
  const opaque = pixel >> 24 == 255;
  const end = coverage + count;
  if (ASC_FEATURE_SIMD) {
    const four = i32x4.splat(pixel);
    for (; coverage + 4 <= end; coverage += 4, to += 16) {
      const parts = load<u32>(coverage);
      if (parts == 0) continue; // most of a glyph's mask
      if (parts == 0xffffffff && opaque) v128.store(to, four);
      else v128.store(to, layFour(scaleFour(four, spread(parts)), v128.load(to)));
    }
  }
  for (; coverage < end; coverage++, to += 4) {
    const part = <u32>load<u8>(coverage);
    if (part == 0) continue;
    if (part == 255 && opaque) {
      store<u32>(to, pixel);
      continue;
    }
    const covered = scalePixel(pixel, part);
    store<u32>(to, covered + scalePixel(load<u32>(to), 255 - (covered >> 24)));
  }
}

/** Lays `count` pixels over others. */
export function blendPixels(to: usize, from: usize, count: i32): void {
  const end = to + ((<usize>count) << 2);
  if (ASC_FEATURE_SIMD) {
    for (; to + 16 <= end; to += 16, from += 16) {
      const four = v128.load(from);
      if (!v128.any_true(four)) continue; // most of a kept picture is transparent
      v128.store(to, layFour(four, v128.load(to)));
    }
  }
  for (; to < end; to += 4, from += 4) {
    const pixel = load<u32>(from);
    const alpha = pixel >> 24;
    if (alpha == 255) store<u32>(to, pixel);
    else if (pixel != 0) store<u32>(to, pixel + scalePixel(load<u32>(to), 255 - alpha));
  }
}

/** Lays `count` pixels over others, each as much as its coverage says. */
export function maskPixels(to: usize, from: usize, coverage: usize, count: i32): void {
  const end = coverage + count;
  if (ASC_FEATURE_SIMD) {
    for (; coverage + 4 <= end; coverage += 4, to += 16, from += 16) {
      const parts = load<u32>(coverage);
      if (parts == 0) continue;
      const four = v128.load(from);
      const covered = parts == 0xffffffff ? four : scaleFour(four, spread(parts));
      v128.store(to, layFour(covered, v128.load(to)));
    }
  }
  for (; coverage < end; coverage++, to += 4, from += 4) {
    const part = <u32>load<u8>(coverage);
    if (part == 0) continue;
    const pixel = scalePixel(load<u32>(from), part);
    store<u32>(to, pixel + scalePixel(load<u32>(to), 255 - (pixel >> 24)));
  }
}

/** Multiplies coverage by other coverage. */
export function multiplyCoverage(coverage: usize, by: usize, count: i32): void {
  const end = coverage + count;
  if (ASC_FEATURE_SIMD) {
    for (; coverage + 16 <= end; coverage += 16, by += 16)
      v128.store(coverage, scaleFour(v128.load(coverage), v128.load(by)));
  }
  for (; coverage < end; coverage++, by++) {
    const product = <u32>load<u8>(coverage) * load<u8>(by) + 128;
    store<u8>(coverage, <u8>((product + (product >> 8)) >> 8));
  }
}

/** Multiplies every coverage byte by `by` / 255. */
export function scaleCoverage(coverage: usize, count: i32, by: u32): void {
  const end = coverage + count;
  if (ASC_FEATURE_SIMD) {
    const all = i8x16.splat(<i8>by);
    for (; coverage + 16 <= end; coverage += 16) v128.store(coverage, scaleFour(v128.load(coverage), all));
  }
  for (; coverage < end; coverage++) {
    const product = <u32>load<u8>(coverage) * by + 128;
    store<u8>(coverage, <u8>((product + (product >> 8)) >> 8));
  }
}

/** Takes other coverage from coverage; less than none is none. */
export function subtractCoverage(coverage: usize, by: usize, count: i32): void {
  const end = coverage + count;
  if (ASC_FEATURE_SIMD) {
    for (; coverage + 16 <= end; coverage += 16, by += 16)
      v128.store(coverage, i8x16.sub_sat_u(v128.load(coverage), v128.load(by)));
  }
  for (; coverage < end; coverage++, by++)
    store<u8>(coverage, <u8>max(0, <i32>load<u8>(coverage) - <i32>load<u8>(by)));
}
