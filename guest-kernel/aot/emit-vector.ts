// Code for vector instructions: which file emits which, and what several of them share.
//
// SSE4.2 instructions write one of their operands: a value that is read twice is copied first. Memory operands of
// sixteen bytes would have to be aligned, so vectors are loaded before they are used.

import { emitVectorConversion, emitVectorFloat, emitVectorFloatComparison } from "./emit-vector-float.ts";
import { emitVectorInteger, emitVectorIntegerComparison } from "./emit-vector-integer.ts";
import { emitLane, emitShuffle, emitSplat, emitSwizzle } from "./emit-vector-lane.ts";
import { emitVectorAccess, emitVectorLaneAccess } from "./emit-vector-memory.ts";
import { pushCondition } from "./emit-integer.ts";
import { Generator } from "./generator.ts";
import { CC_NE, reg } from "./operand.ts";
import { TYPE_V128 } from "./types.ts";
import { SCRATCH_XMM } from "./values.ts";
import * as vector from "./vector-opcodes.ts";
import { PAND, PANDN, POR, PTEST, PXOR } from "./x64-packed.ts";

/** Emits the instruction with opcode `sub` after OP_PREFIX_FD. */
export function emitVector(g: Generator, sub: u32): void {
  switch (vector.vectorImmediate(sub)) {
    case vector.IMMEDIATE_MEMORY:
      return emitVectorAccess(g, sub);
    case vector.IMMEDIATE_MEMORY_LANE:
      return emitVectorLaneAccess(g, sub);
    case vector.IMMEDIATE_LANE:
      return emitLane(g, sub);
    case vector.IMMEDIATE_BYTES:
      return sub == vector.FD_V128_CONST ? emitConstant(g) : emitShuffle(g);
    default:
      return emitPlain(g, sub);
  }
}

function emitPlain(g: Generator, sub: u32): void {
  if (sub == vector.FD_I8X16_SWIZZLE) return emitSwizzle(g);
  if (sub <= vector.FD_F64X2_SPLAT) return emitSplat(g, sub);
  if (sub <= 64) return emitVectorIntegerComparison(g, sub);
  if (sub <= vector.FD_F64X2_GE) return emitVectorFloatComparison(g, sub);
  if (sub <= vector.FD_V128_ANY_TRUE) return emitBitwise(g, sub);
  if (isFloatArithmetic(sub)) return emitVectorFloat(g, sub);
  if (sub >= 248 || sub < 96) return emitVectorConversion(g, sub);
  emitVectorInteger(g, sub);
}

function isFloatArithmetic(sub: u32): bool {
  if (sub >= 224 && sub < 248) return true;
  return (sub >= 103 && sub <= 106) || sub == 116 || sub == 117 || sub == 122 || sub == 148;
}

function emitConstant(g: Generator): void {
  const dst = g.allocXmm();
  const low = g.r.fixed64();
  g.loadVectorConstant(dst, low, g.r.fixed64());
  g.pushXmm(TYPE_V128, dst);
}

function emitBitwise(g: Generator, sub: u32): void {
  switch (sub) {
    case vector.FD_V128_NOT: {
      const value = g.popXmmTemp();
      invert(g, value);
      return g.pushXmm(TYPE_V128, value);
    }
    case vector.FD_V128_AND:
      return packedBinary(g, PAND);
    case vector.FD_V128_ANDNOT:
      return packedReversed(g, PANDN);
    case vector.FD_V128_OR:
      return packedBinary(g, POR);
    case vector.FD_V128_XOR:
      return packedBinary(g, PXOR);
    case vector.FD_V128_BITSELECT:
      return emitBitselect(g);
    default:
      return emitAnyTrue(g);
  }
}

/** (a ^ b) & mask ^ b: a where the mask is 1. */
function emitBitselect(g: Generator): void {
  const mask = g.popXmm();
  const otherwise = g.popXmm();
  const value = g.popXmmTemp();
  g.a.packed(PXOR, value, reg(otherwise));
  g.a.packed(PAND, value, reg(mask));
  g.a.packed(PXOR, value, reg(otherwise));
  g.freeXmm(mask);
  g.freeXmm(otherwise);
  g.pushXmm(TYPE_V128, value);
}

function emitAnyTrue(g: Generator): void {
  const value = g.popXmm();
  g.a.packed(PTEST, value, reg(value));
  g.freeXmm(value);
  pushCondition(g, CC_NE);
}

/** Inverts every bit of a register. */
export function invert(g: Generator, value: u32): void {
  g.a.ones(SCRATCH_XMM);
  g.a.packed(PXOR, value, reg(SCRATCH_XMM));
}

/** The top two values, by an instruction that writes its first operand. */
export function packedBinary(g: Generator, instruction: u32): void {
  const right = g.popXmm();
  const left = g.popXmmTemp();
  g.a.packed(instruction, left, reg(right));
  g.freeXmm(right);
  g.pushXmm(TYPE_V128, left);
}

/** As `packedBinary`, with the operands exchanged. */
export function packedReversed(g: Generator, instruction: u32): void {
  const right = g.popXmmTemp();
  const left = g.popXmm();
  g.a.packed(instruction, right, reg(left));
  g.freeXmm(left);
  g.pushXmm(TYPE_V128, right);
}

/** The top value, by an instruction that reads it and writes another. */
export function packedUnary(g: Generator, instruction: u32): void {
  const value = g.popXmm();
  g.freeXmm(value);
  const dst = g.allocXmm();
  g.a.packed(instruction, dst, reg(value));
  g.pushXmm(TYPE_V128, dst);
}
