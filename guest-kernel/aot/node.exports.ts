// The compiler as a WebAssembly module for Node: builds the kernel image, and runs under test.

import { Compiler } from "./compiler.ts";
import { Place, instantiate } from "./instantiate.ts";

/** Host: writes an active data segment to the memory under construction. */
declare function writeMemory(cookie: usize, address: u32, source: usize, length: u32): bool;

export function allocate(bytes: usize): usize {
  return heap.alloc(bytes);
}

export function release(pointer: usize): void {
  heap.free(pointer);
}

/** Starts compiling; returns the compiler. */
export function begin(bytes: usize, length: u32, flags: u32): Compiler {
  return new Compiler(bytes, length, flags);
}

export function step(compiler: Compiler): i32 {
  return compiler.step();
}

export function finish(compiler: Compiler): void {
  compiler.free();
}

export function error(compiler: Compiler): string {
  return compiler.error();
}

/** Numbers that describe the result, by place; NodeResult in image/aot.ts names them. */
export function result(compiler: Compiler, field: u32): u32 {
  const module = compiler.wasm;
  switch (field) {
    case 0: return compiler.errorOffset();
    case 1: return <u32>compiler.code();
    case 2: return compiler.codeLength();
    case 3: return <u32>compiler.sites();
    case 4: return compiler.siteCount();
    case 5: return compiler.contextSize();
    case 6: return compiler.layout.imports;
    case 7: return compiler.layout.globals;
    case 8: return compiler.layout.tables;
    case 9: return module.functionCount;
    case 10: return module.importedFunctions;
    case 11: return <u32>module.functions.start;
    case 12: return module.importCount();
    case 13: return <u32>module.imports.start;
    case 14: return module.exportCount();
    case 15: return <u32>module.exports.start;
    case 16: return module.tableCount;
    case 17: return module.start;
    case 18: return module.hasMemory ? module.memoryMin : 0;
    case 19: return module.hasMemory ? module.memoryMax : 0;
    case 20: return module.nameSection;
    case 21: return module.nameSectionEnd;
    case 22: return module.globalCount;
    case 23: return <u32>module.types.start;
    case 24: return module.hasMemory ? 1 : 0;
    case 25: return <u32>module.globals.start;
    case 26: return <u32>module.tables.start;
    case 27: return compiler.layout.results;
    default: return 0;
  }
}

export function tableCapacity(compiler: Compiler, table: u32): u32 {
  return compiler.tableCapacity(table);
}

/** As `instantiate`; `place` is the linear address of a Place. */
export function instantiateAt(compiler: Compiler, place: Place, cookie: usize): u32 {
  return instantiate(compiler, place, writeMemory, cookie);
}
