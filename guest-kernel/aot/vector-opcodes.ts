// The vector instructions, WebAssembly 2.0 §5.4.8: opcodes after OP_PREFIX_FD, as far as the compiler names them, and
// what each takes and leaves.

import { TYPE_F32, TYPE_F64, TYPE_I32, TYPE_I64, TYPE_V128 } from "./types.ts";

export const FD_V128_LOAD: u32 = 0;
export const FD_LOAD8X8_S: u32 = 1; // the first of the loads that widen: 8x8, 16x4, 32x2, each signed and unsigned
export const FD_LOAD8_SPLAT: u32 = 7; // 8, 16, 32, 64
export const FD_V128_STORE: u32 = 11;
export const FD_V128_CONST: u32 = 12;
export const FD_I8X16_SHUFFLE: u32 = 13;
export const FD_I8X16_SWIZZLE: u32 = 14;
export const FD_I8X16_SPLAT: u32 = 15; // i8x16 i16x8 i32x4 i64x2 f32x4 f64x2
export const FD_F64X2_SPLAT: u32 = 20;
export const FD_I8X16_EXTRACT_LANE_S: u32 = 21; // the first that has a lane
export const FD_F64X2_REPLACE_LANE: u32 = 34; // the last
export const FD_I8X16_EQ: u32 = 35;
export const FD_F64X2_GE: u32 = 76;
export const FD_V128_NOT: u32 = 77;
export const FD_V128_AND: u32 = 78;
export const FD_V128_ANDNOT: u32 = 79;
export const FD_V128_OR: u32 = 80;
export const FD_V128_XOR: u32 = 81;
export const FD_V128_BITSELECT: u32 = 82;
export const FD_V128_ANY_TRUE: u32 = 83;
export const FD_V128_LOAD8_LANE: u32 = 84; // 8, 16, 32, 64; then the stores
export const FD_V128_STORE8_LANE: u32 = 88;
export const FD_V128_LOAD32_ZERO: u32 = 92;
export const FD_V128_LOAD64_ZERO: u32 = 93;
export const FD_LAST: u32 = 255;

/** What follows an opcode. */
export const IMMEDIATE_NONE: u32 = 0;
export const IMMEDIATE_MEMORY: u32 = 1;
export const IMMEDIATE_MEMORY_LANE: u32 = 2;
export const IMMEDIATE_LANE: u32 = 3;
export const IMMEDIATE_BYTES: u32 = 4; // sixteen

export function vectorImmediate(sub: u32): u32 {
  if (sub <= FD_V128_STORE || sub == FD_V128_LOAD32_ZERO || sub == FD_V128_LOAD64_ZERO)
    return IMMEDIATE_MEMORY;
  if (sub == FD_V128_CONST || sub == FD_I8X16_SHUFFLE) return IMMEDIATE_BYTES;
  if (sub >= FD_I8X16_EXTRACT_LANE_S && sub <= FD_F64X2_REPLACE_LANE) return IMMEDIATE_LANE;
  return sub >= FD_V128_LOAD8_LANE && sub < FD_V128_LOAD32_ZERO ? IMMEDIATE_MEMORY_LANE : IMMEDIATE_NONE;
}

/** log2 of the bytes that an instruction with IMMEDIATE_MEMORY or IMMEDIATE_MEMORY_LANE touches. */
export function vectorAccessSize(sub: u32): u32 {
  if (sub == FD_V128_LOAD || sub == FD_V128_STORE) return 4;
  if (sub < FD_LOAD8_SPLAT) return 3;
  if (sub < FD_V128_STORE) return sub - FD_LOAD8_SPLAT;
  if (sub >= FD_V128_LOAD32_ZERO) return sub - FD_V128_LOAD32_ZERO + 2;
  return (sub - FD_V128_LOAD8_LANE) & 3;
}

/** Lanes of an instruction with a lane. */
export function laneCount(sub: u32): u32 {
  if (vectorImmediate(sub) == IMMEDIATE_MEMORY_LANE) return 16 >> vectorAccessSize(sub);
  return 16 >> laneSize(sub);
}

/** log2 of the bytes of a lane that is extracted or replaced. */
export function laneSize(sub: u32): u32 {
  if (sub < 24) return 0;
  if (sub < 27) return 1;
  return sub < 29 || sub == 31 || sub == 32 ? 2 : 3;
}

/** The type of a lane on its own, by opcode of extract_lane and replace_lane. */
export function laneType(sub: u32): u32 {
  if (sub < 29) return TYPE_I32;
  if (sub < 31) return TYPE_I64;
  return sub < 33 ? TYPE_F32 : TYPE_F64;
}

/** The type of a lane on its own, by opcode of splat. */
export function splatType(sub: u32): u32 {
  if (sub < 18) return TYPE_I32;
  if (sub == 18) return TYPE_I64;
  return sub == 19 ? TYPE_F32 : TYPE_F64;
}

/** True for extract_lane, given an opcode with IMMEDIATE_LANE. */
export function isExtract(sub: u32): bool {
  return sub != 23 && sub != 26 && (sub < 27 || (sub & 1) == 1);
}

/** Signature: result | operand << 8 | second << 16 | third << 24, 0 for none. 0 in all if there is no such instruction. */
export function vectorSignature(sub: u32): u32 {
  if (sub <= FD_V128_CONST || (sub >= FD_V128_LOAD8_LANE && sub <= FD_V128_LOAD64_ZERO))
    return memorySignature(sub);
  if (sub == FD_I8X16_SHUFFLE || sub == FD_I8X16_SWIZZLE) return binary();
  if (sub <= FD_F64X2_SPLAT) return TYPE_V128 | (splatType(sub) << 8);
  if (sub <= FD_F64X2_REPLACE_LANE) return laneSignature(sub);
  if (sub <= FD_F64X2_GE) return binary();
  if (sub == FD_V128_NOT) return unary();
  if (sub < FD_V128_BITSELECT) return binary();
  if (sub == FD_V128_BITSELECT) return binary() | (TYPE_V128 << 24);
  if (sub == FD_V128_ANY_TRUE) return TYPE_I32 | (TYPE_V128 << 8);
  if (isMissing(sub) || sub > FD_LAST) return 0;
  return arithmeticSignature(sub);
}

function memorySignature(sub: u32): u32 {
  if (sub == FD_V128_CONST) return TYPE_V128;
  if (sub == FD_V128_STORE || (sub >= FD_V128_STORE8_LANE && sub < FD_V128_LOAD32_ZERO))
    return (TYPE_I32 << 8) | (TYPE_V128 << 16);
  if (sub >= FD_V128_LOAD8_LANE && sub < FD_V128_STORE8_LANE)
    return TYPE_V128 | (TYPE_I32 << 8) | (TYPE_V128 << 16);
  return TYPE_V128 | (TYPE_I32 << 8);
}

function laneSignature(sub: u32): u32 {
  if (isExtract(sub)) return laneType(sub) | (TYPE_V128 << 8);
  return TYPE_V128 | (TYPE_V128 << 8) | (laneType(sub) << 16);
}

/** From 94 on. */
function arithmeticSignature(sub: u32): u32 {
  switch (sub) {
    case 99: // all_true, bitmask
    case 100:
    case 131:
    case 132:
    case 163:
    case 164:
    case 195:
    case 196:
      return TYPE_I32 | (TYPE_V128 << 8);
    case 107: // shifts
    case 108:
    case 109:
    case 139:
    case 140:
    case 141:
    case 171:
    case 172:
    case 173:
    case 203:
    case 204:
    case 205:
      return TYPE_V128 | (TYPE_V128 << 8) | (TYPE_I32 << 16);
    default:
      return isUnary(sub) ? unary() : binary();
  }
}

function isUnary(sub: u32): bool {
  if (sub >= 248) return true; // conversions
  switch (sub) {
    case 94:
    case 95:
    case 96:
    case 97:
    case 98:
    case 103:
    case 104:
    case 105:
    case 106:
    case 116:
    case 117:
    case 122:
    case 124:
    case 125:
    case 126:
    case 127:
    case 128:
    case 129:
    case 135:
    case 136:
    case 137:
    case 138:
    case 148:
    case 160:
    case 161:
    case 167:
    case 168:
    case 169:
    case 170:
    case 192:
    case 193:
    case 199:
    case 200:
    case 201:
    case 202:
    case 224:
    case 225:
    case 227:
    case 236:
    case 237:
    case 239:
      return true;
    default:
      return false;
  }
}

function isMissing(sub: u32): bool {
  switch (sub) {
    case 154:
    case 162:
    case 165:
    case 166:
    case 175:
    case 176:
    case 178:
    case 179:
    case 180:
    case 187:
    case 194:
    case 197:
    case 198:
    case 207:
    case 208:
    case 210:
    case 211:
    case 212:
    case 226:
    case 238:
      return true;
    default:
      return false;
  }
}

function unary(): u32 {
  return TYPE_V128 | (TYPE_V128 << 8);
}

function binary(): u32 {
  return TYPE_V128 | (TYPE_V128 << 8) | (TYPE_V128 << 16);
}
