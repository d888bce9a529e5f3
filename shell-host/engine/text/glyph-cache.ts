// Glyphs as coverage masks. A glyph is drawn once for each size, quarter of a pixel that it starts at, and tone of its colour.

import { Mask } from "../painting/bitmap.ts";
import { Color } from "../painting/color.ts";
import { FillSink, flattenPath } from "../painting/flatten.ts";
import { MaskSink } from "../painting/mask-sink.ts";
import { Path } from "../painting/path.ts";
import {
  beginEdges,
  edgesBottom,
  edgesLeft,
  edgesRight,
  edgesTop,
  rasterize,
} from "../painting/rasterizer.ts";
import { Font } from "./font.ts";

/** A glyph's coverage, its corner at (left, top) from the pixel that the glyph starts in. */
export class GlyphMask {
  constructor(
    readonly left: i32,
    readonly top: i32,
    readonly mask: Mask,
  ) {}
}

const PHASES: i32 = 4; // positions in a pixel
const SIZE_STEPS: f64 = 16; // sizes are rounded to sixteenths of a pixel
const MAX_SIZE: f64 = 512; // device pixels
const MAX_BYTES: i32 = 2 << 20;
const ENTRY_BYTES: i32 = 96; // about what an entry takes besides its pixels

// Blending adds up light that is stored with a gamma of about 2.2, which makes dark text on white look thin, and light text on
// black bold. Coverage is corrected for it, the more the darker the text.
const TONES: i32 = 3;
const TONE_EXPONENTS: StaticArray<f64> = [0.77, 0.88, 1.0];
const DARK: i32 = 85; // brightness of 0..255 below which a colour has the first tone
const LIGHT: i32 = 170;

let glyphs = new Map<u64, GlyphMask>();
let bytes: i32 = 0;
const fill = new FillSink();
const curves = memory.data(256 * 3);
let curvesReady: bool = false;

/** How much light a colour has: 0 dark .. TONES - 1 light. */
export function toneOf(color: Color): i32 {
  const brightness = (((color >> 16) & 255) * 54 + ((color >> 8) & 255) * 183 + (color & 255) * 19) >> 8;
  return <i32>brightness < DARK ? 0 : <i32>brightness < LIGHT ? 1 : 2;
}

/** The mask of a glyph at a size in device pixels that starts `part` of 0..1 right of a pixel's left side. */
export function glyphMask(font: Font, glyph: i32, size: f64, part: f64, tone: i32): GlyphMask {
  const phase = <i32>(part * PHASES);
  const sizeStep = <i32>(min(size, MAX_SIZE) * SIZE_STEPS + 0.5);
  const key =
    ((<u64>font.id) << 48) | ((<u64>glyph) << 32) | ((<u64>sizeStep) << 8) | ((<u64>phase) << 4) | <u64>tone;
  if (glyphs.has(key)) return glyphs.get(key);
  const made = drawGlyph(font.outline(glyph), <f64>sizeStep / SIZE_STEPS, <f64>phase / PHASES, tone);
  bytes += made.mask.width * made.mask.height + ENTRY_BYTES;
  if (bytes > MAX_BYTES) {
    glyphs.clear();
    bytes = 0;
  }
  glyphs.set(key, made);
  return made;
}

function drawGlyph(outline: Path, size: f64, shift: f64, tone: i32): GlyphMask {
  beginEdges();
  flattenPath(outline, size, shift, 0, fill);
  const left = edgesLeft();
  const top = edgesTop();
  const width = edgesRight() - left;
  const height = edgesBottom() - top;
  if (outline.verbs.length == 0 || width <= 0 || height <= 0) return new GlyphMask(0, 0, new Mask(0, 0));
  const mask = new Mask(width, height);
  rasterize(left, top, left + width, top + height, false, new MaskSink(mask, left, top));
  correct(mask, tone);
  return new GlyphMask(left, top, mask);
}

function correct(mask: Mask, tone: i32): void {
  if (!curvesReady) makeCurves();
  const curve = curves + (tone << 8);
  const at = mask.row(0);
  for (let i = 0; i < mask.width * mask.height; i++) store<u8>(at + i, load<u8>(curve + load<u8>(at + i)));
}

function makeCurves(): void {
  for (let tone = 0; tone < TONES; tone++) {
    for (let i = 0; i < 256; i++)
      store<u8>(curves + (tone << 8) + i, <u8>(Math.pow(<f64>i / 255, TONE_EXPONENTS[tone]) * 255 + 0.5));
  }
  curvesReady = true;
}
