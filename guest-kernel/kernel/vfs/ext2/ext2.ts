// The ext2 file system as the VFS calls it: normalized paths, `/` first. Each call may return -E_AGAIN, and then has
// changed nothing that a second call would not do again: the caller waits for WAKE_DISK.

import {
  KIND_FILE,
  KIND_FOLDER,
  KIND_OTHER,
  OPEN_CREATE,
  OPEN_EXCLUSIVE,
  OPEN_TRUNCATE,
  OPEN_WRITE,
  STAT_BYTES,
  STAT_INODE,
  STAT_KIND,
  STAT_LINKS,
  STAT_MODIFIED,
  STAT_SIZE,
} from "../../../abi/files.ts";
import { I_LINKS_COUNT, I_MTIME } from "../../../abi/ext2.ts";
import { E_EXIST, E_INVAL, E_ISDIR, E_NOENT, E_NOTDIR, E_ROFS } from "../../../abi/errors.ts";
import { pageCachePoll, pageCacheStamp } from "../page-cache.ts";
import { FILE_EXT2, openInode } from "../open-file.ts";
import { changeForbidden } from "./change.ts";
import { commitRuns, commitStep } from "./commit.ts";
import { fileTruncate } from "./file.ts";
import { folderList } from "./folder.ts";
import { inodeAt, inodeError, inodeSizeOf, isFile, isFolder } from "./inode.ts";
import { lookup } from "./lookup.ts";
import { nameCreate, nameRemove, nameRename } from "./names.ts";
import { openAdd } from "./open-inodes.ts";
import { orphansStep } from "./orphans.ts";

/** Opens a file (OPEN_*): an open file, or an error. */
export function ext2Open(path: usize, length: u32, flags: u32): i32 {
  pageCacheStamp();
  let inode = lookup(path, length);
  if (inode == -E_NOENT && (flags & OPEN_CREATE) != 0) inode = nameCreate(path, length, false);
  else if (inode > 0 && (flags & OPEN_EXCLUSIVE) != 0) return -E_EXIST;
  if (inode < 0) return inode;
  const at = inodeAt(inode);
  if (at == 0) return inodeError;
  if (isFolder(at)) return -E_ISDIR;
  if (!isFile(at)) return -E_INVAL;
  if ((flags & OPEN_WRITE) != 0 && changeForbidden()) return -E_ROFS;
  if ((flags & OPEN_TRUNCATE) != 0 && inodeSizeOf(at) != 0) {
    const result = fileTruncate(inode, 0);
    if (result < 0) return result;
  }
  const file = openInode(FILE_EXT2, inode, flags);
  if (file >= 0) openAdd(inode);
  return file;
}

/** Adds a folder's names to the listing. 0, or an error. */
export function ext2List(path: usize, length: u32): i32 {
  pageCacheStamp();
  const inode = lookup(path, length);
  if (inode < 0) return inode;
  const at = inodeAt(inode);
  if (at == 0) return inodeError;
  return isFolder(at) ? folderList(at) : -E_NOTDIR;
}

/** Writes what stat tells to `buffer`, STAT_SIZE bytes. 0, or an error. */
export function ext2Stat(path: usize, length: u32, buffer: usize): i32 {
  pageCacheStamp();
  const inode = lookup(path, length);
  return inode < 0 ? inode : ext2StatInode(inode, buffer);
}

/** As ext2Stat, of an inode. */
export function ext2StatInode(inode: u32, buffer: usize): i32 {
  const at = inodeAt(inode);
  if (at == 0) return inodeError;
  memory.fill(buffer, 0, STAT_SIZE);
  store<u32>(buffer, isFolder(at) ? KIND_FOLDER : isFile(at) ? KIND_FILE : KIND_OTHER, STAT_KIND);
  store<u32>(buffer, load<u16>(at, I_LINKS_COUNT), STAT_LINKS);
  store<u64>(buffer, inodeSizeOf(at), STAT_BYTES);
  store<i64>(buffer, <i64>load<u32>(at, I_MTIME) * 1000000000, STAT_MODIFIED);
  store<u32>(buffer, inode, STAT_INODE);
  return 0;
}

/** Makes a folder. 0, or an error. */
export function ext2Mkdir(path: usize, length: u32): i32 {
  return min(nameCreate(path, length, true), 0);
}

/** Removes a file, or a folder that is empty. 0, or an error. */
export function ext2Remove(path: usize, length: u32): i32 {
  return nameRemove(path, length);
}

/** Renames; see nameRename. */
export function ext2Rename(from: usize, fromLength: u32, to: usize, toLength: u32): i32 {
  return nameRename(from, fromLength, to, toLength);
}

/** Goes on with what the disk has done. True if calls that wait for it may get further. */
export function ext2Poll(): bool {
  const answered = pageCachePoll();
  const committing = commitRuns();
  if (answered && committing) commitStep();
  const reaped = orphansStep();
  return answered || reaped || (committing && !commitRuns());
}
