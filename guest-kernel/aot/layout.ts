// Where things are in the instance context beyond its header (abi/instance.ts). Offsets in bytes from r14.
//
//   header | results | imports | globals | tables | data segments | element segments | element entries | references |
//   function descriptors
//
// Results: where a function leaves its values when it has more than one; the caller takes them at once.
// References: where the descriptors are that function references mean, and which references are this module's.
// Function descriptors: a table entry for every function reference, 0 being null; present only if the code stores
// references into tables, and if the instance has none in common with others (instantiate.ts).
//
// A module that is linked to a library shares its context: its parts, from the imports on, begin where the library's end. The
// results are where they are in every context, with the room that the library has for them.

import {
  CTX_HEADER_SIZE,
  ENTRY_SIZE,
  GLOBAL_SIZE,
  IMPORT_SIZE,
  REFERENCES_SIZE,
  RESULT_SIZE,
  SEGMENT_SIZE,
  TABLE_SIZE,
} from "../abi/instance.ts";
import * as m from "./module.ts";
import { Module } from "./module.ts";

/** Offsets of the parts of a module's context. */
@unmanaged
export class Layout {
  results: u32;
  imports: u32;
  globals: u32;
  tables: u32;
  datas: u32;
  elems: u32;
  elemEntries: u32;
  references: u32;
  descriptors: u32;
  end: u32;

  /**
   * Lays out the context of `module`, whose sections have all been parsed. `from`: where its parts begin behind the context of a
   * library; 0 if it is linked to none.
   */
  place(module: Module, from: u32): void {
    this.results = <u32>CTX_HEADER_SIZE;
    this.imports = from != 0 ? from : this.results + resultsRoom(module);
    this.globals = this.imports + module.importedFunctions * <u32>IMPORT_SIZE;
    this.tables = this.globals + module.globalCount * <u32>GLOBAL_SIZE;
    this.datas = this.tables + module.tableCount * <u32>TABLE_SIZE;
    this.elems = this.datas + module.dataCount * <u32>SEGMENT_SIZE;
    this.elemEntries = this.elems + module.elemCount * <u32>SEGMENT_SIZE;
    this.references = this.elemEntries + passiveItems(module) * <u32>ENTRY_SIZE;
    this.descriptors = this.references + <u32>REFERENCES_SIZE;
    this.end = this.descriptors + (module.functionCount + 1) * <u32>ENTRY_SIZE;
  }

  global(index: u32): u32 {
    return this.globals + index * <u32>GLOBAL_SIZE;
  }

  /** Where a function that has several results leaves number `index`. */
  result(index: u32): u32 {
    return this.results + index * <u32>RESULT_SIZE;
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

/** Bytes of the results area that a module needs, and has unless it is linked to a library. */
export function resultsRoom(module: Module): u32 {
  return module.maxResults > 1 ? module.maxResults * <u32>RESULT_SIZE : 0;
}

/** Elements of passive segments: those the code can still ask for. */
function passiveItems(module: Module): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < module.elemCount; i++) {
    if (module.elemField(i, m.ELEM_MODE) == m.SEGMENT_PASSIVE) count += module.elemField(i, m.ELEM_COUNT);
  }
  return count;
}
