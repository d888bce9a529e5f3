// Fills an instance context: what a compiled module needs before its first instruction can run.

import {
  ENTRY_CODE,
  ENTRY_REFERENCE,
  ENTRY_SIZE,
  ENTRY_TYPE,
  GLOBAL_SIZE,
  REFERENCES_COUNT,
  REFERENCES_ENTRIES,
  REFERENCES_FIRST,
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
import * as m from "./module.ts";
import { TYPE_EXTERNREF } from "./types.ts";

/** Writes an active data segment to the new memory at `address`; false if it does not fit. */
export type WriteMemory = (cookie: usize, address: u32, source: usize, length: u32) => bool;

/**
 * Writes entries of an element segment to imported table `table` from `start` on; false if they do not fit. They are
 * gone when it returns.
 */
export type WriteElements = (cookie: usize, table: u32, start: u32, entries: usize, count: u32) => bool;

/**
 * Where an instance is to live, and what it has in common with others.
 *
 * An instance that is alone has `functions` and `references` 0, and then its references are numbers of its own
 * functions. Instances that exchange references share one array of descriptors, and functions that others may call need code
 * there that enters their instance.
 */
@unmanaged
export class Place {
  context: usize; // linear address of its context: zeroed, contextSize() bytes
  tables: usize; // linear address of the tables' storage: tableCapacity() entries of each, one after the other
  base: u64; // virtual address of linear address 0
  code: u64; // virtual address of the code
  imports: usize; // linear address of u64 code addresses, one per imported function
  globals: usize; // linear address of GLOBAL_SIZE bytes per imported global: its value, or its u64 address if it is mutable
  tablesImported: usize; // linear address of u64 addresses, one per imported table
  functions: usize; // linear address of u64 code addresses, one per function, that table entries shall have; 0: its own code
  references: usize; // linear address of the descriptors that are shared; 0: those in the context
  referencesAddress: u64; // virtual address of the same
  firstReference: u32; // of the shared ones: function i becomes reference firstReference + i + 1
  referenceCount: u32; // of all of them, null included
  linked: bool; // what is imported is in the same context: the slots of imports, globals and tables are filled, tables lie at `base`, too
}

/**
 * Fills globals, tables and segments of an instance at `place`; the header stays as it is. Active data segments go
 * through `write`, in order, and before them element segments of imported tables through `writeElements`. Returns
 * TRAP_NONE, or the trap that ends the instantiation.
 */
export function instantiate(
  compiler: Compiler,
  place: Place,
  write: WriteMemory,
  writeElements: WriteElements,
  cookie: usize,
): u32 {
  if (place.references == 0) referToOwn(compiler, place);
  bindImports(compiler, place);
  fillGlobals(compiler, place);
  fillDescriptors(compiler, place);
  fillTables(compiler, place);
  fillSegments(compiler, place);
  for (let i: u32 = 0; i < compiler.wasm.elemCount; i++) {
    if (!applyElements(compiler, place, i, writeElements, cookie)) return TRAP_TABLE_OUT_OF_BOUNDS;
  }
  for (let i: u32 = 0; i < compiler.wasm.dataCount; i++) {
    if (!applyData(compiler, place, i, write, cookie)) return TRAP_OUT_OF_BOUNDS;
  }
  return TRAP_NONE;
}

/** The descriptors are the context's own, if it has any. */
function referToOwn(compiler: Compiler, place: Place): void {
  place.firstReference = 0;
  place.referenceCount = compiler.hasDescriptors() ? compiler.wasm.functionCount + 1 : 0;
  const descriptors = place.context + compiler.layout.descriptors;
  place.referencesAddress = place.base + descriptors;
  if (compiler.hasDescriptors()) place.references = descriptors;
}

function bindImports(compiler: Compiler, place: Place): void {
  const count = compiler.wasm.importedFunctions;
  if (count != 0 && !place.linked)
    memory.copy(place.context + compiler.layout.imports, place.imports, count << 3);
  store<u64>(place.context + compiler.layout.references, place.referencesAddress, REFERENCES_ENTRIES);
  store<u32>(place.context + compiler.layout.references, place.firstReference, REFERENCES_FIRST);
  store<u32>(place.context + compiler.layout.references, place.referenceCount, REFERENCES_COUNT);
}

function fillGlobals(compiler: Compiler, place: Place): void {
  const module = compiler.wasm;
  let imported: u32 = 0;
  for (let i: u32 = 0; i < module.globalCount; i++) {
    const at = place.context + compiler.layout.global(i);
    if (module.globalField(i, m.GLOBAL_IMPORTED)) {
      if (!place.linked) memory.copy(at, place.globals + imported++ * GLOBAL_SIZE, GLOBAL_SIZE);
      continue;
    }
    const init = module.globalField(i, m.GLOBAL_INIT);
    const low = module.globalField(i, m.GLOBAL_VALUE);
    if (init == m.INIT_GLOBAL) {
      memory.copy(at, place.context + compiler.layout.global(low), GLOBAL_SIZE);
    } else if (init == m.INIT_FUNCTION) {
      store<u64>(at, <u64>(place.firstReference + low + 1));
    } else {
      for (let j: u32 = 0; j < 4; j++) store<u32>(at + (j << 2), module.globalField(i, m.GLOBAL_VALUE + j));
    }
  }
}

/** The value of a segment's offset. */
function segmentOffset(compiler: Compiler, place: Place, kind: u32, value: u32): u32 {
  return kind == m.INIT_GLOBAL ? load<u32>(place.context + compiler.layout.global(value)) : value;
}

/** Writes the table entry of function `func`. */
function writeEntry(compiler: Compiler, place: Place, entry: usize, func: u32): void {
  const code =
    place.functions != 0
      ? load<u64>(place.functions + ((<usize>func) << 3))
      : place.code + compiler.functionCode(func);
  store<u64>(entry, code, ENTRY_CODE);
  store<u32>(entry, compiler.wasm.canonical(compiler.wasm.functionType(func)), ENTRY_TYPE);
  store<u32>(entry, place.firstReference + func + 1, ENTRY_REFERENCE);
}

function fillDescriptors(compiler: Compiler, place: Place): void {
  if (place.references == 0) return;
  const module = compiler.wasm;
  const first = place.references + (<usize>place.firstReference + 1) * ENTRY_SIZE;
  for (let i: u32 = 0; i < module.functionCount; i++) {
    if (module.isReferenced(i)) writeEntry(compiler, place, first + <usize>i * ENTRY_SIZE, i);
  }
}

function fillTables(compiler: Compiler, place: Place): void {
  let storage = place.tables;
  let imported: u32 = 0;
  for (let i: u32 = 0; i < compiler.wasm.tableCount; i++) {
    const table = place.context + compiler.layout.table(i);
    if (compiler.wasm.tableField(i, m.TABLE_IMPORTED)) {
      if (!place.linked) store<u64>(table, load<u64>(place.tablesImported + (imported++ << 3)));
      continue;
    }
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
  memory.fill(entry, 0, ENTRY_SIZE);
  if (value == 0) return;
  if (!(value & m.ITEM_GLOBAL)) return writeEntry(compiler, place, entry, value - 1);
  const reference = load<u64>(place.context + compiler.layout.global(value & ~m.ITEM_GLOBAL));
  if (module.elemField(segment, m.ELEM_TYPE) == TYPE_EXTERNREF) store<u64>(entry, reference, ENTRY_CODE);
  else if (reference != 0) writeReference(compiler, place, entry, <u32>reference);
}

/** Writes the table entry that a reference, which is not null, means: one of another instance perhaps. */
function writeReference(compiler: Compiler, place: Place, entry: usize, reference: u32): void {
  if (place.functions == 0) writeEntry(compiler, place, entry, reference - 1);
  else memory.copy(entry, place.references + <usize>reference * ENTRY_SIZE, ENTRY_SIZE);
}

function applyElements(
  compiler: Compiler,
  place: Place,
  segment: u32,
  writeElements: WriteElements,
  cookie: usize,
): bool {
  const module = compiler.wasm;
  if (module.elemField(segment, m.ELEM_MODE) != m.SEGMENT_ACTIVE) return true;
  const init = module.elemField(segment, m.ELEM_INIT);
  const start = segmentOffset(compiler, place, init, module.elemField(segment, m.ELEM_VALUE));
  const count = module.elemField(segment, m.ELEM_COUNT);
  const index = module.elemField(segment, m.ELEM_TABLE);
  const imported = module.tableField(index, m.TABLE_IMPORTED) != 0;
  if (imported && !place.linked) {
    const entries = heap.alloc(max<usize>(<usize>count * ENTRY_SIZE, 1));
    for (let i: u32 = 0; i < count; i++)
      writeItem(compiler, place, segment, i, entries + <usize>i * ENTRY_SIZE);
    const fits = writeElements(cookie, index, start, entries, count);
    heap.free(entries);
    return fits;
  }
  const own = place.context + compiler.layout.table(index);
  const table = imported ? <usize>(load<u64>(own) - place.base) : own;
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
