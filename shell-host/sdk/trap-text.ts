// A phrase for each kind of trap.

import {
  TRAP_DIVISION_BY_ZERO,
  TRAP_INTEGER_OVERFLOW,
  TRAP_INVALID_CONVERSION,
  TRAP_NULL_ELEMENT,
  TRAP_OUT_OF_BOUNDS,
  TRAP_SIGNATURE_MISMATCH,
  TRAP_STACK_OVERFLOW,
  TRAP_TABLE_OUT_OF_BOUNDS,
  TRAP_UNDEFINED_ELEMENT,
  TRAP_UNREACHABLE,
} from "../../guest-kernel/abi/instance.ts";

/** What TRAP_* means. */
export function trapText(kind: u32): string {
  switch (kind) {
    case TRAP_UNREACHABLE:
      return "unreachable executed";
    case TRAP_OUT_OF_BOUNDS:
      return "memory access out of bounds";
    case TRAP_DIVISION_BY_ZERO:
      return "division by zero";
    case TRAP_INTEGER_OVERFLOW:
      return "integer overflow";
    case TRAP_INVALID_CONVERSION:
      return "invalid conversion to integer";
    case TRAP_UNDEFINED_ELEMENT:
      return "indirect call past the table";
    case TRAP_NULL_ELEMENT:
      return "indirect call of nothing";
    case TRAP_SIGNATURE_MISMATCH:
      return "indirect call of another type";
    case TRAP_STACK_OVERFLOW:
      return "stack overflow";
    case TRAP_TABLE_OUT_OF_BOUNDS:
      return "table access out of bounds";
    default:
      return "trap " + kind.toString();
  }
}
