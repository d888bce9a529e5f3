// Which block of the disk has which block of a file: twelve direct pointers in the inode, then trees of one, two and
// three levels of indirect blocks. Pointer 0 of a way is in the inode, pointer `depth - 1` names the file's block.

import { I_BLOCK, I_BLOCKS, I_DIRECT } from "../../../abi/ext2.ts";
import { E_IO } from "../../../abi/errors.ts";
import { PAGE_META, pageDirty, pageError, pageFind, pageGet, pageNew } from "../page-cache.ts";
import { blockAllocate, blockFree } from "./allocate.ts";
import { inodeDirty } from "./inode.ts";
import { BLOCK, isDataBlock } from "./volume.ts";

/** Pointers in an indirect block. */
export const POINTERS: u32 = BLOCK / 4;
const LOG_POINTERS: u32 = 10;
if (1 << LOG_POINTERS != POINTERS) ERROR("LOG_POINTERS");
/** Blocks that a file can have. */
export const MAP_MAX: u64 =
  <u64>I_DIRECT + (1 << LOG_POINTERS) + (1 << (2 * LOG_POINTERS)) + (1 << (3 * LOG_POINTERS));
const SECTORS: u32 = BLOCK / 512;

const way = memory.data(16); // u32 a level: the pointer's place in its block
const wayBlocks = memory.data(16); // u32 a level, from 1 on: the block that the pointer is in
let depth: u32 = 0; // pointers on the way
let base: u32 = 0; // the first block of the file that the tree has

/** Pointers that mapLookup found missing, that of the file's block among them. */
export let mapMissing: u32 = 0;

function findWay(index: u32): void {
  depth = 1;
  base = 0;
  let size = I_DIRECT;
  while (index - base >= size) {
    base += size;
    size = 1 << (LOG_POINTERS * depth);
    depth++;
  }
  store<u32>(way, depth == 1 ? index : I_DIRECT + depth - 2);
  for (let level: u32 = 1; level < depth; level++) {
    const place = ((index - base) >> (LOG_POINTERS * (depth - 1 - level))) & (POINTERS - 1);
    store<u32>(way + 4 * <usize>level, place);
  }
}

/** Address of the pointer at a level whose block is in the cache. */
function slotOf(at: usize, level: u32): usize {
  const place: usize = 4 * <usize>load<u32>(way + 4 * <usize>level);
  if (level == 0) return at + I_BLOCK + place;
  return pageFind(load<u32>(wayBlocks + 4 * <usize>level))!.frame + place; // SAFETY: mapLookup got it
}

/**
 * The block of the disk that has block `index` (below MAP_MAX) of the file whose inode is at `at`; 0 if there is none,
 * with mapMissing; -E_AGAIN, -E_IO, -E_NOMEM.
 */
export function mapLookup(at: usize, index: u32): i32 {
  findWay(index);
  mapMissing = 0;
  let level: u32 = 0;
  while (true) {
    const block = load<u32>(slotOf(at, level));
    if (block == 0) {
      mapMissing = depth - level;
      return 0;
    }
    if (!isDataBlock(block)) return -E_IO;
    if (level + 1 == depth) return <i32>block;
    if (pageGet(block) === null) return pageError;
    level++;
    store<u32>(wayBlocks + 4 * <usize>level, block);
  }
}

/** How many blocks of the file lie side by side on the disk from `block` on, which mapLookup has just found: at most `most`. */
export function mapRun(at: usize, block: u32, most: u32): u32 {
  const level = depth - 1;
  const slot = slotOf(at, level);
  const place = load<u32>(way + 4 * <usize>level);
  const end = min(most, (level == 0 ? I_DIRECT : POINTERS) - place);
  let run: u32 = 1;
  while (run < end && load<u32>(slot + 4 * <usize>run) == block + run && isDataBlock(block + run)) run++;
  return run;
}

/**
 * Allocates what mapLookup has just found missing, near `goal`, for the inode `inode` at `at`. Returns the file's
 * block. The caller has made sure that there are so many blocks and pages.
 */
export function mapAllocate(inode: u32, at: usize, goal: u32): u32 {
  let block: u32 = 0;
  for (let level = depth - mapMissing; level < depth; level++) {
    block = blockAllocate(goal);
    assert(block != 0, "mapAllocate: no block");
    goal = block + 1;
    store<u32>(slotOf(at, level), block);
    pointerDirty(inode, level);
    store<u32>(at, load<u32>(at, I_BLOCKS) + SECTORS, I_BLOCKS);
    if (level + 1 == depth) break;
    const page = pageNew(block)!; // SAFETY: pageReserve; a free block has no page
    memory.fill(page.frame, 0, <usize>BLOCK);
    pageDirty(page, PAGE_META);
    store<u32>(wayBlocks + 4 * <usize>(level + 1), block);
  }
  inodeDirty(inode);
  return block;
}

/**
 * Frees blocks from the end of a file, whose last block is `last`, down to block `keep` at most: those that hang on one
 * indirect block, and the indirect blocks that are empty by that. Returns the first of what is free now, or -E_AGAIN,
 * -E_IO, -E_NOMEM; then nothing was changed.
 */
export function mapFreeTail(inode: u32, at: usize, keep: u32, last: u32): i64 {
  const found = mapLookup(at, last);
  if (found < 0) return found;
  // The pointer that `last` hangs on: that of its leaf, or the missing one nearer to the inode.
  const deepest = min(depth - mapMissing, depth - 1);
  const start: u32 =
    depth == 1 ? 0 : firstBelow(last, depth - 1 - (deepest < depth - 1 ? deepest : depth - 2));
  const from = max(start, keep);
  if (depth == 1 || deepest == depth - 1) freePointers(inode, at, from, last);
  if (keep <= start) freeEmpty(inode, at, start, last, deepest);
  inodeDirty(inode);
  return from;
}

/** The first block of the file below the same pointer as `index`, a pointer that is over `levels` levels. */
function firstBelow(index: u32, levels: u32): u32 {
  const span = LOG_POINTERS * levels;
  return base + (((index - base) >> span) << span);
}

/** Frees the file's blocks [from, last], whose pointers are in one block. */
function freePointers(inode: u32, at: usize, from: u32, last: u32): void {
  const end = slotOf(at, depth - 1);
  for (let i = from; i <= last; i++) freePointer(at, end - 4 * <usize>(last - i));
  pointerDirty(inode, depth - 1);
}

/** Frees the indirect blocks of levels `deepest` to 1 that begin with block `start` of the file. */
function freeEmpty(inode: u32, at: usize, start: u32, last: u32, deepest: u32): void {
  for (let level = deepest; level > 0; level--) {
    if (firstBelow(last, depth - level) != start) return;
    freePointer(at, slotOf(at, level - 1));
    pointerDirty(inode, level - 1);
  }
}

function freePointer(at: usize, slot: usize): void {
  const block = load<u32>(slot);
  if (block == 0) return;
  store<u32>(slot, 0);
  if (!isDataBlock(block)) return;
  blockFree(block);
  store<u32>(at, load<u32>(at, I_BLOCKS) - SECTORS, I_BLOCKS);
}

/** Marks as changed what the pointer of a level is in. */
function pointerDirty(inode: u32, level: u32): void {
  if (level == 0) inodeDirty(inode);
  else pageDirty(pageFind(load<u32>(wayBlocks + 4 * <usize>level))!, PAGE_META);
}
