import type { Font, PathCommand } from "fontkit";
import {
  FONT_ASCENT,
  FONT_CAP_HEIGHT,
  FONT_DESCENT,
  FONT_GLYPH_COUNT,
  FONT_GLYPH_SIZE,
  FONT_HEADER_SIZE,
  FONT_LEFT_CLASSES,
  FONT_MAGIC,
  FONT_MAGIC_VALUE,
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
  OUTLINE_QUAD,
} from "../../../guest-kernel/abi/font-file.ts";
import { type Kerning, kerningOf } from "./kerning.ts";

const MAX_CLASSES = 256;
const SPACE = 0x20;

/** The file of guest-kernel/abi/font-file.ts with every character of a font that it can hold. */
export function encodeFont(font: Font): Uint8Array {
  const codePoints = font.characterSet.filter(isIncluded).toSorted((a, b) => a - b);
  const kerning = kerningOf(font, codePoints);
  if (kerning.leftClasses > MAX_CLASSES || kerning.rightClasses > MAX_CLASSES)
    throw new Error(`kerning has ${kerning.leftClasses} x ${kerning.rightClasses} classes, at most 256 fit`);
  const glyphs = [font.getGlyph(0), ...codePoints.map((codePoint) => font.glyphForCodePoint(codePoint))];
  const outlines = glyphs.map((glyph) => encodeOutline(glyph.path.commands));
  const tables = Buffer.alloc(FONT_HEADER_SIZE + glyphs.length * FONT_GLYPH_SIZE + kerning.values.length * 2);
  writeHeader(tables, font, glyphs.length, kerning);
  let outline = tables.length;
  glyphs.forEach((glyph, index) => {
    const at = FONT_HEADER_SIZE + index * FONT_GLYPH_SIZE;
    tables.writeUInt16LE(codePoints[index - 1] ?? 0, at + GLYPH_CODE_POINT);
    tables.writeUInt16LE(Math.round(glyph.advanceWidth), at + GLYPH_ADVANCE);
    tables.writeUInt32LE(outline, at + GLYPH_OUTLINE);
    tables[at + GLYPH_LEFT_CLASS] = kerning.left[Math.max(0, index - 1)] ?? 0;
    tables[at + GLYPH_RIGHT_CLASS] = kerning.right[Math.max(0, index - 1)] ?? 0;
    outline += outlines[index]?.length ?? 0;
  });
  const kerningAt = FONT_HEADER_SIZE + glyphs.length * FONT_GLYPH_SIZE;
  kerning.values.forEach((value, index) => tables.writeInt16LE(value, kerningAt + index * 2));
  return Buffer.concat([tables, ...outlines]);
}

/** Combining marks need a shaper; what is beyond 16 bits has no room. */
function isIncluded(codePoint: number): boolean {
  return codePoint >= SPACE && codePoint < 0xfe00 && !(codePoint >= 0x300 && codePoint < 0x370);
}

function writeHeader(to: Buffer, font: Font, glyphCount: number, kerning: Kerning): void {
  to.writeUInt32LE(FONT_MAGIC_VALUE, FONT_MAGIC);
  to.writeUInt16LE(font.unitsPerEm, FONT_UNITS_PER_EM);
  to.writeInt16LE(Math.round(font.ascent), FONT_ASCENT);
  to.writeInt16LE(Math.round(font.descent), FONT_DESCENT);
  to.writeInt16LE(Math.round(font.xHeight), FONT_X_HEIGHT);
  to.writeInt16LE(Math.round(font.capHeight), FONT_CAP_HEIGHT);
  to.writeUInt16LE(glyphCount, FONT_GLYPH_COUNT);
  to.writeUInt16LE(kerning.leftClasses, FONT_LEFT_CLASSES);
  to.writeUInt16LE(kerning.rightClasses, FONT_RIGHT_CLASSES);
}

const OPERATIONS: Partial<Record<PathCommand["command"], number>> = {
  moveTo: OUTLINE_MOVE,
  lineTo: OUTLINE_LINE,
  quadraticCurveTo: OUTLINE_QUAD,
  bezierCurveTo: OUTLINE_CUBIC,
};

function encodeOutline(commands: readonly PathCommand[]): Uint8Array {
  const bytes: number[] = [];
  let x = 0;
  let y = 0;
  for (const { command, args } of commands) {
    const operation = OPERATIONS[command];
    if (operation === undefined) continue;
    bytes.push(operation);
    for (let i = 0; i < args.length; i += 2) {
      const nextX = Math.round(args[i] ?? 0);
      const nextY = Math.round(args[i + 1] ?? 0);
      pushSigned(bytes, nextX - x);
      pushSigned(bytes, nextY - y);
      x = nextX;
      y = nextY;
    }
  }
  bytes.push(OUTLINE_END);
  return Uint8Array.from(bytes);
}

/** LEB128, two's complement. */
function pushSigned(bytes: number[], value: number): void {
  let rest = value;
  while (rest < -64 || rest > 63) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  bytes.push(rest & 0x7f);
}
