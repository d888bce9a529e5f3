// The compiler `guest-kernel/aot` for the host: it runs as WebAssembly, and this is its TypeScript face.

import { SEGMENT_BASE, SEGMENT_LENGTH, SEGMENT_SIZE, SITE_SIZE } from "../abi/instance.ts";
import { type DebugRecord, parseDebugRecord } from "./debug-record.ts";
import { type ModuleNames, parseNames } from "./name-section.ts";

/** The compiler refused a module. */
export class AotError extends Error {
  override readonly name = "AotError";
  /** Byte offset in the module. */
  readonly offset: number;
  readonly reason: string;

  constructor(offset: number, reason: string) {
    super(`byte ${offset}: ${reason}`);
    this.offset = offset;
    this.reason = reason;
  }
}

/** How to compile; without flags the code is for the kernel: no safepoints, plain x86-64-v2. */
export interface AotOptions {
  /** Emit safepoints. */
  preemptible?: boolean;
  /** The CPU has lzcnt. */
  lzcnt?: boolean;
  /** The CPU has tzcnt. */
  bmi1?: boolean;
  /** Record positions and frames; the code stays the same. */
  debug?: boolean;
  /** Keep every local in the frame, for debuggers. */
  localsInFrame?: boolean;
  /** For instances that share tables: numbers signatures, equal ones equally, beyond this module. */
  typeNumber?: (signature: string) => number;
  /** The library that the module is linked to, compiled by the same `Aot` and not freed yet. */
  library?: CompiledModule | undefined;
}

/** Kinds of imports and exports, as the binary format numbers them. */
export const EXTERN_KINDS = ["function", "table", "memory", "global"] as const;
export type ExternKind = (typeof EXTERN_KINDS)[number];

/** A function; imported ones come first. */
export interface CompiledFunction {
  /** From the module's name section, or `function[index]`. */
  name: string;
  /** Letters i I f F (i32 i64 f32 f64), r R (funcref externref): `ii>I`. */
  signature: string;
  /** Code offset; undefined for an imported function that nothing points at. */
  offset: number | undefined;
  /** Bytes of code. */
  size: number;
}

/** An import. */
export interface ModuleImport {
  module: string;
  name: string;
  kind: ExternKind;
  /** Among the functions, tables, memories or globals. */
  index: number;
}

/** An export. */
export interface ModuleExport {
  name: string;
  kind: ExternKind;
  index: number;
}

/** Offsets in the instance context, in bytes, see abi/instance.ts. */
export interface ContextLayout {
  /** Of all of it: that of the library that the module is linked to lies in front. */
  size: number;
  imports: number;
  globals: number;
  tables: number;
  /** Where a function leaves its results when it has more than one, RESULT_SIZE each, and how many there can be. */
  results: number;
  resultCount: number;
  datas: number;
  elems: number;
  references: number;
}

/** A global. */
export interface ModuleGlobal {
  /** A letter, as in signatures. */
  type: string;
  mutable: boolean;
  /** Its value is in another instance. */
  foreign: boolean;
}

/** A table. */
export interface ModuleTable {
  /** `r` or `R`, as in signatures. */
  type: string;
  min: number;
  /** Undefined if none is declared. */
  max: number | undefined;
  imported: boolean;
}

/** What an instance has in common with others that it exchanges functions, tables and references with. */
export interface SharedPlace {
  /** Code addresses of all functions for whom does not run in this instance. */
  functions: readonly bigint[];
  /** Addresses of the imported tables (abi/instance.ts TABLE_*). */
  tables: readonly bigint[];
  /** The array of function descriptors, which `instantiate` adds to, and its guest-virtual address. */
  references: Uint8Array;
  referencesAddress: bigint;
  /** Function i becomes reference `firstReference` + i + 1. */
  firstReference: number;
  /** Writes entries to imported table `table` (an index among all tables); false if they do not fit. */
  writeElements(table: number, start: number, entries: Uint8Array): boolean;
}

/** Where an instance is to live. */
export interface InstancePlace {
  /** Guest-virtual address of its context; the tables follow it. */
  contextAddress: bigint;
  /** Guest-virtual address of the module's code. */
  codeAddress: bigint;
  /** Code addresses of the imported functions. */
  imports: readonly bigint[];
  /** Bits of the imported globals; of mutable ones their guest-virtual addresses. */
  globals?: readonly bigint[];
  shared?: SharedPlace;
}

/** What goes to an instance's context address and into its memory. */
export interface InstanceImage {
  /** The context, its header zero, then the tables, then the module if it has passive data segments. */
  context: Uint8Array;
  /** Active data segments, in order; not checked against the memory's size. */
  segments: { address: number; bytes: Uint8Array }[];
  /** TRAP_NONE, or the trap that ends the instantiation. */
  trap: number;
}

/** What a module's compilation leaves. */
export interface CompiledModule {
  code: Uint8Array;
  /** The site table, abi/instance.ts SITE_*. */
  sites: Uint8Array;
  functions: CompiledFunction[];
  names: ModuleNames;
  /** With the option `debug`. */
  debug: DebugRecord | undefined;
  imports: ModuleImport[];
  exports: ModuleExport[];
  globals: ModuleGlobal[];
  tables: ModuleTable[];
  /** Data segments. */
  dataCount: number;
  /** Of each element segment the letter of its elements. */
  elems: string[];
  /** The signatures that table entries have numbers for. */
  types: Map<number, string>;
  context: ContextLayout;
  /** Sizes in 64 KiB pages. */
  memory: { min: number; max: number } | undefined;
  /** Bytes of table storage behind the context. */
  tableBytes: number;
  /** Index of the start function. */
  start: number | undefined;
  /** Fills a context. */
  instantiate(place: InstancePlace): InstanceImage;
  /** Releases what `instantiate` needs. */
  free(): void;
}

type Pointer = number;

// aot/limits.ts
const FLAG_PREEMPTIBLE = 1;
const FLAG_LZCNT = 2;
const FLAG_BMI1 = 4;
const FLAG_DEBUG = 8;
const FLAG_LOCALS_IN_FRAME = 16;

const STRING_LENGTH = -4; // of AssemblyScript: bytes, before the characters
const ENTRY_SIZE = 16;

/** The compiler, loaded. */
export class Aot {
  readonly #memory = new WebAssembly.Memory({ initial: 256, maximum: 65536, shared: true });
  readonly #exports: Record<string, unknown>;
  readonly #compilers = new WeakMap<CompiledModule, Pointer>();
  #segments: InstanceImage["segments"] = [];
  #shared: SharedPlace | undefined; // of the instance under construction

  /** `module` is aot/node.exports.ts, compiled by asc. */
  constructor(module: WebAssembly.Module) {
    const writeMemory = (_: number, address: number, source: number, length: number): number => {
      this.#segments.push({ address: address >>> 0, bytes: this.#copy(source, length) });
      return 1;
    };
    const writeElements = (_: number, table: number, start: number, entries: number, count: number): number =>
      this.#shared?.writeElements(table, start >>> 0, this.#copy(entries, count * ENTRY_SIZE)) ? 1 : 0;
    const abort = (message: number): never => {
      throw new Error(`aot: ${message ? this.#text(message) : "abort"}`);
    };
    const imports = { env: { memory: this.#memory, abort }, "node.exports": { writeMemory, writeElements } };
    this.#exports = new WebAssembly.Instance(module, imports).exports;
  }

  /** Bytes of the compiler's own memory in use at most so far. */
  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Compiles a module. @throws AotError */
  compile(wasm: Uint8Array, options: AotOptions = {}): CompiledModule {
    const bytes = this.#place(wasm);
    const compiler = this.#call("begin", bytes, wasm.length, flagsOf(options));
    if (options.library) this.#call("linkTo", compiler, this.#compilerOf(options.library));
    const free = (): void => {
      this.#call("finish", compiler);
      this.#call("release", bytes);
    };
    let result = 1;
    while (result > 0) {
      result = this.#call("step", compiler);
      if (options.typeNumber && this.#call("typesAreKnown", compiler))
        this.#numberTypes(compiler, options.typeNumber);
    }
    if (result < 0) {
      const error = new AotError(
        this.#call("errorOffset", compiler) >>> 0,
        this.#text(this.#call("error", compiler)),
      );
      free();
      throw error;
    }
    const module: CompiledModule = {
      ...this.#describe(compiler, wasm),
      debug: options.debug ? this.#debugRecord(compiler) : undefined,
      instantiate: (place: InstancePlace) => this.#instantiate(compiler, bytes, wasm.length, place),
      free: (): void => {
        this.#compilers.delete(module);
        free();
      },
    };
    this.#compilers.set(module, compiler);
    return module;
  }

  #compilerOf(library: CompiledModule): Pointer {
    const compiler = this.#compilers.get(library);
    if (compiler === undefined) throw new Error("the library has been freed, or was compiled elsewhere");
    return compiler;
  }

  #numberTypes(compiler: Pointer, numberOf: (signature: string) => number): void {
    for (let i = 0; i < this.#call("typeCount", compiler); i++)
      this.#call(
        "setTypeNumber",
        compiler,
        i,
        numberOf(this.#text(this.#call("typeSignature", compiler, i))),
      );
  }

  #describe(compiler: Pointer, wasm: Uint8Array): Omit<CompiledModule, "debug" | "instantiate" | "free"> {
    const start = this.#call("startFunction", compiler);
    const names = parseNames(
      wasm.subarray(this.#call("nameSection", compiler), this.#call("nameSectionEnd", compiler)),
    );
    return {
      code: this.#copy(this.#call("code", compiler), this.#call("codeLength", compiler)),
      sites: this.#copy(this.#call("sites", compiler), this.#call("siteCount", compiler) * SITE_SIZE),
      names,
      functions: this.#functions(compiler, names.functions),
      imports: range(this.#call("importCount", compiler), (i) => this.#import(compiler, i)),
      exports: range(this.#call("exportCount", compiler), (i) => this.#export(compiler, i)),
      globals: range(this.#call("globalCount", compiler), (i) => ({
        type: this.#text(this.#call("globalType", compiler, i)),
        mutable: this.#call("globalIsMutable", compiler, i) !== 0,
        foreign: this.#call("globalIsForeign", compiler, i) !== 0,
      })),
      tables: range(this.#call("tableCount", compiler), (i) => this.#table(compiler, i)),
      dataCount: this.#call("dataCount", compiler),
      elems: range(this.#call("elemCount", compiler), (i) => this.#text(this.#call("elemType", compiler, i))),
      types: new Map(
        range(this.#call("typeCount", compiler), (i) => [
          this.#call("typeNumber", compiler, i) >>> 0,
          this.#text(this.#call("typeSignature", compiler, i)),
        ]),
      ),
      context: {
        size: this.#call("contextSize", compiler),
        imports: this.#call("contextImports", compiler),
        globals: this.#call("contextGlobals", compiler),
        tables: this.#call("contextTables", compiler),
        results: this.#call("contextResults", compiler),
        resultCount: this.#call("contextResultCount", compiler),
        datas: this.#call("contextDatas", compiler),
        elems: this.#call("contextElems", compiler),
        references: this.#call("contextReferences", compiler),
      },
      memory: this.#call("hasMemory", compiler)
        ? { min: this.#call("memoryMin", compiler), max: this.#call("memoryMax", compiler) }
        : undefined,
      tableBytes: this.#tableBytes(compiler),
      start: start < 0 ? undefined : start,
    };
  }

  #debugRecord(compiler: Pointer): DebugRecord {
    const words = (start: string, length: string): Uint32Array =>
      new Uint32Array(this.#copy(this.#call(start, compiler), 4 * this.#call(length, compiler)).buffer);
    return parseDebugRecord(
      words("debugPositions", "debugPositionWords"),
      words("debugFunctions", "debugFunctionWords"),
    );
  }

  #functions(compiler: Pointer, names: ReadonlyMap<number, string>): CompiledFunction[] {
    const functions = range(this.#call("functionCount", compiler), (i) => {
      const offset = this.#call("functionCode", compiler, i);
      return {
        name: names.get(i) ?? `function[${i}]`,
        signature: this.#text(this.#call("functionSignature", compiler, i)),
        offset: offset < 0 ? undefined : offset,
        size: 0,
      };
    });
    measure(functions, this.#call("codeLength", compiler));
    return functions;
  }

  #import(compiler: Pointer, i: number): ModuleImport {
    return {
      module: this.#text(this.#call("importModule", compiler, i)),
      name: this.#text(this.#call("importName", compiler, i)),
      kind: EXTERN_KINDS[this.#call("importKind", compiler, i)]!,
      index: this.#call("importIndex", compiler, i),
    };
  }

  #export(compiler: Pointer, i: number): ModuleExport {
    return {
      name: this.#text(this.#call("exportName", compiler, i)),
      kind: EXTERN_KINDS[this.#call("exportKind", compiler, i)]!,
      index: this.#call("exportIndex", compiler, i),
    };
  }

  #table(compiler: Pointer, i: number): ModuleTable {
    const max = this.#call("tableMax", compiler, i) >>> 0;
    return {
      type: this.#text(this.#call("tableType", compiler, i)),
      min: this.#call("tableMin", compiler, i),
      max: max === 0xffffffff ? undefined : max,
      imported: this.#call("tableIsImported", compiler, i) !== 0,
    };
  }

  #tableBytes(compiler: Pointer): number {
    let entries = 0;
    for (let i = 0; i < this.#call("tableCount", compiler); i++)
      entries += this.#call("tableCapacity", compiler, i);
    return entries * ENTRY_SIZE;
  }

  /** Fills a context with its tables behind it in the compiler's memory, addresses as if it were in its place. */
  #instantiate(compiler: Pointer, module: Pointer, moduleBytes: number, place: InstancePlace): InstanceImage {
    const contextBytes = Math.ceil(this.#call("contextSize", compiler) / ENTRY_SIZE) * ENTRY_SIZE;
    const context = this.#place(new Uint8Array(contextBytes + this.#tableBytes(compiler)));
    const imports = this.#placeAddresses(place.imports);
    const globals = this.#placeGlobals(place.globals ?? []);
    const shared = place.shared;
    const importedTables = this.#placeAddresses(shared?.tables ?? []);
    const functions = shared ? this.#placeAddresses(shared.functions) : 0;
    const references = shared ? this.#place(shared.references) : 0;
    const base = BigInt.asUintN(64, place.contextAddress - BigInt(context));
    this.#segments = [];
    this.#shared = shared;
    const tables = context + contextBytes;
    const trap = this.#call(
      "instantiateAt",
      compiler,
      context,
      tables,
      base,
      place.codeAddress,
      imports,
      globals,
      importedTables,
      functions,
      references,
      shared?.referencesAddress ?? 0n,
      shared?.firstReference ?? 0,
      (shared?.references.length ?? 0) / ENTRY_SIZE,
    );
    this.#shared = undefined;
    shared?.references.set(this.#copy(references, shared.references.length));
    const filled = this.#copy(context, contextBytes + this.#tableBytes(compiler));
    const end = place.contextAddress + BigInt(filled.length);
    const hasPassive = this.#movePassive(compiler, filled, end - base - BigInt(module));
    const image = {
      context: hasPassive ? Buffer.concat([filled, this.#copy(module, moduleBytes)]) : filled,
      segments: this.#segments,
      trap,
    };
    for (const pointer of [context, imports, globals, importedTables, functions, references])
      if (pointer !== 0) this.#call("release", pointer);
    return image;
  }

  /** Adds `distance` to the addresses of passive data segments; true if there are any. */
  #movePassive(compiler: Pointer, context: Uint8Array, distance: bigint): boolean {
    const view = new DataView(context.buffer, context.byteOffset);
    const first = this.#call("contextDatas", compiler);
    let any = false;
    for (let i = 0; i < this.#call("dataCount", compiler); i++) {
      const segment = first + i * SEGMENT_SIZE;
      if (view.getUint32(segment + SEGMENT_LENGTH, true) === 0) continue;
      any = true;
      const address = view.getBigUint64(segment + SEGMENT_BASE, true) + distance;
      view.setBigUint64(segment + SEGMENT_BASE, BigInt.asUintN(64, address), true);
    }
    return any;
  }

  /** Calls a function of aot/node.exports.ts; u32 results come as i32. */
  #call(name: string, ...args: (number | bigint)[]): number {
    const exported = this.#exports[name];
    if (typeof exported !== "function") throw new Error(`aot has no ${name}`);
    return Number(Reflect.apply(exported, undefined, args));
  }

  /** Copies bytes into the compiler's memory; `release` them. */
  #place(bytes: Uint8Array): Pointer {
    const pointer = this.#call("allocate", Math.max(bytes.length, 1)) >>> 0;
    new Uint8Array(this.#memory.buffer).set(bytes, pointer);
    return pointer;
  }

  #placeAddresses(addresses: readonly bigint[]): Pointer {
    return this.#place(new Uint8Array(BigUint64Array.from(addresses).buffer));
  }

  #placeGlobals(values: readonly bigint[]): Pointer {
    const halves = values.flatMap((bits) => [BigInt.asUintN(64, bits), BigInt.asUintN(64, bits >> 64n)]);
    return this.#placeAddresses(halves);
  }

  #copy(pointer: Pointer, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer).slice(pointer >>> 0, (pointer >>> 0) + length);
  }

  #text(pointer: Pointer): string {
    const length = new DataView(this.#memory.buffer).getUint32(pointer + STRING_LENGTH, true);
    return Buffer.from(this.#copy(pointer, length)).toString("utf16le");
  }
}

function flagsOf(options: AotOptions): number {
  return (
    (options.preemptible ? FLAG_PREEMPTIBLE : 0) |
    (options.lzcnt ? FLAG_LZCNT : 0) |
    (options.bmi1 ? FLAG_BMI1 : 0) |
    (options.debug ? FLAG_DEBUG : 0) |
    (options.localsInFrame ? FLAG_LOCALS_IN_FRAME : 0)
  );
}

function range<T>(count: number, item: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => item(index));
}

/** Functions lie behind each other: each ends where the next begins. */
function measure(functions: CompiledFunction[], codeLength: number): void {
  const placed = functions.filter((f) => f.offset !== undefined);
  placed.sort((a, b) => a.offset! - b.offset!);
  for (const [i, f] of placed.entries()) f.size = (placed[i + 1]?.offset ?? codeLength) - f.offset!;
}
