// Folders of the ext2 file system: entries in a list through all of a folder's blocks, none across two of them.

import {
  DE_FILE_TYPE,
  DE_INODE,
  DE_NAME,
  DE_NAME_LEN,
  DE_REC_LEN,
  EXT2_FT_DIR,
  I_FLAGS,
} from "../../../abi/ext2.ts";
import { E_IO, E_NOENT, E_NOTEMPTY } from "../../../abi/errors.ts";
import { listingAdd } from "../listing.ts";
import { PAGE_META, Page, pageDirty, pageError, pageFind, pageGet, pageNew } from "../page-cache.ts";
import { mapAllocate, mapLookup } from "./block-map.ts";
import { inodeDirty, inodeSetSize, inodeSizeOf, inodeTouch } from "./inode.ts";
import { BLOCK, inodesCount } from "./volume.ts";

const INDEX_FL: u32 = 0x1000; // EXT2_INDEX_FL: a hash tree, which looks like a list to those who do not know it
const ALIGN: u32 = 4;

/** Where folderFind found the name: its inode, and its place for folderRemove and folderSet. */
export let foundInode: u32 = 0;
let foundBlock: u32 = 0; // of the disk
let foundAt: u32 = 0; // in the block
let foundBefore: u32 = 0; // the entry before it in the block, foundAt if it is the first
let roomBlock: u32 = 0; // a block with room for the name; 0 if there is none
let roomAt: u32 = 0;

/** Blocks of a folder. */
export function folderBlocks(at: usize): u32 {
  return <u32>(inodeSizeOf(at) / BLOCK);
}

/** The page of block `index` of the folder at `at`; null with pageError, which folderError tells. */
function folderPage(at: usize, index: u32): Page | null {
  const block = mapLookup(at, index);
  folderError = block == 0 ? -E_IO : block;
  if (block <= 0) return null;
  const page = pageGet(<u32>block);
  folderError = pageError;
  return page;
}

let folderError: i32 = 0;

/**
 * Looks for a name in the folder at `at`. 0 with foundInode; -E_NOENT, and then it is known whether there is room for
 * it; -E_AGAIN, -E_IO, -E_NOMEM.
 */
export function folderFind(at: usize, name: usize, length: u32): i32 {
  const blocks = folderBlocks(at);
  roomBlock = 0;
  for (let index: u32 = 0; index < blocks; index++) {
    const page = folderPage(at, index);
    if (page === null) return folderError;
    const result = findInBlock(page, name, length);
    if (result != -E_NOENT) return result;
  }
  return -E_NOENT;
}

function findInBlock(page: Page, name: usize, length: u32): i32 {
  let before: u32 = 0;
  for (let offset: u32 = 0; offset < BLOCK;) {
    const entry = page.frame + <usize>offset;
    if (!entryMakesSense(entry, offset)) return -E_IO;
    const size = <u32>load<u16>(entry, DE_REC_LEN);
    if (roomBlock == 0 && size - usedOf(entry) >= sizeFor(length)) {
      roomBlock = page.number;
      roomAt = offset;
    }
    if (load<u32>(entry, DE_INODE) != 0 && isNamed(entry, name, length)) {
      foundInode = load<u32>(entry, DE_INODE);
      foundBlock = page.number;
      foundAt = offset;
      foundBefore = before;
      return 0;
    }
    before = offset;
    offset += size;
  }
  return -E_NOENT;
}

/** What is on the disk is not trusted: an entry has room for its name, and ends in its block. */
function entryMakesSense(entry: usize, offset: u32): bool {
  const size = <u32>load<u16>(entry, DE_REC_LEN);
  if (size < <u32>DE_NAME || (size & (ALIGN - 1)) != 0 || size > BLOCK - offset) return false;
  return sizeFor(load<u8>(entry, DE_NAME_LEN)) <= size && load<u32>(entry, DE_INODE) <= inodesCount;
}

function isNamed(entry: usize, name: usize, length: u32): bool {
  if (<u32>load<u8>(entry, DE_NAME_LEN) != length) return false;
  return memory.compare(entry + DE_NAME, name, <usize>length) == 0;
}

/** Bytes that an entry needs. */
function sizeFor(nameLength: u32): u32 {
  return (<u32>DE_NAME + nameLength + ALIGN - 1) & ~(ALIGN - 1);
}

/** Bytes that an entry takes of its own. */
function usedOf(entry: usize): u32 {
  return load<u32>(entry, DE_INODE) == 0 ? 0 : sizeFor(load<u8>(entry, DE_NAME_LEN));
}

/** True if folderFind, which did not find the name, found no room for it: then folderAdd takes a block. */
export function folderNeedsBlock(): bool {
  return roomBlock == 0;
}

/**
 * Adds the name that folderFind has just not found, for `inode` of EXT2_FT_* `type`, to the folder `folder` at `at`.
 * If folderNeedsBlock, the caller has looked up block folderBlocks of it, and made sure that there is room.
 */
export function folderAdd(folder: u32, at: usize, name: usize, length: u32, inode: u32, type: u32): void {
  if (roomBlock == 0) appendBlock(folder, at);
  const page = pageFind(roomBlock)!; // SAFETY: it is of this operation
  let entry = page.frame + <usize>roomAt;
  const size = <u32>load<u16>(entry, DE_REC_LEN);
  const used = usedOf(entry);
  if (used != 0) {
    store<u16>(entry, <u16>used, DE_REC_LEN);
    entry += <usize>used;
  }
  writeEntry(entry, size - used, name, length, inode, type);
  pageDirty(page, PAGE_META);
  changed(folder, at);
}

function appendBlock(folder: u32, at: usize): void {
  roomBlock = mapAllocate(folder, at, 0);
  roomAt = 0;
  const page = pageNew(roomBlock)!; // SAFETY: pageReserve
  memory.fill(page.frame, 0, <usize>BLOCK);
  store<u16>(page.frame, <u16>BLOCK, DE_REC_LEN);
  inodeSetSize(at, inodeSizeOf(at) + BLOCK);
}

function writeEntry(entry: usize, size: u32, name: usize, length: u32, inode: u32, type: u32): void {
  store<u32>(entry, inode, DE_INODE);
  store<u16>(entry, <u16>size, DE_REC_LEN);
  store<u8>(entry, <u8>length, DE_NAME_LEN);
  store<u8>(entry, <u8>type, DE_FILE_TYPE);
  memory.copy(entry + DE_NAME, name, <usize>length);
}

/** Removes the entry that folderFind has just found. */
export function folderRemove(folder: u32, at: usize): void {
  const page = pageFind(foundBlock)!; // SAFETY: it is of this operation
  const entry = page.frame + <usize>foundAt;
  if (foundBefore == foundAt) {
    store<u32>(entry, 0, DE_INODE);
  } else {
    const before = page.frame + <usize>foundBefore;
    store<u16>(before, load<u16>(before, DE_REC_LEN) + load<u16>(entry, DE_REC_LEN), DE_REC_LEN);
  }
  pageDirty(page, PAGE_META);
  changed(folder, at);
}

/** Lets the entry that folderFind has just found name another inode. */
export function folderSet(folder: u32, at: usize, inode: u32, type: u32): void {
  const page = pageFind(foundBlock)!; // SAFETY: it is of this operation
  store<u32>(page.frame + <usize>foundAt, inode, DE_INODE);
  store<u8>(page.frame + <usize>foundAt, <u8>type, DE_FILE_TYPE);
  pageDirty(page, PAGE_META);
  changed(folder, at);
}

function changed(folder: u32, at: usize): void {
  store<u32>(at, load<u32>(at, I_FLAGS) & ~INDEX_FL, I_FLAGS);
  inodeTouch(at);
  inodeDirty(folder);
}

const dots = memory.data<u8>([46, 46]);

/** Fills block 0 of a new folder, whose inode mapLookup has just looked up, with `.` and `..`. */
export function folderInit(folder: u32, at: usize, parent: u32, goal: u32): void {
  const page = pageNew(mapAllocate(folder, at, goal))!; // SAFETY: pageReserve
  memory.fill(page.frame, 0, <usize>BLOCK);
  const first = sizeFor(1);
  writeEntry(page.frame, first, dots, 1, folder, EXT2_FT_DIR);
  writeEntry(page.frame + <usize>first, BLOCK - first, dots, 2, parent, EXT2_FT_DIR);
  pageDirty(page, PAGE_META);
  inodeSetSize(at, BLOCK);
  inodeDirty(folder);
}

/** 0 if the folder at `at` has no entries of its own; -E_NOTEMPTY, -E_AGAIN, -E_IO, -E_NOMEM. */
export function folderCheckEmpty(at: usize): i32 {
  return forEach(at, false);
}

/** Adds the folder's names to the listing. 0, -E_AGAIN, -E_IO, -E_NOMEM. */
export function folderList(at: usize): i32 {
  return forEach(at, true);
}

function forEach(at: usize, list: bool): i32 {
  const blocks = folderBlocks(at);
  for (let index: u32 = 0; index < blocks; index++) {
    const page = folderPage(at, index);
    if (page === null) return folderError;
    for (let offset: u32 = 0; offset < BLOCK;) {
      const entry = page.frame + <usize>offset;
      if (!entryMakesSense(entry, offset)) return -E_IO;
      offset += <u32>load<u16>(entry, DE_REC_LEN);
      if (load<u32>(entry, DE_INODE) == 0 || isDots(entry)) continue;
      if (!list) return -E_NOTEMPTY;
      const isFolder = <u32>load<u8>(entry, DE_FILE_TYPE) == EXT2_FT_DIR;
      listingAdd(entry + DE_NAME, load<u8>(entry, DE_NAME_LEN), isFolder);
    }
  }
  return 0;
}

function isDots(entry: usize): bool {
  const length = <u32>load<u8>(entry, DE_NAME_LEN);
  return length <= 2 && memory.compare(entry + DE_NAME, dots, <usize>length) == 0;
}
