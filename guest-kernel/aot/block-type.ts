// Immediates that both passes over a function read the same way.

import { Module } from "./module.ts";
import { Reader } from "./reader.ts";
import { INLINE, TYPE_EMPTY, isValueType } from "./types.ts";

/** A block type, §5.4.1: INLINE | value type, or a type index. */
export function readBlockType(r: Reader, module: Module): u32 {
  const first = r.peek();
  if (first == TYPE_EMPTY || isValueType(first)) {
    r.byte();
    return INLINE | first;
  }
  if (first >= 0x40 && first < 0x80) {
    r.fail("malformed block type");
    return INLINE | TYPE_EMPTY;
  }
  const index = r.s33();
  if (index < 0 || index >= <i64>module.typeCount()) {
    r.fail("unknown type");
    return INLINE | TYPE_EMPTY;
  }
  return <u32>index;
}
