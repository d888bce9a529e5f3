// Code for vector shifts. Counts are taken modulo the lane's width (§4.3.2). x86 has no shifts of bytes and no
// arithmetic shift of 64 bits.

import { Generator } from "./generator.ts";
import { reg } from "./operand.ts";
import { TYPE_V128 } from "./types.ts";
import { SCRATCH_XMM } from "./values.ts";
import { ALU_ADD, ALU_AND } from "./x64.ts";
import { SHIFT_SAR, SHIFT_SHL, SHIFT_SHR, W32 } from "./x64-encoder.ts";
import * as x from "./x64-packed.ts";

// How a vector is shifted
const LEFT: u32 = 0;
const RIGHT_SIGNED: u32 = 1;

const SIGNS: u64 = 0x8000000000000000;

/** shl, shr_s, shr_u (`n` 0..2) of lanes of 2^`size` bytes. */
export function emitVectorShift(g: Generator, size: u32, n: u32): void {
  const bits: u32 = 8 << size;
  if (g.topIsConstant()) {
    const count = <u32>g.popConstant() & (bits - 1);
    if (count != 0) shiftByConstant(g, size, n, count);
    return;
  }
  const count = g.popIntTemp();
  g.a.aluImm(W32, ALU_AND, reg(count), bits - 1);
  if (size == 0 && n == RIGHT_SIGNED) {
    shiftBytesSigned(g, count);
  } else {
    const value = g.popXmmTemp();
    g.a.movToXmm(W32, SCRATCH_XMM, reg(count));
    if (size == 0) shiftBytes(g, n, value);
    else if (size == 3 && n == RIGHT_SIGNED) shiftQuadsSigned(g, value);
    else g.a.packed(byRegister(size, n), value, reg(SCRATCH_XMM));
    g.pushXmm(TYPE_V128, value);
  }
  g.freeInt(count);
}

function operationOf(n: u32): u32 {
  if (n == LEFT) return SHIFT_SHL;
  return n == RIGHT_SIGNED ? SHIFT_SAR : SHIFT_SHR;
}

/** The instruction that shifts lanes of 2^`size` bytes, 1..3, by a vector register. */
function byRegister(size: u32, n: u32): u32 {
  if (n == LEFT) return x.PSLLW + size - 1;
  return (n == RIGHT_SIGNED ? x.PSRAW : x.PSRLW) + size - 1;
}

// ── by constants ────────────────────────────────────────────────────────────────────────────────────────

function shiftByConstant(g: Generator, size: u32, n: u32, count: u32): void {
  const value = g.popXmmTemp();
  if (size == 0) shiftBytesByConstant(g, n, value, count);
  else if (size == 3 && n == RIGHT_SIGNED) shiftQuadsByConstant(g, value, count);
  else g.a.packedShiftImm(size, operationOf(n), value, count);
  g.pushXmm(TYPE_V128, value);
}

/** As words; what crosses into a neighbour is masked off, signs need words of their own. */
function shiftBytesByConstant(g: Generator, n: u32, value: u32, count: u32): void {
  const a = g.a;
  if (n == RIGHT_SIGNED) {
    a.movaps(SCRATCH_XMM, value);
    a.packed(x.PUNPCKHBW, SCRATCH_XMM, reg(SCRATCH_XMM));
    a.packed(x.PUNPCKLBW, value, reg(value));
    a.packedShiftImm(1, SHIFT_SAR, SCRATCH_XMM, count + 8);
    a.packedShiftImm(1, SHIFT_SAR, value, count + 8);
    a.packed(x.PACKSSWB, value, reg(SCRATCH_XMM));
    return;
  }
  a.packedShiftImm(1, operationOf(n), value, count);
  const kept: u64 = n == LEFT ? (0xff << count) & 0xff : 0xff >> count;
  const mask = kept * 0x0101010101010101;
  g.loadVectorConstant(SCRATCH_XMM, mask, mask);
  a.packed(x.PAND, value, reg(SCRATCH_XMM));
}

/** (value >>> count ^ sign) - sign, where sign is the sign bit's new place. */
function shiftQuadsByConstant(g: Generator, value: u32, count: u32): void {
  const sign = SIGNS >> count;
  g.a.packedShiftImm(3, SHIFT_SHR, value, count);
  g.loadVectorConstant(SCRATCH_XMM, sign, sign);
  g.a.packed(x.PXOR, value, reg(SCRATCH_XMM));
  g.a.packed(x.PSUBQ, value, reg(SCRATCH_XMM));
}

// ── by a count in the scratch register ──────────────────────────────────────────────────────────────────

function shiftBytes(g: Generator, n: u32, value: u32): void {
  const a = g.a;
  const mask = g.allocXmm();
  a.packed(byRegister(1, n), value, reg(SCRATCH_XMM));
  a.ones(mask);
  a.packed(byRegister(1, n), mask, reg(SCRATCH_XMM));
  if (n != LEFT) a.packedShiftImm(1, SHIFT_SHR, mask, 8); // the byte that has lost its upper bits
  a.xorps(SCRATCH_XMM);
  a.packed(x.PSHUFB, mask, reg(SCRATCH_XMM)); // that byte everywhere
  a.packed(x.PAND, value, reg(mask));
  g.freeXmm(mask);
}

/** `count` is a general register. */
function shiftBytesSigned(g: Generator, count: u32): void {
  const a = g.a;
  const low = g.popXmmTemp();
  const high = g.allocXmm();
  a.movaps(high, low);
  a.packed(x.PUNPCKHBW, high, reg(high));
  a.packed(x.PUNPCKLBW, low, reg(low));
  a.aluImm(W32, ALU_ADD, reg(count), 8);
  a.movToXmm(W32, SCRATCH_XMM, reg(count));
  a.packed(x.PSRAW, high, reg(SCRATCH_XMM));
  a.packed(x.PSRAW, low, reg(SCRATCH_XMM));
  a.packed(x.PACKSSWB, low, reg(high));
  g.freeXmm(high);
  g.pushXmm(TYPE_V128, low);
}

function shiftQuadsSigned(g: Generator, value: u32): void {
  const sign = g.allocXmm();
  g.loadVectorConstant(sign, SIGNS, SIGNS);
  g.a.packed(x.PSRLQ, sign, reg(SCRATCH_XMM));
  g.a.packed(x.PSRLQ, value, reg(SCRATCH_XMM));
  g.a.packed(x.PXOR, value, reg(sign));
  g.a.packed(x.PSUBQ, value, reg(sign));
  g.freeXmm(sign);
}
