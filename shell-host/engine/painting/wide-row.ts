// Rows of wide pixels: premultiplied, four channels of 128 steps for each of a byte's, in the order of a pixel's bytes. Gradients are
// laid over each other in them and become pixels once, at the end, by ordered dithering: so their steps cannot be seen.
//
// With SIMD two or four pixels go at a time, to the same result.

/** Pixels of a row at most. */
export const WIDE_MAX: i32 = 2048;
/** Bytes of a wide pixel. */
export const WIDE_SIZE: usize = 8;
/** A channel that is full. */
export const WIDE_ONE: i32 = 255 * 128;

const SIDE: i32 = 8; // of the pattern of thresholds
// For each row of the pattern its thresholds twice, so that a row can begin at any of them; each one for all channels of a pixel.
const thresholds = memory.data(1024, 16);
if (SIDE * SIDE * 2 * 8 != 1024) ERROR("thresholds");
let isReady: bool = false;

/** The wide pixel of a straight colour, 0..255 each, at an alpha of 0..1. */
export function widePixel(red: f64, green: f64, blue: f64, alpha: f64): u64 {
  const by = alpha * 128;
  return (
    channel(blue * by) |
    (channel(green * by) << 16) |
    (channel(red * by) << 32) |
    (channel(<f64>WIDE_ONE * alpha) << 48)
  );
}

function channel(value: f64): u64 {
  return <u64>max(0.0, min(<f64>WIDE_ONE, value + 0.5));
}

/** Stores one wide pixel `count` times. */
export function wideFill(to: usize, count: i32, pixel: u64): void {
  const end = to + <usize>count * WIDE_SIZE;
  for (; to < end; to += WIDE_SIZE) store<u64>(to, pixel);
}

/** Lays `count` wide pixels over others. */
export function wideLay(to: usize, from: usize, count: i32): void {
  const end = to + <usize>count * WIDE_SIZE;
  if (ASC_FEATURE_SIMD) {
    for (; to + 16 <= end; to += 16, from += 16) {
      const two = v128.load(from);
      if (!v128.any_true(two)) continue;
      const below = v128.load(to);
      const isNothing = i64x2.eq(two, i64x2.splat(0)); // one of the two may be: then what is below stays as it is
      v128.store(to, v128.bitselect(below, layTwo(two, below), isNothing));
    }
  }
  for (; to < end; to += WIDE_SIZE, from += WIDE_SIZE) {
    const pixel = load<u64>(from);
    if (pixel != 0) store<u64>(to, layOne(pixel, load<u64>(to)));
  }
}

/** Lays one wide pixel over `count` others. */
export function wideTint(to: usize, count: i32, pixel: u64): void {
  if (pixel >> 48 == <u64>WIDE_ONE) return wideFill(to, count, pixel);
  const end = to + <usize>count * WIDE_SIZE;
  if (ASC_FEATURE_SIMD) {
    const two = i64x2.splat(pixel);
    for (; to + 16 <= end; to += 16) v128.store(to, layTwo(two, v128.load(to)));
  }
  for (; to < end; to += WIDE_SIZE) store<u64>(to, layOne(pixel, load<u64>(to)));
}

/** Lays one wide pixel over `count` others, each as much as its coverage byte says. */
export function wideMask(to: usize, coverage: usize, count: i32, pixel: u64): void {
  const isOpaque = pixel >> 48 == <u64>WIDE_ONE;
  const end = coverage + <usize>count;
  for (; coverage < end; coverage++, to += WIDE_SIZE) {
    const part = <u64>load<u8>(coverage);
    if (part == 0) continue;
    if (part == 255 && isOpaque) store<u64>(to, pixel);
    else store<u64>(to, layOne(scale(pixel, part * 128 + (part >> 1)), load<u64>(to)));
  }
}

/** Makes `count` pixels of wide ones; the first is at (x, y). */
export function wideDither(to: usize, from: usize, x: i32, y: i32, count: i32): void {
  if (!isReady) makeThresholds();
  const row = thresholds + <usize>((y & (SIDE - 1)) * SIDE * 16);
  const end = from + <usize>count * WIDE_SIZE;
  let at = x & (SIDE - 1);
  if (ASC_FEATURE_SIMD) {
    for (; from + 32 <= end; from += 32, to += 16, at = (at + 4) & (SIDE - 1)) {
      const steps = row + ((<usize>at) << 3);
      const low = i16x8.add(v128.load(from), v128.load(steps));
      const high = i16x8.add(v128.load(from, 16), v128.load(steps, 16));
      v128.store(to, i8x16.narrow_i16x8_u(i16x8.shr_u(low, 7), i16x8.shr_u(high, 7)));
    }
  }
  for (; from < end; from += WIDE_SIZE, to += 4, at = (at + 1) & (SIDE - 1)) {
    const sum = load<u64>(from) + load<u64>(row + ((<usize>at) << 3));
    const bytes = (sum >> 7) & 0x00ff00ff00ff00ff;
    const pairs = bytes | (bytes >> 8);
    store<u32>(to, <u32>(pairs & 0xffff) | (<u32>(pairs >> 16) & 0xffff0000));
  }
}

/** Bayer's matrix: neighbours differ as much as they can. */
function makeThresholds(): void {
  isReady = true;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < 2 * SIDE; x++) {
      let rank = 0;
      for (let bit = 0; bit < 3; bit++) {
        const at = 2 * (2 - bit);
        rank |= (((x ^ y) >> bit) & 1) << (at + 1);
        rank |= ((y >> bit) & 1) << at;
      }
      const threshold = <u64>(2 * rank + 1);
      const address = thresholds + ((<usize>(y * 2 * SIDE + x)) << 3);
      store<u64>(address, threshold * 0x0001000100010001);
    }
  }
}

/** A wide pixel laid over another one. */
function layOne(top: u64, bottom: u64): u64 {
  const rest = <u64>WIDE_ONE - (top >> 48);
  return top + scale(bottom, rest + (rest >> 8));
}

/** Each channel multiplied by `by` / 32768, rounded. */
function scale(pixel: u64, by: u64): u64 {
  let scaled: u64 = 0;
  for (let shift: u64 = 0; shift < 64; shift += 16) {
    scaled |= ((((pixel >> shift) & 0xffff) * by + 0x4000) >> 15) << shift;
  }
  return scaled;
}

/** Two wide pixels laid over two others. */
function layTwo(top: v128, bottom: v128): v128 {
  const alpha = i8x16.shuffle(top, top, 6, 7, 6, 7, 6, 7, 6, 7, 14, 15, 14, 15, 14, 15, 14, 15);
  const rest = i16x8.sub(i16x8.splat(<i16>WIDE_ONE), alpha);
  return i16x8.add(top, i16x8.q15mulr_sat_s(bottom, i16x8.add(rest, i16x8.shr_u(rest, 8))));
}
