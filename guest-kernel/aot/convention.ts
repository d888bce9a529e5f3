// The calling convention, docs/architecture.md "Compiled code": System V AMD64.

import { R8, R9, RCX, RDI, RDX, RSI } from "./operand.ts";

export const INT_ARGUMENTS: u32 = 6;
export const FLOAT_ARGUMENTS: u32 = 8;

/** The register of integer argument `index`. */
export function intArgument(index: u32): u32 {
  switch (index) {
    case 0:
      return RDI;
    case 1:
      return RSI;
    case 2:
      return RDX;
    case 3:
      return RCX;
    case 4:
      return R8;
    default:
      return R9;
  }
}
