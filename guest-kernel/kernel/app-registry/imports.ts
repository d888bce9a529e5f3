// What a module's imports mean: system call stubs and exports of the library that it is linked to, by name, if the type is the
// same.
//
// Install.imports has a u64 for each import, functions first, then globals, then tables, each in the order of their indices. Of a
// system call it is the stub's address; of a library's function the offset in the library's code, which is below any address;
// of a global or a table its offset in the context.

import { STUB_SYSCALL_BASE, STUB_TRACED_BASE } from "../../abi/arch.ts";
import { GLOBAL_SIZE, IMPORT_SIZE } from "../../abi/instance.ts";
import { KERNEL_WINDOW_GIB } from "../../abi/memory-map.ts";
import { SYSCALL_SLOTS } from "../../abi/syscall-table.ts";
import { Compiler } from "../../aot/compiler.ts";
import {
  EXTERN_FUNCTION,
  EXTERN_GLOBAL,
  EXTERN_MEMORY,
  EXTERN_TABLE,
  IMPORT_INDEX,
  IMPORT_KIND,
  IMPORT_MODULE,
  IMPORT_MODULE_LEN,
  IMPORT_NAME,
  IMPORT_NAME_LEN,
  Module,
  TABLE_IMPORTED,
} from "../../aot/module.ts";
import { log } from "../log.ts";
import { LIBRARY_PAGE, windowAddress } from "../mm/windows.ts";
import { Process } from "../proc/process.ts";
import { stubAddress } from "../proc/stubs.ts";
import { tracing } from "../trace.ts";
import { Install, installIsLinked } from "./installed.ts";
import { bindExport, exportsReason } from "./library-exports.ts";

/** The virtual address of the kernel's address 0. */
export const KERNEL_BASE: u64 = (<u64>KERNEL_WINDOW_GIB) << 30;
const SPACE: i32 = 32;
const SIGNATURE_MAX: i32 = 16;
const NAME_MAX: u32 = 64; // of a name in the log

const signature = memory.data(16);

/**
 * Finds what each import means, into Install.imports. False if there is no such system call or export, or it has another type:
 * the log says which.
 */
export function bindImports(install: Install): bool {
  const module = install.compiler.wasm;
  const count = module.importCount();
  install.imports = heap.alloc(max<u32>(count, 1) << 3);
  for (let i: u32 = 0; i < count; i++) {
    const reason = bindImport(install, i);
    if (reason == "") continue;
    const name = install.compiler.reader.address(module.importField(i, IMPORT_NAME));
    const length = min<u32>(module.importField(i, IMPORT_NAME_LEN), NAME_MAX);
    log("module refused: imports " + reason + " " + String.UTF8.decodeUnsafe(name, length));
    return false;
  }
  return true;
}

/** Binds one import: "" or what is wrong with it. */
function bindImport(install: Install, i: u32): string {
  const compiler = install.compiler;
  const module = compiler.wasm;
  const kind = module.importField(i, IMPORT_KIND);
  const library = install.library;
  if (library !== null && isFrom(compiler, i, "library")) {
    const meaning = bindExport(compiler, i, library.compiler);
    if (meaning < 0) return exportsReason(meaning, kind);
    store<u64>(meaningAt(install, kind, module.importField(i, IMPORT_INDEX)), <u64>meaning);
    return "";
  }
  // What memory it is has been checked: there is one.
  if (kind == EXTERN_MEMORY && isMemory(install, i)) return "";
  const ours = kind == EXTERN_FUNCTION && isFrom(compiler, i, "oscortex");
  const slot = ours ? findSlot(compiler, i) : -1;
  if (slot < 0) return "no system call";
  const index = module.importField(i, IMPORT_INDEX);
  if (!hasType(compiler, index, slot)) return "another type of system call";
  const stubs = tracing() ? STUB_TRACED_BASE : STUB_SYSCALL_BASE;
  store<u64>(meaningAt(install, kind, index), stubAddress(stubs + <u32>slot));
  return "";
}

/** True for the memory that library and app share. */
function isMemory(install: Install, i: u32): bool {
  const compiler = install.compiler;
  const name = compiler.reader.address(compiler.wasm.importField(i, IMPORT_NAME));
  const length = compiler.wasm.importField(i, IMPORT_NAME_LEN);
  return installIsLinked(install) && isFrom(compiler, i, "env") && equals("memory", name, length);
}

/** Where the meaning of imported function, global or table `index` is. */
function meaningAt(install: Install, kind: u32, index: u32): usize {
  const module = install.compiler.wasm;
  let before: u32 = 0;
  if (kind != EXTERN_FUNCTION) before += module.importedFunctions;
  if (kind == EXTERN_TABLE) before += module.importedGlobals;
  return install.imports + ((<usize>(before + index)) << 3);
}

/** Fills the slots of what a linked app imports in the context of a new process, which has an instance of the library. */
export function bindContext(install: Install, process: Process): void {
  const module = install.compiler.wasm;
  const layout = install.compiler.layout;
  const context = process.context;
  const code = windowAddress(process.window, LIBRARY_PAGE);
  for (let i: u32 = 0; i < module.importedFunctions; i++) {
    const meaning = load<u64>(meaningAt(install, EXTERN_FUNCTION, i));
    const address = meaning > u32.MAX_VALUE ? meaning : code + meaning;
    store<u64>(context + layout.imports + <usize>i * IMPORT_SIZE, address);
  }
  for (let i: u32 = 0; i < module.importedGlobals; i++) {
    const exported = context + <usize>load<u64>(meaningAt(install, EXTERN_GLOBAL, i));
    if (module.isForeignGlobal(i)) store<u64>(context + layout.global(i), KERNEL_BASE + exported);
    else memory.copy(context + layout.global(i), exported, GLOBAL_SIZE);
  }
  for (let i: u32 = 0; i < importedTables(module); i++) {
    const exported = context + <usize>load<u64>(meaningAt(install, EXTERN_TABLE, i));
    store<u64>(context + layout.table(i), KERNEL_BASE + exported);
  }
}

function importedTables(module: Module): u32 {
  let count: u32 = 0;
  while (count < module.tableCount && module.tableField(count, TABLE_IMPORTED) != 0) count++;
  return count;
}

// ── system calls ────────────────────────────────────────────────────────────────────────────────────────

/** The system call that import `i` names, -1 if there is none. */
function findSlot(compiler: Compiler, i: u32): i32 {
  const name = compiler.reader.address(compiler.wasm.importField(i, IMPORT_NAME));
  const length = compiler.wasm.importField(i, IMPORT_NAME_LEN);
  for (let slot = 0; slot < SYSCALL_SLOTS.length; slot++) {
    const entry = SYSCALL_SLOTS[slot];
    if (entry.charCodeAt(<i32>length) == SPACE && matches(entry, name, length)) return slot;
  }
  return -1;
}

/** True if the function's type is what the table says behind the name. */
function hasType(compiler: Compiler, func: u32, slot: i32): bool {
  const entry = SYSCALL_SLOTS[slot];
  let length = 0;
  for (let i = entry.indexOf(" ") + 1; i < entry.length && length < SIGNATURE_MAX; i++) {
    store<u8>(signature + <usize>length, <u8>entry.charCodeAt(i));
    length++;
  }
  return compiler.hasSignature(func, signature, <u32>length);
}

/** True if import `i` names this module. */
function isFrom(compiler: Compiler, i: u32, text: string): bool {
  const name = compiler.reader.address(compiler.wasm.importField(i, IMPORT_MODULE));
  return equals(text, name, compiler.wasm.importField(i, IMPORT_MODULE_LEN));
}

function equals(text: string, name: usize, length: u32): bool {
  return <u32>text.length == length && matches(text, name, length);
}

/** True if `text` begins with the ASCII bytes. */
function matches(text: string, name: usize, length: u32): bool {
  if (<u32>text.length < length) return false;
  for (let i: u32 = 0; i < length; i++) {
    if (<u32>text.charCodeAt(<i32>i) != <u32>load<u8>(name + i)) return false;
  }
  return true;
}
