// Where things are in the instance context beyond its header (abi/instance.ts). Offsets in bytes from r14.
//
//   header | imports | globals | tables | data segments | element segments | element entries | results |
//   function descriptors
//
// Results: where a function leaves its values when it has more than one; the caller takes them at once.
// Function descriptors: a table entry for every function reference, 0 being null; present only if the code stores
// references into tables.

import {
  CTX_HEADER_SIZE,
  ENTRY_SIZE,
  GLOBAL_SIZE,
  IMPORT_SIZE,
  SEGMENT_SIZE,
  TABLE_SIZE,
} from "../abi/instance.ts";
import * as m from "./module.ts";
import { Module } from "./module.ts";

const RESULT_SHIFT: u32 = 4; // a vector's size

/** Offsets of the parts of a module's context. */
@unmanaged
export class Layout {
  imports: u32;
  globals: u32;
  tables: u32;
  datas: u32;
  elems: u32;
  elemEntries: u32;
  results: u32;
  descriptors: u32;
  end: u32;

  /** Lays out the context of `module`, whose sections have all been parsed. */
  place(module: Module): void {
    this.imports = <u32>CTX_HEADER_SIZE;
    this.globals = this.imports + module.importedFunctions * <u32>IMPORT_SIZE;
    this.tables = this.globals + module.globalCount * <u32>GLOBAL_SIZE;
    this.datas = this.tables + module.tableCount * <u32>TABLE_SIZE;
    this.elems = this.datas + module.dataCount * <u32>SEGMENT_SIZE;
    this.elemEntries = this.elems + module.elemCount * <u32>SEGMENT_SIZE;
    this.results = this.elemEntries + passiveItems(module) * <u32>ENTRY_SIZE;
    this.descriptors = this.results + (module.maxResults > 1 ? module.maxResults << RESULT_SHIFT : 0);
    this.end = this.descriptors + (module.functionCount + 1) * <u32>ENTRY_SIZE;
  }

  global(index: u32): u32 {
    return this.globals + index * <u32>GLOBAL_SIZE;
  }

  /** Where a function that has several results leaves number `index`. */
  result(index: u32): u32 {
    return this.results + (index << RESULT_SHIFT);
  }

  table(index: u32): u32 {
    return this.tables + index * <u32>TABLE_SIZE;
  }

  data(segment: u32): u32 {
    return this.datas + segment * <u32>SEGMENT_SIZE;
  }

  elem(segment: u32): u32 {
    return this.elems + segment * <u32>SEGMENT_SIZE;
  }
}

/** Elements of passive segments: those the code can still ask for. */
function passiveItems(module: Module): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < module.elemCount; i++) {
    if (module.elemField(i, m.ELEM_MODE) == m.SEGMENT_PASSIVE) count += module.elemField(i, m.ELEM_COUNT);
  }
  return count;
}
