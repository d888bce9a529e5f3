// x86-64 instruction operands: register numbers, conditions, and register-or-memory operands packed into a u64.

/** A register, or a memory operand: packed, so that passing one costs nothing. */
export type Operand = u64;

// General purpose registers, as ModRM numbers them.
export const RAX: u32 = 0;
export const RCX: u32 = 1;
export const RDX: u32 = 2;
export const RBX: u32 = 3;
export const RSP: u32 = 4;
export const RBP: u32 = 5;
export const RSI: u32 = 6;
export const RDI: u32 = 7;
export const R8: u32 = 8;
export const R9: u32 = 9;
export const R10: u32 = 10;
export const R11: u32 = 11;
export const R12: u32 = 12;
export const R13: u32 = 13;
export const R14: u32 = 14;
export const R15: u32 = 15;

// Vector registers share the numbers 0..15; these two are the ones code outside of the allocator names.
export const XMM0: u32 = 0;
export const XMM1: u32 = 1;

// Conditions, as the low four bits of jcc, setcc and cmovcc. `cc ^ 1` is the opposite.
export const CC_O: u32 = 0;
export const CC_NO: u32 = 1;
export const CC_B: u32 = 2;
export const CC_AE: u32 = 3;
export const CC_E: u32 = 4;
export const CC_NE: u32 = 5;
export const CC_BE: u32 = 6;
export const CC_A: u32 = 7;
export const CC_S: u32 = 8;
export const CC_NS: u32 = 9;
export const CC_P: u32 = 10;
export const CC_NP: u32 = 11;
export const CC_L: u32 = 12;
export const CC_GE: u32 = 13;
export const CC_LE: u32 = 14;
export const CC_G: u32 = 15;

// Layout of an Operand: disp in bits 0..31, base 32..36, index 37..41, scale 42..43, bit 44 for a register.
const BASE_SHIFT: u64 = 32;
const INDEX_SHIFT: u64 = 37;
const SCALE_SHIFT: u64 = 42;
const REGISTER_BIT: u64 = 1 << 44;
const NO_REGISTER: u32 = 16;

/** The register `r` as an operand. */
export function reg(r: u32): Operand {
  return REGISTER_BIT | ((<u64>r) << BASE_SHIFT);
}

/** Memory at `[base + disp]`. */
export function mem(base: u32, disp: i32): Operand {
  return ((<u64>NO_REGISTER) << INDEX_SHIFT) | ((<u64>base) << BASE_SHIFT) | <u64>(<u32>disp);
}

/** Memory at `[base + index * 2^scale + disp]`; `index` must not be rsp. */
export function memIndex(base: u32, index: u32, scale: u32, disp: i32): Operand {
  return (
    ((<u64>scale) << SCALE_SHIFT) |
    ((<u64>index) << INDEX_SHIFT) |
    ((<u64>base) << BASE_SHIFT) |
    <u64>(<u32>disp)
  );
}

/** True for a register operand. */
export function isRegister(operand: Operand): bool {
  return (operand & REGISTER_BIT) != 0;
}

/** The register of a register operand, or the base of a memory operand. */
export function baseOf(operand: Operand): u32 {
  return <u32>(operand >> BASE_SHIFT) & 31;
}

/** The index register of a memory operand; 16 for none. */
export function indexOf(operand: Operand): u32 {
  return <u32>(operand >> INDEX_SHIFT) & 31;
}

/** The scale of a memory operand, as a power of two. */
export function scaleOf(operand: Operand): u32 {
  return <u32>(operand >> SCALE_SHIFT) & 3;
}

/** The displacement of a memory operand. */
export function dispOf(operand: Operand): i32 {
  return <i32>(<u32>operand);
}

/** The same memory operand, `bytes` further. */
export function offsetBy(operand: Operand, bytes: i32): Operand {
  return (operand & ~0xffffffff) | <u64>(<u32>(dispOf(operand) + bytes));
}
