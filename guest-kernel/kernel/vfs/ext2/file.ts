// The bytes of files.

import { E_AGAIN, E_FBIG, E_IO } from "../../../abi/errors.ts";
import {
  pageCacheAllowance,
  pageCacheStamp,
  pageDirty,
  pageError,
  pageGet,
  pageNew,
  pageFind,
  pageReadAhead,
  pageTake,
} from "../page-cache.ts";
import { DISK_RUN_MAX } from "../../drivers/disk.ts";
import { MAP_MAX, mapAllocate, mapLookup, mapMissing, mapRun } from "./block-map.ts";
import { changeBegin, changeNeeds } from "./change.ts";
import {
  inodeAt,
  inodeChanges,
  inodeDirty,
  inodeError,
  inodeSetSize,
  inodeSizeOf,
  inodeTouch,
} from "./inode.ts";
import { orphansBusy } from "./orphans.ts";
import { fileShrink } from "./shrink.ts";
import { BLOCK, blocksPerGroup, inodesPerGroup } from "./volume.ts";

// Reading ahead: as soon as a file is read in order, in a window that doubles.
const AHEAD_FIRST: u32 = 32;
const AHEAD_MAX: u32 = 240; // what the processor's cache still has when it is copied
let aheadInode: u32 = 0;
let aheadLast: u32 = 0; // the block that was read last
let aheadEnd: u32 = 0; // blocks up to here are on their way
let aheadWindow: u32 = 0;

// The blocks side by side on the disk that were read last: what mapLookup would say, while inodeChanges stays.
// PERF: it has to look at the inode and at up to three indirect blocks (bench: files).
let runInode: u32 = 0; // 0: none
let runChanges: u64 = 0;
let runSize: u64 = 0; // of the file
let runFirst: u64 = 0; // block of the file
let runCount: u64 = 0;
let runBlock: u32 = 0; // of the disk; 0: a hole

/** Copies up to `len` bytes from `position` on to `dst`. How many, 0 at the end, or -E_AGAIN, -E_IO, -E_NOMEM. */
export function fileRead(inode: u32, position: u64, dst: usize, len: u32): i32 {
  let done: u32 = 0;
  while (done < len) {
    const result = readInBlock(inode, position + done, dst + <usize>done, len - done);
    if (result < 0) return done == 0 ? result : <i32>done;
    if (result == 0) break;
    done += <u32>result;
  }
  return <i32>done;
}

function readInBlock(inode: u32, position: u64, dst: usize, len: u32): i32 {
  pageCacheStamp();
  if (inode != runInode || inodeChanges != runChanges || position / BLOCK - runFirst >= runCount) {
    const found = findRun(inode, position);
    if (found <= 0) return found;
  }
  if (position >= runSize) return 0;
  const offset = <u32>position % BLOCK;
  const part = <u32>min<u64>(min(len, BLOCK - offset), runSize - position);
  if (runBlock == 0) {
    memory.fill(dst, 0, <usize>part);
    return <i32>part;
  }
  const index = <u32>(position / BLOCK);
  const block = runBlock + <u32>(position / BLOCK - runFirst);
  const known = pageFind(block);
  if (known === null && index < aheadEnd) aheadEnd = index; // it came, and had to go
  const page = known === null ? pageGet(block) : pageTake(known);
  const error = pageError;
  noteRead(inode, index, runSize);
  if (page === null) return error;
  memory.copy(dst, page.frame + <usize>offset, <usize>part);
  return <i32>part;
}

/** Finds the run that has a byte of a file: 1, 0 at the file's end, or -E_AGAIN, -E_IO, -E_NOMEM. */
function findRun(inode: u32, position: u64): i32 {
  runInode = 0;
  const at = inodeAt(inode);
  if (at == 0) return inodeError;
  const size = inodeSizeOf(at);
  if (position >= size) return 0;
  if (position / BLOCK >= MAP_MAX) return -E_IO;
  const block = mapLookup(at, <u32>(position / BLOCK));
  if (block < 0) return block;
  runInode = inode;
  runFirst = position / BLOCK;
  runCount = block == 0 ? 1 : mapRun(at, <u32>block, u32.MAX_VALUE);
  runBlock = <u32>block;
  runSize = size;
  runChanges = inodeChanges;
  return 1;
}

/** Notes that block `index` of a file is read, and reads ahead if that is in order. */
function noteRead(inode: u32, index: u32, size: u64): void {
  if (inode != aheadInode || index - aheadLast > 1) {
    aheadInode = inode;
    aheadWindow = index == 0 ? AHEAD_FIRST : 0;
    aheadEnd = 0;
  } else if (index != aheadLast && aheadWindow == 0) {
    aheadWindow = AHEAD_FIRST;
  }
  aheadLast = index;
  // More than the cache keeps would be gone before it is read: the reader would ask for it for ever.
  const most = min(AHEAD_MAX, pageCacheAllowance() / 8);
  aheadWindow = min(aheadWindow, most);
  // In whole requests, as soon as there is one to make.
  if (aheadWindow == 0 || index + aheadWindow < aheadEnd + min(aheadWindow / 2, DISK_RUN_MAX)) return;
  const at = inodeAt(inode);
  if (at == 0) return; // its page had to go: later
  const blocks = <u32>min<u64>((size + BLOCK - 1) / BLOCK, MAP_MAX);
  readAhead(at, max(aheadEnd, index + 1), min(index + aheadWindow, blocks));
  aheadWindow = min(aheadWindow * 2, most);
}

/** Begins to read a file's blocks [index, end) in runs. */
function readAhead(at: usize, index: u32, end: u32): void {
  while (index < end) {
    const block = mapLookup(at, index);
    if (block < 0) break;
    const run = block == 0 ? 1 : mapRun(at, <u32>block, end - index);
    if (block != 0) pageReadAhead(<u32>block, run);
    index += run;
  }
  aheadEnd = max(aheadEnd, index);
}

/**
 * Writes up to `len` bytes from `src` at `position`, filling a gap before it with zeroes. How many, or -E_AGAIN,
 * -E_NOSPC, -E_FBIG, -E_ROFS, -E_IO, -E_NOMEM.
 */
export function fileWrite(inode: u32, position: u64, src: usize, len: u32): i32 {
  let done: u32 = 0;
  while (done < len) {
    const result = writeInBlock(inode, position + done, src + <usize>done, len - done);
    if (result < 0) return done == 0 ? result : <i32>done;
    done += <u32>result;
  }
  return <i32>done;
}

function writeInBlock(inode: u32, position: u64, src: usize, len: u32): i32 {
  pageCacheStamp();
  const may = changeBegin();
  if (may < 0) return may;
  if (position / BLOCK >= MAP_MAX) return -E_FBIG;
  const at = inodeAt(inode);
  if (at == 0) return inodeError;
  const offset = <u32>position % BLOCK;
  const part = min(len, BLOCK - offset);
  const index = <u32>(position / BLOCK);
  let block = mapLookup(at, index);
  if (block < 0) return block;
  if (block == 0) {
    const room = changeNeeds(mapMissing, orphansBusy());
    if (room < 0) return room;
    block = <i32>mapAllocate(inode, at, goalOf(inode, at, index));
    // SAFETY: mapAllocate has used up what mapLookup found; a free block has no page, and changeBegin reserved one.
    const fresh = pageNew(<u32>block)!;
    if (part != BLOCK) memory.fill(fresh.frame, 0, <usize>BLOCK);
  } else if (part != BLOCK) {
    if (pageGet(<u32>block) === null) return pageError;
  }
  const page = pageNew(<u32>block);
  if (page === null) return pageError; // it is being read
  memory.copy(page.frame + <usize>offset, src, <usize>part);
  pageDirty(page, 0);
  if (position + part > inodeSizeOf(at)) inodeSetSize(at, position + part);
  inodeTouch(at);
  inodeDirty(inode);
  return <i32>part;
}

/** Where a block of a file is best: behind the one before it, or else in the group of its inode. */
function goalOf(inode: u32, at: usize, index: u32): u32 {
  const missing = mapMissing;
  let goal: u32 = ((inode - 1) / inodesPerGroup) * blocksPerGroup;
  if (index != 0) {
    const before = mapLookup(at, index - 1);
    if (before > 0) goal = <u32>before + 1;
    mapLookup(at, index); // as it was
  }
  assert(mapMissing == missing, "goalOf: the map has changed");
  return goal;
}

/** Sets a file's length: cuts it, or lets it end in zeroes. 0, or what fileWrite returns; then ask again. */
export function fileTruncate(inode: u32, size: u64): i32 {
  if (size > MAP_MAX * BLOCK) return -E_FBIG;
  while (true) {
    pageCacheStamp();
    const may = changeBegin();
    if (may < 0) return may;
    const at = inodeAt(inode);
    if (at == 0) return inodeError;
    const length = inodeSizeOf(at);
    if (length > size) {
      const result = cut(inode, at, size);
      if (result < 0) return result;
    } else {
      if (length < size) inodeSetSize(at, size);
      inodeTouch(at);
      inodeDirty(inode);
      return 0;
    }
  }
}

/** Zeroes what follows `size` in its block, then frees blocks. */
function cut(inode: u32, at: usize, size: u64): i32 {
  const offset = <u32>size % BLOCK;
  const block = offset == 0 ? 0 : mapLookup(at, <u32>(size / BLOCK));
  if (block < 0) return block;
  if (block > 0) {
    const page = pageGet(<u32>block);
    if (page === null) return pageError;
    memory.fill(page.frame + <usize>offset, 0, <usize>(BLOCK - offset));
    pageDirty(page, 0);
  }
  return fileShrink(inode, at, size);
}
