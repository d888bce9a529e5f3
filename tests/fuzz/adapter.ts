// Modules that stand between JavaScript and a module under test, so that V8's side speaks in bits too: JavaScript can neither
// pass a vector nor tell one NaN from another.
//
// A type is a letter, as in aot's signatures: i I f F v for numbers and vectors, r R for references. In bits a vector is two
// words, low half first, and a reference is 1, or 0 if it is null.

import { HEADER, name, section, u32, vector } from "../support/random-module.ts";

const TYPES: Record<string, number> = { i: 0x7f, I: 0x7e, f: 0x7d, F: 0x7c, v: 0x7b, r: 0x70, R: 0x6f };
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const CALL = 0x10;
const GLOBAL_GET = 0x23;
const END = 0x0b;

/** A global, as `ModuleGlobal`. */
interface GlobalType {
  type: string;
  mutable: boolean;
}

/** How many words a value is. */
export function wordsOf(type: string): number {
  return type === "v" ? 2 : 1;
}

/** Parameters and results of a signature. */
export function splitSignature(signature: string): { params: string[]; results: string[] } {
  const [params = "", results = ""] = signature.split(">");
  return { params: params.split(""), results: results.split("") };
}

/**
 * A module that imports functions `f0`, `f1`, … of these signatures and globals `g0`, `g1`, … from module `m`, and exports them by the
 * same names as functions from bits to bits.
 */
export function callAdapter(
  signatures: readonly string[],
  globals: readonly GlobalType[],
): Uint8Array<ArrayBuffer> {
  const types: number[][] = [];
  const functions: number[][] = [];
  const bodies: number[][] = [];
  const imports: number[][] = [];
  const exports: number[][] = [];
  const count = signatures.length;
  for (const [i, signature] of signatures.entries()) {
    const { params, results } = splitSignature(signature);
    imports.push([...name("m"), ...name(`f${i}`), 0, ...u32(types.length)]);
    types.push(functionType(params, results));
    functions.push(u32(types.length));
    types.push(functionType(inWords(params), inWords(results)));
    bodies.push(callBody(i, params, results));
    exports.push([...name(`f${i}`), 0, ...u32(count + i)]);
  }
  for (const [i, { type, mutable }] of globals.entries()) {
    imports.push([...name("m"), ...name(`g${i}`), 3, TYPES[type]!, mutable ? 1 : 0]);
    functions.push(u32(types.length));
    types.push(functionType([], inWords([type])));
    bodies.push([...locals([type]), GLOBAL_GET, ...u32(i), LOCAL_SET, 0, ...toWords(type, 0), END]);
    exports.push([...name(`g${i}`), 0, ...u32(count + count + i)]);
  }
  return moduleOf(types, imports, functions, exports, bodies);
}

/**
 * A module that exports functions `f0`, `f1`, … of these signatures. Each tells `m.note` its number and then what it was passed in
 * registers (`registerParams`), in words, and returns zeros.
 */
export function importAdapter(signatures: readonly string[]): Uint8Array<ArrayBuffer> {
  const types = [functionType(["I"], [])];
  const functions: number[][] = [];
  const bodies: number[][] = [];
  const exports: number[][] = [];
  for (const [i, signature] of signatures.entries()) {
    const { params, results } = splitSignature(signature);
    functions.push(u32(types.length));
    types.push(functionType(params, results));
    const passed = new Set(registerParams(params));
    const notes = params.flatMap((type, index) => (passed.has(index) ? noteOf(type, index) : []));
    bodies.push([0, 0x42, ...u32(i), CALL, 0, ...notes, ...results.flatMap(zeroOf), END]);
    exports.push([...name(`f${i}`), 0, ...u32(1 + i)]);
  }
  const note = [[...name("m"), ...name("note"), 0, 0]];
  return moduleOf(types, note, functions, exports, bodies);
}

/** Which parameters are noted: those in registers, references left out. */
export function registerParams(params: readonly string[]): number[] {
  let ints = 0;
  let floats = 0;
  return params.flatMap((type, i) => {
    const inRegister = "fFv".includes(type) ? floats++ < 8 : ints++ < 6;
    return inRegister && type !== "r" && type !== "R" ? [i] : [];
  });
}

function moduleOf(
  types: number[][],
  imports: number[][],
  functions: number[][],
  exports: number[][],
  bodies: number[][],
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...HEADER,
    ...section(1, vector(types)),
    ...section(2, vector(imports)),
    ...section(3, vector(functions)),
    ...section(7, vector(exports)),
    ...section(10, vector(bodies.map((body) => [...u32(body.length), ...body]))),
  ]);
}

function functionType(params: readonly string[], results: readonly string[]): number[] {
  const types = (letters: readonly string[]): number[] => vector(letters.map((letter) => [TYPES[letter]!]));
  return [0x60, ...types(params), ...types(results)];
}

function inWords(types: readonly string[]): string[] {
  return types.flatMap((type) => (type === "v" ? ["I", "I"] : ["I"]));
}

/** Local declarations: one local of each type. */
function locals(types: readonly string[]): number[] {
  return vector(types.map((type) => [1, TYPES[type]!]));
}

function callBody(func: number, params: readonly string[], results: readonly string[]): number[] {
  let word = 0;
  const passed = params.flatMap((type) => {
    const code = fromWords(type, word);
    word += wordsOf(type);
    return code;
  });
  const kept = results.flatMap((_, i) => [LOCAL_SET, ...u32(word + results.length - 1 - i)]);
  const returned = results.flatMap((type, i) => toWords(type, word + i));
  return [...locals(results), ...passed, CALL, ...u32(func), ...kept, ...returned, END];
}

/** Code that makes a value of the words in locals from `local` on; references are null. */
function fromWords(type: string, local: number): number[] {
  const get = [LOCAL_GET, ...u32(local)];
  switch (type) {
    case "i":
      return [...get, 0xa7]; // i32.wrap_i64
    case "I":
      return get;
    case "f":
      return [...get, 0xa7, 0xbe]; // f32.reinterpret_i32
    case "F":
      return [...get, 0xbf]; // f64.reinterpret_i64
    case "v":
      return [...get, 0xfd, 0x12, LOCAL_GET, ...u32(local + 1), 0xfd, 0x1e, 1]; // i64x2.splat, replace_lane 1
    default:
      return [0xd0, TYPES[type]!];
  }
}

/** Code that leaves the words of the value in local `local`. */
function toWords(type: string, local: number): number[] {
  const get = [LOCAL_GET, ...u32(local)];
  switch (type) {
    case "i":
      return [...get, 0xad]; // i64.extend_i32_u
    case "I":
      return get;
    case "f":
      return [...get, 0xbc, 0xad]; // i32.reinterpret_f32
    case "F":
      return [...get, 0xbd]; // i64.reinterpret_f64
    case "v":
      return [...get, 0xfd, 0x1d, 0, ...get, 0xfd, 0x1d, 1]; // i64x2.extract_lane
    default:
      return [...get, 0xd1, 0x45, 0xad]; // ref.is_null, i32.eqz
  }
}

function noteOf(type: string, local: number): number[] {
  if (type !== "v") return [...toWords(type, local), CALL, 0];
  const get = [LOCAL_GET, ...u32(local)];
  return [...get, 0xfd, 0x1d, 0, CALL, 0, ...get, 0xfd, 0x1d, 1, CALL, 0];
}

/** A constant zero or null. */
export function zeroOf(type: string): number[] {
  switch (type) {
    case "i":
      return [0x41, 0];
    case "I":
      return [0x42, 0];
    case "f":
      return [0x43, 0, 0, 0, 0];
    case "F":
      return [0x44, 0, 0, 0, 0, 0, 0, 0, 0];
    case "v":
      return [0xfd, 0x0c, ...Buffer.alloc(16)];
    default:
      return [0xd0, TYPES[type]!];
  }
}

/** A module that exports globals `g0`, `g1`, … of these types, all zero or null. */
export function globalsModule(globals: readonly GlobalType[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...HEADER,
    ...section(
      6,
      vector(globals.map(({ type, mutable }) => [TYPES[type]!, mutable ? 1 : 0, ...zeroOf(type), END])),
    ),
    ...section(7, vector(globals.map((_, i) => [...name(`g${i}`), 3, ...u32(i)]))),
  ]);
}
