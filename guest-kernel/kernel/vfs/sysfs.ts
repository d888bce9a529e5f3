// The file system at /sys: texts that subsystems provide, made when a file is opened. A reader sees one moment.

import { E_ISDIR, E_NOENT, E_NOMEM, E_NOTDIR } from "../../abi/errors.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { framesAlloc } from "../mm/frames.ts";
import { listingAdd } from "./listing.ts";
import { openMemory } from "./open-file.ts";
import { numberedFind, numberedList, numberedProvider, numberedThing } from "./sysfs-numbered.ts";

const MAX_FILES: u32 = 64;
/** Longest text of a file in bytes. */
export const SYSFS_TEXT_MAX: u32 = 131072; // a full process table fits

/** A file: its path without the first slash, UTF-16 as asc keeps literals, and its provider. */
@unmanaged
class SysFile {
  path: usize;
  provider: usize;
}

const FILE_SIZE: usize = 8;
const files = memory.data(512);
if (FILE_SIZE * <usize>MAX_FILES != 512) ERROR("files");
const scratch = memory.data(131072);
const name = memory.data(256);
let fileCount: u32 = 0;

/**
 * Adds the file /sys/`path`, e.g. `"pkg/cache"`: an ASCII literal, no part of it above 255 bytes. When the file is
 * opened, `provider` writes at most `capacity` bytes to `buffer` and returns how many. It may not open files itself.
 */
export function sysfsRegister(path: string, provider: (buffer: usize, capacity: u32) => u32): void {
  assert(fileCount < MAX_FILES, "sysfsRegister: too many files");
  const file = fileAt(fileCount++);
  file.path = changetype<usize>(path); // SAFETY: literals are static, the collector never moves or frees them
  file.provider = changetype<usize>(provider); // so are function references
}

/** Opens a file by its path below /sys, `/` first. Returns an open file, -E_NOENT, -E_NOTDIR, -E_ISDIR, -E_NOMEM. */
export function sysfsOpen(path: usize, length: u32, _flags: u32): i32 {
  let found = numberedFind(path, length);
  if (found == 0) return openText(ofNumbered);
  for (let i: u32 = 0; i < fileCount; i++) {
    const file = fileAt(i);
    switch (relate(changetype<string>(file.path), path + 1, length - 1)) {
      case SAME:
        return openText(changetype<(buffer: usize, capacity: u32) => u32>(file.provider));
      case BELOW_PATH:
        found = -E_ISDIR;
        break;
      case ABOVE_PATH:
        found = -E_NOTDIR;
        break;
    }
  }
  return found;
}

/** Adds the names in a folder, given by its path below /sys, to the listing. Returns 0, -E_NOENT or -E_NOTDIR. */
export function sysfsList(path: usize, length: u32): i32 {
  let found = length == 1 ? 0 : numberedList(path, length);
  if (found == -E_NOTDIR) return found;
  for (let i: u32 = 0; i < fileCount; i++) {
    const other = changetype<string>(fileAt(i).path);
    const relation = relate(other, path + 1, length - 1);
    if (relation == SAME || relation == ABOVE_PATH) return -E_NOTDIR;
    if (relation != BELOW_PATH) continue;
    found = 0;
    const start = length == 1 ? 0 : <i32>length;
    const size = partLength(other, start);
    if (listedBefore(other, start + size, i)) continue;
    for (let j = 0; j < size; j++) store<u8>(name + <usize>j, <u8>other.charCodeAt(start + j));
    listingAdd(name, <u32>size, start + size < other.length);
  }
  return found;
}

// How a file relates to a path
const APART: i32 = 0;
const SAME: i32 = 1;
const BELOW_PATH: i32 = 2; // the path is a folder that the file lies in
const ABOVE_PATH: i32 = 3; // the path goes through the file

function relate(file: string, path: usize, length: u32): i32 {
  const size = <u32>file.length;
  const common = min(size, length);
  for (let i: u32 = 0; i < common; i++) {
    if (file.charCodeAt(<i32>i) != <i32>load<u8>(path + <usize>i)) return APART;
  }
  if (size == length) return SAME;
  if (size > length) return length == 0 || file.charCodeAt(<i32>length) == 47 ? BELOW_PATH : APART;
  return load<u8>(path + <usize>size) == 47 ? ABOVE_PATH : APART;
}

/** The text of the file that numberedFind has found. */
function ofNumbered(buffer: usize, capacity: u32): u32 {
  return numberedProvider(numberedThing, buffer, capacity);
}

function openText(provider: (buffer: usize, capacity: u32) => u32): i32 {
  const length = min(provider(scratch, SYSFS_TEXT_MAX), SYSFS_TEXT_MAX);
  const pages = (length + <u32>PAGE_SIZE - 1) / <u32>PAGE_SIZE;
  if (pages == 0) return openMemory(0, 0, 0);
  const data = framesAlloc(pages);
  if (data == 0) return -E_NOMEM;
  memory.copy(data, scratch, <usize>length);
  return openMemory(data, length, pages);
}

/** Length of the part of `path` that begins at `start`. */
function partLength(path: string, start: i32): i32 {
  let end = start;
  while (end < path.length && path.charCodeAt(end) != 47) end++;
  return end - start;
}

/** True if a file before number `limit` begins with the first `length` characters of `path`, as a whole part. */
function listedBefore(path: string, length: i32, limit: u32): bool {
  for (let i: u32 = 0; i < limit; i++) {
    const other = changetype<string>(fileAt(i).path);
    if (other.length < length || (other.length > length && other.charCodeAt(length) != 47)) continue;
    let same = true;
    for (let j = 0; j < length && same; j++) same = path.charCodeAt(j) == other.charCodeAt(j);
    if (same) return true;
  }
  return false;
}

function fileAt(number: u32): SysFile {
  return changetype<SysFile>(files + <usize>number * FILE_SIZE);
}
