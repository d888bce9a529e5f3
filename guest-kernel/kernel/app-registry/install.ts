// An installed app: its bundle, the machine code that the kernel compiled from it, and what an instance needs.

import {
  SECTION_KIND_LINES,
  SECTION_KIND_SCOPES,
  SECTION_KIND_TYPES,
  SECTION_KIND_WASM,
  SECTION_LENGTH,
  SECTION_OFFSET,
} from "../../abi/bundle.ts";
import { E_NOMEM, E_PKG_MODULE } from "../../abi/errors.ts";
import { CTX_STATUS_MASK, ENTRY_SIZE, SITE_SIZE, SITE_WASM_OFFSET, TRAP_NONE } from "../../abi/instance.ts";
import {
  MANIFEST_CAPABILITIES,
  MANIFEST_ENTRY,
  MANIFEST_ENTRY_SIZE,
  MANIFEST_MEMORY_PAGES,
  MANIFEST_NAME,
  MANIFEST_VERSION,
} from "../../abi/manifest.ts";
import { KERNEL_WINDOW_GIB, PAGE_SIZE } from "../../abi/memory-map.ts";
import { Compiler } from "../../aot/compiler.ts";
import { instantiate, Place } from "../../aot/instantiate.ts";
import { FLAG_LOCALS_IN_FRAME, FLAG_PREEMPTIBLE } from "../../aot/limits.ts";
import { NO_START } from "../../aot/module.ts";
import { storageUse } from "../../aot/storage.ts";
import { log } from "../log.ts";
import { heapRoom } from "../mm/heap-room.ts";
import { framesAlloc, framesFree, framesHaveRun } from "../mm/frames.ts";
import { copyToUser, userContains } from "../mm/user-memory.ts";
import { CODE_PAGE, CODE_PAGES_MAX, Window, windowAddress, windowMapCode } from "../mm/windows.ts";
import { bundleCheck, bundleFind, bundleManifest } from "../pkg/bundle.ts";
import { Process } from "../proc/process.ts";
import { bindSystemCalls } from "./imports.ts";
import { lineText } from "./lines.ts";

/** What installSite returns for a code offset that is no site. */
export const SITE_NOT_FOUND: u32 = 0xffffffff;

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

/** An installed app. Its handle is its address. */
@unmanaged
class Install {
  bundle: usize;
  bundlePages: u32; // owned; 0 if the bundle lies in the initramfs
  compiler: Compiler; // kept: it knows the module's layout and sites
  imports: usize; // u64 code addresses
  code: usize; // frames with the machine code, 0 until it is compiled
  codePages: u32;
  entry: u32; // code offset
  statusMask: u32; // CTX_STATUS_MASK
}

const place = changetype<Place>(heap.alloc(offsetof<Place>()));

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
  install.imports = 0;
  install.code = 0;
  install.codePages = 0;
  return <i32>changetype<usize>(install);
}

/** Compiles a slice: > 0 there is more, 0 done, -E_PKG_MODULE or -E_NOMEM. After an error only installFree is left. */
export function installStep(handle: i32): i32 {
  const install = installAt(handle);
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
  if (install.bundlePages != 0) framesFree(install.bundle, install.bundlePages);
  heap.free(changetype<usize>(install));
}

/** The module is compiled: checks what it wants of the kernel, and puts its code where it can be executed. */
function finish(install: Install): i32 {
  const compiler = install.compiler;
  if (!checkModule(install) || !findEntry(install)) return -E_PKG_MODULE;
  install.imports = heap.alloc(max<u32>(compiler.wasm.importedFunctions, 1) << 3);
  if (!bindSystemCalls(compiler, install.imports)) return -E_PKG_MODULE;
  install.codePages = pagesOf(compiler.codeLength());
  if (install.codePages > CODE_PAGES_MAX) return -E_PKG_MODULE;
  install.code = framesAlloc(install.codePages);
  if (install.code == 0) return -E_NOMEM;
  memory.copy(install.code, compiler.code(), compiler.codeLength());
  compiler.settle();
  return 0;
}

/** True if the module brings its own memory, within what its manifest asks for. */
function checkModule(install: Install): bool {
  const module = install.compiler.wasm;
  if (module.hasMemory && !module.memoryImported && module.memoryMin <= manifestPages(install)) return true;
  log("module refused: its memory is not its own, or larger than its manifest says");
  return false;
}

function findEntry(install: Install): bool {
  const compiler = install.compiler;
  const name = bundleManifest(install.bundle) + MANIFEST_ENTRY;
  let length: u32 = 0;
  while (length < <u32>MANIFEST_ENTRY_SIZE && load<u8>(name + length) != 0) length++;
  const func = compiler.findExport(name, length);
  const returnsStatus = memory.data<u8>([62, 105]); // ">i"
  if (func >= 0 && <u32>func >= compiler.wasm.importedFunctions) {
    install.entry = compiler.functionCode(<u32>func);
    install.statusMask = STATUS_BITS;
    if (compiler.hasSignature(<u32>func, returnsStatus, 2)) return true;
    install.statusMask = 0;
    if (compiler.hasSignature(<u32>func, returnsStatus, 1)) return true;
  }
  log(
    "module refused: no entry " + String.UTF8.decodeUnsafe(name, length) + " of type () -> i32 or () -> ()",
  );
  return false;
}

// ── what a process needs ────────────────────────────────────────────────────────────────────────────────

/** NUL-padded name, MANIFEST_NAME_SIZE bytes. */
export function installName(handle: i32): usize {
  return bundleManifest(installAt(handle).bundle) + MANIFEST_NAME;
}

/** NUL-padded version, MANIFEST_VERSION_SIZE bytes. */
export function installVersion(handle: i32): usize {
  return bundleManifest(installAt(handle).bundle) + MANIFEST_VERSION;
}

/** CAP_* that the manifest asks for. */
export function installCapabilities(handle: i32): u32 {
  return load<u32>(bundleManifest(installAt(handle).bundle), MANIFEST_CAPABILITIES);
}

/** The bundle's scopes section (abi/scopes.ts), 0 if it has none. */
export function installScopes(handle: i32): usize {
  const bundle = installAt(handle).bundle;
  const section = bundleFind(bundle, SECTION_KIND_SCOPES);
  return section == 0 ? 0 : bundle + <usize>load<u32>(section, SECTION_OFFSET);
}

/** Bytes of the bundle's scopes section. */
export function installScopesLength(handle: i32): u32 {
  const section = bundleFind(installAt(handle).bundle, SECTION_KIND_SCOPES);
  return section == 0 ? 0 : load<u32>(section, SECTION_LENGTH);
}

/** Linear memory at the start, in 64 KiB pages. */
export function installMemoryMin(handle: i32): u32 {
  return installAt(handle).compiler.wasm.memoryMin;
}

/** Linear memory at most, in 64 KiB pages: what module and manifest both allow. */
export function installMemoryMax(handle: i32): u32 {
  return min(installAt(handle).compiler.wasm.memoryMax, manifestPages(installAt(handle)));
}

/** Pages for the context of an instance and its tables. */
export function installContextPages(handle: i32): u32 {
  const compiler = installAt(handle).compiler;
  let bytes = tablesOffset(compiler);
  for (let i: u32 = 0; i < compiler.wasm.tableCount; i++)
    bytes += compiler.tableCapacity(i) * <u32>ENTRY_SIZE;
  return pagesOf(bytes);
}

/** Pages of machine code. */
export function installCodePages(handle: i32): u32 {
  return installAt(handle).codePages;
}

/** Code offset of the entry. */
export function installEntry(handle: i32): u32 {
  return installAt(handle).entry;
}

/** Code offset of the start function, -1 if there is none. */
export function installStart(handle: i32): i32 {
  const compiler = installAt(handle).compiler;
  const start = compiler.wasm.start;
  return start == NO_START ? -1 : <i32>compiler.functionCode(start);
}

/** Maps the code into a window. False when out of memory; what is mapped by then stays mapped. */
export function installMapCode(handle: i32, window: Window): bool {
  const install = installAt(handle);
  for (let page: u32 = 0; page < install.codePages; page++) {
    if (!windowMapCode(window, CODE_PAGE + page, install.code + <usize>page * PAGE_SIZE)) return false;
  }
  return true;
}

/** Fills the context and the memory of a new process, whose context header is ready. 0, or -E_PKG_MODULE. */
export function installInstantiate(handle: i32, process: Process): i32 {
  const install = installAt(handle);
  const compiler = install.compiler;
  place.context = process.context;
  place.tables = process.context + tablesOffset(compiler);
  place.base = (<u64>KERNEL_WINDOW_GIB) << 30;
  place.code = windowAddress(process.window, CODE_PAGE);
  place.imports = install.imports;
  place.globals = place.tablesImported = 0; // none are imported: bindSystemCalls allows functions only
  place.functions = place.references = 0; // and there are no other instances to share with
  store<u32>(process.context, install.statusMask, CTX_STATUS_MASK);
  const trap = instantiate(compiler, place, writeData, refuseElements, changetype<usize>(process));
  if (trap == TRAP_NONE) return 0;
  log("module refused: a segment does not fit");
  return -E_PKG_MODULE;
}

/** No table is imported. */
function refuseElements(_cookie: usize, _table: u32, _start: u32, _entries: usize, _count: u32): bool {
  return false;
}

function writeData(cookie: usize, address: u32, source: usize, length: u32): bool {
  const process = changetype<Process>(cookie);
  if (!userContains(process, address, length)) return false;
  copyToUser(process, address, source, length);
  return true;
}

// ── what a report needs ─────────────────────────────────────────────────────────────────────────────────

/**
 * The site at a code offset: TRAP_* << 24 | wasm offset. `call`: the one of a call that returns there, otherwise the
 * one of an instruction that can trap.
 */
export function installSite(handle: i32, codeOffset: u32, call: bool): u32 {
  const compiler = installAt(handle).compiler;
  const sites = compiler.sites();
  let low: u32 = 0;
  let high = compiler.siteCount();
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u32>(sites + <usize>middle * SITE_SIZE) < codeOffset) low = middle + 1;
    else high = middle;
  }
  // A call may end where a trapping instruction begins: both have a site there.
  for (; low < compiler.siteCount(); low++) {
    const site = sites + <usize>low * SITE_SIZE;
    if (load<u32>(site) != codeOffset) break;
    const word = load<u32>(site, SITE_WASM_OFFSET);
    if (call == (word >> 24 == TRAP_NONE)) return word;
  }
  return SITE_NOT_FOUND;
}

/** `file:line` of a wasm offset, as far as the bundle tells. */
export function installWhere(handle: i32, wasmOffset: u32): string {
  const bundle = installAt(handle).bundle;
  const section = bundleFind(bundle, SECTION_KIND_LINES);
  if (section == 0) return "wasm offset " + wasmOffset.toString();
  return lineText(
    bundle + <usize>load<u32>(section, SECTION_OFFSET),
    load<u32>(section, SECTION_LENGTH),
    wasmOffset,
  );
}

// SAFETY: handles come from installBegin and are kept by the cache and the program table alone.
function installAt(handle: i32): Install {
  return changetype<Install>(<usize>handle);
}

function manifestPages(install: Install): u32 {
  return load<u32>(bundleManifest(install.bundle), MANIFEST_MEMORY_PAGES);
}

/** Where the tables begin behind the context. */
function tablesOffset(compiler: Compiler): u32 {
  return (compiler.contextSize() + <u32>ENTRY_SIZE - 1) & ~(<u32>ENTRY_SIZE - 1);
}

function pagesOf(bytes: u32): u32 {
  return (bytes + <u32>PAGE_SIZE - 1) / <u32>PAGE_SIZE;
}
