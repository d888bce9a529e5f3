// The mounted ext2 file system: what its superblock says, and its groups. Blocks are pages of the cache: only file
// systems with blocks of 4 KiB are mounted. Superblock, group descriptors and bitmaps stay in the cache.

import {
  BG_BLOCK_BITMAP,
  BG_INODE_BITMAP,
  BG_INODE_TABLE,
  BG_SIZE,
  EXT2_FEATURE_INCOMPAT_FILETYPE,
  EXT2_FEATURE_RO_COMPAT_LARGE_FILE,
  EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER,
  EXT2_GOOD_OLD_INODE_SIZE,
  EXT2_MAGIC,
  EXT2_SUPER_OFFSET,
  EXT3_FEATURE_INCOMPAT_RECOVER,
  S_BLOCKS_COUNT,
  S_BLOCKS_PER_GROUP,
  S_FEATURE_INCOMPAT,
  S_FEATURE_RO_COMPAT,
  S_FIRST_DATA_BLOCK,
  S_FIRST_INO,
  S_INODE_SIZE,
  S_INODES_COUNT,
  S_INODES_PER_GROUP,
  S_LOG_BLOCK_SIZE,
  S_MAGIC,
  S_REV_LEVEL,
} from "../../../abi/ext2.ts";
import { E_AGAIN, E_INVAL, E_IO, E_NOMEM } from "../../../abi/errors.ts";
import { PAGE_SIZE } from "../../../abi/memory-map.ts";
import { diskPages } from "../../drivers/disk.ts";
import {
  PAGE_META,
  PAGE_VALID,
  Page,
  pageCacheLimit,
  pageCachePoll,
  pageDirty,
  pageError,
  pageFind,
  pageGet,
  pagePin,
  pageReadAhead,
} from "../page-cache.ts";
import { pause } from "../../arch.ts";

export const BLOCK: u32 = 4096;
if (<usize>BLOCK != PAGE_SIZE) ERROR("a block is a page");
const LOG_BLOCK_SIZE: u32 = 2;
const INCOMPAT = EXT2_FEATURE_INCOMPAT_FILETYPE | EXT3_FEATURE_INCOMPAT_RECOVER;
const RO_COMPAT = EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE;
const GROUPS_PER_BLOCK: u32 = BLOCK / BG_SIZE;

export let blocksCount: u32 = 0;
export let blocksPerGroup: u32 = 0;
export let inodesCount: u32 = 0;
export let inodesPerGroup: u32 = 0;
export let inodeSize: u32 = 0;
export let firstInode: u32 = 0;
export let groupCount: u32 = 0;

/** Reads and checks the superblock. 0; -E_INVAL if this is no file system that can be mounted, -E_IO, -E_NOMEM. */
export function volumeRead(): i32 {
  const result = wait(0);
  if (result < 0) return result;
  const at = superblock();
  if (<u32>load<u16>(at, S_MAGIC) != EXT2_MAGIC || load<u32>(at, S_REV_LEVEL) != 1) return -E_INVAL;
  if (load<u32>(at, S_LOG_BLOCK_SIZE) != LOG_BLOCK_SIZE || load<u32>(at, S_FIRST_DATA_BLOCK) != 0)
    return -E_INVAL;
  if ((load<u32>(at, S_FEATURE_INCOMPAT) & ~INCOMPAT) != 0) return -E_INVAL;
  if ((load<u32>(at, S_FEATURE_INCOMPAT) & EXT2_FEATURE_INCOMPAT_FILETYPE) == 0) return -E_INVAL;
  blocksCount = load<u32>(at, S_BLOCKS_COUNT);
  blocksPerGroup = load<u32>(at, S_BLOCKS_PER_GROUP);
  inodesCount = load<u32>(at, S_INODES_COUNT);
  inodesPerGroup = load<u32>(at, S_INODES_PER_GROUP);
  inodeSize = load<u16>(at, S_INODE_SIZE);
  firstInode = load<u32>(at, S_FIRST_INO);
  return makesSense() ? 0 : -E_INVAL;
}

function makesSense(): bool {
  if (blocksCount < 8 || blocksCount > diskPages()) return false;
  if (blocksPerGroup < 8 || blocksPerGroup > 8 * BLOCK) return false;
  if (inodesPerGroup == 0 || inodesPerGroup > 8 * BLOCK || firstInode < 11) return false;
  if (inodeSize < EXT2_GOOD_OLD_INODE_SIZE || inodeSize > 1024 || (inodeSize & (inodeSize - 1)) != 0)
    return false;
  groupCount = (blocksCount + blocksPerGroup - 1) / blocksPerGroup;
  return inodesCount == groupCount * inodesPerGroup && firstInode < inodesPerGroup;
}

/** True if the file system has features that only a reader may ignore. */
export function volumeReadOnlyFeatures(): bool {
  return (load<u32>(superblock(), S_FEATURE_RO_COMPAT) & ~RO_COMPAT) != 0;
}

/** Reads descriptors and bitmaps, which stay. 0, -E_INVAL, -E_IO, or -E_NOMEM if they take too much of the cache. */
export function volumePin(): i32 {
  const descriptorBlocks = (groupCount + GROUPS_PER_BLOCK - 1) / GROUPS_PER_BLOCK;
  if (groupCount * 2 + descriptorBlocks > pageCacheLimit() / 4) return -E_NOMEM;
  let result = pin(0);
  for (let i: u32 = 0; i < descriptorBlocks && result == 0; i++) result = pin(1 + i);
  for (let group: u32 = 0; group < groupCount && result == 0; group++) {
    result = groupMakesSense(group) ? 0 : -E_INVAL;
    if (result == 0) pageReadAhead(load<u32>(descriptor(group), BG_BLOCK_BITMAP), 1); // both at once
    if (result == 0) pageReadAhead(load<u32>(descriptor(group), BG_INODE_BITMAP), 1);
    if (result == 0) result = pin(load<u32>(descriptor(group), BG_BLOCK_BITMAP));
    if (result == 0) result = pin(load<u32>(descriptor(group), BG_INODE_BITMAP));
  }
  return result;
}

function groupMakesSense(group: u32): bool {
  const at = descriptor(group);
  const table = load<u32>(at, BG_INODE_TABLE);
  if (load<u32>(at, BG_BLOCK_BITMAP) == 0 || load<u32>(at, BG_INODE_BITMAP) == 0 || table == 0) return false;
  if (load<u32>(at, BG_BLOCK_BITMAP) >= blocksCount || load<u32>(at, BG_INODE_BITMAP) >= blocksCount)
    return false;
  return <u64>table + (<u64>inodesPerGroup * inodeSize + BLOCK - 1) / BLOCK <= <u64>blocksCount;
}

function pin(block: u32): i32 {
  const result = wait(block);
  if (result == 0) pagePin(pageFind(block)!);
  return result;
}

/** Reads a block, however long that takes. */
function wait(block: u32): i32 {
  while (pageGet(block) === null) {
    if (pageError != -E_AGAIN) return pageError;
    while (!pageCachePoll()) pause();
  }
  return (pageFind(block)!.state & PAGE_VALID) != 0 ? 0 : -E_IO;
}

/** Address of the superblock. */
export function superblock(): usize {
  return pageFind(0)!.frame + <usize>EXT2_SUPER_OFFSET; // SAFETY: volumeRead has read it
}

/** Adds to a count of the superblock. */
export function superAdd(field: usize, change: i32): void {
  const at = superblock() + field;
  store<u32>(at, load<u32>(at) + change);
  pageDirty(pageFind(0)!, PAGE_META);
}

/** Sets a field of the superblock. */
export function superSet(field: usize, value: u32): void {
  store<u32>(superblock() + field, value);
  pageDirty(pageFind(0)!, PAGE_META);
}

/** Address of a group's descriptor. */
export function descriptor(group: u32): usize {
  // SAFETY: volumePin keeps the descriptors.
  const page = pageFind(1 + group / GROUPS_PER_BLOCK)!;
  return page.frame + <usize>((group % GROUPS_PER_BLOCK) * BG_SIZE);
}

/** Adds to a count (u16) of a group. */
export function groupAdd(group: u32, field: usize, change: i32): void {
  const at = descriptor(group) + field;
  store<u16>(at, <u16>(<i32>load<u16>(at) + change));
  pageDirty(pageFind(1 + group / GROUPS_PER_BLOCK)!, PAGE_META);
}

/** The page of a group's bitmap: BG_BLOCK_BITMAP or BG_INODE_BITMAP. */
export function bitmapPage(group: u32, field: usize): Page {
  return pageFind(load<u32>(descriptor(group) + field))!; // SAFETY: volumePin keeps the bitmaps
}

/** True for a number that can be a block of a file: what is on the disk is not trusted. */
export function isDataBlock(block: u32): bool {
  return block > groupCount / GROUPS_PER_BLOCK && block < blocksCount;
}
