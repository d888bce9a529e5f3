// The compiler as a WebAssembly module for Node (image/aot.ts): builds the kernel image, and runs under test.

import { RESULT_SIZE } from "../abi/instance.ts";
import { Compiler, typeLetter } from "./compiler.ts";
import { Place, instantiate } from "./instantiate.ts";
import { resultsRoom } from "./layout.ts";
import * as m from "./module.ts";

/** Host: writes an active data segment to the memory under construction. */
declare function writeMemory(cookie: usize, address: u32, source: usize, length: u32): bool;

/** Host: writes entries to an imported table. */
declare function writeElements(cookie: usize, table: u32, start: u32, entries: usize, count: u32): bool;

export function allocate(bytes: usize): usize {
  return heap.alloc(bytes);
}

export function release(pointer: usize): void {
  heap.free(pointer);
}

/** Starts compiling the `length` bytes at `bytes` with FLAG_* (limits.ts); returns the compiler. */
export function begin(bytes: usize, length: u32, flags: u32): Compiler {
  return new Compiler(bytes, length, flags);
}

/** Links the module to a library that has been compiled (compiler.ts). Before the first step. */
export function linkTo(compiler: Compiler, library: Compiler): void {
  compiler.linkTo(library);
}

/** STEP_* (compiler.ts). */
export function step(compiler: Compiler): i32 {
  return compiler.step();
}

/** Releases the compiler and its results. */
export function finish(compiler: Compiler): void {
  compiler.free();
  __collect(); // the strings below
}

export function error(compiler: Compiler): string {
  return compiler.error();
}

export function errorOffset(compiler: Compiler): u32 {
  return compiler.errorOffset();
}

export function code(compiler: Compiler): usize {
  return compiler.code();
}

export function codeLength(compiler: Compiler): u32 {
  return compiler.codeLength();
}

export function sites(compiler: Compiler): usize {
  return compiler.sites();
}

export function siteCount(compiler: Compiler): u32 {
  return compiler.siteCount();
}

// ── the context ─────────────────────────────────────────────────────────────────────────────────────────

export function contextSize(compiler: Compiler): u32 {
  return compiler.contextSize();
}

export function contextImports(compiler: Compiler): u32 {
  return compiler.layout.imports;
}

export function contextGlobals(compiler: Compiler): u32 {
  return compiler.layout.globals;
}

export function contextTables(compiler: Compiler): u32 {
  return compiler.layout.tables;
}

export function contextDatas(compiler: Compiler): u32 {
  return compiler.layout.datas;
}

export function contextElems(compiler: Compiler): u32 {
  return compiler.layout.elems;
}

export function contextReferences(compiler: Compiler): u32 {
  return compiler.layout.references;
}

export function elemCount(compiler: Compiler): u32 {
  return compiler.wasm.elemCount;
}

/** The letter of its elements' type. */
export function elemType(compiler: Compiler, segment: u32): string {
  return letter(compiler.wasm.elemField(segment, m.ELEM_TYPE));
}

export function dataCount(compiler: Compiler): u32 {
  return compiler.wasm.dataCount;
}

export function contextResults(compiler: Compiler): u32 {
  return compiler.layout.results;
}

/** Results that the module's functions leave there at most. */
export function contextResultCount(compiler: Compiler): u32 {
  return resultsRoom(compiler.wasm) / <u32>RESULT_SIZE;
}

export function tableCount(compiler: Compiler): u32 {
  return compiler.wasm.tableCount;
}

/** The letter of its elements' type (compiler.ts). */
export function tableType(compiler: Compiler, table: u32): string {
  return letter(compiler.wasm.tableField(table, m.TABLE_TYPE));
}

export function tableMin(compiler: Compiler, table: u32): u32 {
  return compiler.wasm.tableField(table, m.TABLE_MIN);
}

/** 2^32 - 1 if none is declared. */
export function tableMax(compiler: Compiler, table: u32): u32 {
  return compiler.wasm.tableField(table, m.TABLE_LIMIT);
}

export function tableIsImported(compiler: Compiler, table: u32): bool {
  return compiler.wasm.tableField(table, m.TABLE_IMPORTED) != 0;
}

export function tableCapacity(compiler: Compiler, table: u32): u32 {
  return compiler.tableCapacity(table);
}

// ── what the module declares ────────────────────────────────────────────────────────────────────────────

export function hasMemory(compiler: Compiler): bool {
  return compiler.wasm.hasMemory;
}

export function memoryMin(compiler: Compiler): u32 {
  return compiler.wasm.memoryMin;
}

export function memoryMax(compiler: Compiler): u32 {
  return compiler.wasm.memoryMax;
}

/** Function index, or -1. */
export function startFunction(compiler: Compiler): i32 {
  return <i32>compiler.wasm.start;
}

/** True from when the sections have been read until the first function is compiled: when `setTypeNumber` may be called. */
export function typesAreKnown(compiler: Compiler): bool {
  return compiler.typesAreKnown();
}

export function typeCount(compiler: Compiler): u32 {
  return compiler.wasm.typeCount();
}

export function typeSignature(compiler: Compiler, type: u32): string {
  return signature(compiler, type);
}

/** What table entries have as the type `type`. */
export function typeNumber(compiler: Compiler, type: u32): u32 {
  return compiler.wasm.canonical(type);
}

/** Makes `number` what table entries have as the type `type`. Equal types must get equal numbers, others different ones. */
export function setTypeNumber(compiler: Compiler, type: u32, number: u32): void {
  compiler.wasm.setTypeNumber(type, number);
}

export function functionCount(compiler: Compiler): u32 {
  return compiler.wasm.functionCount;
}

export function importedFunctionCount(compiler: Compiler): u32 {
  return compiler.wasm.importedFunctions;
}

/** Code offset, or -1. */
export function functionCode(compiler: Compiler, func: u32): i32 {
  return <i32>compiler.functionCode(func);
}

/** As `ii>I` (compiler.ts). */
export function functionSignature(compiler: Compiler, func: u32): string {
  return signature(compiler, compiler.wasm.functionType(func));
}

function signature(compiler: Compiler, type: u32): string {
  let text = "";
  for (let i: u32 = 0; i < compiler.wasm.paramCount(type); i++) text += letter(compiler.wasm.param(type, i));
  text += ">";
  for (let i: u32 = 0; i < compiler.wasm.resultCount(type); i++)
    text += letter(compiler.wasm.result(type, i));
  return text;
}

function letter(type: u32): string {
  return String.fromCharCode(typeLetter(type));
}

export function globalCount(compiler: Compiler): u32 {
  return compiler.wasm.globalCount;
}

export function globalType(compiler: Compiler, global: u32): string {
  return letter(compiler.wasm.globalField(global, m.GLOBAL_TYPE));
}

/** Whether its value is in another instance. */
export function globalIsForeign(compiler: Compiler, global: u32): bool {
  return compiler.wasm.isForeignGlobal(global);
}

export function globalIsMutable(compiler: Compiler, global: u32): bool {
  return compiler.wasm.globalField(global, m.GLOBAL_MUTABLE) != 0;
}

export function importCount(compiler: Compiler): u32 {
  return compiler.wasm.importCount();
}

export function importModule(compiler: Compiler, index: u32): string {
  const wasm = compiler.wasm;
  return name(
    compiler,
    wasm.importField(index, m.IMPORT_MODULE),
    wasm.importField(index, m.IMPORT_MODULE_LEN),
  );
}

export function importName(compiler: Compiler, index: u32): string {
  const wasm = compiler.wasm;
  return name(compiler, wasm.importField(index, m.IMPORT_NAME), wasm.importField(index, m.IMPORT_NAME_LEN));
}

export function importKind(compiler: Compiler, index: u32): u32 {
  return compiler.wasm.importField(index, m.IMPORT_KIND);
}

export function importIndex(compiler: Compiler, index: u32): u32 {
  return compiler.wasm.importField(index, m.IMPORT_INDEX);
}

export function exportCount(compiler: Compiler): u32 {
  return compiler.wasm.exportCount();
}

export function exportName(compiler: Compiler, index: u32): string {
  const wasm = compiler.wasm;
  return name(compiler, wasm.exportField(index, m.EXPORT_NAME), wasm.exportField(index, m.EXPORT_NAME_LEN));
}

export function exportKind(compiler: Compiler, index: u32): u32 {
  return compiler.wasm.exportField(index, m.EXPORT_KIND);
}

export function exportIndex(compiler: Compiler, index: u32): u32 {
  return compiler.wasm.exportField(index, m.EXPORT_INDEX);
}

function name(compiler: Compiler, offset: u32, length: u32): string {
  return String.UTF8.decodeUnsafe(compiler.reader.address(offset), length);
}

/** Offset of the content of the custom section "name", 0 if there is none. */
export function nameSection(compiler: Compiler): u32 {
  return compiler.wasm.nameSection;
}

export function nameSectionEnd(compiler: Compiler): u32 {
  return compiler.wasm.nameSectionEnd;
}

// ── debug information (FLAG_DEBUG) ──────────────────────────────────────────────────────────────────────

/** Words as debug-record.ts says. */
export function debugPositions(compiler: Compiler): usize {
  return compiler.debug().positions.start;
}

export function debugPositionWords(compiler: Compiler): u32 {
  return compiler.debug().positions.length;
}

export function debugFunctions(compiler: Compiler): usize {
  return compiler.debug().functions.start;
}

export function debugFunctionWords(compiler: Compiler): u32 {
  return compiler.debug().functions.length;
}

// ── instances ───────────────────────────────────────────────────────────────────────────────────────────

/**
 * As `instantiate` (instantiate.ts), with `writeMemory` and `writeElements` for segments. What is shared with other instances is
 * told as in `Place`.
 */
export function instantiateAt(
  compiler: Compiler,
  context: usize,
  tables: usize,
  base: u64,
  codeAddress: u64,
  imports: usize,
  globals: usize,
  tablesImported: usize,
  functions: usize,
  references: usize,
  referencesAddress: u64,
  firstReference: u32,
  referenceCount: u32,
): u32 {
  const place = new Place();
  place.context = context;
  place.tables = tables;
  place.base = base;
  place.code = codeAddress;
  place.imports = imports;
  place.globals = globals;
  place.tablesImported = tablesImported;
  place.functions = functions;
  place.references = references;
  place.referencesAddress = referencesAddress;
  place.firstReference = firstReference;
  place.referenceCount = referenceCount;
  place.linked = false;
  const trap = instantiate(compiler, place, writeMemory, writeElements, 0);
  heap.free(changetype<usize>(place));
  return trap;
}
