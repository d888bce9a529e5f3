// Code for floating-point vector arithmetic, comparisons and conversions. Semantics: WebAssembly 2.0 §4.3.3 and
// §4.3.4, lane by lane.

import { packedBinary, packedReversed, packedUnary } from "./emit-vector.ts";
import { Generator } from "./generator.ts";
import { reg } from "./operand.ts";
import { TYPE_V128 } from "./types.ts";
import { SCRATCH_XMM } from "./values.ts";
import { SHIFT_SAR, SHIFT_SHR } from "./x64-encoder.ts";
import * as x from "./x64-packed.ts";
import { ROUND_DOWN, ROUND_NEAREST, ROUND_TRUNCATE, ROUND_UP } from "./x64-vector.ts";

const DOUBLE: u32 = 0x660000; // the prefix that makes a ps instruction a pd one
const PAYLOAD_SHIFT_F32: u32 = 10; // bits that a canonical NaN has above its payload: sign, exponent, quiet bit
const PAYLOAD_SHIFT_F64: u32 = 13;

/** An f64x2 instruction (`wide`) from the f32x4 one, or that itself. */
function form(wide: bool, instruction: u32): u32 {
  return wide ? instruction | DOUBLE : instruction;
}

// ── comparisons ─────────────────────────────────────────────────────────────────────────────────────────

/** f32x4 (65..70) and f64x2 (71..76): eq ne lt gt le ge. */
export function emitVectorFloatComparison(g: Generator, sub: u32): void {
  const instruction = form(sub >= 71, x.CMPPS);
  switch ((sub - 65) % 6) {
    case 0:
      return compare(g, instruction, x.COMPARE_EQ, false);
    case 1:
      return compare(g, instruction, x.COMPARE_NEQ, false);
    case 2:
      return compare(g, instruction, x.COMPARE_LT, false);
    case 3:
      return compare(g, instruction, x.COMPARE_LT, true);
    case 4:
      return compare(g, instruction, x.COMPARE_LE, false);
    default:
      return compare(g, instruction, x.COMPARE_LE, true);
  }
}

/** left `how` right, or right `how` left. */
function compare(g: Generator, instruction: u32, how: u32, reversed: bool): void {
  if (reversed) {
    const right = g.popXmmTemp();
    const left = g.popXmm();
    g.a.packedImm(instruction, right, reg(left), how);
    g.freeXmm(left);
    return g.pushXmm(TYPE_V128, right);
  }
  const right = g.popXmm();
  const left = g.popXmmTemp();
  g.a.packedImm(instruction, left, reg(right), how);
  g.freeXmm(right);
  g.pushXmm(TYPE_V128, left);
}

// ── arithmetic ──────────────────────────────────────────────────────────────────────────────────────────

/** f32x4 (103..106, 224..235) and f64x2 (116, 117, 122, 148, 236..247). */
export function emitVectorFloat(g: Generator, sub: u32): void {
  if (sub >= 224) return emitArithmetic(g, sub >= 236, (sub - 224) % 12);
  switch (sub) {
    case 103:
      return emitRound(g, x.ROUNDPS, ROUND_UP);
    case 104:
      return emitRound(g, x.ROUNDPS, ROUND_DOWN);
    case 105:
      return emitRound(g, x.ROUNDPS, ROUND_TRUNCATE);
    case 106:
      return emitRound(g, x.ROUNDPS, ROUND_NEAREST);
    case 116:
      return emitRound(g, x.ROUNDPD, ROUND_UP);
    case 117:
      return emitRound(g, x.ROUNDPD, ROUND_DOWN);
    case 122:
      return emitRound(g, x.ROUNDPD, ROUND_TRUNCATE);
    default:
      return emitRound(g, x.ROUNDPD, ROUND_NEAREST);
  }
}

/** abs neg - sqrt add sub mul div min max pmin pmax. */
function emitArithmetic(g: Generator, wide: bool, n: u32): void {
  switch (n) {
    case 0:
      return emitSign(g, wide, x.PAND);
    case 1:
      return emitSign(g, wide, x.PXOR);
    case 3:
      return packedUnary(g, form(wide, x.SQRTPS));
    case 4:
      return packedBinary(g, form(wide, x.ADDPS));
    case 5:
      return packedBinary(g, form(wide, x.SUBPS));
    case 6:
      return packedBinary(g, form(wide, x.MULPS));
    case 7:
      return packedBinary(g, form(wide, x.DIVPS));
    case 8:
      return emitMin(g, wide);
    case 9:
      return emitMax(g, wide);
    case 10:
      return packedReversed(g, form(wide, x.MINPS)); // right < left ? right : left
    default:
      return packedReversed(g, form(wide, x.MAXPS));
  }
}

function emitSign(g: Generator, wide: bool, operation: u32): void {
  const value = g.popXmmTemp();
  const sign: u64 = wide ? 0x8000000000000000 : 0x8000000080000000;
  const mask = operation == x.PXOR ? sign : ~sign;
  g.loadVectorConstant(SCRATCH_XMM, mask, mask);
  g.a.packed(operation, value, reg(SCRATCH_XMM));
  g.pushXmm(TYPE_V128, value);
}

function emitRound(g: Generator, instruction: u32, mode: u32): void {
  const value = g.popXmm();
  g.freeXmm(value);
  const dst = g.allocXmm();
  g.a.packedImm(instruction, dst, reg(value), mode);
  g.pushXmm(TYPE_V128, dst);
}

/** minps gives its second operand for NaN and for zeros: both ways round, joined, have the -0 and every NaN. */
function emitMin(g: Generator, wide: bool): void {
  const a = g.a;
  const right = g.popXmmTemp();
  const left = g.popXmm();
  a.movaps(SCRATCH_XMM, left);
  a.packed(form(wide, x.MINPS), SCRATCH_XMM, reg(right));
  a.packed(form(wide, x.MINPS), right, reg(left));
  a.packed(x.POR, SCRATCH_XMM, reg(right));
  a.packedImm(form(wide, x.CMPPS), right, reg(SCRATCH_XMM), x.COMPARE_UNORDERED);
  a.packed(x.POR, SCRATCH_XMM, reg(right));
  clearPayload(g, wide, right);
  g.freeXmm(left);
  g.pushXmm(TYPE_V128, right);
}

/** As `emitMin`; where both ways differ (zeros, NaN), the difference taken off leaves +0, or a quiet NaN. */
function emitMax(g: Generator, wide: bool): void {
  const a = g.a;
  const right = g.popXmmTemp();
  const left = g.popXmm();
  a.movaps(SCRATCH_XMM, left);
  a.packed(form(wide, x.MAXPS), SCRATCH_XMM, reg(right));
  a.packed(form(wide, x.MAXPS), right, reg(left));
  a.packed(x.PXOR, right, reg(SCRATCH_XMM));
  a.packed(x.POR, SCRATCH_XMM, reg(right));
  a.packed(form(wide, x.SUBPS), SCRATCH_XMM, reg(right));
  a.packedImm(form(wide, x.CMPPS), right, reg(SCRATCH_XMM), x.COMPARE_UNORDERED);
  clearPayload(g, wide, right);
  g.freeXmm(left);
  g.pushXmm(TYPE_V128, right);
}

/** `mask` is all ones where the scratch register has a NaN; it becomes the scratch register with canonical NaNs. */
function clearPayload(g: Generator, wide: bool, mask: u32): void {
  g.a.packedShiftImm(wide ? 3 : 2, SHIFT_SHR, mask, wide ? PAYLOAD_SHIFT_F64 : PAYLOAD_SHIFT_F32);
  g.a.packed(x.PANDN, mask, reg(SCRATCH_XMM));
}

// ── conversions ─────────────────────────────────────────────────────────────────────────────────────────

/** demote (94), promote (95), and 248..255 between integers and floats. */
export function emitVectorConversion(g: Generator, sub: u32): void {
  switch (sub) {
    case 94:
      return packedUnary(g, x.CVTPD2PS);
    case 95:
      return packedUnary(g, x.CVTPS2PD);
    case 248:
      return truncateToSigned(g);
    case 249:
      return truncateToUnsigned(g);
    case 250:
      return packedUnary(g, x.CVTDQ2PS);
    case 251:
      return convertUnsigned(g);
    case 252:
      return truncateDoublesToSigned(g);
    case 253:
      return truncateDoublesToUnsigned(g);
    case 254:
      return packedUnary(g, x.CVTDQ2PD);
    default:
      return convertUnsignedToDoubles(g);
  }
}

/** cvttps2dq gives 0x80000000 where it cannot: right for what is too small, inverted for what is too large. */
function truncateToSigned(g: Generator): void {
  const a = g.a;
  const value = g.popXmmTemp();
  a.movaps(SCRATCH_XMM, value);
  a.packedImm(x.CMPPS, SCRATCH_XMM, reg(SCRATCH_XMM), x.COMPARE_EQ);
  a.packed(x.PAND, value, reg(SCRATCH_XMM)); // NaN becomes 0
  a.packed(x.PXOR, SCRATCH_XMM, reg(value)); // sign bit set where the value is not negative
  a.packed(x.CVTTPS2DQ, value, reg(value));
  a.packed(x.PAND, SCRATCH_XMM, reg(value)); // and where the result is negative nevertheless
  a.packedShiftImm(2, SHIFT_SAR, SCRATCH_XMM, 31);
  a.packed(x.PXOR, value, reg(SCRATCH_XMM));
  g.pushXmm(TYPE_V128, value);
}

/** Below 2^31 as signed; above, what is over 2^31 is converted by itself and added to the 0x80000000 of the other. */
function truncateToUnsigned(g: Generator): void {
  const a = g.a;
  const value = g.popXmmTemp();
  const over = g.allocXmm();
  a.xorps(SCRATCH_XMM);
  a.packed(x.MAXPS, value, reg(SCRATCH_XMM)); // NaN and what is negative become 0
  g.loadVectorConstant(SCRATCH_XMM, 0x4f0000004f000000, 0x4f0000004f000000); // 2^31
  a.movaps(over, value);
  a.packed(x.SUBPS, over, reg(SCRATCH_XMM));
  a.packedImm(x.CMPPS, SCRATCH_XMM, reg(over), x.COMPARE_LE); // 2^32 or more
  a.packed(x.CVTTPS2DQ, over, reg(over));
  a.packed(x.PXOR, over, reg(SCRATCH_XMM));
  a.xorps(SCRATCH_XMM);
  a.packed(x.PMAXSD, over, reg(SCRATCH_XMM));
  a.packed(x.CVTTPS2DQ, value, reg(value));
  a.packed(x.PADDD, value, reg(over));
  g.freeXmm(over);
  g.pushXmm(TYPE_V128, value);
}

/** The lower 16 bits are exact; the upper ones are halved to fit a signed integer, and doubled again. */
function convertUnsigned(g: Generator): void {
  const a = g.a;
  const value = g.popXmmTemp();
  a.xorps(SCRATCH_XMM);
  a.packedImm(x.PBLENDW, SCRATCH_XMM, reg(value), 0x55);
  a.packed(x.PSUBD, value, reg(SCRATCH_XMM));
  a.packed(x.CVTDQ2PS, SCRATCH_XMM, reg(SCRATCH_XMM));
  a.packedShiftImm(2, SHIFT_SHR, value, 1);
  a.packed(x.CVTDQ2PS, value, reg(value));
  a.packed(x.ADDPS, value, reg(value));
  a.packed(x.ADDPS, value, reg(SCRATCH_XMM));
  g.pushXmm(TYPE_V128, value);
}

/** minpd gives its second operand for NaN, which is 0 there and 2^31 - 1 elsewhere. */
function truncateDoublesToSigned(g: Generator): void {
  const a = g.a;
  const value = g.popXmmTemp();
  const limit = g.allocXmm();
  g.loadVectorConstant(limit, 0x41dfffffffc00000, 0x41dfffffffc00000);
  a.movaps(SCRATCH_XMM, value);
  a.packedImm(form(true, x.CMPPS), SCRATCH_XMM, reg(SCRATCH_XMM), x.COMPARE_EQ);
  a.packed(x.PAND, SCRATCH_XMM, reg(limit));
  a.packed(form(true, x.MINPS), value, reg(SCRATCH_XMM));
  a.packed(x.CVTTPD2DQ, value, reg(value));
  g.freeXmm(limit);
  g.pushXmm(TYPE_V128, value);
}

/** Within 0..2^32 - 1, adding 2^52 leaves the integer in the lower half of each lane. */
function truncateDoublesToUnsigned(g: Generator): void {
  const a = g.a;
  const value = g.popXmmTemp();
  a.xorps(SCRATCH_XMM);
  a.packed(form(true, x.MAXPS), value, reg(SCRATCH_XMM));
  g.loadVectorConstant(SCRATCH_XMM, 0x41efffffffe00000, 0x41efffffffe00000);
  a.packed(form(true, x.MINPS), value, reg(SCRATCH_XMM));
  a.packedImm(x.ROUNDPD, value, reg(value), ROUND_TRUNCATE);
  g.loadVectorConstant(SCRATCH_XMM, 0x4330000000000000, 0x4330000000000000);
  a.packed(form(true, x.ADDPS), value, reg(SCRATCH_XMM));
  a.xorps(SCRATCH_XMM);
  a.packedImm(x.SHUFPS, value, reg(SCRATCH_XMM), 0x88);
  g.pushXmm(TYPE_V128, value);
}

/** 2^52 + value, by putting its exponent above the integer; then 2^52 off. */
function convertUnsignedToDoubles(g: Generator): void {
  const value = g.popXmmTemp();
  g.loadVectorConstant(SCRATCH_XMM, 0x4330000043300000, 0x4330000043300000);
  g.a.packed(x.UNPCKLPS, value, reg(SCRATCH_XMM));
  g.loadVectorConstant(SCRATCH_XMM, 0x4330000000000000, 0x4330000000000000);
  g.a.packed(form(true, x.SUBPS), value, reg(SCRATCH_XMM));
  g.pushXmm(TYPE_V128, value);
}
