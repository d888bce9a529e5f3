// What a debugger is told about a compiled module: its functions, lines, frames and variables.

import { GLOBAL_SIZE, SITE_CODE_OFFSET, SITE_SIZE, SITE_WASM_OFFSET, TRAP_NONE } from "../../abi/instance.ts";
import type { CompiledFunction, CompiledModule } from "../aot.ts";
import type { DebugRecord, FrameRecord } from "../debug-record.ts";
import { lineAt, type LineTable, type SourceLine } from "../lines.ts";
import type { DebugTypes } from "../debug-types.ts";
import type { DebugBlock, DebugFunction, DebugVariable } from "./debug-info.ts";
import type { Expression } from "./expression.ts";
import { compiledFrame, type FrameEntry } from "./frame-info.ts";
import type { LineRow, LineSequence } from "./line-program.ts";
import { SourceFiles } from "./source-files.ts";
import { type DebugType, TypeTable, typeOfLetter } from "./types.ts";
import { type FunctionVariables, variablesOf } from "./variables.ts";

/** A module, compiled with the option `debug`, and its place. */
export interface DebuggedModule {
  module: CompiledModule;
  /** Made from its source map. */
  lines: LineTable;
  /** Address of the first byte of its code. */
  codeAddress: bigint;
  /** Where the bytes at an offset in the instance context are. */
  contextLocation: (offset: number) => Expression;
  /** The source's types: locals can be found, compiled with the option `localsInFrame` from code that asc has not optimised. */
  types: DebugTypes | undefined;
}

/** The parts of debug information that one module adds. */
export interface ModuleDebug {
  files: string[];
  sequences: LineSequence[];
  frames: FrameEntry[];
  functions: DebugFunction[];
  globals: DebugVariable[];
}

const WASM_OFFSET_MASK = 0xffffff;
const KIND_SHIFT = 24;

/** Collects the debug information of a module. */
export function describeModule(debugged: DebuggedModule): ModuleDebug {
  const { debug } = debugged.module;
  if (debug === undefined) throw new Error("the module was compiled without debug records");
  return new Collector(debugged, debug).collect();
}

class Collector {
  readonly #debugged: DebuggedModule;
  readonly #record: DebugRecord;
  readonly #sources: SourceFiles;
  readonly #sites: DataView;
  readonly #types: TypeTable;
  #nextPosition = 0;
  #nextSite = 0;

  constructor(debugged: DebuggedModule, record: DebugRecord) {
    this.#debugged = debugged;
    this.#record = record;
    this.#sources = new SourceFiles(debugged.lines);
    this.#types = new TypeTable(debugged.types?.classes ?? []);
    const { sites } = debugged.module;
    this.#sites = new DataView(sites.buffer, sites.byteOffset, sites.byteLength);
  }

  collect(): ModuleDebug {
    const { module } = this.#debugged;
    const imported = module.functions.length - this.#record.frames.length;
    const parts: ModuleDebug = {
      files: this.#sources.names,
      sequences: [],
      frames: [],
      functions: [],
      globals: this.#globals(),
    };
    module.functions.forEach((entry, index) => {
      if (entry.offset === undefined) return;
      const frame = this.#record.frames[index - imported];
      if (frame === undefined) this.#addThunk(parts, entry, entry.offset);
      else this.#addFunction(parts, index, entry, entry.offset, frame);
    });
    return parts;
  }

  #addThunk(parts: ModuleDebug, entry: CompiledFunction, offset: number): void {
    const address = this.#address(offset);
    parts.frames.push({ address, size: entry.size, instructions: new Uint8Array() });
  }

  #addFunction(
    parts: ModuleDebug,
    index: number,
    { name, size, signature }: CompiledFunction,
    offset: number,
    frame: FrameRecord,
  ): void {
    const address = this.#address(offset);
    const rows = this.#rows(offset, size, frame, name);
    const source = this.#sources.ofFunction(name);
    const [first] = rows;
    if (rows.length > 0) parts.sequences.push({ rows, end: this.#address(offset + size) });
    parts.frames.push({ address, size, instructions: compiledFrame(frame, offset, size) });
    const variables = this.#variables(index, name, signature, frame);
    parts.functions.push({
      name: source?.shortName ?? name,
      declaration: first && { file: source?.file ?? first.file, line: first.line },
      address,
      size,
      result: this.#resultOf(name),
      parameters: variables.parameters,
      locals: variables.locals,
      blocks: this.#blocks(variables, rows, offset + size),
    });
  }

  #variables(index: number, name: string, signature: string, frame: FrameRecord): FunctionVariables {
    const { module, types } = this.#debugged;
    return variablesOf({
      records: types === undefined ? [] : frame.locals,
      names: module.names.locals.get(index) ?? new Map(),
      types: (types?.functions.get(name)?.locals ?? []).map((code) => this.#types.of(code)),
      parameterCount: signature.indexOf(">"),
    });
  }

  #resultOf(name: string): DebugType | undefined {
    const code = this.#debugged.types?.functions.get(name)?.result;
    return code === undefined ? undefined : this.#types.of(code);
  }

  /** The last use of a scoped variable is the last line of its block. */
  #blocks({ scoped }: FunctionVariables, rows: readonly LineRow[], functionEnd: number): DebugBlock[] {
    return scoped.map(({ firstUse, lastUse, variable }) => {
      const address = this.#address(firstUse);
      const next = rows.find((row) => row.address > this.#address(lastUse))?.address;
      const end = next ?? this.#address(functionEnd);
      return { address, size: Number(end - address), variables: [variable] };
    });
  }

  /** The rows of a function: prologue, body, what is jumped to. */
  #rows(offset: number, size: number, frame: FrameRecord, name: string): LineRow[] {
    const own = this.#sources.ofFunction(name)?.file;
    const body = this.#bodyRows(offset, frame, own);
    const first = body.find(({ file }) => file === own) ?? body[0];
    if (first === undefined) return [];
    const start = { ...first, address: this.#address(offset), statement: true, prologueEnd: false };
    const bodyAddress = this.#address(frame.bodyStart);
    if (body[0]!.address > bodyAddress) body.unshift({ ...start, address: bodyAddress });
    // what is inlined at the very start would hide the function itself
    body[0] = { ...start, address: body[0]!.address, prologueEnd: true };
    return [start, ...body, ...this.#trapRows(offset + size, frame.returnEnd, start)];
  }

  #bodyRows(offset: number, frame: FrameRecord, own: number | undefined): LineRow[] {
    const { positions } = this.#record;
    const rows: LineRow[] = [];
    while ((positions[this.#nextPosition]?.codeOffset ?? offset) < offset) this.#nextPosition++;
    const firstWasm = positions[this.#nextPosition]?.wasmOffset ?? 0;
    for (; this.#nextPosition < positions.length; this.#nextPosition++) {
      const { codeOffset, wasmOffset } = positions[this.#nextPosition]!;
      if (codeOffset >= frame.returnEnd) break;
      const line = this.#lineIn(own, wasmOffset, firstWasm);
      if (line !== undefined) this.#addRow(rows, codeOffset, line, true);
    }
    return rows;
  }

  /**
   * The line of an instruction of the function whose first is at `first`. An entry of a line table can begin in the function
   * before, but not in that of a debug build: there a function without one has no source, as the accessors that asc makes.
   */
  #lineIn(own: number | undefined, wasmOffset: number, first: number): SourceLine | undefined {
    const line = lineAt(this.#debugged.lines, wasmOffset, first);
    if (line !== undefined || this.#debugged.types !== undefined) return line;
    const earlier = lineAt(this.#debugged.lines, wasmOffset);
    return earlier !== undefined && this.#sources.indexOf(earlier.file) === own ? earlier : undefined;
  }

  /** Rows of the code behind the `ret`: each trap is of the line of its instruction. */
  #trapRows(end: number, returnEnd: number, start: LineRow): LineRow[] {
    if (returnEnd === end) return [];
    const rows: LineRow[] = [{ ...start, address: this.#address(returnEnd), statement: false }];
    for (; this.#nextSite < this.#sites.byteLength; this.#nextSite += SITE_SIZE) {
      const codeOffset = this.#sites.getUint32(this.#nextSite + SITE_CODE_OFFSET, true);
      const word = this.#sites.getUint32(this.#nextSite + SITE_WASM_OFFSET, true);
      if (codeOffset >= end) break;
      if (codeOffset < returnEnd || word >>> KIND_SHIFT === TRAP_NONE) continue;
      const line = lineAt(this.#debugged.lines, word & WASM_OFFSET_MASK);
      if (line !== undefined) this.#addRow(rows, codeOffset, line, false);
    }
    return rows;
  }

  #addRow(rows: LineRow[], codeOffset: number, line: SourceLine, statement: boolean): void {
    const file = this.#sources.indexOf(line.file);
    const last = rows.at(-1);
    if (last?.file === file && last.line === line.line) return;
    const address = this.#address(codeOffset);
    if (last?.address === address) rows.pop();
    rows.push({ address, file, line: line.line, column: line.column, statement, prologueEnd: false });
  }

  /** The globals of its own. Imported ones are with the library that has them. */
  #globals(): DebugVariable[] {
    const { module, contextLocation, types } = this.#debugged;
    const imported = module.imports.filter(({ kind }) => kind === "global").length;
    return module.globals.slice(imported).map(({ type }, own) => {
      const index = imported + own;
      const name = module.names.globals.get(index) ?? `global[${index}]`;
      const code = types?.globals.get(name);
      return {
        name: this.#sources.shortName(name),
        type: code === undefined ? typeOfLetter(type) : this.#types.of(code),
        location: contextLocation(module.context.globals + GLOBAL_SIZE * index).bytes(),
      };
    });
  }

  #address(offset: number): bigint {
    return this.#debugged.codeAddress + BigInt(offset);
  }
}
