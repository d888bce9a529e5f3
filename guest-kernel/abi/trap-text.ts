// A phrase for each kind of trap, by TRAP_* of instance.ts: the words of the WebAssembly specification's suite where it
// has some. A kind from there on is one that this version does not know.

export const TRAP_TEXTS: string[] = [
  "no trap",
  "unreachable executed",
  "out of bounds memory access",
  "integer divide by zero",
  "integer overflow",
  "invalid conversion to integer",
  "undefined element",
  "uninitialized element",
  "indirect call type mismatch",
  "call stack exhausted",
  "out of bounds table access",
  "unaligned atomic",
];
