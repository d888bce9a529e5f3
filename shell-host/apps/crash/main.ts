// org.oscortex.crash KIND: does what no app should, so that its report can be looked at.

import { programArguments } from "../../sdk/args.ts";
import { printError } from "../../sdk/console.ts";

const USAGE: i32 = 2;
const PAST_THE_TABLE: u32 = 1_000_000;
const NULL_ENTRY: u32 = 0; // AssemblyScript leaves the first entry of the table empty

type Unary = (value: i32) => i32;
type Binary = (left: i32, right: i32) => i32;

// The optimizer must not know these.
let zero: i32 = 0;
let minusOne: i32 = -1;

export function main(): i32 {
  const words = programArguments();
  zero = words.length - 1;
  minusOne = -words.length;
  const kind = words.length == 1 ? words[0] : "";
  if (kind == "oob") return outOfBounds();
  if (kind == "div0") return divisionByZero();
  if (kind == "overflow") return overflow();
  if (kind == "unreachable") return unreachableCode();
  if (kind == "stack") return recursion(1);
  if (kind == "indirect") return pastTheTable();
  if (kind == "indirect-null") return nullEntry();
  if (kind == "indirect-type") return anotherType();
  if (kind == "abort") return indexOutOfRange(words);
  printError("usage: crash oob|div0|overflow|unreachable|stack|indirect|indirect-null|indirect-type|abort");
  return USAGE;
}

function outOfBounds(): i32 {
  return load<i32>(0xffff0000 + <usize>zero);
}

function divisionByZero(): i32 {
  return 42 / zero;
}

function overflow(): i32 {
  return (i32.MIN_VALUE + zero) / minusOne;
}

function unreachableCode(): i32 {
  return unreachable();
}

function recursion(depth: i32): i32 {
  return recursion(depth + 1) ^ depth;
}

function pastTheTable(): i32 {
  return call_indirect<i32>(PAST_THE_TABLE + zero, zero);
}

function nullEntry(): i32 {
  return call_indirect<i32>(NULL_ENTRY + zero, zero);
}

function anotherType(): i32 {
  const unary: Unary = (value) => value + zero;
  const binary: Binary = (left, right) => left + right;
  // Which of the two is called is not known before it runs; it is always the wrong one.
  return call_indirect<i32>(zero == 0 ? unary.index : binary.index, zero, zero);
}

function indexOutOfRange(words: string[]): i32 {
  return words[words.length].length;
}
