// Code that moves lanes: splats, single lanes, shuffles.

import { splatLowest } from "./emit-vector-memory.ts";
import { Generator } from "./generator.ts";
import { reg } from "./operand.ts";
import { TYPE_F32, TYPE_F64, TYPE_I32, TYPE_I64, TYPE_V128, usesXmm } from "./types.ts";
import { SCRATCH_XMM } from "./values.ts";
import * as vector from "./vector-opcodes.ts";
import { W32, W64 } from "./x64-encoder.ts";
import * as x from "./x64-packed.ts";

const LANES: u32 = 16;
const ALL_TWICE: u32 = 0xee; // pshufd: the upper half, twice

export function emitSplat(g: Generator, sub: u32): void {
  const type = vector.splatType(sub);
  let dst: u32;
  if (usesXmm(type)) {
    dst = g.popXmmTemp();
  } else {
    const value = g.popInt();
    dst = g.allocXmm();
    g.a.movToXmm(type == TYPE_I64 ? W64 : W32, dst, reg(value));
    g.freeInt(value);
  }
  const n = sub - vector.FD_I8X16_SPLAT;
  splatLowest(g, n < 4 ? n : n - 2, dst);
  g.pushXmm(TYPE_V128, dst);
}

/** extract_lane and replace_lane. */
export function emitLane(g: Generator, sub: u32): void {
  const lane = g.r.byte();
  const type = vector.laneType(sub);
  if (!vector.isExtract(sub)) return emitReplace(g, type, vector.laneSize(sub), lane);
  if (usesXmm(type)) return extractFloat(g, type, lane);
  const value = g.popXmm();
  const dst = g.resultInt();
  const size = vector.laneSize(sub);
  if (lane == 0 && size >= 2) g.a.movFromXmm(size == 3 ? W64 : W32, reg(dst), value);
  else g.a.extractLane(size, reg(dst), value, lane);
  if (sub == vector.FD_I8X16_EXTRACT_LANE_S) g.a.movsx8(W32, dst, reg(dst));
  else if (size == 1 && sub == 24) g.a.movsx16(W32, dst, reg(dst));
  g.freeXmm(value);
  g.pushInt(type, dst);
}

function extractFloat(g: Generator, type: u32, lane: u32): void {
  const value = g.popXmm();
  g.freeXmm(value);
  const dst = g.allocXmm();
  if (lane == 0) g.a.movaps(dst, value);
  else g.a.packedImm(x.PSHUFD, dst, reg(value), type == TYPE_F64 ? ALL_TWICE : lane);
  g.pushXmm(type, dst);
}

function emitReplace(g: Generator, type: u32, size: u32, lane: u32): void {
  if (type == TYPE_I32 || type == TYPE_I64) {
    const lanes = g.popInt();
    const value = g.popXmmTemp();
    g.a.insertLane(size, value, reg(lanes), lane);
    g.freeInt(lanes);
    return g.pushXmm(TYPE_V128, value);
  }
  const scalar = g.popXmm();
  const value = g.popXmmTemp();
  if (type == TYPE_F32) g.a.packedImm(x.INSERTPS, value, reg(scalar), lane << 4);
  else g.a.packed(lane == 0 ? x.MOVSD : x.MOVLHPS, value, reg(scalar));
  g.freeXmm(scalar);
  g.pushXmm(TYPE_V128, value);
}

/** Indices above 15 must give 0: with 0x70 added and saturated, pshufb sees their top bit. */
export function emitSwizzle(g: Generator): void {
  const indices = g.popXmmTemp();
  const value = g.popXmmTemp();
  g.loadVectorConstant(SCRATCH_XMM, 0x7070707070707070, 0x7070707070707070);
  g.a.packed(x.PADDUSB, indices, reg(SCRATCH_XMM));
  g.a.packed(x.PSHUFB, value, reg(indices));
  g.freeXmm(indices);
  g.pushXmm(TYPE_V128, value);
}

// ── shuffle ─────────────────────────────────────────────────────────────────────────────────────────────

// The lanes of the shuffle under construction: 0..15 of the left operand, 16..31 of the right one.
const lanes = memory.data(16);

function laneAt(i: u32): u32 {
  return load<u8>(lanes + i);
}

export function emitShuffle(g: Generator): void {
  let fromRight: u32 = 0;
  for (let i: u32 = 0; i < LANES; i++) {
    const lane = g.r.byte();
    store<u8>(lanes + i, <u8>lane);
    fromRight += lane >> 4;
  }
  if (fromRight == 0 || fromRight == LANES) return shuffleOne(g, fromRight != 0);
  if (shuffleByUnpack(g) || shuffleByAlign(g) || shuffleByShufps(g)) return;
  const right = g.popXmmTemp();
  const left = g.popXmmTemp();
  pick(g, left, 0);
  pick(g, right, LANES);
  g.a.packed(x.POR, left, reg(right));
  g.freeXmm(right);
  g.pushXmm(TYPE_V128, left);
}

/** Moves the lanes that come from operand `first`..`first` + 15 into place, and zero to the others. */
function pick(g: Generator, value: u32, first: u32): void {
  g.loadVectorConstant(SCRATCH_XMM, mask(first, 0), mask(first, 8));
  g.a.packed(x.PSHUFB, value, reg(SCRATCH_XMM));
}

function mask(first: u32, start: u32): u64 {
  let bits: u64 = 0;
  for (let i: u32 = 0; i < 8; i++) {
    const lane = laneAt(start + i) - first;
    bits |= (<u64>(lane < LANES ? lane : 0x80)) << (i << 3);
  }
  return bits;
}

/** All lanes come from one operand. */
function shuffleOne(g: Generator, isRight: bool): void {
  if (isRight) {
    const right = g.popXmmTemp();
    g.drop();
    g.pushXmm(TYPE_V128, right);
  } else {
    g.drop();
  }
  const words = wordsOf();
  if (words != NO_WORDS) {
    const value = g.popXmm();
    g.freeXmm(value);
    const dst = g.allocXmm();
    g.a.packedImm(x.PSHUFD, dst, reg(value), words);
    return g.pushXmm(TYPE_V128, dst);
  }
  const value = g.popXmmTemp();
  pick(g, value, isRight ? LANES : 0);
  g.pushXmm(TYPE_V128, value);
}

const NO_WORDS: u32 = 0xffffffff;

/** The shuffle as one of 32-bit lanes, two bits each (their operands aside); NO_WORDS if it is none. */
function wordsOf(): u32 {
  let words: u32 = 0;
  for (let i: u32 = 0; i < LANES; i += 4) {
    const lane = laneAt(i);
    if (lane & 3) return NO_WORDS;
    for (let j: u32 = 1; j < 4; j++) if (laneAt(i + j) != lane + j) return NO_WORDS;
    words |= ((lane >> 2) & 3) << (i >> 1);
  }
  return words;
}

/** Lanes of the left and the right operand in turn, from the lower or the upper half of both. */
function shuffleByUnpack(g: Generator): bool {
  for (let size: u32 = 0; size < 4; size++) {
    if (isUnpack(size, 0)) {
      unpack(g, lowUnpack(size));
      return true;
    }
    if (isUnpack(size, 8)) {
      unpack(g, lowUnpack(size) + (size == 3 ? 1 : 8)); // the upper forms' opcodes follow
      return true;
    }
  }
  return false;
}

function isUnpack(size: u32, half: u32): bool {
  for (let i: u32 = 0; i < LANES; i++) {
    const pair = i >> (size + 1);
    const isRight = (i >> size) & 1;
    if (laneAt(i) != half + (pair << size) + (i & ((1 << size) - 1)) + (isRight << 4)) return false;
  }
  return true;
}

function lowUnpack(size: u32): u32 {
  if (size == 0) return x.PUNPCKLBW;
  if (size == 1) return x.PUNPCKLWD;
  return size == 2 ? x.PUNPCKLDQ : x.PUNPCKLQDQ;
}

function unpack(g: Generator, instruction: u32): void {
  const right = g.popXmm();
  const left = g.popXmmTemp();
  g.a.packed(instruction, left, reg(right));
  g.freeXmm(right);
  g.pushXmm(TYPE_V128, left);
}

/** Sixteen bytes in a row of both operands. */
function shuffleByAlign(g: Generator): bool {
  const first = laneAt(0);
  for (let i: u32 = 1; i < LANES; i++) if (laneAt(i) != first + i) return false;
  const right = g.popXmmTemp();
  const left = g.popXmm();
  g.a.packedImm(x.PALIGNR, right, reg(left), first);
  g.freeXmm(left);
  g.pushXmm(TYPE_V128, right);
  return true;
}

/** Two 32-bit lanes of the left operand, then two of the right one. */
function shuffleByShufps(g: Generator): bool {
  const words = wordsOf();
  if (words == NO_WORDS) return false;
  for (let i: u32 = 0; i < LANES; i++) if (laneAt(i) >> 4 != i >> 3) return false;
  const right = g.popXmm();
  const left = g.popXmmTemp();
  g.a.packedImm(x.SHUFPS, left, reg(right), words);
  g.freeXmm(right);
  g.pushXmm(TYPE_V128, left);
  return true;
}
