// Open files, whatever file system they are of.

import { E_BADF, E_FBIG, E_INVAL, E_LIMIT } from "../../abi/errors.ts";
import {
  KIND_FILE,
  OPEN_APPEND,
  OPEN_WRITE,
  SEEK_CURRENT,
  SEEK_END,
  SEEK_SET,
  STAT_BYTES,
  STAT_KIND,
  STAT_LINKS,
  STAT_SIZE,
} from "../../abi/files.ts";
import { framesFree } from "../mm/frames.ts";
import { ext2StatInode } from "./ext2/ext2.ts";
import { commitResult, commitWanted } from "./ext2/commit.ts";
import { fileRead, fileTruncate, fileWrite } from "./ext2/file.ts";
import { openRemove } from "./ext2/open-inodes.ts";
import { orphansLook } from "./ext2/orphans.ts";
import { tmpfsClose, tmpfsRead, tmpfsStatNode, tmpfsTruncate, tmpfsWrite } from "./tmpfs.ts";

const MAX_OPEN: u32 = 256;

// What an open file is of
const FREE: u32 = 0;
const MEMORY: u32 = 1; // bytes in kernel memory: a file of the initramfs in place, or a text of /sys in its own pages
export const FILE_TMPFS: u32 = 2; // a node of tmpfs
export const FILE_EXT2: u32 = 3; // an inode of the disk

/** Longest file in bytes, so that positions fit where they must. */
const BYTES_MAX: i64 = 1 << 52;

@unmanaged
class OpenFile {
  kind: u32;
  flags: u32; // OPEN_*
  position: u64;
  data: usize; // MEMORY: the bytes; else the node or inode
  length: u32; // MEMORY
  pages: u32; // MEMORY: at `data`, to free on close
  holders: u32; // handles that stand for it, less one
}

const FILE_SIZE: usize = 32;
if (offsetof<OpenFile>() > FILE_SIZE) ERROR("FILE_SIZE");
const files = memory.data(8192);
if (FILE_SIZE * <usize>MAX_OPEN != 8192) ERROR("files");

/**
 * Opens `length` bytes at `data`, of which closing frees `pages` pages. Returns an open file, or -E_LIMIT when there
 * are too many; then the pages are freed at once.
 */
export function openMemory(data: usize, length: u32, pages: u32): i32 {
  const number = take(MEMORY, data, 0);
  if (number < 0 && pages != 0) framesFree(data, pages);
  if (number < 0) return number;
  const file = fileAt(<u32>number);
  file.length = length;
  file.pages = pages;
  return number;
}

/** Opens a node of tmpfs or an inode of the disk. An open file, or -E_LIMIT. */
export function openInode(kind: u32, inode: usize, flags: u32): i32 {
  return take(kind, inode, flags);
}

function take(kind: u32, data: usize, flags: u32): i32 {
  for (let i: u32 = 0; i < MAX_OPEN; i++) {
    const file = fileAt(i);
    if (file.kind != FREE) continue;
    file.kind = kind;
    file.flags = flags;
    file.position = 0;
    file.data = data;
    file.length = 0;
    file.pages = 0;
    file.holders = 0;
    return <i32>i;
  }
  return -E_LIMIT;
}

/** Reads on: copies up to `len` bytes to `dst`. Returns how many, 0 at the end, -E_BADF, -E_AGAIN or what the file system says. */
export function vfsRead(number: i32, dst: usize, len: u32): i32 {
  const file = openFile(number);
  if (file == null) return -E_BADF;
  const result = readAt(file, dst, len);
  if (result > 0) file.position += <u64>result;
  return result;
}

function readAt(file: OpenFile, dst: usize, len: u32): i32 {
  if (file.kind == FILE_EXT2) return fileRead(<u32>file.data, file.position, dst, len);
  if (file.kind == FILE_TMPFS) return tmpfsRead(<u32>file.data, file.position, dst, len);
  if (file.position >= file.length) return 0;
  const part = <u32>min<u64>(len, file.length - file.position);
  memory.copy(dst, file.data + <usize>file.position, <usize>part);
  return <i32>part;
}

/** Writes `len` bytes at `src` where the file stands. Returns how many, -E_BADF if it is not open for that, -E_AGAIN, ... */
export function vfsWrite(number: i32, src: usize, len: u32): i32 {
  const file = openFile(number);
  if (file == null || (file.flags & OPEN_WRITE) == 0) return -E_BADF;
  if ((file.flags & OPEN_APPEND) != 0) {
    const size = sizeOf(file);
    if (size < 0) return <i32>size;
    file.position = <u64>size;
  }
  if (file.position > <u64>BYTES_MAX) return -E_FBIG;
  const result =
    file.kind == FILE_EXT2
      ? fileWrite(<u32>file.data, file.position, src, len)
      : tmpfsWrite(<u32>file.data, file.position, src, len);
  if (result > 0) file.position += <u64>result;
  return result;
}

/** Moves where the file stands to `offset` from SEEK_*. Returns where that is, -E_BADF, -E_INVAL or -E_AGAIN. */
export function vfsSeek(number: i32, offset: i64, whence: u32): i64 {
  const file = openFile(number);
  if (file == null) return -E_BADF;
  let from: i64 = 0;
  if (whence == SEEK_CURRENT) from = <i64>file.position;
  else if (whence == SEEK_END) from = sizeOf(file);
  else if (whence != SEEK_SET) return -E_INVAL;
  if (from < 0) return from;
  if (offset < -BYTES_MAX || offset > BYTES_MAX || from + offset < 0) return -E_INVAL;
  file.position = <u64>(from + offset);
  return from + offset;
}

/** Sets the length of a file that is open for writing. 0, -E_BADF, -E_INVAL, -E_AGAIN, ... */
export function vfsTruncate(number: i32, size: i64): i32 {
  const file = openFile(number);
  if (file == null || (file.flags & OPEN_WRITE) == 0) return -E_BADF;
  if (size < 0) return -E_INVAL;
  if (size > BYTES_MAX) return -E_FBIG;
  return file.kind == FILE_EXT2
    ? fileTruncate(<u32>file.data, <u64>size)
    : tmpfsTruncate(<u32>file.data, <u64>size);
}

/** What to wait for until the file is safe on the disk, for vfsSynced; 0 if it is, or -E_BADF. */
export function vfsSync(number: i32): i32 {
  const file = openFile(number);
  if (file == null) return -E_BADF;
  return file.kind == FILE_EXT2 ? <i32>(commitWanted() & i32.MAX_VALUE) : 0;
}

/** 0 once what vfsSync told is safe on the disk, -E_AGAIN, or -E_IO. */
export function vfsSynced(wanted: i32): i32 {
  return wanted == 0 ? 0 : commitResult(<u32>wanted);
}

/** Writes what stat tells of an open file to `buffer`. 0, -E_BADF, -E_AGAIN, ... */
export function vfsStatOpen(number: i32, buffer: usize): i32 {
  const file = openFile(number);
  if (file == null) return -E_BADF;
  if (file.kind == FILE_EXT2) return ext2StatInode(<u32>file.data, buffer);
  if (file.kind == FILE_TMPFS) return tmpfsStatNode(<u32>file.data, buffer);
  memory.fill(buffer, 0, STAT_SIZE);
  store<u32>(buffer, KIND_FILE, STAT_KIND);
  store<u32>(buffer, 1, STAT_LINKS);
  store<u64>(buffer, file.length, STAT_BYTES);
  return 0;
}

const statBuffer = memory.data(32, 8);
if (STAT_SIZE > 32) ERROR("statBuffer");

/** The file's length, or -E_AGAIN, ... */
function sizeOf(file: OpenFile): i64 {
  if (file.kind == MEMORY) return file.length;
  const result =
    file.kind == FILE_EXT2
      ? ext2StatInode(<u32>file.data, statBuffer)
      : tmpfsStatNode(<u32>file.data, statBuffer);
  return result < 0 ? result : load<i64>(statBuffer, STAT_BYTES);
}

/** One more handle stands for the open file: vfsClose is called once more. */
export function vfsRetain(number: i32): void {
  const file = openFile(number);
  if (file !== null) file.holders++;
}

/** Closes a file. Returns 0 or -E_BADF. */
export function vfsClose(number: i32): i32 {
  const file = openFile(number);
  if (file == null) return -E_BADF;
  if (file.holders != 0) {
    file.holders--;
    return 0;
  }
  if (file.kind == MEMORY && file.pages != 0) framesFree(file.data, file.pages);
  if (file.kind == FILE_TMPFS) tmpfsClose(<u32>file.data);
  if (file.kind == FILE_EXT2) {
    openRemove(<u32>file.data);
    orphansLook();
  }
  file.kind = FREE;
  return 0;
}

/** Files that are open. */
export function vfsOpenCount(): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < MAX_OPEN; i++) if (fileAt(i).kind != FREE) count++;
  return count;
}

function openFile(number: i32): OpenFile | null {
  if (<u32>number >= MAX_OPEN) return null;
  const file = fileAt(<u32>number);
  return file.kind != FREE ? file : null;
}

function fileAt(number: u32): OpenFile {
  return changetype<OpenFile>(files + <usize>number * FILE_SIZE);
}
