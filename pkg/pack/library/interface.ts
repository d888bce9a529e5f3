// What a program needs to know of the library that it is linked to: what the library's functions, globals and static data
// are called and where they lie. It is read off the library as asc compiled it, before anything is optimised.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { FunctionInfo, GlobalInfo, Unit } from "./back-end.ts";
import type { AscCompiler } from "./compile-whole.ts";

/** A library as programs see it. */
export interface LibraryInterface {
  /** Its functions, by asc's names: what they are exported as, and the digest of their code. */
  functions: Map<string, { name: string; digest: string }>;
  /** Its globals that change: what they are exported as. */
  globals: Map<string, string>;
  /**
   * Functions that depend on all classes of a program: which method a call means, what an object is, what it refers to. The
   * program defines them; the library calls them by their places in the table, from `firstOpen` on.
   */
  open: string[];
  firstOpen: number;
  /** The library's functions in the table, from index 1 on. */
  elements: string[];
  /** Entries of the table. A program's own functions come after the library's. */
  tableSize: number;
  /** Its static data: address, and digest of the bytes. */
  data: Map<number, string>;
  /** Where that ends. */
  dataEnd: number;
  /** Its globals that never change, and what they are. */
  constants: Map<string, string>;
}

/** The table that all share, as it is exported. */
export const TABLE_EXPORT = "table";
/** The module that programs import a library from. */
export const LIBRARY_MODULE = "library";
/** Globals that a program sets before anything else: where its static data ends, and what its classes are. */
export const PROGRAM_GLOBALS = ["~lib/memory/__heap_base", "~lib/memory/__data_end", "~lib/rt/__rtti_base"];
export const START = "~start";

const PROGRAM_ELEMENTS = 1024; // how many functions a program may use as values
const NAME_LENGTH = 3; // of exports: base 36
const RADIX = 36;
const OPEN_RUNTIME = ["~lib/rt/__visit_globals", "~lib/rt/__visit_members"];

/** What a defined function is: its type, its locals and its code, in names only. */
export function functionDigest({ binaryen }: Unit, info: FunctionInfo): string {
  const types = [info.params, info.results].map((type) => binaryen.expandType(type).join());
  return digestOf(`${types.join(" ")} ${info.vars.join()} ${binaryen.emitText(info.body)}`);
}

/** The functions that a program defines for its library. */
export function openFunctions(compiler: AscCompiler): string[] {
  const stubs = [...compiler.overrideStubs].map(({ internalName }) => `${internalName}@override`);
  return [...stubs, ...compiler.pendingInstanceOf.values(), ...OPEN_RUNTIME];
}

/** The defined functions of a module. */
export function* definedFunctions({ binaryen, module }: Unit): Generator<FunctionInfo> {
  const count = module.getNumFunctions();
  for (let index = 0; index < count; index++) {
    const info = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
    if (info.module === "") yield info;
  }
}

function allGlobals({ binaryen, module }: Unit): GlobalInfo[] {
  return Array.from({ length: module.getNumGlobals() }, (_, index) =>
    binaryen.getGlobalInfo(module.getGlobalByIndex(index)),
  );
}

/** The globals of a module that change; among them those that a program sets. */
export function mutableGlobals(unit: Unit): GlobalInfo[] {
  return allGlobals(unit).filter(({ name, mutable }) => mutable || PROGRAM_GLOBALS.includes(name));
}

/** The globals of a module that never change, by name. */
export function constantGlobals(unit: Unit): Map<string, string> {
  const constants = allGlobals(unit).filter(
    ({ name, mutable }) => !mutable && !PROGRAM_GLOBALS.includes(name),
  );
  return new Map(constants.map(({ name, init }) => [name, unit.binaryen.emitText(init)]));
}

/** What fills a module's table. */
export function elementSegments({ binaryen, module }: Unit): { name: string; data: string[] }[] {
  return Array.from({ length: module.getNumElementSegments() }, (_, index) =>
    binaryen.getElementSegmentInfo(module.getElementSegmentByIndex(index)),
  );
}

/** The names of the functions in the table, from index 1 on. */
export function tableElements(unit: Unit): string[] {
  return elementSegments(unit).flatMap(({ data }) => data);
}

/** A module's static data. */
export function dataSegments({ module }: Unit): { offset: number; bytes: Uint8Array }[] {
  return Array.from({ length: module.getNumDataSegments() }, (_, index) => {
    const { offset, data } = module.getDataSegmentInfo(module.getDataSegmentByIndex(index));
    return { offset, bytes: new Uint8Array(data) };
  });
}

/** The static data of a library. What asc puts behind that, the table of all classes, is each program's own. */
export function libraryData(unit: Unit, dataEnd: number): { offset: number; bytes: Uint8Array }[] {
  return dataSegments(unit).filter(({ offset }) => offset < dataEnd);
}

/** Reads the interface of a library that has just been compiled, alone, and whose static data ends at `dataEnd`. */
export function readInterface(unit: Unit, compiler: AscCompiler, dataEnd: number): LibraryInterface {
  const open = openFunctions(compiler);
  const notOurs = new Set([...open, START]);
  const functions = [...definedFunctions(unit)].filter(({ name }) => !notOurs.has(name));
  const globals = mutableGlobals(unit).map(({ name }) => name);
  const elements = tableElements(unit);
  const firstOpen = 1 + elements.length + PROGRAM_ELEMENTS;
  let count = 0;
  const nextName = (): string => (count++).toString(RADIX).padStart(NAME_LENGTH, "0");
  return {
    functions: new Map(
      functions.map((info) => [info.name, { name: nextName(), digest: functionDigest(unit, info) }]),
    ),
    globals: new Map(globals.map((name) => [name, nextName()])),
    open,
    firstOpen,
    elements,
    tableSize: firstOpen + open.length,
    data: new Map(libraryData(unit, dataEnd).map(({ offset, bytes }) => [offset, digestOf(bytes)])),
    dataEnd,
    constants: constantGlobals(unit),
  };
}

/** 32 bytes that differ for libraries that differ. */
export function identityOf(library: LibraryInterface): Uint8Array {
  return sha256(new TextEncoder().encode(encodeInterface(library)));
}

/** As text, for decodeInterface. */
export function encodeInterface(library: LibraryInterface): string {
  return JSON.stringify(library, (_key, value: unknown) => (value instanceof Map ? [...value] : value));
}

/** What encodeInterface has made. */
export function decodeInterface(text: string): LibraryInterface {
  const parsed = JSON.parse(text) as Record<"functions" | "globals" | "data" | "constants", never[]> &
    LibraryInterface;
  return {
    ...parsed,
    functions: new Map(parsed.functions),
    globals: new Map(parsed.globals),
    data: new Map(parsed.data),
    constants: new Map(parsed.constants),
  };
}

export function digestOf(content: string | Uint8Array): string {
  return bytesToHex(sha256(typeof content === "string" ? new TextEncoder().encode(content) : content));
}
