// Takes a library out of a program, and a program off its library. Both have been compiled by asc, the library first, and
// are not yet optimised.

import { CompileError } from "../../errors.ts";
import { MEMORY, TABLE, type Unit } from "./back-end.ts";
import type { AscCompiler } from "./compile-whole.ts";
import {
  constantGlobals,
  dataSegments,
  definedFunctions,
  digestOf,
  elementSegments,
  functionDigest,
  LIBRARY_MODULE,
  libraryData,
  type LibraryInterface,
  mutableGlobals,
  PROGRAM_GLOBALS,
  START,
  TABLE_EXPORT,
  tableElements,
} from "./interface.ts";

/** A program changes what its library was made of. */
export class UnlinkableError extends CompileError {}

const LINKED_START = "~linked-start";
const MAX_PAGES = 65536;

/** Makes a library of a module that has nothing else in it: all is exported, and what a program defines is called there. */
export function makeLibrary(unit: Unit, compiler: AscCompiler, library: LibraryInterface): void {
  const { module } = unit;
  compiler.module.setClosedWorld(false); // programs call it from outside, through the table too
  const elements = tableElements(unit);
  clearTable(unit);
  library.open.forEach((name, index) => callThroughTable(unit, name, library.firstOpen + index));
  for (const name of PROGRAM_GLOBALS) if (library.globals.has(name)) makeMutable(unit, name);
  module.removeFunction(START);
  module.setStart(
    module.addFunction(START, unit.binaryen.none, unit.binaryen.none, [], module.nop()), // as it must be to go
  );
  module.addTable(TABLE, library.tableSize, library.tableSize);
  module.addActiveElementSegment(TABLE, "library", elements, module.i32.const(1));
  setData(unit, libraryData(unit, library.dataEnd));
  exportAll(unit, library);
  module.runPasses(["remove-unused-module-elements"]); // the start function, which does nothing
}

/** Links a program, which begins with `library`, to it: what is the library's is imported. @throws UnlinkableError */
export function linkProgram(unit: Unit, compiler: AscCompiler, library: LibraryInterface): void {
  const { module } = unit;
  compiler.module.setClosedWorld(false);
  checkBeginning(unit, library);
  const elements = ownElements(unit, library);
  importFunctions(unit, library);
  const sets = importGlobals(unit, library);
  clearTable(unit);
  module.addTable(TABLE, library.tableSize, library.tableSize);
  module.addTableImport(TABLE, LIBRARY_MODULE, TABLE_EXPORT);
  module.addActiveElementSegment(TABLE, "own", elements, module.i32.const(1 + library.elements.length));
  module.addActiveElementSegment(TABLE, "open", library.open, module.i32.const(library.firstOpen));
  setData(
    unit,
    dataSegments(unit).filter(({ offset, bytes }) => library.data.get(offset) !== digestOf(bytes)),
  );
  const { none } = unit.binaryen;
  const start = module.block(null, [...sets, module.call(START, [], none)]);
  module.setStart(module.addFunction(LINKED_START, none, none, [], start));
  module.runPasses(["remove-unused-module-elements"]); // the functions that it does not use
}

/** Defines an open function of a library: a call through the table. */
function callThroughTable({ binaryen, module }: Unit, name: string, slot: number): void {
  const { params, results } = binaryen.getFunctionInfo(module.getFunction(name));
  const operands = binaryen.expandType(params).map((type, index) => module.local.get(index, type));
  module.removeFunction(name);
  const call = module.call_indirect(TABLE, module.i32.const(slot), operands, params, results);
  module.addFunction(name, params, results, [], call);
}

function makeMutable({ binaryen, module }: Unit, name: string): void {
  const { type } = binaryen.getGlobalInfo(module.getGlobal(name));
  module.removeGlobal(name);
  module.addGlobal(name, type, true, module.i32.const(0));
}

/** Exports are looked up by bisection: they stand in the order of their names. */
function exportAll({ binaryen, module }: Unit, { functions, globals }: LibraryInterface): void {
  const exports = Array.from({ length: module.getNumExports() }, (_, index) =>
    binaryen.getExportInfo(module.getExportByIndex(index)),
  );
  for (const { name } of exports) module.removeExport(name);
  for (const [internal, { name }] of functions) module.addFunctionExport(internal, name);
  for (const [internal, name] of globals) module.addGlobalExport(internal, name);
  module.addTableExport(TABLE, TABLE_EXPORT);
}

/**
 * A program has in it what the library was made of. A class of the program that overrides what no class of the library does
 * changes that.
 */
function checkBeginning(unit: Unit, library: LibraryInterface): void {
  const missing = new Set(library.functions.keys());
  for (const info of definedFunctions(unit)) {
    const known = library.functions.get(info.name);
    if (known === undefined) continue;
    missing.delete(info.name);
    if (known.digest !== functionDigest(unit, info))
      throw new UnlinkableError(
        `${info.name} of the engine calls something that only a class of the app overrides`,
      );
  }
  const constants = constantGlobals(unit);
  for (const [name, value] of library.constants) if (constants.get(name) !== value) missing.add(name);
  const [name] = missing;
  if (name !== undefined) throw new UnlinkableError(`${name} of the engine is not what the library has`);
}

/** The functions that the program has in the table behind the library's. */
function ownElements(unit: Unit, { elements, firstOpen }: LibraryInterface): string[] {
  const all = tableElements(unit);
  const changed = elements.find((name, index) => name !== all[index]);
  if (changed !== undefined)
    throw new UnlinkableError(`${changed} of the engine is overridden by the app alone`);
  if (1 + all.length > firstOpen)
    throw new UnlinkableError(`${all.length - elements.length} functions are used as values: too many`);
  return all.slice(elements.length);
}

function importFunctions({ binaryen, module }: Unit, { functions }: LibraryInterface): void {
  for (const [internal, { name }] of functions) {
    const { params, results } = binaryen.getFunctionInfo(module.getFunction(internal));
    module.removeFunction(internal);
    module.addFunctionImport(internal, LIBRARY_MODULE, name, params, results);
  }
}

/** Returns the expressions that set those of the program. */
function importGlobals(unit: Unit, { globals }: LibraryInterface): number[] {
  const { binaryen, module } = unit;
  const sets: number[] = [];
  for (const { name, type, init } of mutableGlobals(unit)) {
    const external = globals.get(name);
    if (external === undefined) continue;
    const { value } = binaryen.getExpressionInfo(init);
    module.removeGlobal(name);
    module.addGlobalImport(name, LIBRARY_MODULE, external, type, true);
    if (PROGRAM_GLOBALS.includes(name)) sets.push(module.global.set(name, module.i32.const(Number(value))));
  }
  return sets;
}

function clearTable(unit: Unit): void {
  for (const { name } of elementSegments(unit)) unit.module.removeElementSegment(name);
  unit.module.removeTable(TABLE);
}

/** Gives an imported memory these contents, and no others. */
function setData({ module }: Unit, data: { offset: number; bytes: Uint8Array }[]): void {
  const { initial, max = MAX_PAGES } = module.getMemoryInfo(MEMORY);
  const segments = data.map(({ offset, bytes }) => ({
    offset: module.i32.const(offset),
    data: bytes,
    passive: false as const,
  }));
  module.setMemory(initial, max, null, segments, false, false, MEMORY);
  module.addMemoryImport(MEMORY, "env", "memory", false);
}
