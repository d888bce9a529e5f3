// Fills an instance context: what a compiled module needs before its first instruction can run.

import {
  ENTRY_CODE,
  ENTRY_SIZE,
  ENTRY_TYPE,
  GLOBAL_SIZE,
  SEGMENT_BASE,
  SEGMENT_LENGTH,
  TABLE_BASE,
  TABLE_LENGTH,
  TABLE_MAX,
  TRAP_NONE,
  TRAP_OUT_OF_BOUNDS,
  TRAP_TABLE_OUT_OF_BOUNDS,
} from "../abi/instance.ts";
import { Compiler } from "./compiler.ts";
import { ENTRY_REFERENCE } from "./emit-table.ts";
import * as m from "./module.ts";

/** Writes an active data segment to the new memory at `address`; false if it does not fit. */
export type WriteMemory = (cookie: usize, address: u32, source: usize, length: u32) => bool;

/** Where an instance is to live. */
@unmanaged
export class Place {
  context: usize; // linear address of its context: zeroed, contextSize() bytes
  tables: usize; // linear address of the tables' storage: tableCapacity() entries of each, one after the other
  base: u64; // virtual address of linear address 0
  code: u64; // virtual address of the code
  imports: usize; // linear address of u64 code addresses, one per imported function
  globals: usize; // linear address of GLOBAL_SIZE bytes per imported global
}

/**
 * Fills globals, tables and segments of an instance at `place`; the header stays as it is. Active data segments go
 * through `write`, in order. Returns TRAP_NONE, or the trap that ends the instantiation.
 */
export function instantiate(compiler: Compiler, place: Place, write: WriteMemory, cookie: usize): u32 {
  bindImports(compiler, place);
  fillGlobals(compiler, place);
  if (compiler.hasDescriptors()) fillDescriptors(compiler, place);
  fillTables(compiler, place);
  fillSegments(compiler, place);
  for (let i: u32 = 0; i < compiler.wasm.elemCount; i++) {
    if (!applyElements(compiler, place, i)) return TRAP_TABLE_OUT_OF_BOUNDS;
  }
  for (let i: u32 = 0; i < compiler.wasm.dataCount; i++) {
    if (!applyData(compiler, place, i, write, cookie)) return TRAP_OUT_OF_BOUNDS;
  }
  return TRAP_NONE;
}

function bindImports(compiler: Compiler, place: Place): void {
  const count = compiler.wasm.importedFunctions;
  if (count != 0) memory.copy(place.context + compiler.layout.imports, place.imports, count << 3);
}

function fillGlobals(compiler: Compiler, place: Place): void {
  const module = compiler.wasm;
  let imported: u32 = 0;
  for (let i: u32 = 0; i < module.globalCount; i++) {
    const at = place.context + compiler.layout.global(i);
    if (module.globalField(i, m.GLOBAL_IMPORTED)) {
      memory.copy(at, place.globals + imported++ * GLOBAL_SIZE, GLOBAL_SIZE);
      continue;
    }
    const init = module.globalField(i, m.GLOBAL_INIT);
    const low = module.globalField(i, m.GLOBAL_VALUE);
    if (init == m.INIT_GLOBAL) {
      memory.copy(at, place.context + compiler.layout.global(low), GLOBAL_SIZE);
    } else if (init == m.INIT_FUNCTION) {
      store<u64>(at, <u64>low + 1);
    } else {
      for (let j: u32 = 0; j < 4; j++) store<u32>(at + (j << 2), module.globalField(i, m.GLOBAL_VALUE + j));
    }
  }
}

/** The value of a segment's offset. */
function segmentOffset(compiler: Compiler, place: Place, kind: u32, value: u32): u32 {
  return kind == m.INIT_GLOBAL ? load<u32>(place.context + compiler.layout.global(value)) : value;
}

/** Writes the table entry of function reference `reference` (0 for null). */
function writeEntry(compiler: Compiler, place: Place, entry: usize, reference: u32): void {
  if (reference == 0) {
    memory.fill(entry, 0, ENTRY_SIZE);
    return;
  }
  const func = reference - 1;
  store<u64>(entry, place.code + compiler.functionCode(func), ENTRY_CODE);
  store<u32>(entry, compiler.wasm.canonical(compiler.wasm.functionType(func)), ENTRY_TYPE);
  store<u32>(entry + ENTRY_REFERENCE, reference);
}

function fillDescriptors(compiler: Compiler, place: Place): void {
  const module = compiler.wasm;
  const first = place.context + compiler.layout.descriptors;
  for (let i: u32 = 0; i < module.functionCount; i++) {
    if (module.isReferenced(i)) writeEntry(compiler, place, first + (i + 1) * <u32>ENTRY_SIZE, i + 1);
  }
}

function fillTables(compiler: Compiler, place: Place): void {
  let storage = place.tables;
  for (let i: u32 = 0; i < compiler.wasm.tableCount; i++) {
    const table = place.context + compiler.layout.table(i);
    const capacity: usize = compiler.tableCapacity(i);
    store<u64>(table, place.base + storage, TABLE_BASE);
    store<u32>(table, compiler.wasm.tableField(i, m.TABLE_MIN), TABLE_LENGTH);
    store<u32>(table, <u32>capacity, TABLE_MAX);
    memory.fill(storage, 0, capacity * ENTRY_SIZE);
    storage += capacity * ENTRY_SIZE;
  }
}

function fillSegments(compiler: Compiler, place: Place): void {
  const module = compiler.wasm;
  for (let i: u32 = 0; i < module.dataCount; i++) {
    if (module.dataField(i, m.DATA_MODE) != m.SEGMENT_PASSIVE) continue;
    const segment = place.context + compiler.layout.data(i);
    store<u64>(segment, place.base + module.base + module.dataField(i, m.DATA_BYTES), SEGMENT_BASE);
    store<u32>(segment, module.dataField(i, m.DATA_LENGTH), SEGMENT_LENGTH);
  }
  let entries = place.context + compiler.layout.elemEntries;
  for (let i: u32 = 0; i < module.elemCount; i++) {
    if (module.elemField(i, m.ELEM_MODE) != m.SEGMENT_PASSIVE) continue;
    const segment = place.context + compiler.layout.elem(i);
    const count = module.elemField(i, m.ELEM_COUNT);
    store<u64>(segment, place.base + entries, SEGMENT_BASE);
    store<u32>(segment, count, SEGMENT_LENGTH);
    for (let j: u32 = 0; j < count; j++) {
      writeItem(compiler, place, i, j, entries);
      entries += ENTRY_SIZE;
    }
  }
}

/** Writes the entry that element `item` of segment `segment` means. */
function writeItem(compiler: Compiler, place: Place, segment: u32, item: u32, entry: usize): void {
  const module = compiler.wasm;
  const value = module.items.get(module.elemField(segment, m.ELEM_FIRST) + item);
  if (!(value & m.ITEM_GLOBAL)) return writeEntry(compiler, place, entry, value);
  const reference = load<u64>(place.context + compiler.layout.global(value & ~m.ITEM_GLOBAL));
  if (module.elemField(segment, m.ELEM_TYPE) == 0x6f) store<u64>(entry, reference, ENTRY_CODE);
  else writeEntry(compiler, place, entry, <u32>reference);
}

function applyElements(compiler: Compiler, place: Place, segment: u32): bool {
  const module = compiler.wasm;
  if (module.elemField(segment, m.ELEM_MODE) != m.SEGMENT_ACTIVE) return true;
  const init = module.elemField(segment, m.ELEM_INIT);
  const start = segmentOffset(compiler, place, init, module.elemField(segment, m.ELEM_VALUE));
  const count = module.elemField(segment, m.ELEM_COUNT);
  const table = place.context + compiler.layout.table(module.elemField(segment, m.ELEM_TABLE));
  if (<u64>start + <u64>count > <u64>load<u32>(table, TABLE_LENGTH)) return false;
  const entries = <usize>(load<u64>(table, TABLE_BASE) - place.base);
  for (let i: u32 = 0; i < count; i++)
    writeItem(compiler, place, segment, i, entries + <usize>(start + i) * ENTRY_SIZE);
  return true;
}

function applyData(compiler: Compiler, place: Place, segment: u32, write: WriteMemory, cookie: usize): bool {
  const module = compiler.wasm;
  if (module.dataField(segment, m.DATA_MODE) != m.SEGMENT_ACTIVE) return true;
  const init = module.dataField(segment, m.DATA_INIT);
  const address = segmentOffset(compiler, place, init, module.dataField(segment, m.DATA_VALUE));
  const source = module.base + module.dataField(segment, m.DATA_BYTES);
  return write(cookie, address, source, module.dataField(segment, m.DATA_LENGTH));
}
