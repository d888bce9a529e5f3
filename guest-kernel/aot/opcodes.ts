// Opcodes, WebAssembly 2.0 §5.4, as far as the compiler names them, and the signatures of the plain ones.

import { TYPE_F32, TYPE_F64, TYPE_I32, TYPE_I64 } from "./types.ts";

export const OP_UNREACHABLE: u32 = 0x00;
export const OP_NOP: u32 = 0x01;
export const OP_BLOCK: u32 = 0x02;
export const OP_LOOP: u32 = 0x03;
export const OP_IF: u32 = 0x04;
export const OP_ELSE: u32 = 0x05;
export const OP_END: u32 = 0x0b;
export const OP_BR: u32 = 0x0c;
export const OP_BR_IF: u32 = 0x0d;
export const OP_BR_TABLE: u32 = 0x0e;
export const OP_RETURN: u32 = 0x0f;
export const OP_CALL: u32 = 0x10;
export const OP_CALL_INDIRECT: u32 = 0x11;
export const OP_DROP: u32 = 0x1a;
export const OP_SELECT: u32 = 0x1b;
export const OP_SELECT_TYPED: u32 = 0x1c;
export const OP_LOCAL_GET: u32 = 0x20;
export const OP_LOCAL_SET: u32 = 0x21;
export const OP_LOCAL_TEE: u32 = 0x22;
export const OP_GLOBAL_GET: u32 = 0x23;
export const OP_GLOBAL_SET: u32 = 0x24;
export const OP_TABLE_GET: u32 = 0x25;
export const OP_TABLE_SET: u32 = 0x26;
export const OP_I32_LOAD: u32 = 0x28; // the first load
export const OP_I32_STORE: u32 = 0x36; // the first store
export const OP_I64_STORE32: u32 = 0x3e; // the last store
export const OP_MEMORY_SIZE: u32 = 0x3f;
export const OP_MEMORY_GROW: u32 = 0x40;
export const OP_I32_CONST: u32 = 0x41;
export const OP_I64_CONST: u32 = 0x42;
export const OP_F32_CONST: u32 = 0x43;
export const OP_F64_CONST: u32 = 0x44;
export const OP_I32_EQZ: u32 = 0x45; // the first plain instruction
export const OP_I32_AND: u32 = 0x71;
export const OP_I64_EXTEND32_S: u32 = 0xc4; // the last plain instruction
export const OP_REF_NULL: u32 = 0xd0;
export const OP_REF_IS_NULL: u32 = 0xd1;
export const OP_REF_FUNC: u32 = 0xd2;
export const OP_PREFIX_FC: u32 = 0xfc;
export const OP_PREFIX_FD: u32 = 0xfd; // vectors
export const OP_PREFIX_FE: u32 = 0xfe; // atomics

// After OP_PREFIX_FC; 0..7 are the saturating truncations
export const FC_MEMORY_INIT: u32 = 8;
export const FC_DATA_DROP: u32 = 9;
export const FC_MEMORY_COPY: u32 = 10;
export const FC_MEMORY_FILL: u32 = 11;
export const FC_TABLE_INIT: u32 = 12;
export const FC_ELEM_DROP: u32 = 13;
export const FC_TABLE_COPY: u32 = 14;
export const FC_TABLE_GROW: u32 = 15;
export const FC_TABLE_SIZE: u32 = 16;
export const FC_TABLE_FILL: u32 = 17;

// After OP_PREFIX_FE. From FE_FIRST_ACCESS on in groups of seven: load, store, add, sub, and, or, xor, xchg,
// cmpxchg; within a group i32 i64 i32.8 i32.16 i64.8 i64.16 i64.32.
export const FE_WAIT64: u32 = 2; // 0..2 notify and wait: not supported
export const FE_FENCE: u32 = 3;
export const FE_FIRST_ACCESS: u32 = 0x10;
export const FE_LAST_ACCESS: u32 = 0x4e;
export const FE_GROUP_SIZE: u32 = 7;
export const FE_GROUP_LOAD: u32 = 0;
export const FE_GROUP_STORE: u32 = 1;
export const FE_GROUP_XCHG: u32 = 7;
export const FE_GROUP_CMPXCHG: u32 = 8;

/** log2 of the bytes that an atomic access of `variant` (place in its group) touches. */
export function atomicSize(variant: u32): u32 {
  switch (variant) {
    case 1:
      return 3;
    case 2:
    case 4:
      return 0;
    case 3:
    case 5:
      return 1;
    default:
      return 2;
  }
}

/** Type of the values of an atomic access. */
export function atomicType(variant: u32): u32 {
  return variant == 0 || variant == 2 || variant == 3 ? TYPE_I32 : TYPE_I64;
}

/** log2 of the bytes that a load or store touches. */
export function accessSize(op: u32): u32 {
  switch (op) {
    case 0x28:
    case 0x2a:
    case 0x34:
    case 0x35:
    case 0x36:
    case 0x38:
    case 0x3e:
      return 2;
    case 0x29:
    case 0x2b:
    case 0x37:
    case 0x39:
      return 3;
    case 0x2e:
    case 0x2f:
    case 0x32:
    case 0x33:
    case 0x3b:
    case 0x3d:
      return 1;
    default:
      return 0;
  }
}

/** Type of the value that a load or store moves. */
export function accessType(op: u32): u32 {
  switch (op) {
    case 0x28:
    case 0x2c:
    case 0x2d:
    case 0x2e:
    case 0x2f:
    case 0x36:
    case 0x3a:
    case 0x3b:
      return TYPE_I32;
    case 0x2a:
    case 0x38:
      return TYPE_F32;
    case 0x2b:
    case 0x39:
      return TYPE_F64;
    default:
      return TYPE_I64;
  }
}

/** Signature of a plain instruction (0x45..0xc4): result | operand << 8 | (second operand << 16, 0 for none). */
export function plainSignature(op: u32): u32 {
  if (op <= 0x66) return comparison(op);
  if (op <= 0x69) return unary(TYPE_I32, TYPE_I32);
  if (op <= 0x78) return binary(TYPE_I32, TYPE_I32);
  if (op <= 0x7b) return unary(TYPE_I64, TYPE_I64);
  if (op <= 0x8a) return binary(TYPE_I64, TYPE_I64);
  if (op <= 0x91) return unary(TYPE_F32, TYPE_F32);
  if (op <= 0x98) return binary(TYPE_F32, TYPE_F32);
  if (op <= 0x9f) return unary(TYPE_F64, TYPE_F64);
  if (op <= 0xa6) return binary(TYPE_F64, TYPE_F64);
  return conversion(op);
}

function comparison(op: u32): u32 {
  if (op == 0x45) return unary(TYPE_I32, TYPE_I32);
  if (op <= 0x4f) return binary(TYPE_I32, TYPE_I32);
  if (op == 0x50) return unary(TYPE_I64, TYPE_I32);
  if (op <= 0x5a) return binary(TYPE_I64, TYPE_I32);
  if (op <= 0x60) return binary(TYPE_F32, TYPE_I32);
  return binary(TYPE_F64, TYPE_I32);
}

function conversion(op: u32): u32 {
  switch (op) {
    case 0xa7:
      return unary(TYPE_I64, TYPE_I32);
    case 0xa8:
    case 0xa9:
    case 0xbc:
      return unary(TYPE_F32, TYPE_I32);
    case 0xaa:
    case 0xab:
      return unary(TYPE_F64, TYPE_I32);
    case 0xac:
    case 0xad:
      return unary(TYPE_I32, TYPE_I64);
    case 0xae:
    case 0xaf:
      return unary(TYPE_F32, TYPE_I64);
    case 0xb0:
    case 0xb1:
    case 0xbd:
      return unary(TYPE_F64, TYPE_I64);
    case 0xb2:
    case 0xb3:
    case 0xbe:
      return unary(TYPE_I32, TYPE_F32);
    case 0xb4:
    case 0xb5:
      return unary(TYPE_I64, TYPE_F32);
    case 0xb6:
      return unary(TYPE_F64, TYPE_F32);
    case 0xb7:
    case 0xb8:
      return unary(TYPE_I32, TYPE_F64);
    case 0xb9:
    case 0xba:
    case 0xbf:
      return unary(TYPE_I64, TYPE_F64);
    case 0xbb:
      return unary(TYPE_F32, TYPE_F64);
    case 0xc0:
    case 0xc1:
      return unary(TYPE_I32, TYPE_I32);
    default:
      return unary(TYPE_I64, TYPE_I64); // 0xc2..0xc4
  }
}

/** Signature of a saturating truncation (0..7 after OP_PREFIX_FC). */
export function saturatingSignature(sub: u32): u32 {
  return unary(sub & 2 ? TYPE_F64 : TYPE_F32, sub < 4 ? TYPE_I32 : TYPE_I64);
}

function unary(operand: u32, result: u32): u32 {
  return result | (operand << 8);
}

function binary(operand: u32, result: u32): u32 {
  return result | (operand << 8) | (operand << 16);
}
