// Kerning as a table of classes: glyphs that all others keep the same distance from share a row or a column.

import type { Font } from "fontkit";

/** The distance of each pair is values[left[a] * rightClasses + right[b]], in units of the font. */
export interface Kerning {
  left: number[];
  right: number[];
  leftClasses: number;
  rightClasses: number;
  values: number[];
}

// What else layout does would change the glyphs.
const FEATURES = { kern: true, liga: false, calt: false, clig: false, ccmp: false, locl: false };

/** The kerning between all pairs of some characters of a font. */
export function kerningOf(font: Font, codePoints: readonly number[]): Kerning {
  const rows = codePoints.map((left) => distancesAfter(font, left, codePoints));
  const left = classesOf(rows);
  const columns = codePoints.map((_, column) => left.firsts.map((row) => rows[row]?.[column] ?? 0));
  const right = classesOf(columns);
  const values = left.firsts.flatMap((row) => right.firsts.map((column) => rows[row]?.[column] ?? 0));
  return {
    left: left.classes,
    right: right.classes,
    leftClasses: left.firsts.length,
    rightClasses: right.firsts.length,
    values,
  };
}

function distancesAfter(font: Font, left: number, codePoints: readonly number[]): number[] {
  const advance = font.glyphForCodePoint(left).advanceWidth;
  const text = codePoints.map((right) => String.fromCodePoint(left, right)).join("");
  const { positions } = font.layout(text, FEATURES);
  if (positions.length !== 2 * codePoints.length) return codePoints.map(() => 0); // a mark, which joins others
  return codePoints.map((_, i) => Math.round((positions[2 * i]?.xAdvance ?? advance) - advance));
}

/** Numbers equal rows alike; `firsts` has the first row of each class. */
function classesOf(rows: readonly number[][]): { classes: number[]; firsts: number[] } {
  const numbers = new Map<string, number>();
  const firsts: number[] = [];
  const classes = rows.map((row, index) => {
    const key = row.join();
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, firsts.length);
    return firsts.push(index) - 1;
  });
  return { classes, firsts };
}
