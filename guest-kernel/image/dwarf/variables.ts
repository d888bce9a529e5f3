// The locals of a function as debug information describes them.

import type { LocalRecord } from "../debug-record.ts";
import type { DebugVariable } from "./debug-info.ts";
import { Expression } from "./expression.ts";
import { type DebugType, typeOfLetter } from "./types.ts";

/** A function's variables. Those of equal names are scoped: each is there from its first use to its last. */
export interface FunctionVariables {
  parameters: DebugVariable[];
  locals: DebugVariable[];
  scoped: { firstUse: number; lastUse: number; variable: DebugVariable }[];
}

/** What is known of a function's locals. */
export interface FunctionLocals {
  records: readonly LocalRecord[];
  names: ReadonlyMap<number, string>;
  /** Of each local; where it is missing, the type of WebAssembly counts. */
  types: readonly DebugType[];
  parameterCount: number;
}

// WebAssembly 2.0 §5.3.1: 7f i32, 7e i64, 7d f32, 7c f64, 7b v128
const LETTERS = "vFfIi";
const FIRST_TYPE = 0x7b;
const REGISTERS = 16;

/** The named locals of a function that live in its frame; the first are its parameters. */
export function variablesOf({ records, names, types, parameterCount }: FunctionLocals): FunctionVariables {
  const variables: FunctionVariables = { parameters: [], locals: [], scoped: [] };
  const shared = sharedNames(names);
  records.forEach(({ home, type, firstUse, lastUse }, index) => {
    const name = sourceName(names.get(index));
    if (name === undefined || (home >= 0 && home < REGISTERS)) return;
    const variable = {
      name,
      type: types[index] ?? typeOfLetter(LETTERS[type - FIRST_TYPE] ?? ""),
      location: new Expression().frameBase(home).bytes(),
    };
    if (index < parameterCount) variables.parameters.push(variable);
    else if (!shared.has(name)) variables.locals.push(variable);
    else if (firstUse !== 0) variables.scoped.push({ firstUse, lastUse, variable });
  });
  return variables;
}

/** The name in the source: asc numbers those that a function has already, and its own have none. */
function sourceName(name: string | undefined): string | undefined {
  const bare = name?.replace(/\|\d+$/, "");
  return bare === undefined || !/^[A-Za-z_$][\w$]*$/.test(bare) || /^\$\d+$/.test(bare) ? undefined : bare;
}

function sharedNames(names: ReadonlyMap<number, string>): Set<string> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const name of names.values()) {
    const bare = sourceName(name);
    if (bare !== undefined && seen.has(bare)) shared.add(bare);
    if (bare !== undefined) seen.add(bare);
  }
  return shared;
}
