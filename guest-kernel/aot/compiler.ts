// The compiler: WebAssembly in, x86-64 out, a step at a time.

import { SITE_SIZE } from "../abi/instance.ts";
import { emitCopyHelper } from "./emit-helpers.ts";
import { DebugRecord } from "./debug-record.ts";
import { emitThunk } from "./emit-thunk.ts";
import { Generator } from "./generator.ts";
import { emitBody } from "./instructions.ts";
import { Layout, resultsRoom } from "./layout.ts";
import {
  CODE_BYTES_PER_MODULE_BYTE,
  GROWABLE_TABLE_ENTRIES,
  MAX_CODE_BYTES,
  MAX_CONTEXT_BYTES,
  MAX_MODULE_BYTES,
  MAX_SEGMENTS,
} from "./limits.ts";
import * as m from "./module.ts";
import { Module } from "./module.ts";
import { Reader } from "./reader.ts";
import { Homes } from "./regalloc.ts";
import {
  SECTION_CODE,
  SECTION_CUSTOM,
  SECTION_DATA,
  checkModule,
  parseHeader,
  parseSection,
  sectionOrder,
} from "./sections.ts";
import { numberTypes } from "./type-index.ts";
import { Validator } from "./validate.ts";
import { Assembler } from "./x64.ts";

// Results of `step`
export const STEP_MORE: i32 = 1;
export const STEP_DONE: i32 = 0;
export const STEP_REFUSED: i32 = -1;

// What the next step does
const PHASE_HEADER: u32 = 0;
const PHASE_SECTION: u32 = 1;
const PHASE_CONTENTS: u32 = 2; // of a section
const PHASE_LAYOUT: u32 = 3;
const PHASE_FUNCTION: u32 = 4;
const PHASE_THUNK: u32 = 5;
const PHASE_LINK: u32 = 6;
const PHASE_DONE: u32 = 7;

const CODE_ALIGN: u32 = 16;
const MIN_CODE_BYTES: u32 = 1 << 16;
const CALLS_PER_STEP: u32 = 4096;
const THUNKS_PER_STEP: u32 = 64;

// What compiling takes of memory at most, in bytes for each byte of the module.
const ROOM_PER_SECTION_BYTE: usize = 64;
const ROOM_PER_LINKED_TYPE: usize = 64; // of the library's
const SITE_BYTES_PER_BODY_BYTE: usize = 16;
const CALL_BYTES_PER_BODY_BYTE: usize = 4;
const ROOM_PER_BODY_BYTE: usize = 96; // of what lasts for the function only

/**
 * Compiles one module. `step` until it no longer returns STEP_MORE; on STEP_DONE the results can be read; `free` in
 * any case, which ends the compiler itself. The module's bytes must stay in place until then, and as long as an
 * instance of it lives.
 */
@unmanaged
export class Compiler {
  reader: Reader;
  wasm: Module;
  layout: Layout;
  private validator: Validator;
  private generator: Generator;
  private assembler: Assembler;
  private phase: u32 = PHASE_HEADER;
  private section: u32 = 0;
  private lastSection: u32 = 0;
  private library: Compiler | null = null;
  private next: u32 = 0; // function or call that the next step starts with

  /** Starts compiling the `length` bytes at `bytes`, with FLAG_* (limits.ts). */
  constructor(bytes: usize, length: u32, flags: u32) {
    const reader = new Reader(bytes, length);
    const wasm = new Module(bytes, length);
    const layout = new Layout();
    const validator = new Validator(reader, wasm);
    const limit = min(
      MAX_CODE_BYTES,
      MIN_CODE_BYTES + min(length, MAX_MODULE_BYTES) * CODE_BYTES_PER_MODULE_BYTE,
    );
    const assembler = new Assembler(limit);
    this.reader = reader;
    this.wasm = wasm;
    this.layout = layout;
    this.validator = validator;
    this.assembler = assembler;
    this.generator = new Generator(assembler, reader, wasm, layout, validator, new Homes(), flags);
    if (length > MAX_MODULE_BYTES) reader.failAt(0, "module too large");
  }

  /**
   * Links the module to a library, whose compilation is done and stays: its instances live in contexts of the library's, behind
   * its layout, and know function types by the library's numbers. To be called before the first step.
   */
  linkTo(library: Compiler): void {
    this.library = library;
  }

  /**
   * What the next step may take of large memory at most, in bytes. Who embeds the compiler looks at it before each
   * step, and has a contiguous piece as large, or frees the compiler.
   */
  stepRoom(): usize {
    if (this.phase == PHASE_CONTENTS) return this.sectionRoom();
    if (this.phase == PHASE_LAYOUT) return this.linkRoom();
    return this.phase == PHASE_FUNCTION ? this.functionRoom() : 0;
  }

  private linkRoom(): usize {
    const library = this.library;
    return library === null ? 0 : ROOM_PER_LINKED_TYPE * <usize>library.wasm.typeCount();
  }

  private sectionRoom(): usize {
    const size = <usize>this.reader.remaining();
    if (this.section == SECTION_CUSTOM) return 0;
    const ofSegments = this.section == SECTION_CODE || this.section == SECTION_DATA;
    return ROOM_PER_SECTION_BYTE * (ofSegments ? min(size, <usize>MAX_SEGMENTS) : size);
  }

  /** Without what the code takes: that stops where it would leave less than this. */
  private functionRoom(): usize {
    const body = <usize>this.bodyBytes(this.next);
    const sites = this.generator.sites.growth(body * SITE_BYTES_PER_BODY_BYTE);
    const calls = this.generator.calls.growth(body * CALL_BYTES_PER_BODY_BYTE);
    return sites + calls + body * ROOM_PER_BODY_BYTE;
  }

  private bodyBytes(func: u32): u32 {
    return this.wasm.functionField(func, m.FUNC_BODY_END) - this.wasm.functionField(func, m.FUNC_BODY);
  }

  /** Releases what is not needed once the code has been copied elsewhere. */
  settle(): void {
    this.assembler.settle();
    this.generator.calls.clear();
  }

  /** Releases everything, the results too. */
  free(): void {
    this.generator.free();
    this.validator.free();
    this.assembler.free();
    this.wasm.free();
    heap.free(changetype<usize>(this.generator));
    heap.free(changetype<usize>(this.validator));
    heap.free(changetype<usize>(this.assembler));
    heap.free(changetype<usize>(this.wasm));
    heap.free(changetype<usize>(this.layout));
    heap.free(changetype<usize>(this.reader));
    heap.free(changetype<usize>(this));
  }

  /** Does a bounded piece of the work: a section or a function. */
  step(): i32 {
    if (!this.reader.failed) this.stepPhase();
    if (this.reader.failed) return STEP_REFUSED;
    return this.phase == PHASE_DONE ? STEP_DONE : STEP_MORE;
  }

  private stepPhase(): void {
    switch (this.phase) {
      case PHASE_HEADER: {
        parseHeader(this.reader);
        this.phase = PHASE_SECTION;
        break;
      }
      case PHASE_SECTION:
        this.stepSection();
        break;
      case PHASE_CONTENTS:
        this.stepContents();
        break;
      case PHASE_LAYOUT:
        this.stepLayout();
        break;
      case PHASE_FUNCTION:
        this.stepFunction();
        break;
      case PHASE_THUNK:
        this.stepThunks();
        break;
      case PHASE_LINK:
        this.stepLink();
        break;
    }
  }

  private stepSection(): void {
    const r = this.reader;
    if (r.remaining() == 0) {
      checkModule(r, this.wasm);
      this.phase = PHASE_LAYOUT;
      return;
    }
    const start = r.at;
    const id = r.byte();
    const size = r.u32();
    if (r.failed) return;
    if (size > r.remaining()) return r.failAt(r.at, "length out of bounds");
    const order = sectionOrder(id);
    if (id != SECTION_CUSTOM) {
      if (order == 0) return r.failAt(start, "malformed section id");
      if (order <= this.lastSection) return r.failAt(start, "unexpected content after last section");
      this.lastSection = order;
    }
    r.end = r.at + size;
    this.section = id;
    this.phase = PHASE_CONTENTS;
  }

  private stepContents(): void {
    const r = this.reader;
    parseSection(this.section, r, this.wasm);
    if (r.failed) return;
    r.end = r.length;
    this.phase = PHASE_SECTION;
  }

  private stepLayout(): void {
    const library = this.library;
    if (library === null) this.layout.place(this.wasm, 0);
    else this.placeBehind(library);
    if (this.reader.failed) return;
    if (this.layout.end > MAX_CONTEXT_BYTES) return this.reader.failAt(0, "instance context too large");
    this.generator.copyHelper = this.assembler.length;
    emitCopyHelper(this.assembler);
    this.next = this.wasm.importedFunctions;
    this.phase = this.next == this.wasm.functionCount ? PHASE_THUNK : PHASE_FUNCTION;
    if (this.phase == PHASE_THUNK) this.next = 0;
  }

  private placeBehind(library: Compiler): void {
    if (resultsRoom(this.wasm) > resultsRoom(library.wasm))
      return this.reader.failAt(0, "more results than the library has room for");
    this.layout.place(this.wasm, library.contextSize());
    numberTypes(this.wasm, library.wasm);
  }

  private stepFunction(): void {
    this.assembler.spare = this.functionRoom();
    this.compileFunction(this.next);
    this.next += 1;
    if (this.next != this.wasm.functionCount) return;
    this.phase = PHASE_THUNK;
    this.next = 0;
  }

  private compileFunction(func: u32): void {
    const g = this.generator;
    const first = this.validator.validateFunction(func);
    if (this.reader.failed) return;
    this.reader.at = first;
    this.assembler.align(CODE_ALIGN);
    this.wasm.setFunctionField(func, m.FUNC_CODE, this.assembler.length);
    g.opOffset = first; // where a report of a full stack looks for the line: the locals before have none
    const type = this.wasm.functionType(func);
    g.startFunction(type);
    emitBody(g, type);
    g.finishFunction();
    this.checkOverflow();
  }

  private checkOverflow(): void {
    if (!this.assembler.overflowed) return;
    this.reader.fail(this.assembler.starved ? "no memory for the code" : "code too large");
  }

  /** An imported function that a reference can name, or that is the start function, gets code of its own to point at. */
  private stepThunks(): void {
    const end = min(this.next + THUNKS_PER_STEP, this.wasm.importedFunctions);
    for (; this.next < end; this.next++) {
      if (!this.wasm.isReferenced(this.next) && this.next != this.wasm.start) continue;
      this.assembler.align(CODE_ALIGN);
      this.wasm.setFunctionField(this.next, m.FUNC_CODE, this.assembler.length);
      emitThunk(this.assembler, this.layout, this.next);
    }
    this.checkOverflow();
    if (this.next != this.wasm.importedFunctions) return;
    this.phase = PHASE_LINK;
    this.next = 0;
  }

  /** Points calls at the functions, all of which have their place. */
  private stepLink(): void {
    const calls = this.generator.calls;
    const end = min(this.next + CALLS_PER_STEP * 2, calls.length);
    for (; this.next < end; this.next += 2) {
      const field = calls.get(this.next);
      const target = this.wasm.functionField(calls.get(this.next + 1), m.FUNC_CODE);
      this.assembler.patchWord(field, target - field - 4);
    }
    if (this.next == calls.length) this.phase = PHASE_DONE;
  }

  /** True from when the sections have been read until the first function is compiled. */
  typesAreKnown(): bool {
    return this.phase == PHASE_LAYOUT;
  }

  // ── results ───────────────────────────────────────────────────────────────────────────────────────────

  /** Byte offset of the error in the module. */
  errorOffset(): u32 {
    return this.reader.errorOffset;
  }

  /** Why the module was refused. */
  error(): string {
    return this.reader.error ? changetype<string>(this.reader.error) : "";
  }

  code(): usize {
    return this.assembler.start;
  }

  codeLength(): u32 {
    return this.assembler.length;
  }

  /** Whether the code was refused because there was no memory for it. */
  starved(): bool {
    return this.assembler.starved;
  }

  /** Bytes that the code's memory has. */
  codeCapacity(): u32 {
    return this.assembler.capacity;
  }

  /** The site table, sorted by code offset (abi/instance.ts SITE_*). */
  sites(): usize {
    return this.generator.sites.start;
  }

  siteCount(): u32 {
    return this.generator.sites.length / (<u32>SITE_SIZE >> 2);
  }

  /** What was recorded with FLAG_DEBUG. */
  debug(): DebugRecord {
    return this.generator.debug;
  }

  /** Bytes of an instance's context, those of the library's in front of it included. */
  contextSize(): u32 {
    return this.validator.hasTableWrites ? this.layout.end : this.layout.descriptors;
  }

  /** Whether the context ends with function descriptors. */
  hasDescriptors(): bool {
    return this.validator.hasTableWrites;
  }

  /** Entries that table `table` can grow to: what the storage must hold. An imported one has its storage elsewhere. */
  tableCapacity(table: u32): u32 {
    const least = this.wasm.tableField(table, m.TABLE_MIN);
    if (this.wasm.tableField(table, m.TABLE_IMPORTED)) return 0;
    if (!this.wasm.tableField(table, m.TABLE_GROWS)) return least;
    return min(this.wasm.tableField(table, m.TABLE_LIMIT), max(least, GROWABLE_TABLE_ENTRIES));
  }

  /** Index of the exported function of this name, or -1. */
  findExport(name: usize, length: u32): i32 {
    const count = this.wasm.exportCount();
    for (let i: u32 = 0; i < count; i++) {
      if (this.wasm.exportField(i, m.EXPORT_KIND) != m.EXTERN_FUNCTION) continue;
      if (this.wasm.exportField(i, m.EXPORT_NAME_LEN) != length) continue;
      const other = this.reader.address(this.wasm.exportField(i, m.EXPORT_NAME));
      if (memory.compare(other, name, length) == 0) return <i32>this.wasm.exportField(i, m.EXPORT_INDEX);
    }
    return -1;
  }

  /** Code offset of function `func`; NO_CODE (module.ts) for imported ones that nothing refers to. */
  functionCode(func: u32): u32 {
    return this.wasm.functionField(func, m.FUNC_CODE);
  }

  /** True if function `func` has the signature that `signature` spells: `ii>I` takes two i32, returns an i64. */
  hasSignature(func: u32, signature: usize, length: u32): bool {
    const type = this.wasm.functionType(func);
    const params = this.wasm.paramCount(type);
    const results = this.wasm.resultCount(type);
    if (length != params + 1 + results) return false;
    for (let i: u32 = 0; i < params; i++) {
      if (load<u8>(signature + i) != typeLetter(this.wasm.param(type, i))) return false;
    }
    if (load<u8>(signature + params) != 0x3e) return false; // >
    for (let i: u32 = 0; i < results; i++) {
      if (load<u8>(signature + params + 1 + i) != typeLetter(this.wasm.result(type, i))) return false;
    }
    return true;
  }
}

/** The letter of a value type in a signature: i I f F v for i32 i64 f32 f64 v128, r R for funcref and externref. */
export function typeLetter(type: u32): u32 {
  switch (type) {
    case 0x7f:
      return 0x69;
    case 0x7e:
      return 0x49;
    case 0x7d:
      return 0x66;
    case 0x7c:
      return 0x46;
    case 0x7b:
      return 0x76;
    case 0x70:
      return 0x72;
    default:
      return 0x52;
  }
}
