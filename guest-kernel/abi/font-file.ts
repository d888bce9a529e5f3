// A font as the UI engine reads it. Made by pkg/pack/font, little-endian, offsets in bytes from its start.
//
// After the header come, for each glyph in the order of their code points: FONT_GLYPH_SIZE bytes; then the kerning, an i16 for each
// left and right class, left classes in rows; then the outlines. Lengths are in units of the font, y upwards.

export const FONT_MAGIC_VALUE: u32 = 0x3146534f; // "OSF1"

export const FONT_MAGIC: usize = 0; // u32
export const FONT_UNITS_PER_EM: usize = FONT_MAGIC + 4; // u16
export const FONT_ASCENT: usize = FONT_UNITS_PER_EM + 2; // i16
export const FONT_DESCENT: usize = FONT_ASCENT + 2; // i16, negative
export const FONT_X_HEIGHT: usize = FONT_DESCENT + 2; // i16
export const FONT_CAP_HEIGHT: usize = FONT_X_HEIGHT + 2; // i16
export const FONT_GLYPH_COUNT: usize = FONT_CAP_HEIGHT + 2; // u16, > 0; the first has code point 0: a box for what is missing
export const FONT_LEFT_CLASSES: usize = FONT_GLYPH_COUNT + 2; // u16
export const FONT_RIGHT_CLASSES: usize = FONT_LEFT_CLASSES + 2; // u16
export const FONT_HEADER_SIZE: usize = FONT_RIGHT_CLASSES + 2;

// A glyph
export const GLYPH_CODE_POINT: usize = 0; // u16, rising
export const GLYPH_ADVANCE: usize = GLYPH_CODE_POINT + 2; // u16
export const GLYPH_OUTLINE: usize = GLYPH_ADVANCE + 2; // u32, offset of its outline
export const GLYPH_LEFT_CLASS: usize = GLYPH_OUTLINE + 4; // u8, as the left one of a pair
export const GLYPH_RIGHT_CLASS: usize = GLYPH_LEFT_CLASS + 1; // u8
export const GLYPH_RESERVED: usize = GLYPH_RIGHT_CLASS + 1; // u16, zero
export const FONT_GLYPH_SIZE: usize = GLYPH_RESERVED + 2;

// An outline is a sequence of operations: a byte, then the distances from the point before to each of its points, x and y, as
// signed LEB128. A move starts an outline; outlines close by themselves.
export const OUTLINE_END: u8 = 0;
export const OUTLINE_MOVE: u8 = 1; // one point
export const OUTLINE_LINE: u8 = 2; // one point
export const OUTLINE_QUAD: u8 = 3; // a control point and the end
export const OUTLINE_CUBIC: u8 = 4; // two control points and the end
