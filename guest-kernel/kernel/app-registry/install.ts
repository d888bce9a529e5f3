// Installs apps and libraries: from a checked bundle to machine code, a step at a time.

import { SECTION_KIND_TYPES, SECTION_KIND_WASM, SECTION_LENGTH, SECTION_OFFSET } from "../../abi/bundle.ts";
import { E_NOMEM, E_PKG_MODULE } from "../../abi/errors.ts";
import { MANIFEST_ENTRY, MANIFEST_ENTRY_SIZE, MANIFEST_MEMORY_PAGES } from "../../abi/manifest.ts";
import { Compiler } from "../../aot/compiler.ts";
import { FLAG_LOCALS_IN_FRAME, FLAG_PREEMPTIBLE } from "../../aot/limits.ts";
import { storageUse } from "../../aot/storage.ts";
import { log } from "../log.ts";
import { framesAlloc, framesFree, framesHaveRun } from "../mm/frames.ts";
import { heapRoom } from "../mm/heap-room.ts";
import { CODE_PAGES_MAX, codeTablesCount, codeTablesCreate } from "../mm/windows.ts";
import { bundleCheck, bundleFind, bundleManifest } from "../pkg/bundle.ts";
import { bindImports } from "./imports.ts";
import {
  Install,
  installAt,
  installHandle,
  installIsLibrary,
  installIsLinked,
  installMemoryMax,
  installMemoryMin,
  pagesOf,
} from "./installed.ts";
import { libraryFault, libraryIsMissing, libraryStep } from "./library.ts";

const STATUS_BITS: u32 = 0xff;

// A kernel that is built to measure what safepoints cost can stop no process that does not end by itself.
const COMPILER_FLAGS: u32 = isDefined(WITHOUT_SAFEPOINTS) ? 0 : FLAG_PREEMPTIBLE;

// What the small pieces that a compiler takes from the kernel's heap come to at most. Large ones are frames.
const HEAP_ROOM: usize = 4 << 20;

storageUse(takeFrames, giveFrames);

function takeFrames(bytes: usize, spare: usize): usize {
  const frames = framesAlloc(pagesOf(<u32>bytes));
  if (frames == 0 || framesHaveRun(pagesOf(<u32>spare))) return frames;
  giveFrames(frames, bytes);
  return 0;
}

function giveFrames(address: usize, bytes: usize): void {
  framesFree(address, pagesOf(<u32>bytes));
}

/** Begins to install a checked bundle, whose pages it takes over: a handle, or -E_NOMEM. */
export function installBegin(bundle: usize, len: u32): i32 {
  return begin(bundle, pagesOf(len));
}

/** As installBegin, for a bundle in the initramfs, which stays where it is: a handle, -E_NOMEM or -E_PKG_BUNDLE. */
export function installBeginBorrowed(bundle: usize, len: u32): i32 {
  const error = bundleCheck(bundle, len);
  return error < 0 ? error : begin(bundle, 0);
}

function begin(bundle: usize, ownedPages: u32): i32 {
  const install = changetype<Install>(heap.alloc(offsetof<Install>()));
  const section = bundleFind(bundle, SECTION_KIND_WASM);
  const wasm = bundle + <usize>load<u32>(section, SECTION_OFFSET);
  install.bundle = bundle;
  install.bundlePages = ownedPages;
  const flags = bundleFind(bundle, SECTION_KIND_TYPES) == 0 ? 0 : FLAG_LOCALS_IN_FRAME;
  install.compiler = new Compiler(wasm, load<u32>(section, SECTION_LENGTH), COMPILER_FLAGS | flags);
  install.program = -1;
  install.library = null;
  install.imports = 0;
  install.code = 0;
  install.codePages = 0;
  install.codeTables = 0;
  install.entry = 0;
  install.statusMask = 0;
  return installHandle(install);
}

/**
 * Compiles a slice, of the library that it needs first: > 0 there is more, 0 done, -E_PKG_MODULE or -E_NOMEM. After an error only
 * installFree is left.
 */
export function installStep(handle: i32): i32 {
  const install = installAt(handle);
  // A package can be evicted, and what is linked to a library counts on it.
  if (installIsLibrary(handle) && install.bundlePages != 0)
    return refuse("a library that is not in the initramfs");
  if (libraryIsMissing(install)) return libraryStep(install);
  const compiler = install.compiler;
  const error = checkRoom(compiler);
  if (error < 0) return error;
  const result = compiler.step();
  if (result > 0) return result;
  if (result == 0) return finish(install);
  if (compiler.starved()) return noMemory();
  log("module refused at byte " + compiler.errorOffset().toString() + ": " + compiler.error());
  return -E_PKG_MODULE;
}

function noMemory(): i32 {
  log("module refused: there is no memory to compile it");
  return -E_NOMEM;
}

function refuse(why: string): i32 {
  log("module refused: " + why);
  return -E_PKG_MODULE;
}

/** 0 if there is memory for a step, whatever the module. */
function checkRoom(compiler: Compiler): i32 {
  if (heapRoom() >= HEAP_ROOM && framesHaveRun(pagesOf(<u32>compiler.stepRoom()))) return 0;
  return noMemory();
}

/** Frees an installation, complete or not, with the pages of its bundle. No process of it may be alive. */
export function installFree(handle: i32): void {
  const install = installAt(handle);
  install.compiler.free();
  if (install.imports != 0) heap.free(install.imports);
  if (install.code != 0) framesFree(install.code, install.codePages);
  if (install.codeTables != 0) framesFree(install.codeTables, codeTablesCount(install.codePages));
  if (install.bundlePages != 0) framesFree(install.bundle, install.bundlePages);
  heap.free(changetype<usize>(install));
}

/** The module is compiled: checks what it wants of others, and puts its code where it can be executed. */
function finish(install: Install): i32 {
  const compiler = install.compiler;
  const why = fault(install);
  if (why != "") return refuse(why);
  if (!bindImports(install)) return -E_PKG_MODULE;
  install.codePages = pagesOf(compiler.codeLength());
  if (install.codePages > CODE_PAGES_MAX) return refuse("its code is too large");
  install.code = framesAlloc(install.codePages);
  if (install.code == 0) return -E_NOMEM;
  memory.copy(install.code, compiler.code(), compiler.codeLength());
  compiler.settle();
  if (!installIsLibrary(installHandle(install))) return 0;
  install.codeTables = codeTablesCreate(install.code, install.codePages);
  return install.codeTables == 0 ? -E_NOMEM : 0;
}

/** Why a compiled module can be no app or no library, "" if it can. */
function fault(install: Install): string {
  if (!hasMemory(install)) {
    const linked = installIsLinked(install);
    return linked
      ? "its memory is not imported, or larger than its manifest says"
      : "its memory is not its own, or larger than its manifest says";
  }
  // References are numbers of one module's functions; tables that modules share hold no others (aot/emit-table.ts).
  if (installIsLinked(install) && install.compiler.hasDescriptors())
    return "it writes to tables, and is a library or linked to one";
  if (installIsLibrary(installHandle(install))) return libraryFault(install);
  return findEntry(install);
}

/** True if the module has a memory, within what its manifest asks for: its own, or that which library and app share. */
function hasMemory(install: Install): bool {
  const module = install.compiler.wasm;
  const handle = installHandle(install);
  if (!module.hasMemory || module.memoryImported != installIsLinked(install)) return false;
  const asked = load<u32>(bundleManifest(install.bundle), MANIFEST_MEMORY_PAGES);
  return module.memoryMin <= asked && installMemoryMin(handle) <= installMemoryMax(handle);
}

/** "", or that there is no entry. */
function findEntry(install: Install): string {
  const compiler = install.compiler;
  const name = bundleManifest(install.bundle) + MANIFEST_ENTRY;
  let length: u32 = 0;
  while (length < <u32>MANIFEST_ENTRY_SIZE && load<u8>(name + length) != 0) length++;
  const func = compiler.findExport(name, length);
  const returnsStatus = memory.data<u8>([62, 105]); // ">i"
  if (func >= 0 && <u32>func >= compiler.wasm.importedFunctions) {
    install.entry = compiler.functionCode(<u32>func);
    install.statusMask = STATUS_BITS;
    if (compiler.hasSignature(<u32>func, returnsStatus, 2)) return "";
    install.statusMask = 0;
    if (compiler.hasSignature(<u32>func, returnsStatus, 1)) return "";
  }
  return "no entry " + String.UTF8.decodeUnsafe(name, length) + " of type () -> i32 or () -> ()";
}
