// Open files. Each is a run of bytes in kernel memory: a file of the initramfs in place, or a text of /sys in pages
// of its own.

import { E_BADF, E_LIMIT } from "../../abi/errors.ts";
import { framesFree } from "../mm/frames.ts";

const MAX_OPEN: u32 = 256;

@unmanaged
class OpenFile {
  data: usize;
  length: u32;
  position: u32;
  pages: u32; // at `data`, to free on close
  used: bool;
}

const FILE_SIZE: usize = 20;
if (offsetof<OpenFile>() > FILE_SIZE) ERROR("FILE_SIZE");
const files = memory.data(5120);
if (FILE_SIZE * <usize>MAX_OPEN != 5120) ERROR("files");

/**
 * Opens `length` bytes at `data`, of which closing frees `pages` pages. Returns an open file, or -E_LIMIT when there
 * are too many; then the pages are freed at once.
 */
export function openMemory(data: usize, length: u32, pages: u32): i32 {
  for (let i: u32 = 0; i < MAX_OPEN; i++) {
    const file = fileAt(i);
    if (file.used) continue;
    file.used = true;
    file.data = data;
    file.length = length;
    file.position = 0;
    file.pages = pages;
    return <i32>i;
  }
  if (pages != 0) framesFree(data, pages);
  return -E_LIMIT;
}

/** Reads on: copies up to `len` bytes to `dst`. Returns how many, 0 at the end, or -E_BADF. */
export function vfsRead(number: i32, dst: usize, len: u32): i32 {
  const file = openFile(number);
  if (file == null) return -E_BADF;
  const part = min(len, file.length - file.position);
  memory.copy(dst, file.data + <usize>file.position, <usize>part);
  file.position += part;
  return <i32>part;
}

/** Closes a file. Returns 0 or -E_BADF. */
export function vfsClose(number: i32): i32 {
  const file = openFile(number);
  if (file == null) return -E_BADF;
  file.used = false;
  if (file.pages != 0) framesFree(file.data, file.pages);
  return 0;
}

/** Files that are open. */
export function vfsOpenCount(): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < MAX_OPEN; i++) if (fileAt(i).used) count++;
  return count;
}

function openFile(number: i32): OpenFile | null {
  if (<u32>number >= MAX_OPEN) return null;
  const file = fileAt(<u32>number);
  return file.used ? file : null;
}

function fileAt(number: u32): OpenFile {
  return changetype<OpenFile>(files + <usize>number * FILE_SIZE);
}
