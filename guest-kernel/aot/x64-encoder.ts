// How x86-64 instructions are encoded: prefixes, opcode maps, ModRM and SIB. Intel SDM volume 2, chapter 2.

import { CodeBuffer } from "./code-buffer.ts";
import { Operand, baseOf, dispOf, indexOf, isRegister, scaleOf } from "./operand.ts";

// Operand sizes
export const W32: u32 = 0;
export const W64: u32 = 1;

// Shifts, as the /digit of opcode D3
export const SHIFT_ROL: u32 = 0;
export const SHIFT_ROR: u32 = 1;
export const SHIFT_SHL: u32 = 4;
export const SHIFT_SHR: u32 = 5;
export const SHIFT_SAR: u32 = 7;

// Opcode maps
export const MAP_ONE: u32 = 0;
export const MAP_0F: u32 = 1;
export const MAP_0F38: u32 = 2;
export const MAP_0F3A: u32 = 3;

/** Encodes instructions. */
@unmanaged
export class Encoder extends CodeBuffer {
  /** Prefix, REX, opcode, ModRM. `regField` is a register or an opcode digit; `rex` forces a REX prefix. */
  protected encode(prefix: u32, w: u32, map: u32, opcode: u32, regField: u32, rm: Operand, rex: bool): void {
    this.reserve();
    if (prefix) this.byte(prefix);
    const base = baseOf(rm);
    const index = isRegister(rm) ? 0 : indexOf(rm) & 15; // "none" is 16, which sets no REX.X
    const bits = (w << 3) | ((regField >> 3) << 2) | ((index >> 3) << 1) | (base >> 3);
    if (bits != 0 || rex) this.byte(0x40 | bits);
    if (map != MAP_ONE) this.byte(0x0f);
    if (map == MAP_0F38) this.byte(0x38);
    else if (map == MAP_0F3A) this.byte(0x3a);
    this.byte(opcode);
    this.modrm(regField & 7, rm);
  }

  protected modrm(field: u32, rm: Operand): void {
    const base = baseOf(rm) & 7;
    if (isRegister(rm)) {
      this.byte(0xc0 | (field << 3) | base);
      return;
    }
    const disp = dispOf(rm);
    // Base 5 (rbp, r13) has no form without displacement.
    const mode: u32 = disp == 0 && base != 5 ? 0 : disp == <i32>(<i8>disp) ? 0x40 : 0x80;
    const index = indexOf(rm);
    if (index < 16) {
      this.byte(mode | (field << 3) | 4);
      this.byte((scaleOf(rm) << 6) | ((index & 7) << 3) | base);
    } else {
      this.byte(mode | (field << 3) | base);
      if (base == 4) this.byte(0x24); // rsp and r12 need a SIB byte
    }
    if (mode == 0x40) this.byte(<u32>disp & 0xff);
    else if (mode == 0x80) this.word(<u32>disp);
  }

  protected op(w: u32, opcode: u32, field: u32, rm: Operand): void {
    this.encode(0, w, MAP_ONE, opcode, field, rm, false);
  }

  protected op0f(w: u32, opcode: u32, field: u32, rm: Operand): void {
    this.encode(0, w, MAP_0F, opcode, field, rm, false);
  }

  /** As `op`, on a byte: sil, dil and the like need a REX prefix that says so. */
  protected opByte(map: u32, opcode: u32, w: u32, field: u32, fieldIsByte: bool, rm: Operand): void {
    const rmIsByte = isRegister(rm) && baseOf(rm) >= 4;
    this.encode(0, w, map, opcode, field, rm, rmIsByte || (fieldIsByte && field >= 4));
  }
}
