// Memory operands: which ones compiled code may have, and what a load from each gives.

import { ENTRY_CODE, ENTRY_REFERENCE, ENTRY_SIZE, ENTRY_TYPE, GLOBAL_SIZE } from "../../abi/instance.ts";
import { type ContextLayout, type ContextPart, contextPart, tablePart } from "./context.ts";
import { CodeFault, type Instruction, memoryBytes } from "./decode.ts";
import type { State } from "./state.ts";
import { idOf, MAX_U32, maxOf, numberUpTo, type Value } from "./values.ts";

const RSP = 4;
const RBP = 5;
const R14 = 14;
const R15 = 15;
// Words of the context that are numbers like others
const PLAIN_PARTS = new Set(["result", "global", "memoryPages", "firstReference"]);
const STACK_ARGUMENTS = 16; // bytes from rbp: saved rbp, return address

/** What an operand in memory is. */
export type Place =
  | { place: "linear" | "outgoing" | "constant" | "descriptor" | "foreignGlobal" }
  | { place: "frame"; displacement: number }
  | { place: "context"; part: ContextPart }
  | {
      place: "entry";
      field: "code" | "type" | "reference" | "whole";
      entry: Extract<Value, { kind: "entry" }>;
    };

/** The frame of a function. */
export interface Frame {
  /** Bytes that the prologue makes room for below rbp. */
  bytes: number;
  /** Bytes of its own arguments on the stack. */
  stackArguments: number;
  /** The lowest displacement from rbp in use, and the end of what is used from rsp up. */
  lowest: number;
  outgoing: number;
}

/** Where operands may be. */
export interface Surroundings {
  layout: ContextLayout;
  frame: Frame;
  /** Bytes from the first of linear memory in which nothing but it is mapped. */
  reach: number;
}

/** The place of an instruction's memory operand. @throws CodeFault if it may have none there */
export function placeOf(instruction: Instruction, state: State, around: Surroundings): Place {
  const { memory, at } = instruction;
  const bytes = memoryBytes(instruction);
  const { base, index, displacement } = memory!;
  if (base === R15) return linearPlace(instruction, state, around.reach);
  if (index >= 0) throw new CodeFault(at, "an index on what is no linear memory");
  if (base === -1) return { place: "constant" };
  if (base === RBP) return framePlace(at, displacement, bytes, around.frame);
  if (base === RSP) {
    if (displacement < 0 || displacement + bytes > around.frame.bytes)
      throw new CodeFault(at, "an argument outside of the frame");
    around.frame.outgoing = Math.max(around.frame.outgoing, displacement + bytes);
    return { place: "outgoing" };
  }
  if (base === R14) {
    const part = contextPart(around.layout, displacement, bytes);
    if (part === undefined) throw new CodeFault(at, `${bytes} bytes at ${displacement} of the context`);
    return { place: "context", part };
  }
  return pointedPlace(at, state.registers[base]!, displacement, bytes);
}

function linearPlace({ at, memory, ...rest }: Instruction, state: State, reach: number): Place {
  const { index, scale, displacement } = memory!;
  const bytes = memoryBytes({ ...rest, at, memory });
  const most = index < 0 ? 0 : maxOf(general(at, state, index));
  if (scale !== 0) throw new CodeFault(at, "a scaled address in linear memory");
  if (displacement < 0) throw new CodeFault(at, "an address below linear memory");
  if (!(most + displacement + bytes <= reach)) throw new CodeFault(at, "an index of more than 32 bits");
  return { place: "linear" };
}

function framePlace(at: number, displacement: number, bytes: number, frame: Frame): Place {
  const isArgument =
    displacement >= STACK_ARGUMENTS && displacement + bytes <= STACK_ARGUMENTS + frame.stackArguments;
  if (!isArgument && (displacement < -frame.bytes || displacement + bytes > 0))
    throw new CodeFault(at, `${bytes} bytes at rbp ${displacement} of a frame of ${frame.bytes}`);
  frame.lowest = Math.min(frame.lowest, displacement);
  return { place: "frame", displacement };
}

function pointedPlace(at: number, value: Value, displacement: number, bytes: number): Place {
  if (value.kind === "entry" && value.valid) {
    if (displacement === ENTRY_CODE && bytes === 8) return { place: "entry", field: "code", entry: value };
    if (displacement === ENTRY_TYPE && bytes === 4) return { place: "entry", field: "type", entry: value };
    if (displacement === ENTRY_REFERENCE && bytes === 4)
      return { place: "entry", field: "reference", entry: value };
    if (displacement === 0 && bytes === ENTRY_SIZE) return { place: "entry", field: "whole", entry: value };
  }
  if (value.kind === "table") {
    const part = tablePart(value.table, displacement, bytes);
    if (part) return { place: "context", part };
  }
  if (value.kind === "global" && displacement === 0 && bytes <= GLOBAL_SIZE)
    return { place: "foreignGlobal" };
  if (value.kind === "descriptor" && displacement === 0 && bytes === ENTRY_SIZE)
    return { place: "descriptor" };
  throw new CodeFault(
    at,
    `memory at a register that holds ${value.kind === "number" ? "a number" : `a ${value.kind}`}`,
  );
}

/** The value of a general register that holds a number. @throws CodeFault */
export function general(at: number, state: State, register: number): Value {
  if (register === RSP || register === RBP || register === R14 || register === R15)
    throw new CodeFault(at, "calculates with a register that is not for numbers");
  const value = state.registers[register]!;
  if (idOf(value) === undefined) throw new CodeFault(at, `calculates with a ${value.kind}`);
  return value;
}

/** What a general register gets that is loaded from `place`. */
export function loaded(instruction: Instruction, place: Place, state: State, layout: ContextLayout): Value {
  const { at } = instruction;
  const bytes = memoryBytes(instruction);
  const id = `${at}`;
  const plain = numberUpTo(bytes === 8 ? Infinity : MAX_U32, id);
  if (place.place === "frame") return bytes === 8 ? state.slot(place.displacement, at) : plain;
  if (place.place === "context") return loadedPart(at, place.part, plain);
  if (place.place === "entry") return loadedField(at, place, plain, layout);
  if (place.place === "linear" || place.place === "outgoing" || place.place === "foreignGlobal") return plain;
  throw new CodeFault(at, `loads from a ${place.place}`);
}

function loadedPart(at: number, part: ContextPart, plain: Value): Value {
  const id = `${at}`;
  if (PLAIN_PARTS.has(part.part)) return plain;
  if (part.part === "globalAddress") return { kind: "global", global: part.index };
  if (part.part === "tableAddress") return { kind: "table", table: part.index };
  if (part.part === "tableLength") return { kind: "length", of: `table ${part.index}`, id };
  if (part.part === "segmentLength") return { kind: "length", of: part.of, id };
  if (part.part === "tableRoom") return { kind: "room", of: `table ${part.index}`, id };
  throw new CodeFault(at, `loads ${part.part} of the context`);
}

function loadedField(
  at: number,
  { field, entry }: Extract<Place, { place: "entry" }>,
  plain: Value,
  layout: ContextLayout,
): Value {
  const external = layout.tableKinds[entry.table]?.external;
  if (field === "reference" && external === false) return plain;
  if (field === "code" && external === true) return plain;
  if (field === "code" && entry.filled && entry.type !== undefined) return { kind: "code", type: entry.type };
  throw new CodeFault(at, `loads the ${field} of a table entry unchecked`);
}
