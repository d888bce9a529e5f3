// A font of guest-kernel/abi/font-file.ts. It was made by the build, with the code that reads it, so nothing is checked.

import {
  FONT_ASCENT,
  FONT_CAP_HEIGHT,
  FONT_DESCENT,
  FONT_GLYPH_COUNT,
  FONT_GLYPH_SIZE,
  FONT_HEADER_SIZE,
  FONT_RIGHT_CLASSES,
  FONT_UNITS_PER_EM,
  FONT_X_HEIGHT,
  GLYPH_ADVANCE,
  GLYPH_CODE_POINT,
  GLYPH_LEFT_CLASS,
  GLYPH_OUTLINE,
  GLYPH_RIGHT_CLASS,
  OUTLINE_CUBIC,
  OUTLINE_END,
  OUTLINE_LINE,
  OUTLINE_MOVE,
} from "../../../guest-kernel/abi/font-file.ts";
import { Path } from "../painting/path.ts";

let fontCount: i32 = 0;

/** Glyphs, their widths and their kerning. Lengths are parts of the font size, downwards if they are vertical. */
export class Font {
  /** A number of its own for each font of the process. */
  readonly id: i32;
  readonly glyphCount: i32;
  readonly ascent: f64;
  readonly descent: f64;
  readonly xHeight: f64;
  readonly capHeight: f64;
  private at: usize;
  private unit: f64;
  private kerning: usize;
  private rightClasses: i32;

  constructor(private bytes: string) {
    const at = changetype<usize>(bytes);
    const unit = 1 / <f64>load<u16>(at, FONT_UNITS_PER_EM);
    this.id = fontCount++;
    this.at = at;
    this.unit = unit;
    this.glyphCount = load<u16>(at, FONT_GLYPH_COUNT);
    this.ascent = <f64>load<i16>(at, FONT_ASCENT) * unit;
    this.descent = <f64>-load<i16>(at, FONT_DESCENT) * unit;
    this.xHeight = <f64>load<i16>(at, FONT_X_HEIGHT) * unit;
    this.capHeight = <f64>load<i16>(at, FONT_CAP_HEIGHT) * unit;
    this.rightClasses = load<u16>(at, FONT_RIGHT_CLASSES);
    this.kerning = at + FONT_HEADER_SIZE + <usize>this.glyphCount * FONT_GLYPH_SIZE;
  }

  /** The glyph of a character; 0, a box, if the font has none. */
  glyphOf(codePoint: i32): i32 {
    let low = 0;
    let high = this.glyphCount;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (<i32>load<u16>(this.glyph(middle), GLYPH_CODE_POINT) <= codePoint) low = middle;
      else high = middle;
    }
    return <i32>load<u16>(this.glyph(low), GLYPH_CODE_POINT) == codePoint ? low : 0;
  }

  advance(glyph: i32): f64 {
    return <f64>load<u16>(this.glyph(glyph), GLYPH_ADVANCE) * this.unit;
  }

  /** What is added between two glyphs. */
  kern(left: i32, right: i32): f64 {
    const row = <i32>load<u8>(this.glyph(left), GLYPH_LEFT_CLASS);
    const column = <i32>load<u8>(this.glyph(right), GLYPH_RIGHT_CLASS);
    return <f64>load<i16>(this.kerning + ((row * this.rightClasses + column) << 1)) * this.unit;
  }

  /** The outline of a glyph at a font size of 1, its origin at (0, 0). */
  outline(glyph: i32): Path {
    return new OutlineReader(this.at + load<u32>(this.glyph(glyph), GLYPH_OUTLINE), this.unit).read();
  }

  private glyph(index: i32): usize {
    return this.at + FONT_HEADER_SIZE + <usize>index * FONT_GLYPH_SIZE;
  }
}

class OutlineReader {
  private x: f64 = 0;
  private y: f64 = 0;

  constructor(
    private at: usize,
    private unit: f64,
  ) {}

  read(): Path {
    const path = new Path();
    for (let operation = this.byte(); operation != OUTLINE_END; operation = this.byte())
      this.segment(path, operation);
    return path;
  }

  private segment(path: Path, operation: u8): void {
    this.point();
    const x1 = this.x;
    const y1 = this.y;
    if (operation == OUTLINE_MOVE) {
      path.moveTo(x1, y1);
      return;
    }
    if (operation == OUTLINE_LINE) {
      path.lineTo(x1, y1);
      return;
    }
    this.point();
    const x2 = this.x;
    const y2 = this.y;
    if (operation == OUTLINE_CUBIC) {
      this.point();
      path.cubicTo(x1, y1, x2, y2, this.x, this.y);
    } else path.quadTo(x1, y1, x2, y2);
  }

  private point(): void {
    this.x += <f64>this.signed() * this.unit;
    this.y -= <f64>this.signed() * this.unit;
  }

  private byte(): u8 {
    return load<u8>(this.at++);
  }

  /** LEB128, two's complement. */
  private signed(): i32 {
    let value = 0;
    let shift = 0;
    let byte = 0x80;
    while (byte >= 0x80) {
      byte = <i32>this.byte();
      value |= (byte & 0x7f) << shift;
      shift += 7;
    }
    return (value << (32 - shift)) >> (32 - shift);
  }
}
