// Text broken into lines. A line may end behind a space or a hyphen, or inside of a word that is longer than a line.

import { Size } from "../foundation/geometry.ts";
import { TextStyle } from "./text-style.ts";

export enum TextAlign {
  Start,
  Center,
  End,
}

const SPACE: i32 = 0x20;
const TAB: i32 = 0x09;
const NEW_LINE: i32 = 0x0a;
const HYPHEN: i32 = 0x2d;
const ELLIPSIS: i32 = 0x2026;
const ROUNDING: f64 = 1e-6; // a text fits into the width that was measured for it

/** A line of a layout: the glyphs `first`..`end`. */
export class TextLine {
  constructor(
    readonly first: i32,
    readonly end: i32,
    readonly width: f64,
    readonly hasEllipsis: bool,
  ) {}
}

/** Text with its glyphs, positions and lines. Everything in logical pixels. */
export class TextLayout {
  /** The glyph of each character; -1 for one that shows nothing. */
  readonly glyphs: i32[] = [];
  /** Where each character starts if all were in one line, and where the last one ends. */
  readonly positions: f64[] = [];
  readonly lines: TextLine[] = [];
  private units: i32[] = []; // index of each character in the text, and the text's length
  private breakable: bool[] = [];
  private forced: bool[] = [];
  private widest: f64 = 0;

  constructor(
    readonly text: string,
    readonly style: TextStyle,
    readonly maxWidth: f64 = Infinity,
    /** 0: any number. */
    readonly maxLines: i32 = 0,
    readonly align: TextAlign = TextAlign.Start,
  ) {
    this.shape();
    this.breakLines();
  }

  /** Width of the widest line and height of all. */
  get size(): Size {
    return new Size(this.widest, this.lineHeight * this.lines.length);
  }

  get lineHeight(): f64 {
    return this.style.size * this.style.height;
  }

  /** From the top of a line to its baseline. */
  get baseline(): f64 {
    const font = this.style.font;
    const size = this.style.size;
    return (this.lineHeight + (font.ascent - font.descent) * size) / 2;
  }

  /** Where a line starts in a box of a width. */
  lineStart(line: i32, boxWidth: f64): f64 {
    const free = boxWidth - this.lines[line].width;
    return this.align == TextAlign.Start ? 0 : this.align == TextAlign.Center ? free / 2 : free;
  }

  /** Where the caret before text unit `index` is: distance from its line's start. */
  caretX(index: i32): f64 {
    const at = this.characterAt(index);
    return this.positions[at] - this.positions[this.lines[this.lineOf(at)].first];
  }

  /** The line in which the caret before text unit `index` is. */
  caretLine(index: i32): i32 {
    return this.lineOf(this.characterAt(index));
  }

  /** The text unit whose caret is nearest to a point. */
  indexAt(x: f64, y: f64): i32 {
    const row = max(0, min(this.lines.length - 1, <i32>floor(y / this.lineHeight)));
    const line = this.lines[row];
    const start = this.positions[line.first];
    let nearest = line.first;
    for (let at = line.first; at <= line.end; at++) {
      if (at == line.end && at > line.first && this.forced[at - 1]) break;
      if (abs(this.positions[at] - start - x) < abs(this.positions[nearest] - start - x)) nearest = at;
    }
    return this.units[nearest];
  }

  /** The text unit that comes before or behind the character at `index`. */
  neighbour(index: i32, step: i32): i32 {
    return this.units[max(0, min(this.units.length - 1, this.characterAt(index) + step))];
  }

  /** The start or the end of the line that the caret before text unit `index` is in. */
  lineEdge(index: i32, atEnd: bool): i32 {
    const line = this.lines[this.caretLine(index)];
    if (!atEnd) return this.units[line.first];
    const wraps = line.end > line.first && line.end < this.glyphs.length;
    return this.units[
      wraps || (line.end > line.first && this.forced[line.end - 1]) ? line.end - 1 : line.end
    ];
  }

  /** The caret that is as far from its line's start as the one before `index`, so many lines further down. */
  caretBeside(index: i32, lines: i32): i32 {
    const target = this.caretLine(index) + lines;
    if (target < 0) return 0;
    if (target >= this.lines.length) return this.text.length;
    return this.indexAt(this.caretX(index), (<f64>target + 0.5) * this.lineHeight);
  }

  private characterAt(unit: i32): i32 {
    let low = 0; // the first whose unit is not smaller
    let high = this.units.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.units[middle] < unit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private lineOf(at: i32): i32 {
    for (let i = this.lines.length - 1; i > 0; i--) if (at >= this.lines[i].first) return i;
    return 0;
  }

  private shape(): void {
    const font = this.style.font;
    const size = this.style.size;
    const text = this.text;
    let x = 0.0;
    let before = -1;
    for (let unit = 0; unit < text.length;) {
      const code = text.codePointAt(unit);
      const shown = code != NEW_LINE && code != TAB;
      const glyph = shown ? font.glyphOf(code) : font.glyphOf(SPACE);
      if (before >= 0 && shown) x += font.kern(before, glyph) * size;
      this.glyphs.push(shown ? glyph : -1);
      this.units.push(unit);
      this.positions.push(x);
      this.breakable.push(code == SPACE || code == TAB || code == HYPHEN || code == NEW_LINE);
      this.forced.push(code == NEW_LINE);
      if (code == TAB) x += 4 * font.advance(glyph) * size;
      else if (shown) x += font.advance(glyph) * size + this.style.letterSpacing;
      before = shown ? glyph : -1;
      unit += code > 0xffff ? 2 : 1;
    }
    this.units.push(text.length);
    this.positions.push(x);
  }

  private breakLines(): void {
    const count = this.glyphs.length;
    let first = 0;
    for (;;) {
      if (this.maxLines > 0 && this.lines.length == this.maxLines - 1) return this.lastLine(first);
      const end = this.lineEnd(first);
      this.addLine(first, end, false);
      if (end == count && (count == 0 || !this.forced[count - 1] || first == count)) return;
      first = end;
    }
  }

  /** Where the line that starts with character `first` ends. */
  private lineEnd(first: i32): i32 {
    const count = this.glyphs.length;
    const limit = this.positions[first] + this.maxWidth + ROUNDING;
    let end = first; // behind the last place to break
    for (let at = first; at < count; at++) {
      if (!this.isBlank(at) && this.positions[at + 1] > limit) return end > first ? end : max(at, first + 1);
      if (this.breakable[at]) end = at + 1;
      if (this.forced[at]) return at + 1;
    }
    return count;
  }

  /** The last line that there is room for: what is too much becomes an ellipsis. */
  private lastLine(first: i32): void {
    const count = this.glyphs.length;
    if (this.lineEnd(first) == count && (count == 0 || !this.forced[count - 1]))
      return this.addLine(first, count, false);
    const limit = this.positions[first] + this.maxWidth - this.ellipsisWidth;
    let end = first;
    while (end < count && !this.forced[end] && this.positions[end + 1] <= limit) end++;
    while (end > first && this.isBlank(end - 1)) end--;
    this.addLine(first, end, true);
  }

  private get ellipsisWidth(): f64 {
    const font = this.style.font;
    return font.advance(font.glyphOf(ELLIPSIS)) * this.style.size;
  }

  private addLine(first: i32, end: i32, hasEllipsis: bool): void {
    let shown = end; // blanks at the end count for nothing
    while (shown > first && this.isBlank(shown - 1)) shown--;
    let width = this.positions[shown] - this.positions[first];
    if (hasEllipsis) width += this.ellipsisWidth;
    this.widest = max(this.widest, width);
    this.lines.push(new TextLine(first, end, width, hasEllipsis));
  }

  private isBlank(at: i32): bool {
    return this.glyphs[at] < 0 || (this.breakable[at] && this.text.charCodeAt(this.units[at]) != HYPHEN);
  }
}
