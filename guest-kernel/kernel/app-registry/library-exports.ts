// What a module that is linked to a library may import of it: functions, globals and tables that it exports, of the same type.

import { Compiler } from "../../aot/compiler.ts";
import {
  EXPORT_INDEX,
  EXPORT_KIND,
  EXPORT_NAME,
  EXPORT_NAME_LEN,
  EXTERN_FUNCTION,
  EXTERN_GLOBAL,
  EXTERN_TABLE,
  GLOBAL_MUTABLE,
  GLOBAL_TYPE,
  IMPORT_INDEX,
  IMPORT_KIND,
  IMPORT_NAME,
  IMPORT_NAME_LEN,
  TABLE_LIMIT,
  TABLE_MIN,
  TABLE_TYPE,
} from "../../aot/module.ts";
import { isReference } from "../../aot/types.ts";

// Why an import cannot be bound
const NOT_THERE: i64 = -1;
const OTHER_KIND: i64 = -2;
const OTHER_TYPE: i64 = -3;
const OTHER_SIZE: i64 = -4;

/** What import `i` means (imports.ts), or a negative number for exportsReason. The compilers are linked. */
export function bindExport(compiler: Compiler, i: u32, library: Compiler): i64 {
  const module = compiler.wasm;
  const name = compiler.reader.address(module.importField(i, IMPORT_NAME));
  const found = findExport(library, name, module.importField(i, IMPORT_NAME_LEN));
  if (found < 0) return NOT_THERE;
  const kind = module.importField(i, IMPORT_KIND);
  if (library.wasm.exportField(<u32>found, EXPORT_KIND) != kind) return OTHER_KIND;
  const index = module.importField(i, IMPORT_INDEX);
  const exported = library.wasm.exportField(<u32>found, EXPORT_INDEX);
  switch (kind) {
    case EXTERN_FUNCTION:
      return bindFunction(compiler, index, library, exported);
    case EXTERN_GLOBAL:
      return bindGlobal(compiler, index, library, exported);
    case EXTERN_TABLE:
      return bindTable(compiler, index, library, exported);
    default:
      return OTHER_KIND; // the memory is from elsewhere
  }
}

/** What a negative result of bindExport means, before the import's name. */
export function exportsReason(result: i64, kind: u32): string {
  if (result == NOT_THERE) return "what its library does not export:";
  if (result == OTHER_KIND) return "another kind of thing than its library exports as";
  if (result == OTHER_SIZE) return "a table of another size:";
  return "another type of " + kindName(kind);
}

function kindName(kind: u32): string {
  if (kind == EXTERN_FUNCTION) return "function";
  return kind == EXTERN_GLOBAL ? "global" : "table";
}

/** True if the names of a module's exports are in order: findExport finds each. */
export function exportsAreSorted(compiler: Compiler): bool {
  const module = compiler.wasm;
  for (let i: u32 = 1; i < module.exportCount(); i++) {
    const name = compiler.reader.address(module.exportField(i, EXPORT_NAME));
    if (compareName(compiler, i - 1, name, module.exportField(i, EXPORT_NAME_LEN)) >= 0) return false;
  }
  return true;
}

/** The number of the export of this name, -1 if there is none. */
function findExport(compiler: Compiler, name: usize, length: u32): i32 {
  let low: u32 = 0;
  let high = compiler.wasm.exportCount();
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareName(compiler, middle, name, length);
    if (order == 0) return <i32>middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1;
}

/** The name of export `i` is before (< 0) or after (> 0) the other, by its bytes. */
function compareName(compiler: Compiler, i: u32, name: usize, length: u32): i32 {
  const ownLength = compiler.wasm.exportField(i, EXPORT_NAME_LEN);
  const own = compiler.reader.address(compiler.wasm.exportField(i, EXPORT_NAME));
  const order = memory.compare(own, name, min(ownLength, length));
  return order != 0 ? order : <i32>ownLength - <i32>length;
}

/** The same number is the same type: linked modules number them alike. */
function bindFunction(compiler: Compiler, func: u32, library: Compiler, exported: u32): i64 {
  const type = compiler.wasm.canonical(compiler.wasm.functionType(func));
  const other = library.wasm.canonical(library.wasm.functionType(exported));
  return type == other ? <i64>library.functionCode(exported) : OTHER_TYPE; // exported: it has code, if only a thunk
}

/** References are numbers of one module's functions, and mean nothing in another. */
function bindGlobal(compiler: Compiler, global: u32, library: Compiler, exported: u32): i64 {
  const type = compiler.wasm.globalField(global, GLOBAL_TYPE);
  if (library.wasm.globalField(exported, GLOBAL_TYPE) != type || isReference(type)) return OTHER_TYPE;
  const mutable = compiler.wasm.globalField(global, GLOBAL_MUTABLE);
  if (library.wasm.globalField(exported, GLOBAL_MUTABLE) != mutable) return OTHER_TYPE;
  return <i64>library.layout.global(exported);
}

/** A table does not grow (library.ts): it has at least as many entries as the import asks for, and at most as many. */
function bindTable(compiler: Compiler, table: u32, library: Compiler, exported: u32): i64 {
  const type = library.wasm.tableField(exported, TABLE_TYPE);
  if (compiler.wasm.tableField(table, TABLE_TYPE) != type) return OTHER_TYPE;
  const size = library.wasm.tableField(exported, TABLE_MIN);
  if (compiler.wasm.tableField(table, TABLE_MIN) > size) return OTHER_SIZE;
  if (compiler.wasm.tableField(table, TABLE_LIMIT) < library.wasm.tableField(exported, TABLE_LIMIT))
    return OTHER_SIZE;
  return <i64>library.layout.table(exported);
}
