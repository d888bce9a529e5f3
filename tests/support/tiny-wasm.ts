// WebAssembly modules byte by byte, for tests of what the kernel makes of them.
import { type Bundle, encodeBundle } from "../../pkg/bundle.ts";
import type { Manifest } from "../../pkg/manifest.ts";
import type { Scopes } from "../../pkg/scopes.ts";

const VALUE_TYPES: Record<string, number> = { i: 0x7f, I: 0x7e, f: 0x7d, F: 0x7c };
const WASM_HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const KIND_FUNCTION = 0;
const FUNCTION_TYPE = 0x60;
const END = 0x0b;
const I32_CONST = 0x41;

/** What a module is made of. Types are written as in abi/syscall-table.ts: `ii>i`. */
export interface TinyModule {
  /** Imported functions: module, name, type. */
  imports?: [module: string, name: string, type: string][];
  /** Further imports, encoded: module, name, description. */
  otherImports?: [module: string, name: string, description: number[]][];
  /** Least and most pages; no memory if null. */
  memory?: [min: number, max?: number] | null;
  /** Entries of a table of functions. */
  table?: number;
  /** Active data segments. */
  data?: [address: number, bytes: number[]][];
  /** Active element segments: functions by index. */
  elements?: [index: number, functions: number[]][];
  /** The one function: its type, locals excluded, and its body without the end. */
  type?: string;
  body?: number[];
  /** Its local variables, encoded: groups of a count and a type. */
  locals?: number[];
  /** Names that the function is exported under. */
  exports?: string[];
  /** The function also is the start function. */
  start?: boolean;
}

/** Encodes a module: by default one page of memory and a function `main` () -> i32 that returns 0. */
export function tinyWasm(module: TinyModule = {}): Uint8Array {
  const imports = module.imports ?? [];
  const type = module.type ?? ">i";
  const types = [...imports.map((entry) => entry[2]), type];
  const { memory = [1] } = module;
  const body = [...(module.locals ?? [0]), ...(module.body ?? [I32_CONST, 0]), END];
  return Uint8Array.from([
    ...WASM_HEADER,
    ...section(1, types.map(functionType)),
    ...section(2, [
      ...imports.map(([from, what], i) => [...name(from), ...name(what), KIND_FUNCTION, ...leb128(i)]),
      ...(module.otherImports ?? []).map(([from, what, description]) => [
        ...name(from),
        ...name(what),
        ...description,
      ]),
    ]),
    ...section(3, [leb128(imports.length)]),
    ...section(4, module.table === undefined ? [] : [[0x70, 0, ...leb128(module.table)]]),
    ...section(5, memory === null ? [] : [limits(...memory)]),
    ...section(
      7,
      (module.exports ?? ["main"]).map((what) => [...name(what), KIND_FUNCTION, ...leb128(imports.length)]),
    ),
    ...(module.start === true ? rawSection(8, leb128(imports.length)) : []),
    ...section(
      9,
      (module.elements ?? []).map(([index, functions]) => [
        0,
        ...offset(index),
        ...vector(functions.map(leb128)),
      ]),
    ),
    ...section(10, [[...leb128(body.length), ...body]]),
    ...section(
      11,
      (module.data ?? []).map(([address, bytes]) => [
        0,
        ...offset(address),
        ...leb128(bytes.length),
        ...bytes,
      ]),
    ),
  ]);
}

/** A bundle of a tiny module. */
export function tinyBundle(
  module: TinyModule = {},
  manifest: Partial<Manifest> = {},
  scopes?: Scopes,
): Uint8Array {
  return bundleOf(tinyWasm(module), manifest, { scopes });
}

/** A bundle of any bytes as its module, `parts` beside it. */
export function bundleOf(
  wasm: Uint8Array,
  manifest: Partial<Manifest> = {},
  parts: Pick<Bundle, "scopes" | "needs"> = {},
): Uint8Array {
  const values = {
    name: "org.oscortex.tiny",
    version: "1.0.0",
    entry: "main",
    capabilities: 0,
    memoryPages: 16,
    ...manifest,
  };
  return encodeBundle({ manifest: values, wasm, ...parts });
}

function functionType(type: string): number[] {
  const [params = "", results = ""] = type.split(">");
  const values = (letters: string): number[] =>
    vector(Array.from(letters, (letter) => [VALUE_TYPES[letter]!]));
  return [FUNCTION_TYPE, ...values(params), ...values(results)];
}

function limits(min: number, max?: number): number[] {
  return max === undefined ? [0, ...leb128(min)] : [1, ...leb128(min), ...leb128(max)];
}

/** A constant expression. */
function offset(value: number): number[] {
  return [I32_CONST, ...signedLeb128(value | 0), END];
}

function section(id: number, items: number[][]): number[] {
  return items.length === 0 ? [] : rawSection(id, vector(items));
}

function rawSection(id: number, body: number[]): number[] {
  return [id, ...leb128(body.length), ...body];
}

function vector(items: number[][]): number[] {
  return [...leb128(items.length), ...items.flat()];
}

function name(text: string): number[] {
  const bytes = Buffer.from(text);
  return [...leb128(bytes.length), ...bytes];
}

function leb128(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb128(value >>> 7)];
}

function signedLeb128(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return done ? [low] : [low | 0x80, ...signedLeb128(rest)];
}
