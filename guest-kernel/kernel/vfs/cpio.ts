// The cpio archive in "newc" format (man 5 cpio; Linux Documentation/driver-api/early-userspace/buffer-format.rst):
// a cursor over its entries, every field checked before it is used.
//
//   header: magic "070701", 13 fields of 8 hexadecimal digits | name, NUL | pad to 4 | data | pad to 4

import { E_INVAL } from "../../abi/errors.ts";
import { NAME_MAX, PATH_MAX } from "./path.ts";

const MAGIC_SIZE: u32 = 6;
const FIELD_SIZE: u32 = 8;
const HEADER_SIZE: u32 = MAGIC_SIZE + 13 * FIELD_SIZE;
// Numbers of fields
const FIELD_MODE: u32 = 1;
const FIELD_FILE_SIZE: u32 = 6;
const FIELD_NAME_SIZE: u32 = 11;
const FIELD_COUNT: u32 = 13;

const S_IFMT: u32 = 0xf000;
const S_IFDIR: u32 = 0x4000;
const S_IFREG: u32 = 0x8000;

const trailer = memory.data<u8>([84, 82, 65, 73, 76, 69, 82, 33, 33, 33]); // "TRAILER!!!"

let archive: usize = 0;
let archiveSize: u32 = 0;
let at: u32 = 0; // offset of the next header

/** The current entry's name: relative, no `.`, `..`, empty parts. Empty for the root folder. */
export let cpioName: usize = 0;
export let cpioNameLength: u32 = 0;
/** The current entry's data. */
export let cpioData: usize = 0;
export let cpioDataLength: u32 = 0;
export let cpioIsFolder: bool = false;

/** Points the cursor before the first entry of the archive. */
export function cpioBegin(address: usize, size: u32): void {
  archive = address;
  archiveSize = size;
  at = 0;
}

/**
 * Moves to the next entry. Returns 1, 0 at the end of the archive, or -E_INVAL if it is malformed or holds what is
 * neither a file nor a folder.
 */
export function cpioNext(): i32 {
  if (archiveSize - at < HEADER_SIZE || !checkHeader()) return -E_INVAL;
  const mode = field(FIELD_MODE);
  const nameSize = field(FIELD_NAME_SIZE); // with its NUL
  const fileSize = field(FIELD_FILE_SIZE);
  let rest = archiveSize - at - HEADER_SIZE;
  if (nameSize == 0 || nameSize > PATH_MAX || nameSize > rest) return -E_INVAL;
  cpioName = archive + <usize>(at + HEADER_SIZE);
  cpioNameLength = nameSize - 1;
  if (!checkTerminated()) return -E_INVAL;
  if (isTrailer()) return fileSize == 0 ? 0 : -E_INVAL;

  const dataAt = align(at + HEADER_SIZE + nameSize);
  if (dataAt > archiveSize || fileSize > archiveSize - dataAt) return -E_INVAL;
  cpioData = archive + <usize>dataAt;
  cpioDataLength = fileSize;
  rest = archiveSize - dataAt - fileSize;
  at = dataAt + fileSize + min(rest, align(fileSize) - fileSize);
  cpioIsFolder = (mode & S_IFMT) == S_IFDIR;
  if (!cpioIsFolder && (mode & S_IFMT) != S_IFREG) return -E_INVAL;
  if (cpioIsFolder && fileSize != 0) return -E_INVAL;
  return takeName() ? 1 : -E_INVAL;
}

/** The magic, and nothing but hexadecimal digits after it. */
function checkHeader(): bool {
  const header = archive + <usize>at;
  if (load<u32>(header) != 0x37303730 || load<u16>(header, 4) != 0x3130) return false; // "0707" "01"
  for (let i = MAGIC_SIZE; i < MAGIC_SIZE + FIELD_COUNT * FIELD_SIZE; i++) {
    if (hexDigit(load<u8>(header + <usize>i)) > 15) return false;
  }
  return true;
}

function field(number: u32): u32 {
  const digits = archive + <usize>(at + MAGIC_SIZE + number * FIELD_SIZE);
  let value: u32 = 0;
  for (let i: usize = 0; i < <usize>FIELD_SIZE; i++) value = (value << 4) | hexDigit(load<u8>(digits + i));
  return value;
}

/** A NUL ends the name, and only there is one. */
function checkTerminated(): bool {
  for (let i: u32 = 0; i < cpioNameLength; i++) if (load<u8>(cpioName + <usize>i) == 0) return false;
  return load<u8>(cpioName + <usize>cpioNameLength) == 0;
}

function isTrailer(): bool {
  if (cpioNameLength != 10) return false;
  return memory.compare(cpioName, trailer, 10) == 0;
}

/** Strips `./` or `/` from the front of the name, then checks its parts. */
function takeName(): bool {
  if (cpioNameLength == 1 && load<u8>(cpioName) == 46) {
    cpioNameLength = 0;
    return cpioIsFolder;
  }
  if (cpioNameLength > 2 && load<u16>(cpioName) == 0x2f2e) skip(2);
  else if (load<u8>(cpioName) == 47) skip(1);
  let part: u32 = 0;
  for (let i: u32 = 0; i <= cpioNameLength; i++) {
    // SAFETY: a NUL lies behind the name.
    if (i < cpioNameLength && load<u8>(cpioName + <usize>i) != 47) continue;
    if (!checkPart(cpioName + <usize>part, i - part)) return false;
    part = i + 1;
  }
  return true;
}

function skip(bytes: u32): void {
  cpioName += <usize>bytes;
  cpioNameLength -= bytes;
}

function checkPart(part: usize, size: u32): bool {
  if (size == 0 || size > NAME_MAX) return false;
  if (load<u8>(part) != 46) return true;
  return size > 2 || (size == 2 && load<u8>(part, 1) != 46);
}

function align(size: u32): u32 {
  return (size + 3) & ~3;
}

/** Value of a hexadecimal digit; above 15 if it is none. */
function hexDigit(byte: u32): u32 {
  const decimal = byte - 48;
  if (decimal <= 9) return decimal;
  const letter = (byte | 0x20) - 97;
  return letter < 6 ? letter + 10 : 16;
}
