// Code for vector loads and stores.

import { TRAP_OUT_OF_BOUNDS } from "../abi/instance.ts";
import { popAddress, readOffset } from "./emit-memory.ts";
import { Generator } from "./generator.ts";
import { Operand, reg } from "./operand.ts";
import { TYPE_V128 } from "./types.ts";
import { SCRATCH_XMM } from "./values.ts";
import * as vector from "./vector-opcodes.ts";
import { W32, W64 } from "./x64-encoder.ts";
import * as x from "./x64-packed.ts";

/** Loads and stores without a lane. */
export function emitVectorAccess(g: Generator, sub: u32): void {
  const offset = readOffset(g);
  if (sub == vector.FD_V128_STORE) return emitStore(g, offset);
  const from = popAddress(g, offset);
  const dst = g.allocXmm();
  g.site(TRAP_OUT_OF_BOUNDS);
  if (sub == vector.FD_V128_LOAD) g.a.movups(dst, from);
  else if (sub == vector.FD_V128_LOAD32_ZERO) g.a.movsLoad(W32, dst, from);
  else if (sub == vector.FD_V128_LOAD64_ZERO) g.a.movsLoad(W64, dst, from);
  else if (sub < vector.FD_LOAD8_SPLAT) g.a.packed(extension(sub - vector.FD_LOAD8X8_S), dst, from);
  else loadSplat(g, sub - vector.FD_LOAD8_SPLAT, dst, from);
  g.release(from);
  g.pushXmm(TYPE_V128, dst);
}

function emitStore(g: Generator, offset: u32): void {
  const value = g.popXmm();
  const to = popAddress(g, offset);
  g.site(TRAP_OUT_OF_BOUNDS);
  g.a.movupsTo(to, value);
  g.release(to);
  g.freeXmm(value);
}

/** What widens 8, 16 or 32 bits: signed, unsigned of each. */
function extension(n: u32): u32 {
  switch (n) {
    case 0:
      return x.PMOVSXBW;
    case 1:
      return x.PMOVZXBW;
    case 2:
      return x.PMOVSXWD;
    case 3:
      return x.PMOVZXWD;
    case 4:
      return x.PMOVSXDQ;
    default:
      return x.PMOVZXDQ;
  }
}

/** The first instruction is the one that may trap. */
function loadSplat(g: Generator, size: u32, dst: u32, from: Operand): void {
  if (size == 3) return g.a.packed(x.MOVDDUP, dst, from);
  if (size == 2) g.a.movsLoad(W32, dst, from);
  else g.a.insertLane(size, dst, from, 0);
  splatLowest(g, size, dst);
}

/** Copies the lowest lane of 2^`size` bytes to all others. */
export function splatLowest(g: Generator, size: u32, dst: u32): void {
  switch (size) {
    case 0: {
      g.a.xorps(SCRATCH_XMM);
      g.a.packed(x.PSHUFB, dst, reg(SCRATCH_XMM));
      break;
    }
    case 1: {
      g.a.packedImm(x.PSHUFLW, dst, reg(dst), 0);
      g.a.packed(x.PUNPCKLQDQ, dst, reg(dst));
      break;
    }
    case 2:
      g.a.packedImm(x.PSHUFD, dst, reg(dst), 0);
      break;
    default:
      g.a.packed(x.PUNPCKLQDQ, dst, reg(dst));
  }
}

/** load_lane and store_lane: the vector lies above the address. */
export function emitVectorLaneAccess(g: Generator, sub: u32): void {
  const offset = readOffset(g);
  const lane = g.r.byte();
  const size = vector.vectorAccessSize(sub);
  const isStore = sub >= vector.FD_V128_STORE8_LANE;
  const value = isStore ? g.popXmm() : g.popXmmTemp();
  const at = popAddress(g, offset);
  g.site(TRAP_OUT_OF_BOUNDS);
  if (isStore) g.a.extractLane(size, at, value, lane);
  else g.a.insertLane(size, value, at, lane);
  g.release(at);
  if (isStore) g.freeXmm(value);
  else g.pushXmm(TYPE_V128, value);
}
