// Value types and what can be said of them, WebAssembly 2.0 §5.3.

export const TYPE_I32: u32 = 0x7f;
export const TYPE_I64: u32 = 0x7e;
export const TYPE_F32: u32 = 0x7d;
export const TYPE_F64: u32 = 0x7c;
export const TYPE_V128: u32 = 0x7b;
export const TYPE_FUNCREF: u32 = 0x70;
export const TYPE_EXTERNREF: u32 = 0x6f;
export const TYPE_EMPTY: u32 = 0x40; // block types only
export const TYPE_UNKNOWN: u32 = 0; // validation of unreachable code only

/** A number, vector or reference type. */
export function isValueType(type: u32): bool {
  return (type >= TYPE_V128 && type <= TYPE_I32) || isReference(type);
}

export function isReference(type: u32): bool {
  return type == TYPE_FUNCREF || type == TYPE_EXTERNREF;
}

/** True if values of the type live in vector registers. */
export function usesXmm(type: u32): bool {
  return type >= TYPE_V128 && type <= TYPE_F32;
}

/** Bytes of a value in a frame. */
export function frameBytesOf(type: u32): u32 {
  return type == TYPE_V128 ? 16 : 8;
}

/** Operand size of a type: W64 (1) for 64-bit types, else W32 (0). */
export function widthOf(type: u32): u32 {
  return type == TYPE_I32 || type == TYPE_F32 ? 0 : 1;
}

// A block type as both passes hold it: a type index, or INLINE | value type (TYPE_EMPTY for none).
export const INLINE: u32 = 0x80000000;
