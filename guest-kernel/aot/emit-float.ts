// Code for floating-point arithmetic, comparisons and conversions. Semantics: WebAssembly 2.0 §4.3.3 and §4.3.4.

import { TRAP_INTEGER_OVERFLOW, TRAP_INVALID_CONVERSION } from "../abi/instance.ts";
import { pushCondition } from "./emit-integer.ts";
import { Generator } from "./generator.ts";
import {
  CC_A,
  CC_AE,
  CC_BE,
  CC_E,
  CC_NE,
  CC_NO,
  CC_NP,
  CC_NS,
  CC_P,
  CC_S,
  baseOf,
  isRegister,
  reg,
} from "./operand.ts";
import { TYPE_F32, TYPE_F64, TYPE_I32, TYPE_I64 } from "./types.ts";
import { SCRATCH, SCRATCH_XMM } from "./values.ts";
import { ALU_ADD, ALU_AND, ALU_OR, ALU_XOR } from "./x64.ts";
import { SHIFT_SHR, W32, W64 } from "./x64-encoder.ts";
import {
  ROUND_DOWN,
  ROUND_NEAREST,
  ROUND_TRUNCATE,
  ROUND_UP,
  SSE_ADD,
  SSE_AND,
  SSE_DIV,
  SSE_MAX,
  SSE_MIN,
  SSE_MUL,
  SSE_OR,
  SSE_SQRT,
  SSE_SUB,
  SSE_XOR,
} from "./x64-vector.ts";

function typeOf(w: u32): u32 {
  return w ? TYPE_F64 : TYPE_F32;
}

function signBit(w: u32): u64 {
  return w ? 0x8000000000000000 : 0x80000000;
}

/** The f32 (w = W32) or f64 operations; `n` counts from abs, the first of them. */
export function emitFloatArithmetic(g: Generator, w: u32, n: u32): void {
  switch (n) {
    case 0:
      return emitSignOperation(g, w, SSE_AND, signBit(w) - 1);
    case 1:
      return emitSignOperation(g, w, SSE_XOR, signBit(w));
    case 2:
      return emitRound(g, w, ROUND_UP);
    case 3:
      return emitRound(g, w, ROUND_DOWN);
    case 4:
      return emitRound(g, w, ROUND_TRUNCATE);
    case 5:
      return emitRound(g, w, ROUND_NEAREST);
    case 6:
      return emitSqrt(g, w);
    case 7:
      return emitFloatBinary(g, w, SSE_ADD);
    case 8:
      return emitFloatBinary(g, w, SSE_SUB);
    case 9:
      return emitFloatBinary(g, w, SSE_MUL);
    case 10:
      return emitFloatBinary(g, w, SSE_DIV);
    case 11:
      return emitMinMax(g, w, true);
    case 12:
      return emitMinMax(g, w, false);
    default:
      return emitCopysign(g, w);
  }
}

function emitSignOperation(g: Generator, w: u32, operation: u32, mask: u64): void {
  const value = g.popXmmTemp();
  g.loadFloatConstant(w, SCRATCH_XMM, mask);
  g.a.sseBits(operation, value, reg(SCRATCH_XMM));
  g.pushXmm(typeOf(w), value);
}

function emitRound(g: Generator, w: u32, mode: u32): void {
  const value = g.popXmmTemp();
  g.a.rounds(w, value, reg(value), mode);
  g.pushXmm(typeOf(w), value);
}

function emitSqrt(g: Generator, w: u32): void {
  const value = g.popXmmTemp();
  g.a.sse(w, SSE_SQRT, value, reg(value));
  g.pushXmm(typeOf(w), value);
}

function emitFloatBinary(g: Generator, w: u32, operation: u32): void {
  const right = g.popXmmOperand();
  const left = g.popXmmTemp();
  g.a.sse(w, operation, left, right);
  g.releaseXmm(right);
  g.pushXmm(typeOf(w), left);
}

/** minss and maxss take the second operand when either is NaN or both are zero: those two cases apart. */
function emitMinMax(g: Generator, w: u32, isMin: bool): void {
  const a = g.a;
  const right = g.popXmm();
  const left = g.popXmmTemp();
  a.ucomis(w, left, reg(right));
  const nan = a.jccShort(CC_P);
  const different = a.jccShort(CC_NE);
  a.sseBits(isMin ? SSE_OR : SSE_AND, left, reg(right)); // equal: -0 wins in min, +0 in max
  const doneEqual = a.jmpShort();
  a.patchShort(nan);
  a.sse(w, SSE_ADD, left, reg(right)); // the NaN, made quiet
  const doneNan = a.jmpShort();
  a.patchShort(different);
  a.sse(w, isMin ? SSE_MIN : SSE_MAX, left, reg(right));
  a.patchShort(doneEqual);
  a.patchShort(doneNan);
  g.freeXmm(right);
  g.pushXmm(typeOf(w), left);
}

function emitCopysign(g: Generator, w: u32): void {
  const a = g.a;
  const sign = g.popXmmTemp();
  const value = g.popXmmTemp();
  g.loadFloatConstant(w, SCRATCH_XMM, signBit(w));
  a.sseBits(SSE_AND, sign, reg(SCRATCH_XMM));
  g.loadFloatConstant(w, SCRATCH_XMM, signBit(w) - 1);
  a.sseBits(SSE_AND, value, reg(SCRATCH_XMM));
  a.sseBits(SSE_OR, value, reg(sign));
  g.freeXmm(sign);
  g.pushXmm(typeOf(w), value);
}

/** Comparisons; `n` counts from eq: eq ne lt gt le ge. */
export function emitFloatComparison(g: Generator, w: u32, n: u32): void {
  if (n < 2) return emitFloatEquality(g, w, n == 0);
  const right = g.popXmm();
  const left = g.popXmm();
  // ucomis says "above" only for ordered operands, "below" also for unordered ones: compare so that above is true.
  const less = n == 2 || n == 4;
  g.a.ucomis(w, less ? right : left, reg(less ? left : right));
  g.freeXmm(right);
  g.freeXmm(left);
  pushCondition(g, n < 4 ? CC_A : CC_AE);
}

function emitFloatEquality(g: Generator, w: u32, equal: bool): void {
  const right = g.popXmm();
  const left = g.popXmm();
  const dst = g.allocInt();
  g.a.ucomis(w, left, reg(right));
  g.a.setcc(equal ? CC_NP : CC_P, dst);
  g.a.setcc(equal ? CC_E : CC_NE, SCRATCH);
  g.a.alu(W32, equal ? ALU_AND : ALU_OR, dst, reg(SCRATCH));
  g.a.movzx8(dst, reg(dst));
  g.freeXmm(right);
  g.freeXmm(left);
  g.pushInt(TYPE_I32, dst);
}

// ── float to integer ────────────────────────────────────────────────────────────────────────────────────

/** Truncation from float width `w` to integer width `wInt`, trapping (§4.3.3 trunc) or saturating (trunc_sat). */
export function emitTruncate(g: Generator, w: u32, wInt: u32, signed: bool, saturate: bool): void {
  const value = !signed && wInt ? g.popXmmTemp() : g.popXmm(); // the former changes it
  const dst = g.allocInt();
  if (saturate) {
    if (!signed && wInt) saturateToU64(g, w, dst, value);
    else saturateTo(g, w, wInt, signed, dst, value);
  } else {
    if (!signed && wInt) truncateToU64(g, w, dst, value);
    else if (!signed) truncateToU32(g, w, dst, value);
    else truncateSigned(g, w, wInt, dst, value);
  }
  g.freeXmm(value);
  g.pushInt(wInt ? TYPE_I64 : TYPE_I32, dst);
}

/** 2^n as bits of a float. */
function powerOfTwo(w: u32, n: u64): u64 {
  return w ? (1023 + n) << 52 : (127 + n) << 23;
}

/** The largest float below the least integer of `n` + 1 bits; it truncates out of range, all above it do not. */
function belowMinimum(w: u32, n: u64): u64 {
  // f64 can tell -2^31 - 1 from -2^31; otherwise the float next to the minimum, which is itself in range.
  if (w == W64 && n == 31) return 0xc1e0000000200000;
  return (w ? 0x8000000000000000 : 0x80000000) | (powerOfTwo(w, n) + 1);
}

function trapIfNan(g: Generator, w: u32, value: u32): void {
  g.a.ucomis(w, value, reg(value));
  g.trapIf(CC_P, TRAP_INVALID_CONVERSION);
}

/** cvtt answers 0x80… for everything out of range: only then look closer. */
function truncateSigned(g: Generator, w: u32, wInt: u32, dst: u32, value: u32): void {
  const a = g.a;
  a.cvtts2si(w, wInt, dst, reg(value));
  a.cmpImm(wInt, reg(dst), 1); // overflows only for the minimum
  const fine = a.jccShort(CC_NO);
  trapIfNan(g, w, value);
  const bits: u64 = wInt ? 63 : 31;
  g.loadFloatConstant(w, SCRATCH_XMM, belowMinimum(w, bits));
  a.ucomis(w, value, reg(SCRATCH_XMM));
  g.trapIf(CC_BE, TRAP_INTEGER_OVERFLOW);
  a.sseBits(SSE_XOR, SCRATCH_XMM, reg(SCRATCH_XMM));
  a.ucomis(w, value, reg(SCRATCH_XMM));
  g.trapIf(CC_AE, TRAP_INTEGER_OVERFLOW);
  a.patchShort(fine);
}

function truncateToU32(g: Generator, w: u32, dst: u32, value: u32): void {
  const a = g.a;
  a.cvtts2si(w, W64, dst, reg(value));
  a.mov(W32, SCRATCH, reg(dst));
  a.cmp(W64, dst, reg(SCRATCH));
  const fine = a.jccShort(CC_E);
  trapIfNan(g, w, value);
  g.trap(TRAP_INTEGER_OVERFLOW);
  a.patchShort(fine);
}

function truncateToU64(g: Generator, w: u32, dst: u32, value: u32): void {
  const a = g.a;
  g.loadFloatConstant(w, SCRATCH_XMM, powerOfTwo(w, 63));
  a.ucomis(w, value, reg(SCRATCH_XMM));
  g.trapIf(CC_P, TRAP_INVALID_CONVERSION);
  const large = a.jccShort(CC_AE);
  a.cvtts2si(w, W64, dst, reg(value));
  a.test(W64, reg(dst), dst);
  g.trapIf(CC_S, TRAP_INTEGER_OVERFLOW);
  const done = a.jmpShort();
  a.patchShort(large);
  a.sse(w, SSE_SUB, value, reg(SCRATCH_XMM));
  a.cvtts2si(w, W64, dst, reg(value));
  a.test(W64, reg(dst), dst);
  g.trapIf(CC_S, TRAP_INTEGER_OVERFLOW);
  a.movImm(SCRATCH, 0x8000000000000000);
  a.alu(W64, ALU_XOR, dst, reg(SCRATCH));
  a.patchShort(done);
}

function saturateTo(g: Generator, w: u32, wInt: u32, signed: bool, dst: u32, value: u32): void {
  const a = g.a;
  if (!signed) return saturateToU32(g, w, dst, value);
  a.cvtts2si(w, wInt, dst, reg(value));
  a.cmpImm(wInt, reg(dst), 1);
  const fine = a.jccShort(CC_NO);
  a.xor(W32, dst, reg(dst));
  a.ucomis(w, value, reg(value));
  const nan = a.jccShort(CC_P);
  // Out of range: the maximum for positive values, the minimum for negative ones.
  a.movFromXmm(w, reg(SCRATCH), value);
  a.movImm(dst, wInt ? 0x7fffffffffffffff : 0x7fffffff);
  a.test(w, reg(SCRATCH), SCRATCH);
  const positive = a.jccShort(CC_NS);
  a.aluImm(wInt, ALU_ADD, reg(dst), 1);
  a.patchShort(positive);
  a.patchShort(nan);
  a.patchShort(fine);
}

function saturateToU32(g: Generator, w: u32, dst: u32, value: u32): void {
  const a = g.a;
  a.cvtts2si(w, W64, dst, reg(value));
  a.mov(W32, SCRATCH, reg(dst));
  a.cmp(W64, dst, reg(SCRATCH));
  const fine = a.jccShort(CC_E);
  saturateUnsigned(g, w, dst, value, 0xffffffff);
  a.patchShort(fine);
}

/** Zero for NaN and negative values, else `maximum`. */
function saturateUnsigned(g: Generator, w: u32, dst: u32, value: u32, maximum: u64): void {
  const a = g.a;
  a.movImm(dst, 0);
  g.loadFloatConstant(w, SCRATCH_XMM, 0);
  a.ucomis(w, value, reg(SCRATCH_XMM));
  const zero = a.jccShort(CC_BE); // also unordered
  a.movImm(dst, maximum);
  a.patchShort(zero);
}

function saturateToU64(g: Generator, w: u32, dst: u32, value: u32): void {
  const a = g.a;
  g.loadFloatConstant(w, SCRATCH_XMM, powerOfTwo(w, 63));
  a.ucomis(w, value, reg(SCRATCH_XMM));
  const large = a.jccShort(CC_AE);
  a.cvtts2si(w, W64, dst, reg(value)); // NaN: 0x80…
  a.test(W64, reg(dst), dst);
  const fine = a.jccShort(CC_NS);
  a.movImm(dst, 0);
  const zero = a.jmpShort();
  a.patchShort(large);
  a.sse(w, SSE_SUB, value, reg(SCRATCH_XMM));
  a.cvtts2si(w, W64, dst, reg(value));
  a.movImm(SCRATCH, 0x8000000000000000);
  a.alu(W64, ALU_ADD, dst, reg(SCRATCH));
  const inRange = a.jccShort(CC_AE); // no carry: the difference was not negative
  a.movImm(dst, u64.MAX_VALUE);
  a.patchShort(inRange);
  a.patchShort(zero);
  a.patchShort(fine);
}

// ── integer to float, float to float, bits ──────────────────────────────────────────────────────────────

/** Conversion from integer width `wInt` to float width `w`. */
export function emitConvert(g: Generator, w: u32, wInt: u32, signed: bool): void {
  if (!signed && wInt) return convertU64(g, w);
  // A zero-extended u32 is a non-negative i64.
  const source = signed ? g.popOperand() : reg(g.popInt());
  const dst = g.allocXmm();
  g.a.xorps(dst); // cvtsi2s keeps the rest of the register: cut the dependency
  g.a.cvtsi2s(w, signed ? wInt : W64, dst, source);
  g.release(source);
  g.pushXmm(typeOf(w), dst);
}

/** From 2^63 on: halve, keeping the lowest bit so that rounding comes out right, convert, double. */
function convertU64(g: Generator, w: u32): void {
  const a = g.a;
  const source = g.popIntTemp();
  const dst = g.allocXmm();
  a.xorps(dst);
  a.test(W64, reg(source), source);
  const large = a.jccShort(CC_S);
  a.cvtsi2s(w, W64, dst, reg(source));
  const done = a.jmpShort();
  a.patchShort(large);
  a.mov(W64, SCRATCH, reg(source));
  a.shiftImm(W64, SHIFT_SHR, reg(SCRATCH), 1);
  a.aluImm(W32, ALU_AND, reg(source), 1);
  a.alu(W64, ALU_OR, SCRATCH, reg(source));
  a.cvtsi2s(w, W64, dst, reg(SCRATCH));
  a.sse(w, SSE_ADD, dst, reg(dst));
  a.patchShort(done);
  g.freeInt(source);
  g.pushXmm(typeOf(w), dst);
}

/** f32.demote_f64 (from = W64) and f64.promote_f32. */
export function emitFloatToFloat(g: Generator, from: u32): void {
  const value = g.popXmmTemp();
  g.a.cvts2s(from, value, reg(value));
  g.pushXmm(typeOf(from ^ 1), value);
}

/** Float bits as an integer of the same width. */
export function emitReinterpretFloat(g: Generator, w: u32): void {
  const source = g.popXmmOperand();
  const dst = g.allocInt();
  if (isRegister(source)) g.a.movFromXmm(w, reg(dst), baseOf(source));
  else g.a.mov(w, dst, source);
  g.releaseXmm(source);
  g.pushInt(w ? TYPE_I64 : TYPE_I32, dst);
}

/** Integer bits as a float of the same width. */
export function emitReinterpretInt(g: Generator, w: u32): void {
  const source = g.popOperand();
  const dst = g.allocXmm();
  if (isRegister(source)) g.a.movToXmm(w, dst, source);
  else g.a.movsLoad(w, dst, source);
  g.release(source);
  g.pushXmm(typeOf(w), dst);
}
