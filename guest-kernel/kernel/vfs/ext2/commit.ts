// Write-back: everything that is newer than the disk, as one transaction. While it runs nothing else is changed.
//
//   data in place, flush, | log, flush, | commit block, flush, | metadata in place, flush, | the journal's superblock
//
// A file that is synced is safe with the third flush. Without a journal: data and metadata in place, flush.

import { E_AGAIN, E_IO, E_NOMEM } from "../../../abi/errors.ts";
import { JBD_MAGIC } from "../../../abi/ext2.ts";
import { DISK_RUN_MAX } from "../../drivers/disk.ts";
import { framesAlloc, framesFree } from "../../mm/frames.ts";
import {
  batchDone,
  batchSubmit,
  batchTakeFailed,
  PAGE_DIRTY,
  PAGE_META,
  pageAt,
  pageCacheDirty,
  pageCacheEntries,
  pageCacheLimit,
  pageClean,
  pageFind,
} from "../page-cache.ts";
import { allocateCommitted } from "./allocate.ts";
import {
  journalBlock,
  journalCommitPage,
  journalDescribe,
  journalDescriptor,
  journaled,
  journalFirst,
  journalHeader,
  journalLogBlock,
  journalSequence,
  TAGS,
} from "./journal.ts";
import { sortWords } from "./sort-words.ts";
import { BLOCK } from "./volume.ts";

const IDLE: u32 = 0;
const DATA: u32 = 1;
const DATA_FLUSH: u32 = 2;
const LOG: u32 = 3;
const LOG_FLUSH: u32 = 4;
const SEAL: u32 = 5; // the commit block
const SEAL_FLUSH: u32 = 6;
const PLACE: u32 = 7;
const PLACE_FLUSH: u32 = 8;
const TAIL: u32 = 9;

let stage: u32 = IDLE;
let submitted: u32 = 0; // items of the stage
let total: u32 = 0;
let list: usize = 0; // u32s: numbers of the pages that are to be written, data first
let dataCount: u32 = 0;
let metaCount: u32 = 0;
let generation: u32 = 0; // of the commit that runs, or ran last
let durable: u32 = 0; // the last one that is safe
let failed: bool = false;
let dataOnly: bool = false; // the stage is DATA, and the last
let escapes: usize = 0; // u32s in a page: block, copy
let escapeCount: u32 = 0;
let tailPage: usize = 0;
const MAX_ESCAPES: u32 = BLOCK / 8;
const runFrames = memory.data(480);
if (4 * DISK_RUN_MAX != 480) ERROR("runFrames");

/** Prepares. 0 or -E_NOMEM. */
export function commitInit(): i32 {
  stage = IDLE;
  failed = false;
  dataOnly = false;
  escapeCount = 0;
  if (list == 0) list = framesAlloc((pageCacheLimit() * 4 + BLOCK - 1) / BLOCK);
  if (escapes == 0) escapes = framesAlloc(1);
  return list == 0 || escapes == 0 ? -E_NOMEM : 0;
}

/** True while a commit runs: nothing may be changed. */
export function commitRuns(): bool {
  return stage != IDLE;
}

/** True once a write has failed: the file system is not changed any more. */
export function commitFailed(): bool {
  return failed;
}

/** Begins a commit, unless one runs or there is nothing to write. */
export function commitStart(): void {
  if (dataOnly) {
    dataOnly = false; // nothing has changed since it began: it becomes a commit
    generation++;
  }
  if (stage != IDLE || failed || pageCacheDirty() == 0) return;
  generation++;
  collect();
  enter(DATA);
  commitStep();
}

/**
 * Begins to write files' contents only, to make room: they are where they belong, and the disk's metadata does not know
 * yet. Nothing may be changed meanwhile either.
 */
export function commitData(): void {
  if (stage != IDLE || failed) return;
  dataOnly = true;
  collect();
  enter(DATA);
  commitStep();
}

/** Makes sure that what is newer than the disk gets there: what to ask commitResult for. */
export function commitWanted(): u32 {
  commitStart();
  return generation;
}

/** Commits that are safe on the disk. */
export function commitsDone(): u32 {
  return durable;
}

/** 0 once commit `wanted` is safe on the disk, -E_AGAIN, or -E_IO. */
export function commitResult(wanted: u32): i32 {
  if (failed) return -E_IO;
  return <i32>(durable - wanted) >= 0 ? 0 : -E_AGAIN;
}

/** Goes on as far as the disk's answers allow. */
export function commitStep(): void {
  while (stage != IDLE && submitAll() && batchDone()) {
    if (batchTakeFailed()) abandon();
    else advance();
  }
}

/** A write has failed: what is on the disk is what the last commit left. */
function abandon(): void {
  failed = true;
  dataOnly = false;
  stage = IDLE;
  freeEscapes();
}

/** Lists the dirty pages: data, then metadata, each in order. */
function collect(): void {
  dataCount = gather(0, PAGE_DIRTY);
  metaCount = gather(dataCount, PAGE_DIRTY | PAGE_META);
}

function gather(from: u32, state: u32): u32 {
  const start = list + 4 * <usize>from;
  let count: u32 = 0;
  for (let i: u32 = 0; i < pageCacheEntries(); i++) {
    const page = pageAt(i);
    if (page.frame == 0 || (page.state & (PAGE_DIRTY | PAGE_META)) != state) continue;
    store<u32>(start + 4 * <usize>count, page.number);
    count++;
  }
  sortWords(start, count);
  return count;
}

function enter(next: u32): void {
  stage = next;
  submitted = 0;
  total = itemsOf(next);
  if (next == TAIL) tailPage = journalHeader(journalSequence() + 1, journalFirst());
  if (next == LOG && !prepareLog()) abandon();
}

/** What a stage writes: this many pages. A flush is one item. */
function itemsOf(which: u32): u32 {
  switch (which) {
    case DATA:
      return dataCount;
    case LOG:
      return metaCount + (metaCount + TAGS - 1) / TAGS;
    case PLACE:
      return metaCount;
    default:
      return 1;
  }
}

function advance(): void {
  switch (stage) {
    case DATA:
      clean(0, dataCount);
      if (dataOnly) {
        dataOnly = false;
        stage = IDLE;
        return;
      }
      return enter(journaled && metaCount != 0 ? DATA_FLUSH : PLACE);
    case SEAL_FLUSH:
      durable = generation;
      freeEscapes();
      return enter(PLACE);
    case PLACE:
      return enter(PLACE_FLUSH);
    case PLACE_FLUSH:
      durable = generation;
      clean(dataCount, metaCount);
      allocateCommitted();
      if (journaled && metaCount != 0) return enter(TAIL);
      stage = IDLE;
      return;
    case TAIL:
      stage = IDLE;
      return;
    default:
      return enter(stage + 1);
  }
}

function clean(from: u32, count: u32): void {
  for (let i = from; i < from + count; i++) {
    const page = pageFind(listed(i));
    if (page !== null) pageClean(page);
  }
}

/** Submits the stage's items in runs; false if the disk takes no more for the moment. */
function submitAll(): bool {
  while (submitted < total) {
    const first = numberOf(submitted);
    if (isFlush()) {
      if (!batchSubmit(0, 0, runFrames)) return false;
      submitted = total;
      break;
    }
    let run: u32 = 0;
    for (; run < DISK_RUN_MAX && submitted + run < total; run++) {
      if (numberOf(submitted + run) != first + run) break;
      store<u32>(runFrames + 4 * <usize>run, <u32>frameOf(submitted + run));
    }
    if (!batchSubmit(first, run, runFrames)) return false;
    submitted += run;
  }
  return true;
}

function isFlush(): bool {
  return stage == DATA_FLUSH || stage == LOG_FLUSH || stage == SEAL_FLUSH || stage == PLACE_FLUSH;
}

/** Where on the disk an item of the stage goes. */
function numberOf(item: u32): u32 {
  switch (stage) {
    case DATA:
      return listed(item);
    case PLACE:
      return listed(dataCount + item);
    case LOG:
      return journalLogBlock(item);
    case SEAL:
      return journalLogBlock(itemsOf(LOG));
    case TAIL:
      return journalBlock(0);
    default:
      return 0;
  }
}

/** What an item of the stage has. */
function frameOf(item: u32): usize {
  switch (stage) {
    case LOG:
      if (item % (TAGS + 1) == 0) return journalDescriptor(item / (TAGS + 1));
      return logged(listed(dataCount + item - item / (TAGS + 1) - 1));
    case SEAL:
      return journalCommitPage();
    case TAIL:
      return tailPage;
    default:
      return pageFind(numberOf(item))!.frame; // SAFETY: dirty pages stay
  }
}

function listed(i: u32): u32 {
  return load<u32>(list + 4 * <usize>i);
}

/** Fills the descriptors, and makes copies of blocks that begin as the journal's own do. False if memory is short. */
function prepareLog(): bool {
  for (let i: u32 = 0; i < metaCount; i++) {
    const number = listed(dataCount + i);
    const frame = pageFind(number)!.frame;
    if (load<u32>(frame) != bswap(JBD_MAGIC)) continue;
    const copy = escapeCount < MAX_ESCAPES ? framesAlloc(1) : 0;
    if (copy == 0) return false;
    memory.copy(copy, frame, <usize>BLOCK);
    store<u32>(copy, 0);
    store<u32>(escapes + 8 * <usize>escapeCount, number);
    store<u32>(escapes + 8 * <usize>escapeCount, <u32>copy, 4);
    escapeCount++;
  }
  for (let from: u32 = 0; from < metaCount; from += TAGS) {
    const numbers = list + 4 * <usize>(dataCount + from);
    journalDescribe(from / TAGS, min(TAGS, metaCount - from), numbers, isEscaped);
  }
  return true;
}

/** What the log has of a block. */
function logged(number: u32): usize {
  for (let i: u32 = 0; i < escapeCount; i++) {
    const at = escapes + 8 * <usize>i;
    if (load<u32>(at) == number) return <usize>load<u32>(at, 4);
  }
  return pageFind(number)!.frame; // SAFETY: dirty pages stay
}

function isEscaped(number: u32): bool {
  for (let i: u32 = 0; i < escapeCount; i++) {
    if (load<u32>(escapes + 8 * <usize>i) == number) return true;
  }
  return false;
}

function freeEscapes(): void {
  for (let i: u32 = 0; i < escapeCount; i++) framesFree(<usize>load<u32>(escapes + 8 * <usize>i, 4), 1);
  escapeCount = 0;
}
