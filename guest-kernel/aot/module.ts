// What a module declares, as the section parsers leave it: flat records of u32, offsets into the module's bytes.

import { Words, newWords, releaseWords } from "./words.ts";
import { INLINE, TYPE_EMPTY } from "./types.ts";

// A function type. Value types are read from the module's bytes, one byte each.
export const FUNC_TYPE_PARAMS: u32 = 0; // offset of the first
export const FUNC_TYPE_PARAM_COUNT: u32 = 1;
export const FUNC_TYPE_RESULTS: u32 = 2;
export const FUNC_TYPE_RESULT_COUNT: u32 = 3;
export const FUNC_TYPE_CANONICAL: u32 = 4; // the first type that is equal to this one
export const FUNC_TYPE_SIZE: u32 = 5;

// A function; imported ones come first and have no body.
export const FUNC_TYPE: u32 = 0;
export const FUNC_BODY: u32 = 1; // offset of its bytes
export const FUNC_BODY_END: u32 = 2;
export const FUNC_CODE: u32 = 3; // code offset; imported: of its thunk, or NO_CODE
export const FUNC_SIZE: u32 = 4;

export const NO_CODE: u32 = 0xffffffff;

// An import
export const IMPORT_MODULE: u32 = 0; // offset of the name
export const IMPORT_MODULE_LEN: u32 = 1;
export const IMPORT_NAME: u32 = 2;
export const IMPORT_NAME_LEN: u32 = 3;
export const IMPORT_KIND: u32 = 4; // EXTERN_*
export const IMPORT_INDEX: u32 = 5; // among the functions, tables, memories or globals
export const IMPORT_WORDS: u32 = 6;

// Kinds of imports and exports
export const EXTERN_FUNCTION: u32 = 0;
export const EXTERN_TABLE: u32 = 1;
export const EXTERN_MEMORY: u32 = 2;
export const EXTERN_GLOBAL: u32 = 3;

// A constant expression: its kind and value
export const INIT_CONST: u32 = 0; // low and high word of the bits
export const INIT_GLOBAL: u32 = 1; // global index
export const INIT_FUNCTION: u32 = 2; // function index

// A global
export const GLOBAL_TYPE: u32 = 0;
export const GLOBAL_MUTABLE: u32 = 1;
export const GLOBAL_IMPORTED: u32 = 2;
export const GLOBAL_INIT: u32 = 3; // INIT_*
export const GLOBAL_VALUE: u32 = 4; // four words
export const GLOBAL_WORDS: u32 = 8;

// A table
export const TABLE_TYPE: u32 = 0;
export const TABLE_MIN: u32 = 1;
export const TABLE_LIMIT: u32 = 2; // declared maximum, or 2^32 - 1
export const TABLE_IMPORTED: u32 = 3;
export const TABLE_GROWS: u32 = 4; // 1 if the code can grow it
export const TABLE_WORDS: u32 = 5;

// Modes of segments
export const SEGMENT_ACTIVE: u32 = 0;
export const SEGMENT_PASSIVE: u32 = 1;
export const SEGMENT_DECLARED: u32 = 2;

// A data segment
export const DATA_MODE: u32 = 0;
export const DATA_INIT: u32 = 1; // INIT_* of its offset
export const DATA_VALUE: u32 = 2;
export const DATA_BYTES: u32 = 3; // offset of its bytes
export const DATA_LENGTH: u32 = 4;
export const DATA_WORDS: u32 = 5;

// An element segment
export const ELEM_MODE: u32 = 0;
export const ELEM_TABLE: u32 = 1;
export const ELEM_INIT: u32 = 2;
export const ELEM_VALUE: u32 = 3;
export const ELEM_TYPE: u32 = 4;
export const ELEM_FIRST: u32 = 5; // index into `items`
export const ELEM_COUNT: u32 = 6;
export const ELEM_WORDS: u32 = 7;

// An element: function index + 1, 0 for null, or with this bit the index of a global that holds it.
export const ITEM_GLOBAL: u32 = 0x80000000;

// An export
export const EXPORT_NAME: u32 = 0;
export const EXPORT_NAME_LEN: u32 = 1;
export const EXPORT_KIND: u32 = 2; // EXTERN_*
export const EXPORT_INDEX: u32 = 3;
export const EXPORT_WORDS: u32 = 4;

export const NO_START: u32 = 0xffffffff;
export const NO_DATA_COUNT: u32 = 0xffffffff;

/** The declarations of a module. */
@unmanaged
export class Module {
  base: usize; // linear address of its bytes
  length: u32;
  types: Words = newWords();
  functions: Words = newWords();
  functionCount: u32;
  importedFunctions: u32;
  imports: Words = newWords();
  globals: Words = newWords();
  globalCount: u32;
  importedGlobals: u32;
  tables: Words = newWords();
  tableCount: u32;
  hasMemory: bool;
  memoryImported: bool;
  memoryShared: bool;
  memoryMin: u32; // pages
  memoryMax: u32; // pages; MAX_MEMORY_PAGES if none is declared
  exports: Words = newWords();
  elems: Words = newWords();
  elemCount: u32;
  items: Words = newWords(); // elements of all element segments
  datas: Words = newWords();
  dataCount: u32; // of the data section
  declaredDatas: u32; // of the data count section, or NO_DATA_COUNT
  start: u32; // function index, or NO_START
  referenced: Words = newWords(); // a bit per function: may be the target of ref.func
  maxResults: u32; // of any function type
  nameSection: u32; // offset of the "name" section's content, 0 if there is none
  nameSectionEnd: u32;

  /** For the `length` bytes at `base`. */
  constructor(base: usize, length: u32) {
    this.base = base;
    this.length = length;
    this.declaredDatas = NO_DATA_COUNT;
    this.start = NO_START;
  }

  free(): void {
    releaseWords(this.types);
    releaseWords(this.functions);
    releaseWords(this.imports);
    releaseWords(this.globals);
    releaseWords(this.tables);
    releaseWords(this.exports);
    releaseWords(this.elems);
    releaseWords(this.items);
    releaseWords(this.datas);
    releaseWords(this.referenced);
  }

  typeCount(): u32 {
    return this.types.length / FUNC_TYPE_SIZE;
  }

  /** A FUNC_TYPE_* field of function type `type`. */
  typeField(type: u32, field: u32): u32 {
    return this.types.get(type * FUNC_TYPE_SIZE + field);
  }

  paramCount(type: u32): u32 {
    return this.typeField(type, FUNC_TYPE_PARAM_COUNT);
  }

  param(type: u32, index: u32): u32 {
    return load<u8>(this.base + this.typeField(type, FUNC_TYPE_PARAMS) + index);
  }

  resultCount(type: u32): u32 {
    return this.typeField(type, FUNC_TYPE_RESULT_COUNT);
  }

  result(type: u32, index: u32): u32 {
    return load<u8>(this.base + this.typeField(type, FUNC_TYPE_RESULTS) + index);
  }

  canonical(type: u32): u32 {
    return this.typeField(type, FUNC_TYPE_CANONICAL);
  }

  /** Sets what `canonical` returns: what table entries and call_indirect know the type by. */
  setTypeNumber(type: u32, number: u32): void {
    this.types.set(type * FUNC_TYPE_SIZE + FUNC_TYPE_CANONICAL, number);
  }

  functionType(func: u32): u32 {
    return this.functions.get(func * FUNC_SIZE + FUNC_TYPE);
  }

  functionField(func: u32, field: u32): u32 {
    return this.functions.get(func * FUNC_SIZE + field);
  }

  setFunctionField(func: u32, field: u32, value: u32): void {
    this.functions.set(func * FUNC_SIZE + field, value);
  }

  globalField(global: u32, field: u32): u32 {
    return this.globals.get(global * GLOBAL_WORDS + field);
  }

  /** True if `global` is one that another instance may change, too. */
  isForeignGlobal(global: u32): bool {
    return this.globalField(global, GLOBAL_IMPORTED) != 0 && this.globalField(global, GLOBAL_MUTABLE) != 0;
  }

  tableField(table: u32, field: u32): u32 {
    return this.tables.get(table * TABLE_WORDS + field);
  }

  dataField(segment: u32, field: u32): u32 {
    return this.datas.get(segment * DATA_WORDS + field);
  }

  elemField(segment: u32, field: u32): u32 {
    return this.elems.get(segment * ELEM_WORDS + field);
  }

  exportCount(): u32 {
    return this.exports.length / EXPORT_WORDS;
  }

  exportField(index: u32, field: u32): u32 {
    return this.exports.get(index * EXPORT_WORDS + field);
  }

  importCount(): u32 {
    return this.imports.length / IMPORT_WORDS;
  }

  importField(index: u32, field: u32): u32 {
    return this.imports.get(index * IMPORT_WORDS + field);
  }

  /** Notes that `func` may be named by ref.func. */
  markReferenced(func: u32): void {
    const word = func >> 5;
    if (word >= this.referenced.length) this.referenced.resize((this.functionCount >> 5) + 1);
    this.referenced.set(word, this.referenced.get(word) | (1 << (func & 31)));
  }

  isReferenced(func: u32): bool {
    const word = func >> 5;
    return word < this.referenced.length && ((this.referenced.get(word) >> (func & 31)) & 1) != 0;
  }

  /** Number of values that a block of this type takes. */
  blockParamCount(blockType: u32): u32 {
    return blockType & INLINE ? 0 : this.paramCount(blockType);
  }

  blockParam(blockType: u32, index: u32): u32 {
    return this.param(blockType, index);
  }

  /** Number of values that a block of this type leaves. */
  blockResultCount(blockType: u32): u32 {
    if (blockType & INLINE) return (blockType & 0xff) == TYPE_EMPTY ? 0 : 1;
    return this.resultCount(blockType);
  }

  blockResult(blockType: u32, index: u32): u32 {
    return blockType & INLINE ? blockType & 0xff : this.result(blockType, index);
  }
}
