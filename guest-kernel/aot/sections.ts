// Parses and validates the sections, WebAssembly 2.0 §5.5 and §3.4. Function bodies are left to validate.ts.

import { HashIndex, hashBytes } from "./hash-index.ts";
import * as limits from "./limits.ts";
import * as m from "./module.ts";
import { Module } from "./module.ts";
import * as op from "./opcodes.ts";
import { Reader } from "./reader.ts";
import { TypeIndex } from "./type-index.ts";
import { FD_V128_CONST } from "./vector-opcodes.ts";
import {
  TYPE_F32,
  TYPE_F64,
  TYPE_FUNCREF,
  TYPE_I32,
  TYPE_I64,
  TYPE_V128,
  isReference,
  isValueType,
} from "./types.ts";

export const SECTION_CUSTOM: u32 = 0;
const SECTION_TYPE: u32 = 1;
const SECTION_IMPORT: u32 = 2;
const SECTION_FUNCTION: u32 = 3;
const SECTION_TABLE: u32 = 4;
const SECTION_MEMORY: u32 = 5;
const SECTION_GLOBAL: u32 = 6;
const SECTION_EXPORT: u32 = 7;
const SECTION_START: u32 = 8;
const SECTION_ELEMENT: u32 = 9;
export const SECTION_CODE: u32 = 10;
export const SECTION_DATA: u32 = 11;
const SECTION_DATA_COUNT: u32 = 12;

/** Parses `\0asm` and the version. */
export function parseHeader(r: Reader): void {
  if (r.fixed32() != 0x6d736100) return r.failAt(0, "magic header not detected");
  if (r.fixed32() != 1) r.failAt(4, "unknown binary version");
}

/** Place of a section in the required order; 0 for unknown ones. The data count comes before the code. */
export function sectionOrder(id: u32): u32 {
  if (id == SECTION_DATA_COUNT) return 10;
  if (id == SECTION_CODE || id == SECTION_DATA) return id + 1;
  return id < SECTION_CODE ? id : 0;
}

/** Parses the content of one section, which is exactly what is left of `r`. */
export function parseSection(id: u32, r: Reader, module: Module): void {
  switch (id) {
    case SECTION_CUSTOM:
      parseCustom(r, module);
      break;
    case SECTION_TYPE:
      parseTypes(r, module);
      break;
    case SECTION_IMPORT:
      parseImports(r, module);
      break;
    case SECTION_FUNCTION:
      parseFunctions(r, module);
      break;
    case SECTION_TABLE:
      parseTables(r, module);
      break;
    case SECTION_MEMORY:
      parseMemories(r, module);
      break;
    case SECTION_GLOBAL:
      parseGlobals(r, module);
      break;
    case SECTION_EXPORT:
      parseExports(r, module);
      break;
    case SECTION_START:
      parseStart(r, module);
      break;
    case SECTION_ELEMENT:
      parseElements(r, module);
      break;
    case SECTION_CODE:
      parseCode(r, module);
      break;
    case SECTION_DATA:
      parseDatas(r, module);
      break;
    case SECTION_DATA_COUNT:
      module.declaredDatas = r.u32();
      break;
  }
  if (!r.failed && r.remaining() != 0) r.fail("section size mismatch");
}

/** What only the whole module shows. */
export function checkModule(r: Reader, module: Module): void {
  const defined = module.functionCount - module.importedFunctions;
  if (defined != 0 && module.functionField(module.importedFunctions, m.FUNC_BODY) == 0) {
    r.fail("function and code section have inconsistent lengths");
  }
  if (module.declaredDatas != m.NO_DATA_COUNT && module.declaredDatas != module.dataCount) {
    r.fail("data count and data section have inconsistent lengths");
  }
}

function parseCustom(r: Reader, module: Module): void {
  const length = r.name();
  const name = r.at - length;
  if (!r.failed && length == 4 && load<u32>(r.address(name)) == 0x656d616e) {
    module.nameSection = r.at;
    module.nameSectionEnd = r.end;
  }
  r.skip(r.remaining());
}

// ── types and imports ───────────────────────────────────────────────────────────────────────────────────

function parseTypes(r: Reader, module: Module): void {
  const count = r.count(limits.MAX_TYPES, "too many types");
  const index = new TypeIndex(module, count);
  for (let i: u32 = 0; i < count && !r.failed; i++) parseType(r, module, index, i);
  index.free();
  heap.free(changetype<usize>(index));
}

function parseType(r: Reader, module: Module, index: TypeIndex, type: u32): void {
  if (r.byte() != 0x60) return r.failAt(r.at - 1, "malformed function type");
  const paramCount = parseResultType(r, limits.MAX_PARAMS, "too many parameters");
  const params = r.at - paramCount;
  const resultCount = parseResultType(r, limits.MAX_RESULTS, "too many results");
  if (r.failed) return;
  const results = r.at - resultCount;
  module.types.push(params);
  module.types.push(paramCount);
  module.types.push(results);
  module.types.push(resultCount);
  const equal = index.find(module, type);
  if (equal < 0) index.add(type);
  module.types.push(equal < 0 ? type : <u32>equal);
  module.maxResults = max(module.maxResults, resultCount);
}

/** A vector of value types; they end at the cursor. */
function parseResultType(r: Reader, limit: u32, tooMany: string): u32 {
  const count = r.count(limit, tooMany);
  for (let i: u32 = 0; i < count; i++) parseValueType(r);
  return count;
}

function parseValueType(r: Reader): u32 {
  const type = r.byte();
  if (!isValueType(type))
    r.failAt(r.at - 1, type == 0x7b ? "vectors are not supported" : "malformed value type");
  return type;
}

function parseReferenceType(r: Reader): u32 {
  const type = r.byte();
  if (!isReference(type)) r.failAt(r.at - 1, "malformed reference type");
  return type;
}

function parseImports(r: Reader, module: Module): void {
  const count = r.count(limits.MAX_FUNCTIONS, "too many imports");
  for (let i: u32 = 0; i < count && !r.failed; i++) parseImport(r, module);
}

function parseImport(r: Reader, module: Module): void {
  const moduleLen = r.name();
  const moduleName = r.at - moduleLen;
  const nameLen = r.name();
  const name = r.at - nameLen;
  const kind = r.byte();
  let index: u32 = 0;
  switch (kind) {
    case m.EXTERN_FUNCTION: {
      index = module.functionCount;
      addFunction(r, module);
      module.importedFunctions = module.functionCount;
      break;
    }
    case m.EXTERN_TABLE: {
      index = module.tableCount;
      parseTable(r, module, true);
      break;
    }
    case m.EXTERN_MEMORY: {
      parseMemory(r, module, true);
      break;
    }
    case m.EXTERN_GLOBAL: {
      index = module.globalCount;
      parseGlobalType(r, module, true);
      break;
    }
    default:
      return r.failAt(r.at - 1, "malformed import kind");
  }
  module.imports.push(moduleName);
  module.imports.push(moduleLen);
  module.imports.push(name);
  module.imports.push(nameLen);
  module.imports.push(kind);
  module.imports.push(index);
}

// ── functions, tables, memory, globals ──────────────────────────────────────────────────────────────────

function parseFunctions(r: Reader, module: Module): void {
  const count = r.count(limits.MAX_FUNCTIONS, "too many functions");
  for (let i: u32 = 0; i < count && !r.failed; i++) addFunction(r, module);
}

function addFunction(r: Reader, module: Module): void {
  const type = r.u32();
  if (type >= module.typeCount()) return r.fail("unknown type");
  if (module.functionCount == limits.MAX_FUNCTIONS) return r.fail("too many functions");
  module.functions.push(type);
  module.functions.push(0);
  module.functions.push(0);
  module.functions.push(m.NO_CODE);
  module.functionCount += 1;
}

function parseTables(r: Reader, module: Module): void {
  const count = r.count(limits.MAX_TABLES, "too many tables");
  for (let i: u32 = 0; i < count && !r.failed; i++) parseTable(r, module, false);
}

function parseTable(r: Reader, module: Module, imported: bool): void {
  if (module.tableCount == limits.MAX_TABLES) return r.fail("too many tables");
  const type = parseReferenceType(r);
  const flags = r.byte();
  if (flags > 1) return r.failAt(r.at - 1, "malformed limits flags");
  const min = r.u32();
  const limit = flags & 1 ? r.u32() : 0xffffffff;
  if (min > limit) return r.fail("size minimum must not be greater than maximum");
  if (min > limits.MAX_TABLE_ENTRIES) return r.fail("table too large");
  module.tables.push(type);
  module.tables.push(min);
  module.tables.push(limit);
  module.tables.push(imported ? 1 : 0);
  module.tables.push(0);
  module.tableCount += 1;
}

function parseMemories(r: Reader, module: Module): void {
  const count = r.count(0xffffffff, "");
  for (let i: u32 = 0; i < count && !r.failed; i++) parseMemory(r, module, false);
}

function parseMemory(r: Reader, module: Module, imported: bool): void {
  if (module.hasMemory) return r.fail("multiple memories");
  const flags = r.byte();
  if (flags > 3) return r.failAt(r.at - 1, "malformed limits flags");
  const min = r.u32();
  const max = flags & 1 ? r.u32() : limits.MAX_MEMORY_PAGES;
  if (min > limits.MAX_MEMORY_PAGES || max > limits.MAX_MEMORY_PAGES) {
    return r.fail("memory size must be at most 65536 pages (4GiB)");
  }
  if (min > max) return r.fail("size minimum must not be greater than maximum");
  if (flags == 2) return r.fail("shared memory must have maximum");
  module.hasMemory = true;
  module.memoryImported = imported;
  module.memoryShared = (flags & 2) != 0;
  module.memoryMin = min;
  module.memoryMax = max;
}

function parseGlobals(r: Reader, module: Module): void {
  const count = r.count(limits.MAX_GLOBALS, "too many globals");
  for (let i: u32 = 0; i < count && !r.failed; i++) {
    const type = parseGlobalType(r, module, false);
    const record = module.globals.length - m.GLOBAL_WORDS;
    parseConstant(r, module, type);
    module.globals.set(record + m.GLOBAL_INIT, constantKind);
    module.globals.set(record + m.GLOBAL_VALUE, <u32>constantValue);
    module.globals.set(record + m.GLOBAL_VALUE + 1, <u32>(constantValue >> 32));
    module.globals.set(record + m.GLOBAL_VALUE + 2, <u32>constantUpper);
    module.globals.set(record + m.GLOBAL_VALUE + 3, <u32>(constantUpper >> 32));
  }
}

function parseGlobalType(r: Reader, module: Module, imported: bool): u32 {
  if (module.globalCount == limits.MAX_GLOBALS) r.fail("too many globals");
  const type = parseValueType(r);
  const mutable = r.byte();
  if (mutable > 1) r.failAt(r.at - 1, "malformed mutability");
  module.globals.push(type);
  module.globals.push(mutable);
  module.globals.push(imported ? 1 : 0);
  module.globals.push(m.INIT_CONST);
  for (let i: u32 = 0; i < 4; i++) module.globals.push(0);
  module.globalCount += 1;
  if (imported) module.importedGlobals += 1;
  return type;
}

// The constant expression that `parseConstant` read last.
let constantKind: u32 = 0;
let constantValue: u64 = 0;
let constantUpper: u64 = 0; // of a vector: its upper half

/** A constant expression of `type`, §3.3.10, into `constantKind` and `constantValue`. */
function parseConstant(r: Reader, module: Module, type: u32): void {
  const start = r.at;
  constantKind = m.INIT_CONST;
  constantValue = constantUpper = 0;
  const found = parseConstantInstruction(r, module);
  if (!r.failed && found != type) return r.failAt(start, "type mismatch");
  const end = r.byte();
  if (end == op.OP_END || r.failed) return;
  // A second value is a type error; anything that is no constant is another.
  r.failAt(r.at - 1, isConstantOpcode(end) ? "type mismatch" : "constant expression required");
}

function isConstantOpcode(opcode: u32): bool {
  if (opcode >= op.OP_I32_CONST && opcode <= op.OP_F64_CONST) return true;
  if (opcode == op.OP_PREFIX_FD) return true;
  return opcode == op.OP_GLOBAL_GET || opcode == op.OP_REF_NULL || opcode == op.OP_REF_FUNC;
}

/** Reads the one instruction of a constant expression; returns its type. */
function parseConstantInstruction(r: Reader, module: Module): u32 {
  switch (r.byte()) {
    case op.OP_I32_CONST: {
      constantValue = <u64>(<u32>r.s32());
      return TYPE_I32;
    }
    case op.OP_I64_CONST: {
      constantValue = <u64>r.s64();
      return TYPE_I64;
    }
    case op.OP_F32_CONST: {
      constantValue = r.fixed32();
      return TYPE_F32;
    }
    case op.OP_F64_CONST: {
      constantValue = r.fixed64();
      return TYPE_F64;
    }
    case op.OP_PREFIX_FD: {
      if (r.u32() != FD_V128_CONST) r.failAt(r.at - 1, "constant expression required");
      constantValue = r.fixed64();
      constantUpper = r.fixed64();
      return TYPE_V128;
    }
    case op.OP_REF_NULL:
      return parseReferenceType(r);
    case op.OP_REF_FUNC: {
      constantKind = m.INIT_FUNCTION;
      constantValue = parseFunctionIndex(r, module);
      if (!r.failed) module.markReferenced(<u32>constantValue);
      return TYPE_FUNCREF;
    }
    case op.OP_GLOBAL_GET:
      return parseConstantGlobal(r, module);
    case op.OP_END: {
      r.failAt(r.at - 1, "type mismatch");
      return 0;
    }
    default: {
      r.failAt(r.at - 1, "constant expression required");
      return 0;
    }
  }
}

/** global.get: constant expressions see imported, immutable globals only. */
function parseConstantGlobal(r: Reader, module: Module): u32 {
  const index = r.u32();
  if (index >= module.importedGlobals) {
    r.fail("unknown global");
    return 0;
  }
  if (module.globalField(index, m.GLOBAL_MUTABLE)) r.fail("constant expression required");
  constantKind = m.INIT_GLOBAL;
  constantValue = index;
  return module.globalField(index, m.GLOBAL_TYPE);
}

function parseFunctionIndex(r: Reader, module: Module): u32 {
  const index = r.u32();
  if (index >= module.functionCount) r.fail("unknown function");
  return index;
}

// ── exports and start ───────────────────────────────────────────────────────────────────────────────────

function parseExports(r: Reader, module: Module): void {
  const count = r.count(limits.MAX_FUNCTIONS, "too many exports");
  const index = new HashIndex(count);
  for (let i: u32 = 0; i < count && !r.failed; i++) parseExport(r, module, index);
  index.free();
  heap.free(changetype<usize>(index));
}

function parseExport(r: Reader, module: Module, names: HashIndex): void {
  const length = r.name();
  const name = r.at - length;
  const kind = r.byte();
  const index = r.u32();
  if (r.failed) return;
  if (index >= externCount(module, kind)) return r.fail(unknownExtern(kind));
  const hash = hashBytes(r.address(name), length, 0);
  for (let cursor = names.first(hash); cursor != 0; cursor = names.next(cursor)) {
    const other = names.value(cursor);
    if (module.exportField(other, m.EXPORT_NAME_LEN) != length) continue;
    const otherName = r.address(module.exportField(other, m.EXPORT_NAME));
    if (memory.compare(otherName, r.address(name), length) == 0)
      return r.failAt(name, "duplicate export name");
  }
  names.add(hash, module.exportCount());
  if (kind == m.EXTERN_FUNCTION) module.markReferenced(index);
  module.exports.push(name);
  module.exports.push(length);
  module.exports.push(kind);
  module.exports.push(index);
}

/** How many functions, tables, memories or globals there are. */
function externCount(module: Module, kind: u32): u32 {
  switch (kind) {
    case m.EXTERN_FUNCTION:
      return module.functionCount;
    case m.EXTERN_TABLE:
      return module.tableCount;
    case m.EXTERN_MEMORY:
      return module.hasMemory ? 1 : 0;
    case m.EXTERN_GLOBAL:
      return module.globalCount;
    default:
      return 0;
  }
}

function unknownExtern(kind: u32): string {
  switch (kind) {
    case m.EXTERN_FUNCTION:
      return "unknown function";
    case m.EXTERN_TABLE:
      return "unknown table";
    case m.EXTERN_MEMORY:
      return "unknown memory";
    case m.EXTERN_GLOBAL:
      return "unknown global";
    default:
      return "malformed export kind";
  }
}

function parseStart(r: Reader, module: Module): void {
  const start = parseFunctionIndex(r, module);
  if (r.failed) return;
  const type = module.functionType(start);
  if (module.paramCount(type) != 0 || module.resultCount(type) != 0) return r.fail("start function");
  module.start = start;
}

// ── segments and code ───────────────────────────────────────────────────────────────────────────────────

function parseElements(r: Reader, module: Module): void {
  const count = r.count(limits.MAX_SEGMENTS, "too many element segments");
  for (let i: u32 = 0; i < count && !r.failed; i++) parseElement(r, module);
}

/** An element segment, §5.5.12. Flags: 1 passive or declared, 2 explicit table or declared, 4 expressions. */
function parseElement(r: Reader, module: Module): void {
  const flags = r.u32();
  if (flags > 7) return r.fail("malformed elements segment kind");
  const mode = flags & 1 ? (flags & 2 ? m.SEGMENT_DECLARED : m.SEGMENT_PASSIVE) : m.SEGMENT_ACTIVE;
  const table = mode == m.SEGMENT_ACTIVE && (flags & 2) != 0 ? r.u32() : 0;
  let init: u32 = 0;
  let value: u32 = 0;
  if (mode == m.SEGMENT_ACTIVE) {
    if (table >= module.tableCount) return r.fail("unknown table");
    parseConstant(r, module, TYPE_I32);
    init = constantKind;
    value = <u32>constantValue;
  }
  const type = flags & 3 ? parseElementKind(r, (flags & 4) != 0) : TYPE_FUNCREF;
  if (mode == m.SEGMENT_ACTIVE && !r.failed && module.tableField(table, m.TABLE_TYPE) != type)
    r.fail("type mismatch");
  const count = r.count(0xffffffff, "");
  module.elems.push(mode);
  module.elems.push(table);
  module.elems.push(init);
  module.elems.push(value);
  module.elems.push(type);
  module.elems.push(module.items.length);
  module.elems.push(count);
  module.elemCount += 1;
  for (let i: u32 = 0; i < count && !r.failed; i++) {
    module.items.push(flags & 4 ? parseItemExpression(r, module, type) : parseItemFunction(r, module));
  }
}

function parseElementKind(r: Reader, isType: bool): u32 {
  if (isType) return parseReferenceType(r);
  if (r.byte() != 0) r.failAt(r.at - 1, "malformed element kind");
  return TYPE_FUNCREF;
}

function parseItemFunction(r: Reader, module: Module): u32 {
  const func = parseFunctionIndex(r, module);
  if (!r.failed) module.markReferenced(func);
  return func + 1;
}

function parseItemExpression(r: Reader, module: Module, type: u32): u32 {
  parseConstant(r, module, type);
  if (constantKind == m.INIT_FUNCTION) return <u32>constantValue + 1;
  return constantKind == m.INIT_GLOBAL ? m.ITEM_GLOBAL | <u32>constantValue : 0;
}

function parseCode(r: Reader, module: Module): void {
  const count = r.count(limits.MAX_FUNCTIONS, "too many functions");
  if (count != module.functionCount - module.importedFunctions) {
    return r.fail("function and code section have inconsistent lengths");
  }
  for (let i: u32 = 0; i < count && !r.failed; i++) {
    const size = r.u32();
    const body = r.skip(size);
    if (size > limits.MAX_BODY_BYTES) r.failAt(body, "function body too large");
    module.setFunctionField(module.importedFunctions + i, m.FUNC_BODY, body);
    module.setFunctionField(module.importedFunctions + i, m.FUNC_BODY_END, r.at);
  }
}

function parseDatas(r: Reader, module: Module): void {
  const count = r.count(limits.MAX_SEGMENTS, "too many data segments");
  module.dataCount = count;
  for (let i: u32 = 0; i < count && !r.failed; i++) parseData(r, module);
}

/** A data segment, §5.5.14. Flags: 0 active, 1 passive, 2 active with a memory index. */
function parseData(r: Reader, module: Module): void {
  const flags = r.u32();
  if (flags > 2) return r.fail("malformed data segment kind");
  const mode = flags == 1 ? m.SEGMENT_PASSIVE : m.SEGMENT_ACTIVE;
  const memoryIndex = flags == 2 ? r.u32() : 0;
  let init: u32 = 0;
  let value: u32 = 0;
  if (mode == m.SEGMENT_ACTIVE) {
    if (memoryIndex != 0 || !module.hasMemory) return r.fail("unknown memory");
    parseConstant(r, module, TYPE_I32);
    init = constantKind;
    value = <u32>constantValue;
  }
  const length = r.u32();
  module.datas.push(mode);
  module.datas.push(init);
  module.datas.push(value);
  module.datas.push(r.skip(length));
  module.datas.push(length);
}
