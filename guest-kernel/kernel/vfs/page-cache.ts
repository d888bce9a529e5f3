// The page cache: pages of the disk in frames, found by their number on it. Files and the file system's own blocks
// share it. Whoever needs a page that is not here gets -E_AGAIN, the read begins, and WAKE_DISK says when to ask again.

import { E_AGAIN, E_IO, E_NOMEM } from "../../abi/errors.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import {
  DISK_FAILED,
  DISK_FLUSH,
  DISK_READ,
  DISK_RUN_MAX,
  DISK_SLOTS,
  DISK_WRITE,
  diskNext,
  diskPages,
  diskSubmit,
} from "../drivers/disk.ts";
import { framesAlloc, framesAllocAny, framesFree, framesFreeCount } from "../mm/frames.ts";
import { reclaimCount } from "../mm/reclaim.ts";

/** State bits of a page. */
export const PAGE_VALID: u32 = 1; // holds what the disk has, or newer
export const PAGE_DIRTY: u32 = 2; // newer than the disk
export const PAGE_READING: u32 = 4;
export const PAGE_META: u32 = 8; // dirty, and to be written by the journal only
export const PAGE_FAILED: u32 = 16; // the read failed; told to whoever asks next
export const PAGE_PINNED: u32 = 32; // stays
const PAGE_UNWANTED: u32 = 64; // goes once it is read
const UNLISTED = PAGE_DIRTY | PAGE_PINNED; // not in order of use: only the others may go

/** A page of the cache. `frame` 0 means that the entry is free. */
@unmanaged
export class Page {
  number: u32; // on the disk
  frame: usize;
  state: u32; // PAGE_*
  stamp: u32; // of the operation that used it last: it stays while that runs
  hashNext: u32; // entry + 1, 0 at the end
  older: u32; // entries + 1 in order of use
  newer: u32;
}

const ENTRY: usize = 28;
if (offsetof<Page>() != ENTRY) ERROR("Page");
const HASH_BITS: u32 = 12;
const hash = memory.data(16384); // u32 heads
if (4 << HASH_BITS != 16384) ERROR("hash");
const MAX_PAGES: u32 = 16384;
const MIN_PAGES: u32 = 256;
const RESERVE_FRAMES: u32 = 1024; // that the cache leaves to the rest of the kernel
const KEEP_PAGES: u32 = 64; // that it keeps even then: what was just read must stay until it is used

let entries: usize = 0;
let limit: u32 = 0;
let used: u32 = 0; // entries that were ever used
let freeHead: u32 = 0;
let pageCount: u32 = 0;
let oldest: u32 = 0;
let newest: u32 = 0;
let listedCount: u32 = 0; // entries in order of use
let dirtyCount: u32 = 0;
let metaCount: u32 = 0;
let unwantedCount: u32 = 0;
let stamp: u32 = 1;

// Requests: what each slot is about.
const slotKind = memory.data(64);
const slotPage = memory.data(64);
const slotCount = memory.data(64);
const slotBatch = memory.data(64);
const runFrames = memory.data(480);
if (4 * DISK_SLOTS != 64 || 4 * DISK_RUN_MAX != 480) ERROR("slots");
let slotsUsed: u32 = 0; // bit mask
let batchOpen: u32 = 0; // requests of the batch that are on their way
let batchFailed: bool = false;

let hits: u64 = 0;
let misses: u64 = 0;

/** Makes an empty cache of at most a quarter of the free memory. */
export function pageCacheInit(): void {
  if (entries != 0) pageCacheDrop();
  if (entries == 0) limit = max<u32>(min<u32>(framesFreeCount() / 4, MAX_PAGES), MIN_PAGES);
  const bytes = <usize>limit * ENTRY;
  if (entries == 0) entries = framesAlloc(<u32>((bytes + PAGE_SIZE - 1) / PAGE_SIZE));
  if (entries == 0) limit = 0;
  memory.fill(hash, 0, 16384);
  used = freeHead = pageCount = oldest = newest = dirtyCount = slotsUsed = batchOpen = 0;
  metaCount = unwantedCount = listedCount = 0;
  batchFailed = false;
}

/** Pages that the cache may have. */
export function pageCacheLimit(): u32 {
  return limit;
}

/** Pages that the cache can have while others have the memory that they have. */
export function pageCacheAllowance(): u32 {
  const pages = <i32>pageCount + <i32>framesFreeCount() - <i32>RESERVE_FRAMES;
  return <u32>max<i32>(min<i32>(pages, <i32>limit), <i32>KEEP_PAGES);
}

/** Pages that the cache has. */
export function pageCacheCount(): u32 {
  return pageCount;
}

/** Pages that are newer than the disk. */
export function pageCacheDirty(): u32 {
  return dirtyCount;
}

/** Pages of those that the journal writes. */
export function pageCacheMeta(): u32 {
  return metaCount;
}

/** Pages that were forgotten while the disk still fills them: their blocks must not be used for something else yet. */
export function pageCacheUnwanted(): u32 {
  return unwantedCount;
}

/** How often a page was there when it was asked for, and how often not. */
export function pageCacheHits(): u64 {
  return hits;
}

/** See pageCacheHits. */
export function pageCacheMisses(): u64 {
  return misses;
}

/** Begins an operation: the pages that it gets from here on stay until the next one begins. */
export function pageCacheStamp(): void {
  stamp++;
}

/** Why pageGet or pageNew returned null: -E_AGAIN, -E_IO or -E_NOMEM. */
export let pageError: i32 = 0;

/** The page with what the disk has, or newer; null with pageError. */
export function pageGet(number: u32): Page | null {
  let page = pageFind(number);
  if (page === null) {
    misses++;
    pageError = -E_AGAIN;
    if (number >= diskPages()) pageError = -E_IO;
    else if (!readRun(number, 1) && slotsUsed == 0) pageError = -E_NOMEM;
    return null;
  }
  return pageTake(page);
}

/** As pageGet, of a page that pageFind has found. */
export function pageTake(page: Page): Page | null {
  if ((page.state & PAGE_VALID) != 0) {
    hits++;
    use(page);
    return page;
  }
  pageError = -E_AGAIN;
  if ((page.state & PAGE_FAILED) != 0) {
    drop(page);
    pageError = -E_IO;
  }
  return null;
}

/** The page without what the disk has: anything if it was not here. The caller overwrites it. Null with pageError. */
export function pageNew(number: u32): Page | null {
  let page = pageFind(number);
  pageError = -E_AGAIN;
  if (page !== null && (page.state & PAGE_READING) != 0) return null;
  if (page === null) page = insert(number);
  if (page === null) return null;
  page.state = (page.state & ~PAGE_FAILED) | PAGE_VALID;
  use(page);
  return page;
}

/** The page if it is here, in whatever state. */
export function pageFind(number: u32): Page | null {
  for (let at = load<u32>(bucket(number)); at != 0;) {
    const page = pageAt(at - 1);
    if (page.number == number) return page;
    at = page.hashNext;
  }
  return null;
}

/** Marks a page newer than the disk; with PAGE_META also as the journal's. */
export function pageDirty(page: Page, state: u32): void {
  if ((page.state & PAGE_DIRTY) == 0) {
    dirtyCount++;
    if ((page.state & UNLISTED) == 0) unlink(page);
  }
  if ((state & ~page.state & PAGE_META) != 0) metaCount++;
  page.state |= PAGE_DIRTY | state;
}

/** Marks a page as written. */
export function pageClean(page: Page): void {
  const state = page.state;
  if ((state & PAGE_DIRTY) == 0) return;
  dirtyCount--;
  if ((state & PAGE_META) != 0) metaCount--;
  page.state = state & ~(PAGE_DIRTY | PAGE_META);
  if ((page.state & UNLISTED) == 0) link(page, entryOf(page));
}

/** Makes a page stay until pageForget. */
export function pagePin(page: Page): void {
  if ((page.state & UNLISTED) == 0) unlink(page);
  page.state |= PAGE_PINNED;
}

/** Drops a page, dirty or not; one that the disk still fills goes once it has. */
export function pageForget(number: u32): void {
  const page = pageFind(number);
  if (page === null) return;
  if ((page.state & PAGE_READING) == 0) {
    pageClean(page);
    drop(page);
  } else if ((page.state & PAGE_UNWANTED) == 0) {
    page.state |= PAGE_UNWANTED;
    unwantedCount++;
  }
}

/** Makes sure that the next `count` calls of pageNew find memory. False if they might not. */
export function pageReserve(count: u32): bool {
  while (pageCount + count > limit || framesFreeCount() < count) if (!evict()) return false;
  return true;
}

/** Begins to read pages [number, number + count) that are not here, as far as that costs nobody anything. */
export function pageReadAhead(number: u32, count: u32): void {
  const end = <u32>min<u64>(<u64>number + count, diskPages());
  while (number < end) {
    if (pageFind(number) !== null) {
      number++;
      continue;
    }
    let run: u32 = 1;
    while (number + run < end && run < DISK_RUN_MAX && pageFind(number + run) === null) run++;
    if (!readRun(number, run)) return;
    number += run;
  }
}

/** Frees pages that were not used lately while the rest of the kernel is short of frames. Call in every turn. */
export function pageCacheRelieve(): void {
  const before = pageCount;
  while (framesFreeCount() < RESERVE_FRAMES && pageCacheGive()) {}
  reclaimCount(before - pageCount);
}

/** Frees the page that was not used for longest; false if there is none but those that the cache needs to work at all. */
export function pageCacheGive(): bool {
  // Of those that may go: if pages that are dirty counted, what was just read would go before it is used.
  return listedCount > KEEP_PAGES && evict();
}

/** Forgets every page; nothing may be on its way. */
export function pageCacheDrop(): void {
  for (let i: u32 = 0; i < used; i++) if (pageAt(i).frame != 0) pageForget(pageAt(i).number);
}

/** Entry number i < pageCacheEntries(), which may be free (frame 0). */
export function pageAt(i: u32): Page {
  return changetype<Page>(entries + <usize>i * ENTRY);
}

/** Entries to look at. */
export function pageCacheEntries(): u32 {
  return used;
}

/**
 * Writes `count` pages from `number` on from the frames (u32 addresses) as a part of the batch, or flushes with count
 * 0. False: no slot is free, ask again.
 */
export function batchSubmit(number: u32, count: u32, frames: usize): bool {
  const slot = takeSlot();
  if (slot < 0) return false;
  batchOpen++;
  submit(slot, count == 0 ? DISK_FLUSH : DISK_WRITE, number, count, frames, 1);
  return true;
}

/** True once every request of the batch is answered. */
export function batchDone(): bool {
  return batchOpen == 0;
}

/** Whether a request of the batch failed since the last call. */
export function batchTakeFailed(): bool {
  const failed = batchFailed;
  batchFailed = false;
  return failed;
}

/** True if the disk has nothing to do for us. */
export function pageCacheIdle(): bool {
  return slotsUsed == 0;
}

/** Takes what the disk has done. True if anything. */
export function pageCachePoll(): bool {
  let any = false;
  for (let done = diskNext(); done >= 0; done = diskNext()) {
    any = true;
    complete(<u32>(done & (DISK_FAILED - 1)), (done & DISK_FAILED) != 0);
  }
  return any;
}

function complete(slot: u32, failed: bool): void {
  slotsUsed &= ~((<u32>1) << slot);
  if (word(slotBatch, slot) != 0) {
    batchOpen--;
    if (failed) batchFailed = true;
    return;
  }
  const first = word(slotPage, slot);
  for (let i: u32 = 0; i < word(slotCount, slot); i++) {
    const page = pageFind(first + i)!; // SAFETY: a page that is being read is not dropped
    const unwanted = (page.state & PAGE_UNWANTED) != 0;
    page.state = failed ? PAGE_FAILED : PAGE_VALID;
    if (!unwanted) continue;
    unwantedCount--;
    drop(page);
  }
}

/** Begins to read a run of pages that are not here; false if there is no slot or memory for it. */
function readRun(number: u32, count: u32): bool {
  const slot = takeSlot();
  if (slot < 0) return false;
  let got: u32 = 0;
  for (; got < count; got++) {
    const page = insert(number + got);
    if (page === null) break;
    page.state = PAGE_READING;
    store<u32>(runFrames + 4 * <usize>got, <u32>page.frame);
  }
  if (got == 0) {
    slotsUsed &= ~((<u32>1) << (<u32>slot));
    return false;
  }
  submit(slot, DISK_READ, number, got, runFrames, 0);
  return got == count;
}

function submit(slot: i32, kind: u32, number: u32, count: u32, frames: usize, batch: u32): void {
  const at: usize = 4 * <usize>slot;
  store<u32>(slotKind + at, kind);
  store<u32>(slotPage + at, number);
  store<u32>(slotCount + at, count);
  store<u32>(slotBatch + at, batch);
  diskSubmit(<u32>slot, kind, number, count, frames);
}

function takeSlot(): i32 {
  for (let slot: u32 = 0; slot < DISK_SLOTS; slot++) {
    if (((slotsUsed >> slot) & 1) != 0) continue;
    slotsUsed |= (<u32>1) << slot;
    return <i32>slot;
  }
  return -1;
}

/** A new entry with a frame, which holds anything, in no state; null if there is no memory. */
function insert(number: u32): Page | null {
  const full = pageCount >= limit || framesFreeCount() < RESERVE_FRAMES;
  let frame: usize = full ? evictFrame() : 0;
  if (frame == 0 && pageCount < limit) frame = framesAllocAny();
  if (frame == 0) return null;
  let entry = freeHead;
  if (entry != 0) freeHead = pageAt(entry - 1).hashNext;
  else entry = ++used;
  const page = pageAt(entry - 1);
  page.number = number;
  page.frame = frame;
  page.state = 0;
  page.stamp = 0;
  page.hashNext = load<u32>(bucket(number));
  store<u32>(bucket(number), entry);
  pageCount++;
  link(page, entry);
  return page;
}

function evict(): bool {
  const frame = evictFrame();
  if (frame != 0) framesFree(frame, 1);
  return frame != 0;
}

/** Drops the page that was not used for longest, and may go; its frame, or 0 if there is none. */
function evictFrame(): usize {
  for (let at = oldest, tries: u32 = 0; at != 0 && tries < 4096; tries++) {
    const page = pageAt(at - 1);
    const next = page.newer;
    if ((page.state & PAGE_READING) == 0 && page.stamp != stamp) {
      const frame = page.frame;
      forget(page);
      return frame;
    }
    at = next;
  }
  return 0;
}

function drop(page: Page): void {
  framesFree(page.frame, 1);
  forget(page);
}

function forget(page: Page): void {
  const entry = entryOf(page);
  if ((page.state & UNLISTED) == 0) unlink(page);
  let at = bucket(page.number);
  while (load<u32>(at) != entry)
    at = changetype<usize>(pageAt(load<u32>(at) - 1)) + offsetof<Page>("hashNext");
  store<u32>(at, page.hashNext);
  page.frame = 0;
  page.state = 0;
  page.hashNext = freeHead;
  freeHead = entry;
  pageCount--;
}

function use(page: Page): void {
  page.stamp = stamp;
  if (page.newer == 0 || (page.state & UNLISTED) != 0) return; // the newest, or in no order
  unlink(page);
  link(page, entryOf(page));
}

function link(page: Page, entry: u32): void {
  listedCount++;
  page.newer = 0;
  page.older = newest;
  if (newest != 0) pageAt(newest - 1).newer = entry;
  else oldest = entry;
  newest = entry;
}

function unlink(page: Page): void {
  listedCount--;
  if (page.older != 0) pageAt(page.older - 1).newer = page.newer;
  else oldest = page.newer;
  if (page.newer != 0) pageAt(page.newer - 1).older = page.older;
  else newest = page.older;
}

function entryOf(page: Page): u32 {
  return <u32>((changetype<usize>(page) - entries) / ENTRY) + 1;
}

function bucket(number: u32): usize {
  return hash + 4 * <usize>((number * 0x9e3779b1) >> (32 - HASH_BITS));
}

function word(table: usize, slot: u32): u32 {
  return load<u32>(table + 4 * <usize>slot);
}
