import { Canvas } from "../painting/canvas.ts";
import { Color } from "../painting/color.ts";
import { Font } from "./font.ts";
import { glyphMask, toneOf } from "./glyph-cache.ts";
import { TextLayout } from "./text-layout.ts";

const ELLIPSIS: i32 = 0x2026;

/** Draws a layout into a box whose top left corner is at (x, y). Baselines are on whole pixels, so that all lines look alike. */
export function paintText(
  canvas: Canvas,
  layout: TextLayout,
  x: f64,
  y: f64,
  boxWidth: f64,
  color: Color,
): void {
  const size = layout.style.size * canvas.scale;
  const font = layout.style.font;
  const tone = toneOf(color);
  for (let row = 0; row < layout.lines.length; row++) {
    const top = y + row * layout.lineHeight;
    if (canvas.isOutsideRows(top - layout.lineHeight, top + 2 * layout.lineHeight)) continue; // glyphs may stick out
    const line = layout.lines[row];
    const baseline = <i32>floor(canvas.deviceY(top + layout.baseline) + 0.5);
    const start = canvas.deviceX(x + layout.lineStart(row, boxWidth));
    const origin = layout.positions[line.first];
    for (let at = line.first; at < line.end; at++) {
      const glyph = layout.glyphs[at];
      if (glyph < 0) continue;
      const glyphX = start + (layout.positions[at] - origin) * canvas.scale;
      drawGlyph(canvas, font, glyph, size, glyphX, baseline, tone, color);
    }
    if (!line.hasEllipsis) continue;
    const endX = start + (layout.positions[line.end] - origin) * canvas.scale;
    drawGlyph(canvas, font, font.glyphOf(ELLIPSIS), size, endX, baseline, tone, color);
  }
}

/** Draws one character of a font of a size; its baseline is rounded to a whole pixel. */
export function paintGlyph(
  canvas: Canvas,
  font: Font,
  codePoint: i32,
  size: f64,
  x: f64,
  baseline: f64,
  color: Color,
): void {
  const glyph = font.glyphOf(codePoint);
  const row = <i32>floor(canvas.deviceY(baseline) + 0.5);
  drawGlyph(canvas, font, glyph, size * canvas.scale, canvas.deviceX(x), row, toneOf(color), color);
}

function drawGlyph(
  canvas: Canvas,
  font: Font,
  glyph: i32,
  size: f64,
  x: f64,
  baseline: i32,
  tone: i32,
  color: Color,
): void {
  const pixel = floor(x);
  const drawn = glyphMask(font, glyph, size, x - pixel, tone);
  canvas.drawMask(drawn.mask, <i32>pixel + drawn.left, baseline + drawn.top, color);
}
