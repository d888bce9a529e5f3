// Folders of /sys that are named by a number, one for each thing of a kind: /sys/proc/7/status. There is one such kind.

import { E_ISDIR, E_NOENT, E_NOTDIR } from "../../abi/errors.ts";
import { listingAdd } from "./listing.ts";

/** Writes the text of thing `number` to `buffer`, at most `capacity` bytes; returns how many. */
export type NumberedProvider = (number: u32, buffer: usize, capacity: u32) => u32;

const MAX_FILES: u32 = 8;
const DIGITS_MAX: u32 = 6;
const SLASH: u8 = 47;
const ZERO: u8 = 48;

@unmanaged
class NumberedFile {
  name: usize; // UTF-16, as asc keeps literals
  provider: usize;
}

const files = memory.data(64, 4);
if (offsetof<NumberedFile>() * <usize>MAX_FILES > 64) ERROR("files");
const name = memory.data(32);
let fileCount: u32 = 0;
let parent: usize = 0; // "/proc", UTF-16
let limit: u32 = 0;
let exists: (number: u32) => bool = none;

function none(_number: u32): bool {
  return false;
}

/** Says where the folders are, as `"/proc"`, and which there are: numbers below `end` for which `there` is true. */
export function numberedInit(folder: string, end: u32, there: (number: u32) => bool): void {
  parent = changetype<usize>(folder); // SAFETY: literals are static
  limit = end;
  exists = there;
}

/** Adds a file to each of the folders: an ASCII literal of at most 31 characters. */
export function numberedRegister(file: string, provider: NumberedProvider): void {
  assert(fileCount < MAX_FILES, "numberedRegister: too many files");
  const entry = fileAt(fileCount++);
  entry.name = changetype<usize>(file);
  entry.provider = changetype<usize>(provider);
}

/** What numberedFind found: the thing, and the provider of its file. */
export let numberedThing: u32 = 0;
export let numberedProvider: NumberedProvider = noText;

function noText(_number: u32, _buffer: usize, _capacity: u32): u32 {
  return 0;
}

/** Finds the file at a path below /sys. 0, -E_NOENT if it is none of these folders', -E_ISDIR or -E_NOTDIR. */
export function numberedFind(path: usize, length: u32): i32 {
  const rest = folderEnd(path, length);
  if (rest == 0) return -E_NOENT;
  if (rest == length) return -E_ISDIR;
  const file = path + <usize>rest + 1;
  const size = length - rest - 1;
  for (let i: u32 = 0; i < fileCount; i++) {
    const other = changetype<string>(fileAt(i).name);
    if (!begins(other, file, size)) continue;
    if (<u32>other.length != size) return -E_NOTDIR;
    numberedProvider = changetype<NumberedProvider>(fileAt(i).provider);
    return 0;
  }
  return -E_NOENT;
}

/** Adds what is in a folder, given by its path below /sys, to the listing. 0, or -E_NOENT or -E_NOTDIR. */
export function numberedList(path: usize, length: u32): i32 {
  if (isParent(path, length)) {
    for (let number: u32 = 0; number < limit; number++) if (exists(number)) addNumber(number);
    return 0;
  }
  const rest = folderEnd(path, length);
  if (rest == 0) return -E_NOENT;
  if (rest != length) return numberedFind(path, length) == 0 ? -E_NOTDIR : -E_NOENT;
  for (let i: u32 = 0; i < fileCount; i++) {
    const file = changetype<string>(fileAt(i).name);
    for (let j = 0; j < file.length; j++) store<u8>(name + <usize>j, <u8>file.charCodeAt(j));
    listingAdd(name, <u32>file.length, false);
  }
  return 0;
}

/** The length of `/proc/7` if the path is that or goes on behind it, and there is such a thing; else 0. */
function folderEnd(path: usize, length: u32): u32 {
  if (parent == 0) return 0;
  const base = <u32>changetype<string>(parent).length;
  if (length < base + 2 || !isParent(path, base) || load<u8>(path + <usize>base) != SLASH) return 0;
  let number: u32 = 0;
  let at = base + 1;
  for (; at < length && load<u8>(path + <usize>at) != SLASH; at++) {
    const digit = <u32>load<u8>(path + <usize>at) - <u32>ZERO;
    // One spelling of each: no zeros in front.
    if (digit > 9 || at > base + DIGITS_MAX || (number == 0 && at != base + 1)) return 0;
    number = number * 10 + digit;
  }
  if (number >= limit || !exists(number)) return 0;
  numberedThing = number;
  return at;
}

function isParent(path: usize, length: u32): bool {
  return (
    parent != 0 &&
    <u32>changetype<string>(parent).length == length &&
    begins(changetype<string>(parent), path, length)
  );
}

/** True if the bytes begin with `text`, as a whole part of a path. */
function begins(text: string, at: usize, length: u32): bool {
  const size = <u32>text.length;
  if (size > length) return false;
  for (let i: u32 = 0; i < size; i++)
    if (text.charCodeAt(<i32>i) != <i32>load<u8>(at + <usize>i)) return false;
  return size == length || load<u8>(at + <usize>size) == SLASH;
}

function addNumber(number: u32): void {
  let digits: u32 = 1;
  for (let rest = number / 10; rest != 0; rest /= 10) digits++;
  for (let i = digits; i-- > 0; number /= 10) store<u8>(name + <usize>i, ZERO + <u8>(number % 10));
  listingAdd(name, digits, true);
}

function fileAt(i: u32): NumberedFile {
  return changetype<NumberedFile>(files + <usize>i * offsetof<NumberedFile>());
}
