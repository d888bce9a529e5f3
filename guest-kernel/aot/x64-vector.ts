// The vector part of the emitter: scalar floats and packed 128-bit values in xmm registers, SSE to SSE4.2.
// Intel SDM volume 2, chapters 3 to 5.

import { Label } from "./code-buffer.ts";
import { Operand, reg } from "./operand.ts";
import { TYPE_V128, widthOf } from "./types.ts";
import { Encoder, MAP_0F, MAP_0F3A, SHIFT_SHL, SHIFT_SHR, W32, W64 } from "./x64-encoder.ts";
import { PCMPEQD } from "./x64-packed.ts";

// Scalar float arithmetic, as the second opcode byte
export const SSE_SQRT: u32 = 0x51;
export const SSE_ADD: u32 = 0x58;
export const SSE_MUL: u32 = 0x59;
export const SSE_SUB: u32 = 0x5c;
export const SSE_MIN: u32 = 0x5d;
export const SSE_DIV: u32 = 0x5e;
export const SSE_MAX: u32 = 0x5f;

// Packed bitwise, as the second opcode byte
export const SSE_AND: u32 = 0x54;
export const SSE_ANDN: u32 = 0x55;
export const SSE_OR: u32 = 0x56;
export const SSE_XOR: u32 = 0x57;

// roundss/roundsd immediates: the mode, precision exceptions suppressed
export const ROUND_NEAREST: u32 = 8;
export const ROUND_DOWN: u32 = 9;
export const ROUND_UP: u32 = 10;
export const ROUND_TRUNCATE: u32 = 11;

/** Emits vector instructions. In the scalar ones, `w` chooses f32 (W32) or f64 (W64). */
@unmanaged
export class VectorAssembler extends Encoder {
  private scalarPrefix(w: u32): u32 {
    return w ? 0xf2 : 0xf3;
  }

  /** Loads a scalar from memory and clears the rest of the register. */
  movsLoad(w: u32, dst: u32, src: Operand): void {
    this.encode(this.scalarPrefix(w), 0, MAP_0F, 0x10, dst, src, false);
  }

  movsStore(w: u32, dst: Operand, src: u32): void {
    this.encode(this.scalarPrefix(w), 0, MAP_0F, 0x11, src, dst, false);
  }

  /** Copies a whole vector register. */
  movaps(dst: u32, src: u32): void {
    this.op0f(W32, 0x28, dst, reg(src));
  }

  /** Loads 16 bytes, at any alignment. */
  movups(dst: u32, src: Operand): void {
    this.op0f(W32, 0x10, dst, src);
  }

  movupsTo(dst: Operand, src: u32): void {
    this.op0f(W32, 0x11, src, dst);
  }

  /** Loads a value of vector register `type`, at any alignment; what is above a scalar becomes zero. */
  loadXmmOf(type: u32, dst: u32, src: Operand): void {
    if (type == TYPE_V128) this.movups(dst, src);
    else this.movsLoad(widthOf(type), dst, src);
  }

  storeXmmOf(type: u32, dst: Operand, src: u32): void {
    if (type == TYPE_V128) this.movupsTo(dst, src);
    else this.movsStore(widthOf(type), dst, src);
  }

  /** Bits of a general register (32 or 64) to a vector register. */
  movToXmm(w: u32, dst: u32, src: Operand): void {
    this.encode(0x66, w, MAP_0F, 0x6e, dst, src, false);
  }

  movFromXmm(w: u32, dst: Operand, src: u32): void {
    this.encode(0x66, w, MAP_0F, 0x7e, src, dst, false);
  }

  /** dst = dst SSE_* src, scalar. */
  sse(w: u32, operation: u32, dst: u32, src: Operand): void {
    this.encode(this.scalarPrefix(w), 0, MAP_0F, operation, dst, src, false);
  }

  /** dst = dst SSE_AND/ANDN/OR/XOR src, 128 bits; memory must be 16-byte aligned. */
  sseBits(operation: u32, dst: u32, src: Operand): void {
    this.op0f(W32, operation, dst, src);
  }

  /** Compares and sets ZF PF CF: unordered all 1, greater all 0, less CF, equal ZF. */
  ucomis(w: u32, a: u32, b: Operand): void {
    this.encode(w ? 0x66 : 0, 0, MAP_0F, 0x2e, a, b, false);
  }

  /** Rounds by a ROUND_* mode. SSE4.1. */
  rounds(w: u32, dst: u32, src: Operand, mode: u32): void {
    this.encode(0x66, 0, MAP_0F3A, 0x0a | w, dst, src, false);
    this.byte(mode);
  }

  /** Float (w) to signed integer (wInt) by truncation; 0x80… when out of range. */
  cvtts2si(w: u32, wInt: u32, dst: u32, src: Operand): void {
    this.encode(this.scalarPrefix(w), wInt, MAP_0F, 0x2c, dst, src, false);
  }

  /** Signed integer (wInt) to float (w). */
  cvtsi2s(w: u32, wInt: u32, dst: u32, src: Operand): void {
    this.encode(this.scalarPrefix(w), wInt, MAP_0F, 0x2a, dst, src, false);
  }

  /** Float of width w to the other width. */
  cvts2s(w: u32, dst: u32, src: Operand): void {
    this.encode(this.scalarPrefix(w), 0, MAP_0F, 0x5a, dst, src, false);
  }

  /** Sets `dst` to zero. */
  xorps(dst: u32): void {
    this.sseBits(SSE_XOR, dst, reg(dst));
  }

  // ── packed ────────────────────────────────────────────────────────────────────────────────────────────

  /** dst = dst `instruction` src, an instruction of x64-packed.ts. Sixteen bytes of memory must be aligned. */
  packed(instruction: u32, dst: u32, src: Operand): void {
    this.encode(instruction >> 16, W32, (instruction >> 8) & 0xff, instruction & 0xff, dst, src, false);
  }

  packedImm(instruction: u32, dst: u32, src: Operand, value: u32): void {
    this.packed(instruction, dst, src);
    this.byte(value);
  }

  /** Shifts every lane by an immediate: SHIFT_SHL, SHIFT_SHR or SHIFT_SAR; lanes of 2^`size` bytes, 1..3. */
  packedShiftImm(size: u32, operation: u32, dst: u32, count: u32): void {
    const digit: u32 = operation == SHIFT_SHL ? 6 : operation == SHIFT_SHR ? 2 : 4;
    this.encode(0x66, W32, MAP_0F, 0x70 + size, digit, reg(dst), false);
    this.byte(count);
  }

  /** Copies lane `lane` of 2^`size` bytes to a general register or memory; a register's rest becomes zero. */
  extractLane(size: u32, dst: Operand, src: u32, lane: u32): void {
    const w = size == 3 ? W64 : W32;
    this.encode(0x66, w, MAP_0F3A, 0x14 + min<u32>(size, 2), src, dst, false);
    this.byte(lane);
  }

  /** Sets lane `lane` of 2^`size` bytes from a general register or memory. */
  insertLane(size: u32, dst: u32, src: Operand, lane: u32): void {
    if (size == 1) this.encode(0x66, W32, MAP_0F, 0xc4, dst, src, false);
    else this.encode(0x66, size == 3 ? W64 : W32, MAP_0F3A, size == 0 ? 0x20 : 0x22, dst, src, false);
    this.byte(lane);
  }

  /** Sets every bit. */
  ones(dst: u32): void {
    this.packed(PCMPEQD, dst, reg(dst));
  }

  /** movups dst, [rip + label]. */
  movupsLabel(dst: u32, label: Label): void {
    this.reserve();
    if (dst >= 8) this.byte(0x44);
    this.byte(0x0f);
    this.byte(0x10);
    this.byte(((dst & 7) << 3) | 5);
    this.relative(label);
  }
}
