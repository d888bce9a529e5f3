// Text fields of catalog and manifest (fixed size, NUL-padded, at least one NUL) and the grammar of package names
// and versions. Names are compared byte by byte: there is one spelling of each.

import { CATALOG_NAME_SIZE, CATALOG_VERSION_SIZE } from "../../abi/catalog.ts";

const DOT: u32 = 46;
const HYPHEN: u32 = 45;
const PLUS: u32 = 43;
const ZERO: u32 = 48;

/** Length of the text in the field of `size` bytes at `at`, or -1 if no NUL ends it or bytes follow the NUL. */
export function fieldLength(at: usize, size: usize): i32 {
  let length: usize = 0;
  while (length < size && load<u8>(at + length) != 0) length++;
  if (length == size) return -1;
  for (let i = length; i < size; i++) if (load<u8>(at + i) != 0) return -1;
  return <i32>length;
}

/**
 * True if the `length` bytes at `at` are a reverse-DNS name that fits its field: two or more labels of [a-z0-9-],
 * joined by dots, none empty, none beginning or ending with a hyphen.
 */
export function checkPackageName(at: usize, length: u32): bool {
  if (length >= <u32>CATALOG_NAME_SIZE) return false;
  let dots: u32 = 0;
  let previous = DOT;
  for (let i: u32 = 0; i < length; i++) {
    const byte: u32 = load<u8>(at + <usize>i);
    if (byte == DOT) {
      if (previous == DOT || previous == HYPHEN) return false;
      dots++;
    } else if (byte == HYPHEN) {
      if (previous == DOT) return false;
    } else if (!lowerOrDigit(byte)) {
      return false;
    }
    previous = byte;
  }
  return dots > 0 && previous != DOT && previous != HYPHEN;
}

/**
 * True if the `length` bytes at `at` are a semantic version (Semantic Versioning 2.0.0 §2, §9, §10, without the
 * rule against leading zeros in pre-release identifiers) that fits its field.
 */
export function checkPackageVersion(at: usize, length: u32): bool {
  if (length >= <u32>CATALOG_VERSION_SIZE) return false;
  const end = at + <usize>length;
  for (let part = 0; part < 3; part++) {
    if (part > 0 && (at == end || load<u8>(at++) != DOT)) return false;
    const begin = at;
    while (at < end && isDigit(load<u8>(at))) at++;
    if (at == begin || (at - begin > 1 && load<u8>(begin) == ZERO)) return false;
  }
  if (at < end && load<u8>(at) == HYPHEN) at = skipIdentifiers(at + 1, end);
  if (at != 0 && at < end && load<u8>(at) == PLUS) at = skipIdentifiers(at + 1, end);
  return at == end;
}

/** FNV-1a of a name. */
export function hashName(at: usize, length: u32): u32 {
  let hash: u32 = 0x811c9dc5;
  for (let i: u32 = 0; i < length; i++) hash = (hash ^ <u32>load<u8>(at + <usize>i)) * 0x01000193;
  return hash;
}

/** Where dot-separated, non-empty identifiers of [0-9A-Za-z-] that begin at `at` end, or 0 if there are none. */
function skipIdentifiers(at: usize, end: usize): usize {
  let begin = at;
  for (; at < end; at++) {
    const byte: u32 = load<u8>(at);
    if (byte == DOT) {
      if (at == begin) return 0;
      begin = at + 1;
    } else if (byte != HYPHEN && !isDigit(byte) && (byte | 0x20) - 97 >= 26) {
      break;
    }
  }
  return at == begin ? 0 : at;
}

function lowerOrDigit(byte: u32): bool {
  return isDigit(byte) || byte - 97 < 26;
}

function isDigit(byte: u32): bool {
  return byte - ZERO < 10;
}
