// Colours are 0xAARRGGBB. Apps name them with straight alpha; pixel buffers hold them multiplied by their alpha.

/** An opaque or transparent colour with straight alpha, 0xAARRGGBB. */
export type Color = u32;

export const TRANSPARENT: Color = 0;
export const WHITE: Color = 0xffffffff;
export const BLACK: Color = 0xff000000;

const LANES: u64 = 0x00ff00ff00ff00ff;
const HALVES: u64 = 0x0080008000800080;

/** A colour with another alpha of 0..1. */
export function withOpacity(color: Color, opacity: f64): Color {
  const alpha = <u32>(max(0.0, min(1.0, opacity)) * 255 + 0.5);
  return (color & 0xffffff) | (alpha << 24);
}

/** The colour `t` of the way from `a` to `b`, t of 0..1. */
export function mixColors(a: Color, b: Color, t: f64): Color {
  const part = <u32>(max(0.0, min(1.0, t)) * 256 + 0.5);
  const low = ((a & 0x00ff00ff) * (256 - part) + (b & 0x00ff00ff) * part) >> 8;
  const high = ((a >> 8) & 0x00ff00ff) * (256 - part) + ((b >> 8) & 0x00ff00ff) * part;
  return (low & 0x00ff00ff) | (high & 0xff00ff00);
}

/** A colour laid over an opaque one. */
export function layOver(top: Color, bottom: Color): Color {
  const alpha = top >> 24;
  return 0xff000000 | (mixColors(bottom, top | 0xff000000, <f64>alpha / 255) & 0xffffff);
}

/** The pixel of a colour: its channels multiplied by its alpha. */
export function premultiply(color: Color): u32 {
  const alpha = color >> 24;
  if (alpha == 255) return color;
  return scalePixel(color | 0xff000000, alpha);
}

/** A pixel with all four channels multiplied by `by` / 255, rounded. */
export function scalePixel(pixel: u32, by: u32): u32 {
  const spread = ((<u64>(pixel & 0xff00ff00)) << 24) | <u64>(pixel & 0x00ff00ff);
  let product = spread * by + HALVES;
  product = ((product + ((product >> 8) & LANES)) >> 8) & LANES;
  return <u32>(product >> 24) | <u32>product;
}
