// What the tests of text call.

import { Rect } from "../foundation/geometry.ts";
import { Bitmap } from "../painting/bitmap.ts";
import { Canvas } from "../painting/canvas.ts";
import { Paint } from "../painting/paint.ts";
import { paintText } from "./paint-text.ts";
import { TextAlign, TextLayout } from "./text-layout.ts";
import { TextStyle } from "./text-style.ts";
import { monoFont, regularFont, semiboldFont } from "./typefaces.ts";

const INK: u32 = 0xff1f2937;
const PAPER: u32 = 0xffffffff;
const NIGHT: u32 = 0xff111827;

/** Text of several sizes, wrapped, aligned and cut off; 420 x 300 logical pixels, the lower part light on dark. */
export function drawText(pixels: usize, width: i32, height: i32, scale: f64): void {
  const canvas = new Canvas(Bitmap.over(pixels, width, height, width * 4), scale);
  canvas.drawRect(Rect.at(0, 0, 420, 300), new Paint(PAPER));
  canvas.drawRect(Rect.at(0, 190, 420, 110), new Paint(NIGHT));
  put(canvas, "Files & Settings", new TextStyle(semiboldFont(), 22, INK, 1.3, -0.2), 16, 8);
  put(canvas, "AVATAR To Ty. “Wäre es fünf?” – 1234567890 €", new TextStyle(regularFont(), 14, INK), 16, 42);
  const story =
    "The quick brown fox jumps over the lazy dog, while a well-known packaging line wraps around.";
  const body = new TextStyle(regularFont(), 13, 0xff4b5563);
  put(canvas, story, body, 16, 70, 180);
  paint(canvas, new TextLayout(story, body, 180, 2, TextAlign.Center), 220, 70, 180);
  paint(canvas, new TextLayout(story, body, 180, 1, TextAlign.End), 220, 120, 180);
  put(canvas, "const x: u32 = load<u32>(at, 4); // 0xff", new TextStyle(monoFont(), 12, INK), 16, 160);
  put(canvas, "Dark: The quick brown fox", new TextStyle(semiboldFont(), 16, 0xfff9fafb), 16, 198);
  put(canvas, story, new TextStyle(regularFont(), 13, 0xffd1d5db), 16, 226, 380);
  put(canvas, "11 px caption and \u4e00 missing", new TextStyle(regularFont(), 11, 0xff9ca3af), 16, 272);
}

function put(canvas: Canvas, text: string, style: TextStyle, x: f64, y: f64, maxWidth: f64 = Infinity): void {
  paint(canvas, new TextLayout(text, style, maxWidth), x, y, maxWidth);
}

function paint(canvas: Canvas, layout: TextLayout, x: f64, y: f64, boxWidth: f64): void {
  paintText(canvas, layout, x, y, boxWidth, layout.style.color);
}

let layout: TextLayout | null = null;

/** Lays out the text at an address, UTF-8, in 10 px monospace: each character is 6 px wide. */
export function layOut(address: usize, length: i32, maxWidth: f64, maxLines: i32): void {
  const text = String.UTF8.decodeUnsafe(address, length);
  layout = new TextLayout(text, new TextStyle(monoFont(), 10, INK), maxWidth, maxLines);
}

export function lineCount(): i32 {
  return (layout as TextLayout).lines.length;
}

export function lineFirst(line: i32): i32 {
  return (layout as TextLayout).lines[line].first;
}

export function lineEnd(line: i32): i32 {
  return (layout as TextLayout).lines[line].end;
}

export function lineWidth(line: i32): f64 {
  return (layout as TextLayout).lines[line].width;
}

export function lineHasEllipsis(line: i32): bool {
  return (layout as TextLayout).lines[line].hasEllipsis;
}

export function indexAt(x: f64, y: f64): i32 {
  return (layout as TextLayout).indexAt(x, y);
}

export function caretX(index: i32): f64 {
  return (layout as TextLayout).caretX(index);
}

export function caretLine(index: i32): i32 {
  return (layout as TextLayout).caretLine(index);
}

/** Distance that kerning adds between two characters, at a size of 1000. */
export function kern(left: i32, right: i32): f64 {
  const font = regularFont();
  return font.kern(font.glyphOf(left), font.glyphOf(right)) * 1000;
}

export function advance(codePoint: i32): f64 {
  const font = regularFont();
  return font.advance(font.glyphOf(codePoint)) * 1000;
}
