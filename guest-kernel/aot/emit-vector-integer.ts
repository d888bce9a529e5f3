// Code for integer vector arithmetic and comparisons. Semantics: WebAssembly 2.0 §4.3.2, lane by lane.

import { pushCondition } from "./emit-integer.ts";
import { invert, packedBinary, packedReversed, packedUnary } from "./emit-vector.ts";
import { emitVectorShift } from "./emit-vector-shift.ts";
import { Generator } from "./generator.ts";
import { CC_E, reg } from "./operand.ts";
import { TYPE_I32, TYPE_V128 } from "./types.ts";
import { SCRATCH_XMM } from "./values.ts";
import { ALU_AND } from "./x64.ts";
import { SHIFT_SHL, SHIFT_SHR, W32 } from "./x64-encoder.ts";
import * as x from "./x64-packed.ts";

const UPPER_HALF: u32 = 0xee; // pshufd: the upper half, twice
const EVEN_LOW: u32 = 0x50; // pshufd: lanes 0 0 1 1
const EVEN_HIGH: u32 = 0xfa; // pshufd: lanes 2 2 3 3

// ── comparisons ─────────────────────────────────────────────────────────────────────────────────────────

/** i8x16, i16x8 and i32x4, in each eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u; opcodes 35..64. */
export function emitVectorIntegerComparison(g: Generator, sub: u32): void {
  const size = (sub - 35) / 10;
  const n = (sub - 35) % 10;
  switch (n) {
    case 0:
      return packedBinary(g, x.PCMPEQB + size);
    case 1:
      return inverted(g, x.PCMPEQB + size);
    case 2:
      return packedReversed(g, x.PCMPGTB + size);
    case 4:
      return packedBinary(g, x.PCMPGTB + size);
    case 3: // not ge: the lesser is not the right one
      return extreme(g, least(size, false), size, true);
    case 5: // not le
      return extreme(g, greatest(size, false), size, true);
    case 6:
    case 7: // le: the greater is the right one
      return extreme(g, greatest(size, n == 6), size, false);
    default: // ge: the lesser is the right one
      return extreme(g, least(size, n == 8), size, false);
  }
}

function inverted(g: Generator, instruction: u32): void {
  packedBinary(g, instruction);
  const value = g.popXmmTemp();
  invert(g, value);
  g.pushXmm(TYPE_V128, value);
}

/** Compares the lesser or greater of both operands with the right one. */
function extreme(g: Generator, choose: u32, size: u32, not: bool): void {
  const right = g.popXmm();
  const left = g.popXmmTemp();
  g.a.packed(choose, left, reg(right));
  g.a.packed(x.PCMPEQB + size, left, reg(right));
  if (not) invert(g, left);
  g.freeXmm(right);
  g.pushXmm(TYPE_V128, left);
}

/** The minimum of lanes of 2^`size` bytes, 0..2. */
function least(size: u32, signed: bool): u32 {
  if (size == 0) return signed ? x.PMINSB : x.PMINUB;
  if (size == 1) return signed ? x.PMINSW : x.PMINUW;
  return signed ? x.PMINSD : x.PMINUD;
}

function greatest(size: u32, signed: bool): u32 {
  if (size == 0) return signed ? x.PMAXSB : x.PMAXUB;
  if (size == 1) return signed ? x.PMAXSW : x.PMAXUW;
  return signed ? x.PMAXSD : x.PMAXUD;
}

// ── arithmetic ──────────────────────────────────────────────────────────────────────────────────────────

/** The instructions from i8x16.abs (96) to i64x2.extmul_high_i32x4_u (223) that are not of floats. */
export function emitVectorInteger(g: Generator, sub: u32): void {
  if (sub < 128) return emitBytes(g, sub);
  if (sub < 160) return emitWords(g, sub);
  if (sub < 192) return emitDoubleWords(g, sub);
  emitQuadWords(g, sub);
}

function emitBytes(g: Generator, sub: u32): void {
  switch (sub) {
    case 96:
      return packedUnary(g, x.PABSB);
    case 97:
      return emitNegate(g, x.PSUBB);
    case 98:
      return emitPopcount(g);
    case 99:
      return emitAllTrue(g, x.PCMPEQB);
    case 100:
      return emitBitmask(g, x.PMOVMSKB);
    case 101:
      return packedBinary(g, x.PACKSSWB);
    case 102:
      return packedBinary(g, x.PACKUSWB);
    case 107:
    case 108:
    case 109:
      return emitVectorShift(g, 0, sub - 107);
    case 110:
      return packedBinary(g, x.PADDB);
    case 111:
      return packedBinary(g, x.PADDSB);
    case 112:
      return packedBinary(g, x.PADDUSB);
    case 113:
      return packedBinary(g, x.PSUBB);
    case 114:
      return packedBinary(g, x.PSUBSB);
    case 115:
      return packedBinary(g, x.PSUBUSB);
    case 118:
      return packedBinary(g, x.PMINSB);
    case 119:
      return packedBinary(g, x.PMINUB);
    case 120:
      return packedBinary(g, x.PMAXSB);
    case 121:
      return packedBinary(g, x.PMAXUB);
    case 123:
      return packedBinary(g, x.PAVGB);
    default:
      return emitAddPairs(g, sub - 124);
  }
}

function emitWords(g: Generator, sub: u32): void {
  switch (sub) {
    case 128:
      return packedUnary(g, x.PABSW);
    case 129:
      return emitNegate(g, x.PSUBW);
    case 130:
      return emitQ15Multiply(g);
    case 131:
      return emitAllTrue(g, x.PCMPEQW);
    case 132:
      return emitWordBitmask(g);
    case 133:
      return packedBinary(g, x.PACKSSDW);
    case 134:
      return packedBinary(g, x.PACKUSDW);
    case 139:
    case 140:
    case 141:
      return emitVectorShift(g, 1, sub - 139);
    case 142:
      return packedBinary(g, x.PADDW);
    case 143:
      return packedBinary(g, x.PADDSW);
    case 144:
      return packedBinary(g, x.PADDUSW);
    case 145:
      return packedBinary(g, x.PSUBW);
    case 146:
      return packedBinary(g, x.PSUBSW);
    case 147:
      return packedBinary(g, x.PSUBUSW);
    case 149:
      return packedBinary(g, x.PMULLW);
    case 150:
      return packedBinary(g, x.PMINSW);
    case 151:
      return packedBinary(g, x.PMINUW);
    case 152:
      return packedBinary(g, x.PMAXSW);
    case 153:
      return packedBinary(g, x.PMAXUW);
    case 155:
      return packedBinary(g, x.PAVGW);
    default:
      if (sub < 139) return emitExtend(g, sub - 135, x.PMOVSXBW, x.PMOVZXBW);
      return multiplyExtendedBytes(g, sub - 156);
  }
}

function emitDoubleWords(g: Generator, sub: u32): void {
  switch (sub) {
    case 160:
      return packedUnary(g, x.PABSD);
    case 161:
      return emitNegate(g, x.PSUBD);
    case 163:
      return emitAllTrue(g, x.PCMPEQD);
    case 164:
      return emitBitmask(g, x.MOVMSKPS);
    case 171:
    case 172:
    case 173:
      return emitVectorShift(g, 2, sub - 171);
    case 174:
      return packedBinary(g, x.PADDD);
    case 177:
      return packedBinary(g, x.PSUBD);
    case 181:
      return packedBinary(g, x.PMULLD);
    case 182:
      return packedBinary(g, x.PMINSD);
    case 183:
      return packedBinary(g, x.PMINUD);
    case 184:
      return packedBinary(g, x.PMAXSD);
    case 185:
      return packedBinary(g, x.PMAXUD);
    case 186:
      return packedBinary(g, x.PMADDWD);
    default:
      if (sub < 171) return emitExtend(g, sub - 167, x.PMOVSXWD, x.PMOVZXWD);
      return multiplyExtendedWords(g, sub - 188);
  }
}

function emitQuadWords(g: Generator, sub: u32): void {
  switch (sub) {
    case 192:
      return emitQuadAbs(g);
    case 193:
      return emitNegate(g, x.PSUBQ);
    case 195:
      return emitAllTrue(g, x.PCMPEQQ);
    case 196:
      return emitBitmask(g, x.MOVMSKPD);
    case 203:
    case 204:
    case 205:
      return emitVectorShift(g, 3, sub - 203);
    case 206:
      return packedBinary(g, x.PADDQ);
    case 209:
      return packedBinary(g, x.PSUBQ);
    case 213:
      return emitQuadMultiply(g);
    case 214:
      return packedBinary(g, x.PCMPEQQ);
    case 215:
      return inverted(g, x.PCMPEQQ);
    case 216:
      return packedReversed(g, x.PCMPGTQ);
    case 217:
      return packedBinary(g, x.PCMPGTQ);
    case 218:
      return inverted(g, x.PCMPGTQ); // le is not gt
    case 219: {
      packedReversed(g, x.PCMPGTQ); // ge is not lt
      const value = g.popXmmTemp();
      invert(g, value);
      return g.pushXmm(TYPE_V128, value);
    }
    default:
      if (sub < 203) return emitExtend(g, sub - 199, x.PMOVSXDQ, x.PMOVZXDQ);
      return multiplyExtendedDoubleWords(g, sub - 220);
  }
}

/** 0 - value. */
function emitNegate(g: Generator, subtract: u32): void {
  const value = g.popXmm();
  const dst = g.allocXmm();
  g.a.xorps(dst);
  g.a.packed(subtract, dst, reg(value));
  g.freeXmm(value);
  g.pushXmm(TYPE_V128, dst);
}

/** (value ^ sign) - sign, where sign is 0 or -1. */
function emitQuadAbs(g: Generator): void {
  const value = g.popXmmTemp();
  g.a.xorps(SCRATCH_XMM);
  g.a.packed(x.PCMPGTQ, SCRATCH_XMM, reg(value));
  g.a.packed(x.PXOR, value, reg(SCRATCH_XMM));
  g.a.packed(x.PSUBQ, value, reg(SCRATCH_XMM));
  g.pushXmm(TYPE_V128, value);
}

/** Looks the bits of both nibbles of each byte up. */
function emitPopcount(g: Generator): void {
  const a = g.a;
  const low = g.popXmmTemp();
  const high = g.allocXmm();
  const counts = g.allocXmm();
  a.movaps(high, low);
  a.packedShiftImm(1, SHIFT_SHR, high, 4);
  g.loadVectorConstant(SCRATCH_XMM, 0x0f0f0f0f0f0f0f0f, 0x0f0f0f0f0f0f0f0f);
  a.packed(x.PAND, low, reg(SCRATCH_XMM));
  a.packed(x.PAND, high, reg(SCRATCH_XMM));
  g.loadVectorConstant(counts, 0x0302020102010100, 0x0403030203020201);
  a.movaps(SCRATCH_XMM, counts);
  a.packed(x.PSHUFB, SCRATCH_XMM, reg(low));
  a.packed(x.PSHUFB, counts, reg(high));
  a.packed(x.PADDB, counts, reg(SCRATCH_XMM));
  g.freeXmm(low);
  g.freeXmm(high);
  g.pushXmm(TYPE_V128, counts);
}

/** True unless a lane equals zero. */
function emitAllTrue(g: Generator, equal: u32): void {
  const value = g.popXmm();
  g.a.xorps(SCRATCH_XMM);
  g.a.packed(equal, SCRATCH_XMM, reg(value));
  g.a.packed(x.PTEST, SCRATCH_XMM, reg(SCRATCH_XMM));
  g.freeXmm(value);
  pushCondition(g, CC_E);
}

function emitBitmask(g: Generator, instruction: u32): void {
  const value = g.popXmm();
  const dst = g.resultInt();
  g.a.packed(instruction, dst, reg(value));
  g.freeXmm(value);
  g.pushInt(TYPE_I32, dst);
}

/** Packs the signs into bytes first. */
function emitWordBitmask(g: Generator): void {
  const value = g.popXmmTemp();
  const dst = g.resultInt();
  g.a.packed(x.PACKSSWB, value, reg(value));
  g.a.packed(x.PMOVMSKB, dst, reg(value));
  g.a.aluImm(W32, ALU_AND, reg(dst), 0xff);
  g.freeXmm(value);
  g.pushInt(TYPE_I32, dst);
}

/** extend: `n` is low_s high_s low_u high_u. */
function emitExtend(g: Generator, n: u32, signed: u32, unsigned: u32): void {
  const value = g.popXmm();
  g.freeXmm(value);
  const dst = g.allocXmm();
  const high = (n & 1) != 0;
  if (high) g.a.packedImm(x.PSHUFD, dst, reg(value), UPPER_HALF);
  g.a.packed(n < 2 ? signed : unsigned, dst, reg(high ? dst : value));
  g.pushXmm(TYPE_V128, dst);
}

/** extadd_pairwise: `n` is i16x8 s and u, i32x4 s and u. Multiplies by one and adds neighbours. */
function emitAddPairs(g: Generator, n: u32): void {
  const a = g.a;
  const value = g.popXmmTemp();
  if (n == 0) {
    g.loadVectorConstant(SCRATCH_XMM, 0x0101010101010101, 0x0101010101010101);
    a.packed(x.PMADDUBSW, SCRATCH_XMM, reg(value)); // unsigned by signed
    a.movaps(value, SCRATCH_XMM);
  } else if (n == 1) {
    g.loadVectorConstant(SCRATCH_XMM, 0x0101010101010101, 0x0101010101010101);
    a.packed(x.PMADDUBSW, value, reg(SCRATCH_XMM));
  } else {
    if (n == 3) biasWords(g, value); // there is no unsigned form: 0x8000 less each
    g.loadVectorConstant(SCRATCH_XMM, 0x0001000100010001, 0x0001000100010001);
    a.packed(x.PMADDWD, value, reg(SCRATCH_XMM));
    if (n == 3) {
      g.loadVectorConstant(SCRATCH_XMM, 0x0001000000010000, 0x0001000000010000);
      a.packed(x.PADDD, value, reg(SCRATCH_XMM));
    }
  }
  g.pushXmm(TYPE_V128, value);
}

function biasWords(g: Generator, value: u32): void {
  g.loadVectorConstant(SCRATCH_XMM, 0x8000800080008000, 0x8000800080008000);
  g.a.packed(x.PXOR, value, reg(SCRATCH_XMM));
}

/** pmulhrsw, but that -1 * -1 (0x8000 twice) overflows: it saturates. */
function emitQ15Multiply(g: Generator): void {
  const right = g.popXmm();
  const left = g.popXmmTemp();
  g.a.packed(x.PMULHRSW, left, reg(right));
  g.loadVectorConstant(SCRATCH_XMM, 0x8000800080008000, 0x8000800080008000);
  g.a.packed(x.PCMPEQW, SCRATCH_XMM, reg(left));
  g.a.packed(x.PXOR, left, reg(SCRATCH_XMM));
  g.freeXmm(right);
  g.pushXmm(TYPE_V128, left);
}

/** extmul: `n` is low_s high_s low_u high_u. */
function multiplyExtendedBytes(g: Generator, n: u32): void {
  const extend = n < 2 ? x.PMOVSXBW : x.PMOVZXBW;
  const right = g.popXmmTemp();
  const left = g.popXmmTemp();
  if (n & 1) {
    g.a.packedImm(x.PSHUFD, right, reg(right), UPPER_HALF);
    g.a.packedImm(x.PSHUFD, left, reg(left), UPPER_HALF);
  }
  g.a.packed(extend, right, reg(right));
  g.a.packed(extend, left, reg(left));
  g.a.packed(x.PMULLW, left, reg(right));
  g.freeXmm(right);
  g.pushXmm(TYPE_V128, left);
}

/** The lower and the upper halves of the products, interleaved. */
function multiplyExtendedWords(g: Generator, n: u32): void {
  const right = g.popXmm();
  const left = g.popXmmTemp();
  g.a.movaps(SCRATCH_XMM, left);
  g.a.packed(x.PMULLW, left, reg(right));
  g.a.packed(n < 2 ? x.PMULHW : x.PMULHUW, SCRATCH_XMM, reg(right));
  g.a.packed(n & 1 ? x.PUNPCKHWD : x.PUNPCKLWD, left, reg(SCRATCH_XMM));
  g.freeXmm(right);
  g.pushXmm(TYPE_V128, left);
}

function multiplyExtendedDoubleWords(g: Generator, n: u32): void {
  const lanes = n & 1 ? EVEN_HIGH : EVEN_LOW;
  const right = g.popXmm();
  const left = g.popXmmTemp();
  g.a.packedImm(x.PSHUFD, SCRATCH_XMM, reg(right), lanes);
  g.a.packedImm(x.PSHUFD, left, reg(left), lanes);
  g.a.packed(n < 2 ? x.PMULDQ : x.PMULUDQ, left, reg(SCRATCH_XMM));
  g.freeXmm(right);
  g.pushXmm(TYPE_V128, left);
}

/** 64-bit products from 32-bit ones: low * low + ((low * high + high * low) << 32). */
function emitQuadMultiply(g: Generator): void {
  const a = g.a;
  const right = g.popXmm();
  const left = g.popXmmTemp();
  const cross = g.allocXmm();
  a.movaps(cross, left);
  a.packedShiftImm(3, SHIFT_SHR, cross, 32);
  a.packed(x.PMULUDQ, cross, reg(right));
  a.movaps(SCRATCH_XMM, right);
  a.packedShiftImm(3, SHIFT_SHR, SCRATCH_XMM, 32);
  a.packed(x.PMULUDQ, SCRATCH_XMM, reg(left));
  a.packed(x.PADDQ, cross, reg(SCRATCH_XMM));
  a.packedShiftImm(3, SHIFT_SHL, cross, 32);
  a.packed(x.PMULUDQ, left, reg(right));
  a.packed(x.PADDQ, left, reg(cross));
  g.freeXmm(cross);
  g.freeXmm(right);
  g.pushXmm(TYPE_V128, left);
}
