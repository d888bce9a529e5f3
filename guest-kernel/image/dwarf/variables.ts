// Locals and globals as debug information describes them: with the types of WebAssembly.

import type { LocalRecord } from "../debug-record.ts";
import {
  type BaseType,
  type DebugVariable,
  DW_ATE_FLOAT,
  DW_ATE_SIGNED,
  DW_ATE_UNSIGNED,
} from "./debug-info.ts";
import { Expression } from "./expression.ts";

const I32: BaseType = { name: "i32", encoding: DW_ATE_SIGNED, bytes: 4 };
const REFERENCE: BaseType = { name: "ref", encoding: DW_ATE_UNSIGNED, bytes: 8 };
const BY_LETTER: ReadonlyMap<string, BaseType> = new Map([
  ["i", I32],
  ["I", { name: "i64", encoding: DW_ATE_SIGNED, bytes: 8 }],
  ["f", { name: "f32", encoding: DW_ATE_FLOAT, bytes: 4 }],
  ["F", { name: "f64", encoding: DW_ATE_FLOAT, bytes: 8 }],
  ["v", { name: "v128", encoding: DW_ATE_UNSIGNED, bytes: 16 }],
]);
// WebAssembly 2.0 §5.3.1: 7f i32, 7e i64, 7d f32, 7c f64, 7b v128
const LETTERS = "vFfIi";
const FIRST_TYPE = 0x7b;
const REGISTERS = 16;

/** The type that a letter of a signature names. */
export function typeOfLetter(letter: string): BaseType {
  return BY_LETTER.get(letter) ?? REFERENCE;
}

/** The named locals of a function that live in its frame; the first `parameterCount` are its parameters. */
export function variablesOf(
  locals: readonly LocalRecord[],
  names: ReadonlyMap<number, string>,
  parameterCount: number,
): { parameters: DebugVariable[]; locals: DebugVariable[] } {
  const variables = { parameters: new Array<DebugVariable>(), locals: new Array<DebugVariable>() };
  locals.forEach(({ home, type }, index) => {
    const name = names.get(index);
    if (name === undefined || (home >= 0 && home < REGISTERS)) return;
    const variable = {
      name: name.replace(/\|\d+$/, ""), // asc numbers the scopes of a name
      type: typeOfLetter(LETTERS[type - FIRST_TYPE] ?? ""),
      location: new Expression().frameBase(home).bytes(),
    };
    (index < parameterCount ? variables.parameters : variables.locals).push(variable);
  });
  return variables;
}
