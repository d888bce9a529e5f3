// Checks the machine code of a module: that nothing in it can read, write or jump outside of its instance.

import { CTX_HEADER_SIZE, IMPORT_SIZE, RESULT_SIZE } from "../../abi/instance.ts";
import {
  KERNEL_CODE_GIB,
  KERNEL_WINDOW_GIB,
  PROCESS_WINDOW_GIB,
  WINDOW_MEMORY_MIB,
} from "../../abi/memory-map.ts";
import type { CompiledFunction, CompiledModule } from "../aot.ts";
import type { ContextLayout } from "./context.ts";
import { CodeFault, decode } from "./decode.ts";
import { checkFunction } from "./function.ts";

/** How a module was compiled, and for whom. */
export interface CheckOptions {
  /** Whether it has safepoints. */
  preemptible: boolean;
  /** It is the kernel: its window is its own. */
  kernel?: boolean;
  /** The library that it is linked to, whose part of the context is not the module's. */
  library?: CompiledModule | undefined;
}

/** What has been checked. */
export interface CheckSummary {
  functions: number;
  bytes: number;
}

const GIB = 2 ** 30;
const MIB = 2 ** 20;
const PROCESS_REACH = PROCESS_WINDOW_GIB * GIB - WINDOW_MEMORY_MIB * MIB;
const KERNEL_REACH = (KERNEL_CODE_GIB - KERNEL_WINDOW_GIB) * GIB;
const R14 = 14;
const CODE_ALIGN = 16;

/**
 * The copy routine, read by hand: rdi, rsi and rdx say where to, where from and how many bytes; it goes up or down
 * so that overlapping ranges come out right, and touches no byte outside of both.
 */
const COPY_ROUTINE = Buffer.from(
  [
    "488bc7 482bc6 483bc2 0f824d000000", // mov rax, rdi; sub rax, rsi; cmp rax, rdx; jb down
    "4881fa00010000 733e", // cmp rdx, 256; jae long
    "4883fa08 0f8214000000 4883ea08", // words: cmp rdx, 8; jb bytes; sub rdx, 8
    "4c8b1e 4c891f 4883c608 4883c708 ebe2", // mov r11, [rsi]; mov [rdi], r11; add rsi, 8; add rdi, 8; jmp words
    "4883fa01 0f8215000000 4883ea01", // bytes: cmp rdx, 1; jb done; sub rdx, 1
    "440fb61e 44881f 4883c601 4883c701 ebe1", // movzx r11d, [rsi]; mov [rdi], r11b; add rsi, 1; add rdi, 1; jmp bytes
    "c3", // done: ret
    "488bca f3a4 c3", // long: mov rcx, rdx; rep movsb; ret
    "4885c0 7501 c3", // down: test rax, rax; jne apart; ret
    "4883fa08 0f820e000000 4883ea08", // apart: cmp rdx, 8; jb bytes; sub rdx, 8
    "4c8b1c16 4c891c17 ebe8", // mov r11, [rsi + rdx]; mov [rdi + rdx], r11; jmp apart
    "4883fa01 0f820f000000 4883ea01", // bytes: cmp rdx, 1; jb done; sub rdx, 1
    "440fb61c16 44881c17 ebe7", // movzx r11d, [rsi + rdx]; mov [rdi + rdx], r11b; jmp bytes
    "c3", // done: ret
  ]
    .join("")
    .replaceAll(" ", ""),
  "hex",
);

/** Checks a module. @throws CodeFault */
export function checkModule(module: CompiledModule, options: CheckOptions): CheckSummary {
  const placed = module.functions.filter(({ offset }) => offset !== undefined);
  const byOffset = new Map(placed.map((func) => [func.offset!, func]));
  const layout = layoutOf(module);
  if (options.library === undefined) checkResults(layout.resultCount, layout.imports);
  else checkLinked(module, options.library);
  const firstFunction = Math.min(module.code.length, ...byOffset.keys());
  checkCopyRoutine(module.code, firstFunction);
  const imported = module.imports.filter(({ kind }) => kind === "function").length;
  const environment = {
    layout,
    reach: options.kernel ? KERNEL_REACH : PROCESS_REACH,
    copyRoutine: 0,
    functionAt: (offset: number) => byOffset.get(offset),
    imported: (index: number) => module.functions[index]!,
    typed: (type: number) => asCallee(module.types.get(type)),
  };
  module.functions.forEach((func, index) => {
    if (func.offset === undefined) return;
    const [start, end] = extentOf(func);
    if (start % CODE_ALIGN !== 0 || end > module.code.length)
      throw new CodeFault(start, "a function out of place");
    if (index < imported) return checkThunk(module.code, start, end, layout.imports + IMPORT_SIZE * index);
    checkFunction(
      { code: module.code, start, end, signature: func.signature, preemptible: options.preemptible },
      environment,
    );
  });
  return { functions: placed.length, bytes: module.code.length };
}

/**
 * What only both modules of a linked pair show: they have no part of the context in common but the results, whose room
 * is the library's, and the same numbers for the same types.
 */
function checkLinked(module: CompiledModule, library: CompiledModule): void {
  if (module.context.imports < library.context.size)
    throw new CodeFault(0, "a context that begins in its library's");
  checkResults(module.context.resultCount, library.context.imports);
  const numbers = new Map([...library.types].map(([number, signature]) => [signature, number]));
  for (const [number, signature] of module.types) {
    const other = numbers.get(signature);
    if (other === undefined ? library.types.has(number) : other !== number)
      throw new CodeFault(0, `another number than its library's for the type ${signature}`);
  }
}

function checkResults(count: number, end: number): void {
  if (CTX_HEADER_SIZE + RESULT_SIZE * count > end)
    throw new CodeFault(0, "results in another part of the context");
}

function layoutOf({ context, globals, tables, elems, dataCount, imports }: CompiledModule): ContextLayout {
  return {
    results: CTX_HEADER_SIZE,
    resultCount: context.resultCount,
    imports: context.imports,
    importCount: imports.filter(({ kind }) => kind === "function").length,
    globals: context.globals,
    foreignGlobals: globals.map(({ foreign }) => foreign),
    tables: context.tables,
    tableKinds: tables.map(({ type, imported }) => ({ imported, external: type === "R" })),
    datas: context.datas,
    dataCount,
    elems: context.elems,
    externalElems: elems.map((type) => type === "R"),
    references: context.references,
  };
}

function extentOf({ offset, size }: CompiledFunction): [start: number, end: number] {
  return [offset!, offset! + size];
}

function asCallee(signature: string | undefined): { signature: string } | undefined {
  return signature === undefined ? undefined : { signature };
}

/** jmp [r14 + import] */
function checkThunk(code: Uint8Array, start: number, end: number, imported: number): void {
  const { name, memory } = decode(code, start, end);
  const isJump =
    name === "jumpTo" && memory?.base === R14 && memory.index < 0 && memory.displacement === imported;
  if (!isJump) throw new CodeFault(start, "an imported function's code that is no jump to it");
}

function checkCopyRoutine(code: Uint8Array, end: number): void {
  const isKnown = Buffer.compare(code.subarray(0, COPY_ROUTINE.length), COPY_ROUTINE) === 0;
  if (!isKnown || end < COPY_ROUTINE.length)
    throw new CodeFault(0, "another copy routine than the one that was read");
}
