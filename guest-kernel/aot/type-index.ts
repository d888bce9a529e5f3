// Finds equal function types: within a module, and those of a library that a module is linked to.

import { HashIndex, hashBytes } from "./hash-index.ts";
import * as m from "./module.ts";
import { Module } from "./module.ts";

/** Function types of one module, each once. */
@unmanaged
export class TypeIndex {
  private module: Module;
  private index: HashIndex;

  /** Makes room for about `count` types of `module`. */
  constructor(module: Module, count: u32) {
    this.module = module;
    this.index = new HashIndex(count);
  }

  free(): void {
    this.index.free();
    heap.free(changetype<usize>(this.index));
  }

  /** Adds a type of the module's that `find` does not find. */
  add(type: u32): void {
    this.index.add(hashOf(this.module, type), type);
  }

  /** The type that was added and is equal to type `type` of `module`; -1 if there is none. */
  find(module: Module, type: u32): i32 {
    const hash = hashOf(module, type);
    for (let cursor = this.index.first(hash); cursor != 0; cursor = this.index.next(cursor)) {
      const other = this.index.value(cursor);
      if (areEqual(module, type, this.module, other)) return <i32>other;
    }
    return -1;
  }
}

/** Gives the types of `module` the numbers that those of `library` equal to them have, and others numbers behind the library's. */
export function numberTypes(module: Module, library: Module): void {
  const index = new TypeIndex(library, library.typeCount());
  for (let type: u32 = 0; type < library.typeCount(); type++) {
    if (library.canonical(type) == type) index.add(type);
  }
  for (let type: u32 = 0; type < module.typeCount(); type++) {
    const equal = index.find(module, type);
    module.setTypeNumber(type, equal < 0 ? library.typeCount() + module.canonical(type) : <u32>equal);
  }
  index.free();
  heap.free(changetype<usize>(index));
}

function hashOf(module: Module, type: u32): u32 {
  const paramCount = module.paramCount(type);
  const params = module.base + module.typeField(type, m.FUNC_TYPE_PARAMS);
  const results = module.base + module.typeField(type, m.FUNC_TYPE_RESULTS);
  return hashBytes(results, module.resultCount(type), hashBytes(params, paramCount, paramCount));
}

function areEqual(module: Module, type: u32, otherModule: Module, other: u32): bool {
  return (
    sameTypes(module, type, otherModule, other, m.FUNC_TYPE_PARAMS) &&
    sameTypes(module, type, otherModule, other, m.FUNC_TYPE_RESULTS)
  );
}

/** True if the lists of value types at `field` are equal; their length is the field behind it. */
function sameTypes(module: Module, type: u32, otherModule: Module, other: u32, field: u32): bool {
  const count = module.typeField(type, field + 1);
  if (otherModule.typeField(other, field + 1) != count) return false;
  const values = module.base + module.typeField(type, field);
  const otherValues = otherModule.base + otherModule.typeField(other, field);
  return memory.compare(values, otherValues, count) == 0;
}
