// The inner loops of the rasteriser: rows of premultiplied 0xAARRGGBB pixels, coverage bytes of 0..255.
// Every function takes raw addresses; its caller has clipped the row to the buffer.

import { scalePixel } from "./color.ts";

/** Stores one pixel `count` times. */
export function fillRow(to: usize, count: i32, pixel: u32): void {
  const pair = ((<u64>pixel) << 32) | pixel;
  const end = to + ((<usize>count) << 2);
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
  for (; to < end; to += 4) store<u32>(to, pixel + scalePixel(load<u32>(to), rest));
}

/** Lays one pixel over `count` pixels, each as much as its coverage says. */
export function maskRow(to: usize, coverage: usize, count: i32, pixel: u32): void {
  const opaque = pixel >> 24 == 255;
  const end = coverage + count;
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
  for (; coverage < end; coverage++, by++) {
    const product = <u32>load<u8>(coverage) * load<u8>(by) + 128;
    store<u8>(coverage, <u8>((product + (product >> 8)) >> 8));
  }
}

/** Multiplies every coverage byte by `by` / 255. */
export function scaleCoverage(coverage: usize, count: i32, by: u32): void {
  const end = coverage + count;
  for (; coverage < end; coverage++) {
    const product = <u32>load<u8>(coverage) * by + 128;
    store<u8>(coverage, <u8>((product + (product >> 8)) >> 8));
  }
}
