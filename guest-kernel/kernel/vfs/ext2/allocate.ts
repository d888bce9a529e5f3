// Free blocks and inodes of the ext2 file system. A block that was freed is used again only after the journal has
// committed that: until then the disk's newest state may still have a file in it.

import {
  BG_BLOCK_BITMAP,
  BG_FREE_BLOCKS_COUNT,
  BG_FREE_INODES_COUNT,
  BG_INODE_BITMAP,
  BG_USED_DIRS_COUNT,
  S_FREE_BLOCKS_COUNT,
  S_FREE_INODES_COUNT,
} from "../../../abi/ext2.ts";
import { E_NOMEM } from "../../../abi/errors.ts";
import { framesAlloc } from "../../mm/frames.ts";
import { PAGE_META, pageCacheUnwanted, pageDirty, pageForget } from "../page-cache.ts";
import {
  bitmapPage,
  BLOCK,
  blocksCount,
  blocksPerGroup,
  descriptor,
  firstInode,
  groupAdd,
  groupCount,
  inodesPerGroup,
  superAdd,
  superblock,
} from "./volume.ts";

let busy: usize = 0; // bitmaps, a page a group: freed, not committed
let busyGroups: u32 = 0; // how many there are
let busyCount: u32 = 0;

/** Forgets what was freed. 0 or -E_NOMEM. Call at mount. */
export function allocateInit(): i32 {
  busyCount = 0;
  if (busyGroups >= groupCount) memory.fill(busy, 0, <usize>(busyGroups * BLOCK));
  else busy = framesAlloc(groupCount);
  if (busy == 0) return -E_NOMEM;
  busyGroups = max(busyGroups, groupCount);
  return 0;
}

/**
 * Compares what descriptors count with the bitmaps, which allocation trusts. True if they agree; then the superblock's
 * sums, which a journal need not keep, are theirs.
 */
export function countsAgree(): bool {
  let blocks: u32 = 0;
  let inodes: u32 = 0;
  for (let group: u32 = 0; group < groupCount; group++) {
    const at = descriptor(group);
    const groupBlocks = min(blocksPerGroup, blocksCount - group * blocksPerGroup);
    const freeBlocks = countFree(bitmapPage(group, BG_BLOCK_BITMAP).frame, groupBlocks);
    const freeInodes = countFree(bitmapPage(group, BG_INODE_BITMAP).frame, inodesPerGroup);
    if (freeBlocks != <u32>load<u16>(at, BG_FREE_BLOCKS_COUNT)) return false;
    if (freeInodes != <u32>load<u16>(at, BG_FREE_INODES_COUNT)) return false;
    blocks += freeBlocks;
    inodes += freeInodes;
  }
  store<u32>(superblock(), blocks, S_FREE_BLOCKS_COUNT);
  store<u32>(superblock(), inodes, S_FREE_INODES_COUNT);
  return true;
}

function countFree(bitmap: usize, bits: u32): u32 {
  let taken: u32 = 0;
  for (let word: u32 = 0; word < bits >> 6; word++)
    taken += <u32>popcnt(load<u64>(bitmap + ((<usize>word) << 3)));
  for (let bit = bits & ~63; bit < bits; bit++) if (hasBit(bitmap, bit)) taken++;
  return bits - taken;
}

/** Blocks that can be allocated at once. */
export function blocksAvailable(): u32 {
  const free = load<u32>(superblock(), S_FREE_BLOCKS_COUNT);
  return free > busyCount ? free - busyCount : 0;
}

/** Blocks that become available with the next commit. */
export function blocksBusy(): u32 {
  return busyCount;
}

/** Makes what was freed before the commit available, unless the disk still fills a page of it. */
export function allocateCommitted(): void {
  if (busyCount == 0 || pageCacheUnwanted() != 0) return;
  memory.fill(busy, 0, <usize>groupCount * BLOCK);
  busyCount = 0;
}

/** Allocates a block, `goal` or the next free one behind it; 0 if there is none. */
export function blockAllocate(goal: u32): u32 {
  if (goal >= blocksCount) goal = 0;
  let group = goal / blocksPerGroup;
  let bit = goal % blocksPerGroup;
  for (let i: u32 = 0; i <= groupCount; i++) {
    const found = findFree(group, bit);
    if (found < blocksPerGroup) return take(group, found);
    group = group + 1 == groupCount ? 0 : group + 1;
    bit = 0;
  }
  return 0;
}

function take(group: u32, bit: u32): u32 {
  const page = bitmapPage(group, BG_BLOCK_BITMAP);
  setBit(page.frame, bit, true);
  pageDirty(page, PAGE_META);
  groupAdd(group, BG_FREE_BLOCKS_COUNT, -1);
  superAdd(S_FREE_BLOCKS_COUNT, -1);
  return group * blocksPerGroup + bit;
}

/** The first free bit from `from` on in a group; blocksPerGroup or more if there is none. */
function findFree(group: u32, from: u32): u32 {
  const end = min(blocksPerGroup, blocksCount - group * blocksPerGroup);
  const bitmap = bitmapPage(group, BG_BLOCK_BITMAP).frame;
  const held = busy + <usize>group * BLOCK;
  for (let word = from >> 6; word << 6 < end; word++) {
    const at = (<usize>word) << 3;
    let free = ~(load<u64>(bitmap + at) | load<u64>(held + at));
    if (word == from >> 6) free &= u64.MAX_VALUE << (<u64>from & 63);
    if (free == 0) continue;
    const bit = (word << 6) + <u32>ctz(free);
    return bit < end ? bit : blocksPerGroup;
  }
  return blocksPerGroup;
}

/** Frees a block and forgets its page. One that is free already stays so: the disk is not trusted. */
export function blockFree(block: u32): void {
  const group = block / blocksPerGroup;
  const bit = block % blocksPerGroup;
  const page = bitmapPage(group, BG_BLOCK_BITMAP);
  pageForget(block);
  if (!hasBit(page.frame, bit)) return;
  setBit(page.frame, bit, false);
  pageDirty(page, PAGE_META);
  setBit(busy + <usize>group * BLOCK, bit, true);
  busyCount++;
  groupAdd(group, BG_FREE_BLOCKS_COUNT, 1);
  superAdd(S_FREE_BLOCKS_COUNT, 1);
}

/** A free inode, in `group` if it has one; 0 if there is none. inodeTake allocates it. */
export function inodeFindFree(group: u32): u32 {
  for (let i: u32 = 0; i < groupCount; i++) {
    const bitmap = bitmapPage(group, BG_INODE_BITMAP).frame;
    for (let bit: u32 = group == 0 ? firstInode - 1 : 0; bit < inodesPerGroup; bit++) {
      if ((bit & 7) == 0 && load<u8>(bitmap + <usize>(bit >> 3)) == 0xff) bit += 7;
      else if (!hasBit(bitmap, bit)) return group * inodesPerGroup + bit + 1;
    }
    group = group + 1 == groupCount ? 0 : group + 1;
  }
  return 0;
}

/** Allocates a free inode. */
export function inodeTake(inode: u32, isFolder: bool): void {
  mark(inode, true, isFolder);
}

/** Frees an inode. */
export function inodeFree(inode: u32, isFolder: bool): void {
  mark(inode, false, isFolder);
}

function mark(inode: u32, taken: bool, isFolder: bool): void {
  const group = (inode - 1) / inodesPerGroup;
  const page = bitmapPage(group, BG_INODE_BITMAP);
  setBit(page.frame, (inode - 1) % inodesPerGroup, taken);
  pageDirty(page, PAGE_META);
  groupAdd(group, BG_FREE_INODES_COUNT, taken ? -1 : 1);
  superAdd(S_FREE_INODES_COUNT, taken ? -1 : 1);
  if (isFolder) groupAdd(group, BG_USED_DIRS_COUNT, taken ? 1 : -1);
}

/** The group of an inode. */
export function groupOf(inode: u32): u32 {
  return (inode - 1) / inodesPerGroup;
}

function hasBit(bitmap: usize, bit: u32): bool {
  return ((load<u8>(bitmap + <usize>(bit >> 3)) >> (<u8>bit & 7)) & 1) != 0;
}

function setBit(bitmap: usize, bit: u32, value: bool): void {
  const at = bitmap + <usize>(bit >> 3);
  const mask = (<u8>1) << (<u8>(bit & 7));
  store<u8>(at, value ? load<u8>(at) | mask : load<u8>(at) & ~mask);
}
