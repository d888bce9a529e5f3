// Process windows: the 16 GiB of virtual addresses that a process lives in, and the page tables behind them.
//
// Code, stack and up to 512 MiB of linear memory share the window's first page directory, so a fresh window is
// built aside and hooked into the live tables with one store. A window that a process has left keeps its tables,
// empty, and is used again only after a TLB flush; one flush serves FLUSH_BATCH windows. Page-table pages are
// never used for anything else. Those of a library's code are common to all windows that have it.

import { CONTROL_FLUSH_TLB } from "../../abi/control.ts";
import {
  CONTROL_GPA,
  PAGE_SIZE,
  PAGE_TABLES_GPA,
  PROCESS_WINDOW_COUNT,
  PROCESS_WINDOW_GIB,
  PROCESS_WINDOWS_GIB,
  WINDOW_CODE_MAX_MIB,
  WINDOW_CODE_MIB,
  WINDOW_LIBRARY_MAX_MIB,
  WINDOW_LIBRARY_MIB,
  WINDOW_MEMORY_MIB,
  WINDOW_STACK_MIB,
} from "../../abi/memory-map.ts";
import { mmioWrite32 } from "../drivers/mmio.ts";
import { framesAlloc, LARGE_FRAMES } from "./frames.ts";

const PAGES_PER_MIB: u32 = 256;
const PAGES_PER_TABLE: u32 = 512;

// Page numbers inside a window.
export const CODE_PAGE: u32 = WINDOW_CODE_MIB * PAGES_PER_MIB;
export const CODE_PAGES_MAX: u32 = WINDOW_CODE_MAX_MIB * PAGES_PER_MIB;
export const LIBRARY_PAGE: u32 = WINDOW_LIBRARY_MIB * PAGES_PER_MIB;
export const STACK_END_PAGE: u32 = WINDOW_STACK_MIB * PAGES_PER_MIB;
export const MEMORY_PAGE: u32 = WINDOW_MEMORY_MIB * PAGES_PER_MIB;

/** Most linear memory of a process, in 64 KiB pages: what the first page directory maps. */
export const MEMORY_PAGES_MAX: u32 = (1024 - WINDOW_MEMORY_MIB) * 16;

if (WINDOW_LIBRARY_MIB < WINDOW_CODE_MIB + WINDOW_CODE_MAX_MIB) ERROR("windows: code in the library's place");
if (LIBRARY_PAGE % PAGES_PER_TABLE != 0) ERROR("windows: a library that begins in a table");
if (WINDOW_LIBRARY_MAX_MIB != WINDOW_CODE_MAX_MIB) ERROR("windows: CODE_PAGES_MAX is for both");

const PTE_TABLE: u64 = 0x67; // present, writable, user, accessed, dirty
const PTE_DATA: u64 = 0x67;
const PTE_CODE: u64 = 0x25; // present, user, accessed; not writable
const PTE_NX_BIT: u64 = 63;
const PTE_LARGE: u64 = 0x80; // in a directory: a large page, no table
const PTE_ADDRESS: u64 = 0x000ffffffffff000;

const FLUSH_BATCH: u32 = 32;

/** A window and its page directory. */
@unmanaged
export class Window {
  index: u32;
  directory: usize; // page directory of the window's first GiB
  hooked: bool;
  next: Window | null;
}

let created: u32 = 0;
let clean: Window | null = null; // no translation of theirs is in the TLB
let dirty: Window | null = null; // left by their processes since the last flush
let dirtyCount: u32 = 0;

/** An empty window, or null when there is no memory for its tables. Map into it, then `windowCommit`. */
export function windowAcquire(): Window | null {
  if (clean === null && (dirtyCount >= FLUSH_BATCH || (dirtyCount > 0 && created == PROCESS_WINDOW_COUNT)))
    flush();
  const window = clean;
  if (window === null) return create();
  clean = window.next;
  return window;
}

/** Takes a window back, all of its pages unmapped. Their frames are the caller's. */
export function windowRelease(window: Window): void {
  window.next = dirty;
  dirty = window;
  dirtyCount++;
}

/** Guest-virtual address of a window's page. */
export function windowAddress(window: Window, page: u32): u64 {
  const gib = PROCESS_WINDOWS_GIB + window.index * PROCESS_WINDOW_GIB;
  return ((<u64>gib) << 30) + ((<u64>page) << 12);
}

/** Maps a frame read-write, not executable. False when there is no memory for the table. */
export function windowMapData(window: Window, page: u32, frame: usize): bool {
  return setEntry(window, page, <u64>frame | PTE_DATA | ((<u64>1) << PTE_NX_BIT));
}

/**
 * Maps the frames of a large page, LARGE_FRAMES from `frame` on, read-write, not executable, at a page that is a multiple of
 * LARGE_FRAMES. False if the window has a table there, which stays: an upper table that is live is not changed.
 */
export function windowMapLarge(window: Window, page: u32, frame: usize): bool {
  const at = directoryEntry(window, page);
  if (load<u64>(at) != 0) return false;
  store<u64>(at, <u64>frame | PTE_DATA | PTE_LARGE | ((<u64>1) << PTE_NX_BIT));
  return true;
}

/** True if windowMapLarge would map there. */
export function windowTakesLarge(window: Window, page: u32): bool {
  return (page & (LARGE_FRAMES - 1)) == 0 && load<u64>(directoryEntry(window, page)) == 0;
}

/** Unmaps a large page if there is one at this page, anywhere in it; returns its first frame, 0 if there is none. */
export function windowUnmapLarge(window: Window, page: u32): usize {
  const at = directoryEntry(window, page);
  const entry = load<u64>(at);
  if ((entry & PTE_LARGE) == 0) return 0;
  store<u64>(at, 0);
  return entryAddress(entry);
}

/** Maps a frame read-execute. False when there is no memory for the table. */
export function windowMapCode(window: Window, page: u32, frame: usize): bool {
  return setEntry(window, page, <u64>frame | PTE_CODE);
}

/**
 * Page tables for code that many windows have at the same page, the first of a table: filled once, to be hooked into each. Frames
 * that the caller owns, codeTablesCount of them; 0 when there is no memory.
 */
export function codeTablesCreate(frames: usize, pages: u32): usize {
  const tables = framesAlloc(codeTablesCount(pages));
  if (tables == 0) return 0;
  for (let page: u32 = 0; page < pages; page++) {
    const frame = frames + <usize>page * PAGE_SIZE;
    store<u64>(tables + ((<usize>page) << 3), <u64>frame | PTE_CODE);
  }
  return tables;
}

/** Tables that so many pages take. */
export function codeTablesCount(pages: u32): u32 {
  return (pages + PAGES_PER_TABLE - 1) / PAGES_PER_TABLE;
}

/** Maps what codeTablesCreate made of so many pages. The window has no tables of its own there. */
export function windowHookCode(window: Window, page: u32, tables: usize, pages: u32): void {
  for (let i: u32 = 0; i < codeTablesCount(pages); i++) {
    const table = tables + <usize>i * PAGE_SIZE;
    store<u64>(directoryEntry(window, page + i * PAGES_PER_TABLE), <u64>table | PTE_TABLE);
  }
}

/** Unmaps it again. */
export function windowUnhookCode(window: Window, page: u32, pages: u32): void {
  for (let i: u32 = 0; i < codeTablesCount(pages); i++)
    store<u64>(directoryEntry(window, page + i * PAGES_PER_TABLE), 0);
}

/** The frame mapped at a page of the window; 0 if none is. */
export function windowFrame(window: Window, page: u32): usize {
  const entry = load<u64>(directoryEntry(window, page));
  const table = entryAddress(entry);
  if ((entry & PTE_LARGE) != 0) return table + <usize>(page & (LARGE_FRAMES - 1)) * PAGE_SIZE;
  return table == 0 ? 0 : entryAddress(load<u64>(tableEntry(table, page)));
}

/** Unmaps a page that is not in a large one; returns the frame that was there, 0 if none. */
export function windowUnmap(window: Window, page: u32): usize {
  const table = entryAddress(load<u64>(directoryEntry(window, page)));
  if (table == 0) return 0;
  const at = tableEntry(table, page);
  const frame = entryAddress(load<u64>(at));
  store<u64>(at, 0);
  return frame;
}

/** Makes the window's mappings visible to the CPU. False when there is no memory for an upper table. */
export function windowCommit(window: Window): bool {
  if (window.hooked) return true;
  const root = PAGE_TABLES_GPA + <usize>((PROCESS_WINDOWS_GIB >> 9) + (window.index >> 5)) * 8;
  let pointers = entryAddress(load<u64>(root));
  if (pointers == 0) {
    pointers = framesAlloc(1);
    if (pointers == 0) return false;
    store<u64>(root, <u64>pointers | PTE_TABLE);
  }
  const slot = (window.index & 31) * PROCESS_WINDOW_GIB;
  store<u64>(pointers + <usize>slot * 8, <u64>window.directory | PTE_TABLE);
  window.hooked = true;
  return true;
}

function create(): Window | null {
  if (created == PROCESS_WINDOW_COUNT) return null;
  const directory = framesAlloc(1);
  if (directory == 0) return null;
  const window = changetype<Window>(heap.alloc(offsetof<Window>()));
  window.index = created++;
  window.directory = directory;
  window.hooked = false;
  window.next = null;
  return window;
}

function flush(): void {
  mmioWrite32(CONTROL_GPA + CONTROL_FLUSH_TLB, 1);
  clean = dirty;
  dirty = null;
  dirtyCount = 0;
}

function setEntry(window: Window, page: u32, entry: u64): bool {
  const at = directoryEntry(window, page);
  let table = entryAddress(load<u64>(at));
  if (table == 0) {
    table = framesAlloc(1);
    if (table == 0) return false;
    // The entry first: a table that is hooked when it is complete costs one shadow-table update on PVM, not two.
    store<u64>(tableEntry(table, page), entry);
    store<u64>(at, <u64>table | PTE_TABLE);
  } else {
    store<u64>(tableEntry(table, page), entry);
  }
  return true;
}

function directoryEntry(window: Window, page: u32): usize {
  return window.directory + <usize>((page >> 9) << 3);
}

function tableEntry(table: usize, page: u32): usize {
  return table + <usize>((page & 511) << 3);
}

function entryAddress(entry: u64): usize {
  return <usize>(entry & PTE_ADDRESS);
}
