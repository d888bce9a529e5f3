// The inner loops: rows of pixels. Addresses are raw, callers have clipped the row to what it is in. With SIMD four
// pixels go at a time, to the same result.

const LANES: u64 = 0x00ff00ff00ff00ff;
const HALVES: u64 = 0x0080008000800080;

/** A pixel with all four channels multiplied by `by` / 255, rounded. */
export function scalePixel(pixel: u32, by: u32): u32 {
  const spread = ((<u64>(pixel & 0xff00ff00)) << 24) | <u64>(pixel & 0x00ff00ff);
  let product = spread * by + HALVES;
  product = ((product + ((product >> 8) & LANES)) >> 8) & LANES;
  return <u32>(product >> 24) | <u32>product;
}

/** Stores one pixel `count` times. */
export function fillRow(to: usize, count: i32, pixel: u32): void {
  const end = to + ((<usize>count) << 2);
  if (ASC_FEATURE_SIMD) {
    const four = i32x4.splat(pixel);
    for (; to + 16 <= end; to += 16) v128.store(to, four);
  }
  for (; to < end; to += 4) store<u32>(to, pixel);
}

/** Lays one premultiplied pixel over `count` pixels. */
export function tintRow(to: usize, count: i32, pixel: u32): void {
  const end = to + ((<usize>count) << 2);
  if (ASC_FEATURE_SIMD) {
    const four = i32x4.splat(pixel);
    for (; to + 16 <= end; to += 16) v128.store(to, layFour(four, v128.load(to)));
  }
  for (; to < end; to += 4) store<u32>(to, layOne(pixel, load<u32>(to)));
}

/** Lays `count` premultiplied pixels over others. A channel above its pixel's alpha does no harm but to its look. */
export function blendRow(to: usize, from: usize, count: i32): void {
  const end = to + ((<usize>count) << 2);
  if (ASC_FEATURE_SIMD) {
    for (; to + 16 <= end; to += 16, from += 16) {
      const four = v128.load(from);
      if (v128.any_true(four)) v128.store(to, layFour(four, v128.load(to)));
    }
  }
  for (; to < end; to += 4, from += 4) store<u32>(to, layOne(load<u32>(from), load<u32>(to)));
}

/** Lays `count` pixels over others, each as much as its coverage byte says. Opaque: alpha is taken as 255. */
export function maskRow(to: usize, from: usize, coverage: usize, count: i32, opaque: bool): void {
  const end = coverage + <usize>count;
  const alpha: u32 = opaque ? 0xff000000 : 0;
  for (; coverage < end; coverage++, from += 4, to += 4) {
    const part = <u32>load<u8>(coverage);
    if (part != 0) store<u32>(to, layOne(scalePixel(load<u32>(from) | alpha, part), load<u32>(to)));
  }
}

/** Lays `count` pixels with `alpha` set over others, all of it at an opacity of 0..256. */
export function fadeRow(to: usize, from: usize, count: i32, alpha: u32, opacity: i32): void {
  const end = to + ((<usize>count) << 2);
  if (ASC_FEATURE_SIMD) {
    const by = i16x8.splat(<i16>opacity);
    const set = i32x4.splat(alpha);
    for (; to + 16 <= end; to += 16, from += 16) {
      const four = v128.or(v128.load(from), set);
      const low = i16x8.shr_u(i16x8.mul(i16x8.extend_low_i8x16_u(four), by), 8);
      const high = i16x8.shr_u(i16x8.mul(i16x8.extend_high_i8x16_u(four), by), 8);
      v128.store(to, layFour(i8x16.narrow_i16x8_u(low, high), v128.load(to)));
    }
  }
  for (; to < end; to += 4, from += 4)
    store<u32>(to, layOne(dimPixel(load<u32>(from) | alpha, <u32>opacity), load<u32>(to)));
}

/** Multiplies `count` pixels, with `alpha` set, each by its coverage byte. */
export function coverRow(pixels: usize, coverage: usize, count: i32, alpha: u32): void {
  const end = coverage + <usize>count;
  for (; coverage < end; coverage++, pixels += 4)
    store<u32>(pixels, scalePixel(load<u32>(pixels) | alpha, load<u8>(coverage)));
}

/** Copies `count` pixels, each channel multiplied by `dim` / 256. */
export function dimRow(to: usize, from: usize, count: i32, dim: u32): void {
  const end = to + ((<usize>count) << 2);
  if (ASC_FEATURE_SIMD) {
    const by = i16x8.splat(<i16>dim);
    for (; to + 16 <= end; to += 16, from += 16) {
      const four = v128.load(from);
      const low = i16x8.shr_u(i16x8.mul(i16x8.extend_low_i8x16_u(four), by), 8);
      const high = i16x8.shr_u(i16x8.mul(i16x8.extend_high_i8x16_u(four), by), 8);
      v128.store(to, i8x16.narrow_i16x8_u(low, high));
    }
  }
  for (; to < end; to += 4, from += 4) store<u32>(to, dimPixel(load<u32>(from), dim));
}

/** A pixel with all four channels multiplied by `dim` / 256, 0..256. */
export function dimPixel(pixel: u32, dim: u32): u32 {
  const low = ((pixel & 0x00ff00ff) * dim) >> 8;
  const high = ((pixel >> 8) & 0x00ff00ff) * dim;
  return (low & 0x00ff00ff) | (high & 0xff00ff00);
}

/** Darkens `count` pixels by as many bytes of a shadow, 255 to black. */
export function shadeRow(to: usize, shadow: usize, count: i32): void {
  const end = shadow + <usize>count;
  if (ASC_FEATURE_SIMD) {
    for (; shadow + 4 <= end; shadow += 4, to += 16) {
      const bytes = v128.load32_zero(shadow);
      const light = v128.not(i8x16.shuffle(bytes, bytes, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3));
      v128.store(to, scaleFour(v128.load(to), light));
    }
  }
  for (; shadow < end; shadow++, to += 4) store<u32>(to, scalePixel(load<u32>(to), 255 - load<u8>(shadow)));
}

/** Darkens `count` pixels by the same, 255 to black. */
export function shadeRun(to: usize, shadow: u32, count: i32): void {
  const end = to + ((<usize>count) << 2);
  if (ASC_FEATURE_SIMD) {
    const light = i8x16.splat(<i8>(255 - shadow));
    for (; to + 16 <= end; to += 16) v128.store(to, scaleFour(v128.load(to), light));
  }
  for (; to < end; to += 4) store<u32>(to, scalePixel(load<u32>(to), 255 - shadow));
}

function layOne(top: u32, bottom: u32): u32 {
  const rest = scalePixel(bottom, 255 - (top >> 24));
  return addBytes(top, rest);
}

/** Adds each channel; one that overflows stays at 255. */
function addBytes(a: u32, b: u32): u32 {
  let low = (a & 0x00ff00ff) + (b & 0x00ff00ff);
  let high = ((a >> 8) & 0x00ff00ff) + ((b >> 8) & 0x00ff00ff);
  low |= 0x01000100 - ((low >> 8) & 0x00010001);
  high |= 0x01000100 - ((high >> 8) & 0x00010001);
  return (low & 0x00ff00ff) | ((high & 0x00ff00ff) << 8);
}

/** Four premultiplied pixels laid over four others; channels that overflow stay at 255. */
function layFour(top: v128, bottom: v128): v128 {
  const alpha = i8x16.shuffle(top, top, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15);
  return i8x16.add_sat_u(top, scaleFour(bottom, v128.not(alpha)));
}

/** Each byte multiplied by the byte of `by` / 255, rounded as scalePixel does it. */
function scaleFour(bytes: v128, by: v128): v128 {
  const low = divideBy255(i16x8.mul(i16x8.extend_low_i8x16_u(bytes), i16x8.extend_low_i8x16_u(by)));
  const high = divideBy255(i16x8.mul(i16x8.extend_high_i8x16_u(bytes), i16x8.extend_high_i8x16_u(by)));
  return i8x16.narrow_i16x8_u(low, high);
}

function divideBy255(products: v128): v128 {
  const sum = i16x8.add(products, i16x8.splat(128));
  return i16x8.shr_u(i16x8.add(sum, i16x8.shr_u(sum, 8)), 8);
}
