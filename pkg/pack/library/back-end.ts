// What is used of binaryen, asc's back end, in the version that asc brings.

/** A module that asc has compiled and not yet optimised. */
export interface Unit {
  binaryen: BackEnd;
  module: BackEndModule;
}

export interface BackEnd {
  getFunctionInfo(ref: number): FunctionInfo;
  getGlobalInfo(ref: number): GlobalInfo;
  getElementSegmentInfo(ref: number): { name: string; table: string; data: string[] };
  getExpressionInfo(ref: number): { value?: unknown };
  getExportInfo(ref: number): { name: string };
  expandType(type: number): number[];
  /** Whether modules are written with names. */
  setDebugInfo(on: boolean): void;
  emitText(ref: number): string;
  readonly none: number;
  readonly i32: number;
}

export interface FunctionInfo {
  name: string;
  /** The module that it is imported from; empty if it is defined. */
  module: string;
  params: number;
  results: number;
  vars: number[];
  body: number;
}

export interface GlobalInfo {
  name: string;
  type: number;
  mutable: boolean;
  init: number;
}

export interface BackEndModule {
  i32: { const(value: number): number };
  global: { set(name: string, value: number): number };
  local: { get(index: number, type: number): number };
  nop(): number;
  block(label: null, children: number[]): number;
  call(name: string, operands: number[], type: number): number;
  call_indirect(table: string, target: number, operands: number[], params: number, results: number): number;
  addFunction(name: string, params: number, results: number, vars: number[], body: number): number;
  addFunctionImport(name: string, module: string, base: string, params: number, results: number): void;
  addFunctionExport(name: string, external: string): void;
  removeFunction(name: string): void;
  getFunction(name: string): number;
  getNumFunctions(): number;
  getFunctionByIndex(index: number): number;
  addGlobal(name: string, type: number, mutable: boolean, init: number): void;
  addGlobalImport(name: string, module: string, base: string, type: number, mutable: boolean): void;
  addGlobalExport(name: string, external: string): void;
  removeGlobal(name: string): void;
  getGlobal(name: string): number;
  getNumGlobals(): number;
  getGlobalByIndex(index: number): number;
  addTable(name: string, initial: number, maximum: number): void;
  removeTable(name: string): void;
  addTableImport(name: string, module: string, base: string): void;
  addTableExport(name: string, external: string): void;
  addActiveElementSegment(table: string, name: string, functions: string[], offset: number): void;
  removeElementSegment(name: string): void;
  getNumElementSegments(): number;
  getElementSegmentByIndex(index: number): number;
  setMemory(
    initial: number,
    maximum: number,
    exported: null,
    segments: { offset: number; data: Uint8Array; passive: false }[],
    shared: false,
    memory64: false,
    name: string,
  ): void;
  addMemoryImport(name: string, module: string, base: string, shared: false): void;
  getMemoryInfo(name: string): { initial: number; max?: number };
  getNumDataSegments(): number;
  getDataSegmentByIndex(index: number): number;
  getDataSegmentInfo(ref: number): { offset: number; data: ArrayBuffer };
  getNumExports(): number;
  getExportByIndex(index: number): number;
  removeExport(external: string): void;
  getStart(): number;
  setStart(ref: number): void;
  runPasses(passes: string[]): void;
}

/** asc's names of the one memory and the one table of a module. */
export const MEMORY = "0";
export const TABLE = "0";
