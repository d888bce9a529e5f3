// What a process has of its app: code in its window, a context, a memory that is filled. A process of an app that is linked to a
// library has an instance of both, in one context and one memory: first the library's, behind it the app's.
//
//   header | results | the library's parts | the app's parts | tables of the library | tables of the app

import { E_PKG_MODULE } from "../../abi/errors.ts";
import { CTX_ENTRY, CTX_START, CTX_STATUS_MASK, ENTRY_SIZE, TRAP_NONE } from "../../abi/instance.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { Compiler } from "../../aot/compiler.ts";
import { instantiate, Place } from "../../aot/instantiate.ts";
import { NO_START } from "../../aot/module.ts";
import { log } from "../log.ts";
import { copyToUser, userContains } from "../mm/user-memory.ts";
import {
  CODE_PAGE,
  LIBRARY_PAGE,
  Window,
  windowAddress,
  windowHookCode,
  windowMapCode,
  windowUnhookCode,
  windowUnmap,
} from "../mm/windows.ts";
import { Process } from "../proc/process.ts";
import { bindContext, KERNEL_BASE } from "./imports.ts";
import { Install, installAt, pagesOf } from "./installed.ts";

const place = changetype<Place>(heap.alloc(offsetof<Place>()));

/** Pages for the context of an instance and its tables, its library's included. */
export function instanceContextPages(handle: i32): u32 {
  const install = installAt(handle);
  const library = install.library;
  const bytes = tablesOffset(install.compiler) + tableBytes(install.compiler);
  return pagesOf(library === null ? bytes : bytes + tableBytes(library.compiler));
}

/** Maps the code of an app and its library into a window. False when out of memory; what is mapped by then stays mapped. */
export function instanceMapCode(handle: i32, window: Window): bool {
  const install = installAt(handle);
  const library = install.library;
  if (library !== null) windowHookCode(window, LIBRARY_PAGE, library.codeTables, library.codePages);
  for (let page: u32 = 0; page < install.codePages; page++) {
    if (!windowMapCode(window, CODE_PAGE + page, install.code + <usize>page * PAGE_SIZE)) return false;
  }
  return true;
}

/** Unmaps what instanceMapCode mapped, if it did. */
export function instanceUnmapCode(handle: i32, window: Window): void {
  const install = installAt(handle);
  const library = install.library;
  if (library !== null) windowUnhookCode(window, LIBRARY_PAGE, library.codePages);
  for (let page: u32 = 0; page < install.codePages; page++) windowUnmap(window, CODE_PAGE + page);
}

/** Fills the context and the memory of a new process, whose context header is ready but for its entry. 0, or -E_PKG_MODULE. */
export function instanceFill(handle: i32, process: Process): i32 {
  const install = installAt(handle);
  const library = install.library;
  setEntry(install, process);
  let tables = process.context + tablesOffset(install.compiler);
  if (library !== null) {
    if (!fill(library, process, LIBRARY_PAGE, tables)) return -E_PKG_MODULE;
    tables += tableBytes(library.compiler);
    bindContext(install, process);
  }
  return fill(install, process, CODE_PAGE, tables) ? 0 : -E_PKG_MODULE;
}

function setEntry(install: Install, process: Process): void {
  const code = windowAddress(process.window, CODE_PAGE);
  const compiler = install.compiler;
  const start = compiler.wasm.start;
  store<u64>(process.context, code + install.entry, CTX_ENTRY);
  store<u64>(process.context, start == NO_START ? 0 : code + compiler.functionCode(start), CTX_START);
  store<u32>(process.context, install.statusMask, CTX_STATUS_MASK);
}

/** Fills in one module, whose code is at `page` of the window, with its tables' storage at `tables`. */
function fill(install: Install, process: Process, page: u32, tables: usize): bool {
  place.context = process.context;
  place.tables = tables;
  place.base = KERNEL_BASE;
  place.code = windowAddress(process.window, page);
  place.imports = install.imports;
  place.linked = install.library !== null; // bindContext has done what it imports
  place.globals = place.tablesImported = 0; // others import functions only
  place.functions = place.references = 0; // and there are no other instances to share with
  const cookie = changetype<usize>(process);
  if (instantiate(install.compiler, place, writeData, refuseElements, cookie) == TRAP_NONE) return true;
  log("module refused: a segment does not fit");
  return false;
}

/** Imported tables are in the same context. */
function refuseElements(_cookie: usize, _table: u32, _start: u32, _entries: usize, _count: u32): bool {
  return false;
}

function writeData(cookie: usize, address: u32, source: usize, length: u32): bool {
  const process = changetype<Process>(cookie);
  if (!userContains(process, address, length)) return false;
  copyToUser(process, address, source, length);
  return true;
}

/** Where the tables begin behind the context. */
function tablesOffset(compiler: Compiler): u32 {
  return (compiler.contextSize() + <u32>ENTRY_SIZE - 1) & ~(<u32>ENTRY_SIZE - 1);
}

/** Bytes of the storage of a module's own tables. */
function tableBytes(compiler: Compiler): u32 {
  let entries: u32 = 0;
  for (let i: u32 = 0; i < compiler.wasm.tableCount; i++) entries += compiler.tableCapacity(i);
  return entries * <u32>ENTRY_SIZE;
}
