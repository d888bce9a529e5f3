// Names of the ext2 file system: making, removing and renaming files and folders.

import {
  EXT2_FT_DIR,
  EXT2_FT_REG_FILE,
  EXT2_FT_SYMLINK,
  EXT2_LINK_MAX,
  EXT2_S_IFDIR,
  EXT2_S_IFREG,
  I_CTIME,
  I_LINKS_COUNT,
} from "../../../abi/ext2.ts";
import {
  E_EXIST,
  E_INVAL,
  E_IO,
  E_ISDIR,
  E_LIMIT,
  E_NOENT,
  E_NOSPC,
  E_NOTDIR,
  E_NOTEMPTY,
} from "../../../abi/errors.ts";
import { pageCacheLimit, pageCacheStamp } from "../page-cache.ts";
import { groupOf, inodeFindFree, inodeTake } from "./allocate.ts";
import { mapLookup, mapMissing } from "./block-map.ts";
import { changeBegin, changeNeeds } from "./change.ts";
import {
  folderAdd,
  folderBlocks,
  folderCheckEmpty,
  folderFind,
  folderInit,
  folderNeedsBlock,
  folderRemove,
  folderSet,
  foundInode,
} from "./folder.ts";
import { inodeAt, inodeDirty, inodeError, inodeReset, isFile, isFolder, nowSeconds } from "./inode.ts";
import { leafLength, leafName, lookupParent, parentInode } from "./lookup.ts";
import { orphanAdd, orphansBusy } from "./orphans.ts";
import { BLOCK, blocksPerGroup } from "./volume.ts";

const FILE_MODE: u32 = EXT2_S_IFREG | 0o644;
const FOLDER_MODE: u32 = EXT2_S_IFDIR | 0o755;
const NAME_MAX: u32 = 255;
const FOLDER_BLOCKS = 2; // that a new folder may need: its first, its parent's next

/**
 * Makes a file or folder of a normalized path; the inode, or -E_EXIST, -E_NOENT, -E_NOTDIR, -E_NOSPC, -E_LIMIT,
 * -E_AGAIN, -E_ROFS, -E_IO, -E_NOMEM.
 */
export function nameCreate(path: usize, length: u32, folder: bool): i32 {
  pageCacheStamp();
  let result = changeBegin();
  if (result == 0) result = lookupParent(path, length);
  if (result == 0) result = checkRoom();
  if (result < 0) return result;
  const parentAt = inodeAt(parentInode);
  const inode = inodeFindFree(groupOf(parentInode));
  if (inode == 0) return -E_NOSPC;
  if (folder && <u32>load<u16>(parentAt, I_LINKS_COUNT) >= EXT2_LINK_MAX) return -E_LIMIT;
  const at = inodeAt(inode);
  if (at == 0) return inodeError;
  if (folder) {
    inodeReset(at, FOLDER_MODE, 2);
    mapLookup(at, 0);
    folderInit(inode, at, parentInode, groupOf(inode) * blocksPerGroup);
    store<u16>(parentAt, load<u16>(parentAt, I_LINKS_COUNT) + 1, I_LINKS_COUNT);
  } else {
    inodeReset(at, FILE_MODE, 1);
  }
  inodeTake(inode, folder);
  inodeDirty(inode);
  addName(parentInode, parentAt, leafName, leafLength, inode, folder ? EXT2_FT_DIR : EXT2_FT_REG_FILE);
  return <i32>inode;
}

/** Whether the parent that lookupParent found takes the name: 0, -E_EXIST, -E_NOTDIR, -E_LIMIT, ... */
function checkRoom(): i32 {
  const at = inodeAt(parentInode);
  if (at == 0) return inodeError;
  if (!isFolder(at)) return -E_NOTDIR;
  if (leafLength == 0) return -E_EXIST; // the root
  if (leafLength > NAME_MAX) return -E_INVAL;
  if (load<u16>(at, I_LINKS_COUNT) == 0) return -E_NOENT; // removed
  const found = folderFind(at, leafName, leafLength);
  if (found == 0) return -E_EXIST;
  return found == -E_NOENT ? checkBlock(at) : found;
}

/** Whether there is room for the name that folderFind has not found in the folder at `at`. */
function checkBlock(at: usize): i32 {
  let missing: u32 = 0;
  if (folderNeedsBlock()) {
    if (folderBlocks(at) >= pageCacheLimit() / 4) return -E_LIMIT; // all of them must fit in the cache
    const next = mapLookup(at, folderBlocks(at));
    if (next != 0) return next < 0 ? next : -E_IO; // there must not be one
    missing = mapMissing;
  }
  return changeNeeds(missing + FOLDER_BLOCKS, orphansBusy());
}

function addName(folder: u32, at: usize, name: usize, length: u32, inode: u32, type: u32): void {
  if (folderNeedsBlock()) mapLookup(at, folderBlocks(at)); // what folderAdd allocates; checkBlock has it in the cache
  folderAdd(folder, at, name, length, inode, type);
}

/** What a folder says of an inode. */
function typeOf(at: usize): u32 {
  if (isFolder(at)) return EXT2_FT_DIR;
  return isFile(at) ? EXT2_FT_REG_FILE : EXT2_FT_SYMLINK;
}

/** Removes a file, or a folder that is empty. 0, -E_NOENT, -E_NOTEMPTY, -E_INVAL for the root, ... */
export function nameRemove(path: usize, length: u32): i32 {
  pageCacheStamp();
  let result = changeBegin();
  if (result == 0) result = lookupParent(path, length);
  if (result < 0) return result;
  if (leafLength == 0) return -E_INVAL;
  const folder = parentInode;
  const folderAt = inodeAt(folder);
  if (folderAt == 0) return inodeError;
  if (!isFolder(folderAt)) return -E_NOTDIR;
  result = folderFind(folderAt, leafName, leafLength);
  if (result < 0) return result;
  const inode = foundInode;
  const at = inodeAt(inode);
  if (at == 0) return inodeError;
  if (isFolder(at)) result = folderCheckEmpty(at);
  if (result < 0) return result;
  folderRemove(folder, folderAt);
  if (isFolder(at)) unlinkParent(folder, folderAt);
  dropLink(inode, at);
  return 0;
}

/** Takes a name from an inode: a folder's only one, of a file one of them. */
function dropLink(inode: u32, at: usize): void {
  const links = load<u16>(at, I_LINKS_COUNT);
  const left: u16 = isFolder(at) || links == 0 ? 0 : links - 1;
  store<u16>(at, left, I_LINKS_COUNT);
  store<u32>(at, nowSeconds(), I_CTIME);
  inodeDirty(inode);
  if (left == 0) orphanAdd(inode, at);
}

/** A folder in the folder at `at` has gone: its `..` too. */
function unlinkParent(folder: u32, at: usize): void {
  store<u16>(at, load<u16>(at, I_LINKS_COUNT) - 1, I_LINKS_COUNT);
  inodeDirty(folder);
}

/**
 * Gives what is at `from` the name `to`, replacing a file, or an empty folder by a folder. 0; -E_NOENT, -E_NOTDIR,
 * -E_ISDIR, -E_NOTEMPTY, -E_INVAL if a folder would be in itself, ... Both are normalized.
 */
export function nameRename(from: usize, fromLength: u32, to: usize, toLength: u32): i32 {
  pageCacheStamp();
  let result = changeBegin();
  if (result == 0) result = lookupParent(from, fromLength);
  if (result < 0) return result;
  const source = parentInode;
  const sourceName = leafName;
  const sourceLength = leafLength;
  result = lookupParent(to, toLength);
  if (result < 0) return result;
  if (sourceLength == 0 || leafLength == 0) return -E_INVAL;
  if (isBelow(to, toLength, from, fromLength)) return -E_INVAL;
  const sourceAt = inodeAt(source);
  if (sourceAt == 0) return inodeError;
  const targetAt = inodeAt(parentInode);
  if (targetAt == 0) return inodeError;
  if (!isFolder(sourceAt) || !isFolder(targetAt)) return -E_NOTDIR;
  result = folderFind(sourceAt, sourceName, sourceLength);
  if (result < 0) return result;
  const inode = foundInode;
  const at = inodeAt(inode);
  if (at == 0) return inodeError;
  const moved = isFolder(at);
  result = folderFind(targetAt, leafName, leafLength);
  if (result == 0 && foundInode == inode) return 0;
  const replaced = result == 0 ? foundInode : 0;
  if (result == 0) result = checkReplace(moved, replaced);
  else if (result == -E_NOENT) result = checkBlock(targetAt);
  if (result == 0 && moved && source != parentInode) result = prepareParent(at, targetAt);
  if (result < 0) return result;
  const target = parentInode;
  folderFind(targetAt, leafName, leafLength); // again: others were looked for since
  if (replaced != 0) folderSet(target, targetAt, inode, typeOf(at));
  else addName(target, targetAt, leafName, leafLength, inode, typeOf(at));
  if (replaced != 0) {
    const oldAt = inodeAt(replaced); // SAFETY: checkReplace got it
    if (isFolder(oldAt)) unlinkParent(target, targetAt);
    dropLink(replaced, oldAt);
  }
  folderFind(sourceAt, sourceName, sourceLength); // again: the target's name may be in the same block
  folderRemove(source, sourceAt);
  if (moved && source != target) {
    setParent(inode, at, target);
    unlinkParent(source, sourceAt);
    store<u16>(targetAt, load<u16>(targetAt, I_LINKS_COUNT) + 1, I_LINKS_COUNT);
    inodeDirty(target);
  }
  store<u32>(at, nowSeconds(), I_CTIME);
  inodeDirty(inode);
  return 0;
}

/** Whether what is moved may take the place of inode `replaced`. */
function checkReplace(moved: bool, replaced: u32): i32 {
  const at = inodeAt(replaced);
  if (at == 0) return inodeError;
  if (!moved) return isFolder(at) ? -E_ISDIR : 0;
  return isFolder(at) ? folderCheckEmpty(at) : -E_NOTDIR;
}

const dots = memory.data<u8>([46, 46]);

/** Gets the block of the folder at `at` that has its `..`, so that setParent cannot fail. */
function prepareParent(at: usize, targetAt: usize): i32 {
  if (<u32>load<u16>(targetAt, I_LINKS_COUNT) >= EXT2_LINK_MAX) return -E_LIMIT;
  const result = folderFind(at, dots, 2);
  return result == -E_NOENT ? -E_IO : result;
}

function setParent(inode: u32, at: usize, parent: u32): void {
  folderFind(at, dots, 2); // SAFETY: prepareParent has found it
  folderSet(inode, at, parent, EXT2_FT_DIR);
}

function isBelow(path: usize, length: u32, folder: usize, folderLength: u32): bool {
  if (length <= folderLength || load<u8>(path + <usize>folderLength) != 47) return false;
  return memory.compare(path, folder, <usize>folderLength) == 0;
}
