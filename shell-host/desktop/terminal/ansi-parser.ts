// Bytes of a program's output, as ECMA-48 (ANSI) terminals read them: UTF-8, control characters, and the sequences that move,
// erase and colour. What is not known is skipped.

import { CELL_BOLD, CELL_INK_SHIFT, CELL_PAPER_SHIFT, CellGrid } from "./cell-grid.ts";

const BEL: u32 = 7;
const BS: u32 = 8;
const HT: u32 = 9;
const LF: u32 = 10;
const CR: u32 = 13;
const ESC: u32 = 27;
const REPLACEMENT: u32 = 0xfffd;
const MAX_PARAMETERS: i32 = 16;
const MAX_PARAMETER: i32 = 9999;

enum Mode {
  Text,
  Escape,
  Control, // behind ESC [
  Title, // behind ESC ], up to BEL or ESC \
  Charset, // behind ESC ( and the like: one byte
}

/** Writes output into a grid. */
export class AnsiParser {
  private mode: Mode = Mode.Text;
  private parameters: i32[] = [];
  private codePoint: u32 = 0; // of UTF-8 that has begun
  private missing: i32 = 0; // bytes of it that are to come

  constructor(private grid: CellGrid) {}

  feed(bytes: usize, length: i32): void {
    for (let i = 0; i < length; i++) this.byte(<u32>load<u8>(bytes + i));
  }

  private byte(byte: u32): void {
    switch (this.mode) {
      case Mode.Text:
        return this.text(byte);
      case Mode.Escape:
        return this.escape(byte);
      case Mode.Control:
        return this.control(byte);
      case Mode.Title: {
        if (byte == BEL) this.mode = Mode.Text;
        else if (byte == ESC) this.mode = Mode.Escape; // ESC \ ends it
        return;
      }
      default:
        this.mode = Mode.Text;
    }
  }

  private text(byte: u32): void {
    if (this.missing > 0) {
      if ((byte & 0xc0) == 0x80) {
        this.codePoint = (this.codePoint << 6) | (byte & 0x3f);
        if (--this.missing == 0) this.grid.put(this.codePoint <= 0x10ffff ? this.codePoint : REPLACEMENT);
        return;
      }
      this.missing = 0;
      this.grid.put(REPLACEMENT);
    }
    if (byte >= 0xf0) this.begin(byte & 7, 3);
    else if (byte >= 0xe0) this.begin(byte & 15, 2);
    else if (byte >= 0xc0) this.begin(byte & 31, 1);
    else if (byte >= 0x80) this.grid.put(REPLACEMENT);
    else if (byte >= 0x20) {
      if (byte != 0x7f) this.grid.put(byte);
    } else this.controlCharacter(byte);
  }

  private begin(bits: u32, missing: i32): void {
    this.codePoint = bits;
    this.missing = missing;
  }

  private controlCharacter(byte: u32): void {
    const grid = this.grid;
    if (byte == LF) {
      grid.carriageReturn(); // programs here end lines with LF alone
      grid.lineFeed();
    } else if (byte == CR) grid.carriageReturn();
    else if (byte == BS) grid.back();
    else if (byte == HT) grid.tab();
    else if (byte == ESC) this.mode = Mode.Escape;
  }

  private escape(byte: u32): void {
    this.mode = Mode.Text;
    if (byte == 0x5b) {
      this.parameters = [];
      this.mode = Mode.Control;
    } else if (byte == 0x5d) this.mode = Mode.Title;
    else if (byte == 0x28 || byte == 0x29) this.mode = Mode.Charset;
    else if (byte == 0x37) this.grid.save();
    else if (byte == 0x38) this.grid.restore();
    else if (byte == 0x63) this.grid.eraseInScreen(3);
  }

  private control(byte: u32): void {
    if (byte >= 0x30 && byte <= 0x39) return this.digit(<i32>byte - 0x30);
    if (byte == 0x3b) {
      if (this.parameters.length == 0) this.parameters.push(0);
      if (this.parameters.length < MAX_PARAMETERS) this.parameters.push(0);
      return;
    }
    if (byte < 0x40) return; // private marks and intermediates
    this.mode = Mode.Text;
    this.run(byte);
  }

  private digit(digit: i32): void {
    if (this.parameters.length == 0) this.parameters.push(0);
    const last = this.parameters.length - 1;
    this.parameters[last] = min(MAX_PARAMETER, this.parameters[last] * 10 + digit);
  }

  private parameter(index: i32, fallback: i32): i32 {
    const value = index < this.parameters.length ? this.parameters[index] : 0;
    return value == 0 ? fallback : value;
  }

  private run(final: u32): void {
    const grid = this.grid;
    const count = this.parameter(0, 1);
    switch (final) {
      case 0x41: // A
        return grid.moveBy(-count, 0);
      case 0x42: // B
        return grid.moveBy(count, 0);
      case 0x43: // C
        return grid.moveBy(0, count);
      case 0x44: // D
        return grid.moveBy(0, -count);
      case 0x47: // G
        return grid.moveTo(grid.row - grid.top, count - 1);
      case 0x48: // H
      case 0x66: // f
        return grid.moveTo(count - 1, this.parameter(1, 1) - 1);
      case 0x4a: // J
        return grid.eraseInScreen(this.parameter(0, 0));
      case 0x4b: // K
        return grid.eraseInRow(this.parameter(0, 0));
      case 0x6d: // m
        return this.setAttributes();
      case 0x73: // s
        return grid.save();
      case 0x75: // u
        return grid.restore();
    }
  }

  private setAttributes(): void {
    if (this.parameters.length == 0) this.parameters.push(0);
    for (let i = 0; i < this.parameters.length; i++) {
      const value = this.parameters[i];
      if (value == 38 || value == 48) return; // colours beyond the sixteen
      this.setAttribute(value);
    }
  }

  private setAttribute(value: i32): void {
    if (value == 0) this.grid.attributes = 0;
    else if (value == 1) this.grid.attributes |= CELL_BOLD;
    else if (value == 22) this.grid.attributes &= ~CELL_BOLD;
    else if (value >= 30 && value <= 37) this.setColor(CELL_INK_SHIFT, value - 29);
    else if (value == 39) this.setColor(CELL_INK_SHIFT, 0);
    else if (value >= 40 && value <= 47) this.setColor(CELL_PAPER_SHIFT, value - 39);
    else if (value == 49) this.setColor(CELL_PAPER_SHIFT, 0);
    else if (value >= 90 && value <= 97) this.setColor(CELL_INK_SHIFT, value - 81);
    else if (value >= 100 && value <= 107) this.setColor(CELL_PAPER_SHIFT, value - 91);
  }

  private setColor(shift: u32, color: i32): void {
    this.grid.attributes = (this.grid.attributes & ~(31 << shift)) | ((<u32>color) << shift);
  }
}
