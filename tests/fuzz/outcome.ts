// What a run of a module shows: the same on V8's side and the guest's, so that the two can be compared.

import * as abi from "../../guest-kernel/abi/instance.ts";

/** How a call ended: the words of its results (adapter.ts), or what trapped. */
export type CallOutcome = { words: bigint[] } | { trap: TrapClass };

/** Kinds of traps as far as both sides tell them apart. */
export type TrapClass =
  | "unreachable"
  | "memory"
  | "division"
  | "overflow"
  | "conversion"
  | "table"
  | "callee"
  | "stack"
  | "atomic";

/** One instance under test. */
export interface Subject {
  /** The trap that ended the instantiation or the start function. */
  readonly trap: TrapClass | undefined;
  /** Calls exported function `f` (an index among the exported ones) with the words of its arguments. */
  call(f: number, args: readonly bigint[]): CallOutcome;
  /** The words of every global. */
  globals(): bigint[][];
  memory(): Uint8Array;
  /** What imported functions were passed since the last call of this: words. */
  takeNotes(): bigint[];
}

const CLASSES: Record<number, TrapClass> = {
  [abi.TRAP_UNREACHABLE]: "unreachable",
  [abi.TRAP_OUT_OF_BOUNDS]: "memory",
  [abi.TRAP_DIVISION_BY_ZERO]: "division",
  [abi.TRAP_INTEGER_OVERFLOW]: "overflow",
  [abi.TRAP_INVALID_CONVERSION]: "conversion",
  [abi.TRAP_UNDEFINED_ELEMENT]: "table",
  [abi.TRAP_TABLE_OUT_OF_BOUNDS]: "table",
  [abi.TRAP_NULL_ELEMENT]: "callee",
  [abi.TRAP_SIGNATURE_MISMATCH]: "callee",
  [abi.TRAP_STACK_OVERFLOW]: "stack",
  [abi.TRAP_UNALIGNED_ATOMIC]: "atomic",
};

/** The class of a TRAP_* (abi/instance.ts). */
export function trapClass(trap: number): TrapClass {
  const found = CLASSES[trap];
  if (found === undefined) throw new Error(`trap ${trap}`);
  return found;
}

// What V8 says about a trap.
const MESSAGES: readonly (readonly [RegExp, TrapClass])[] = [
  [/^unreachable/, "unreachable"],
  [/divide by zero|remainder by zero/, "division"],
  [/divide result unrepresentable/, "overflow"],
  [/float unrepresentable/, "conversion"],
  [/null function or function signature/, "callee"],
  [/table|element segment/, "table"],
  [/memory access out of bounds|data segment/, "memory"],
  [/unaligned/, "atomic"],
  [/Maximum call stack/, "stack"],
];

/** The class of what V8 threw; rethrows what is no trap. */
export function classOfError(error: unknown): TrapClass {
  const isTrap = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
  const found = isTrap ? MESSAGES.find(([message]) => message.test(error.message)) : undefined;
  if (found === undefined) throw error;
  return found[1];
}

/** Whether two traps are the same; V8 has one message for both failures of a conversion. */
export function sameTrap(guest: TrapClass | undefined, v8: TrapClass | undefined): boolean {
  return guest === v8 || (guest === "overflow" && v8 === "conversion");
}

/** Whether two words of a type mean the same. A NaN is as good as any other. */
export function sameWord(type: string, a: bigint, b: bigint): boolean {
  if (a === b) return true;
  if (type === "f") return isNan(a, 0x7f800000n, 0x7fffffffn) && isNan(b, 0x7f800000n, 0x7fffffffn);
  if (type !== "F") return false;
  const infinity = 0x7ff0000000000000n;
  return isNan(a, infinity, 0x7fffffffffffffffn) && isNan(b, infinity, 0x7fffffffffffffffn);
}

function isNan(bits: bigint, infinity: bigint, mask: bigint): boolean {
  return (bits & mask) > infinity;
}
