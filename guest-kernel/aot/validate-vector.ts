// Validates vector instructions, WebAssembly 2.0 §3.3.4.

import { Validator } from "./validate.ts";
import * as vector from "./vector-opcodes.ts";

/** Validates the instruction with opcode `sub` after OP_PREFIX_FD: its immediates, then its operands. */
export function validateVector(v: Validator, sub: u32): void {
  const signature = vector.vectorSignature(sub);
  if (signature == 0) return v.illegal("illegal opcode");
  switch (vector.vectorImmediate(sub)) {
    case vector.IMMEDIATE_MEMORY:
      v.memoryArgument(vector.vectorAccessSize(sub), false);
      break;
    case vector.IMMEDIATE_MEMORY_LANE: {
      v.memoryArgument(vector.vectorAccessSize(sub), false);
      lane(v, vector.laneCount(sub));
      break;
    }
    case vector.IMMEDIATE_LANE:
      lane(v, vector.laneCount(sub));
      break;
    case vector.IMMEDIATE_BYTES: {
      if (sub == vector.FD_V128_CONST) v.r.skip(16);
      else for (let i = 0; i < 16; i++) lane(v, 32);
      break;
    }
    default:
  }
  operands(v, signature);
}

function lane(v: Validator, count: u32): void {
  if (v.r.byte() >= count) v.illegal("invalid lane index");
}

function operands(v: Validator, signature: u32): void {
  for (let shift = 24; shift > 0; shift -= 8) {
    const type = (signature >> shift) & 0xff;
    if (type != 0) v.pop(type);
  }
  if (signature & 0xff) v.push(signature & 0xff);
}
