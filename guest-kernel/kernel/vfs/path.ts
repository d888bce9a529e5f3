// Absolute paths. Normalization is lexical: there are no symbolic links, so `a/b/..` is `a`.

import { E_INVAL, E_NOENT } from "../../abi/errors.ts";

/** Longest path in bytes, as given and normalized. */
export const PATH_MAX: u32 = 1024;
/** Longest part of a path between slashes, in bytes. */
export const NAME_MAX: u32 = 255;

const SLASH: u8 = 47;
const DOT: u8 = 46;

let folderWanted = false;

/**
 * Writes the path of `length` bytes at `path` to `normalized` (PATH_MAX bytes): absolute, without `.`, `..`, double
 * slashes and a slash at the end, `/` for the root. `..` at the root stays there.
 *
 * Returns its length, -E_NOENT for an empty path, or -E_INVAL if it is relative, too long, or holds a NUL.
 */
export function pathNormalize(path: usize, length: u32, normalized: usize): i32 {
  if (length == 0) return -E_NOENT;
  if (length > PATH_MAX || load<u8>(path) != SLASH) return -E_INVAL;
  const end = path + <usize>length;
  let out: u32 = 0;
  folderWanted = false;
  while (path < end) {
    const part = path + 1; // behind the slash
    const size = partSize(part, end);
    if (size > NAME_MAX || hasNul(part, size)) return -E_INVAL;
    const dots = dotCount(part, size);
    folderWanted = size == 0 || dots > 0;
    if (dots == 2) out = parentLength(normalized, out);
    else if (!folderWanted) out = append(normalized, out, part, size);
    path = part + <usize>size;
  }
  if (out == 0) {
    store<u8>(normalized, SLASH);
    out = 1;
  }
  return <i32>out;
}

/** True if the path that was normalized last ended in `/`, `/.` or `/..`: it can only name a folder. */
export function pathWantsFolder(): bool {
  return folderWanted;
}

/** Length of the folder that a normalized path without the root's slash lies in: 0 for the root. */
export function parentLength(path: usize, length: u32): u32 {
  while (length > 0 && load<u8>(path + <usize>--length) != SLASH) {}
  return length;
}

function append(normalized: usize, out: u32, part: usize, size: u32): u32 {
  // SAFETY: what is written so far with its slashes is no longer than what was read, at most PATH_MAX.
  store<u8>(normalized + <usize>out, SLASH);
  memory.copy(normalized + <usize>out + 1, part, <usize>size);
  return out + 1 + size;
}

function partSize(part: usize, end: usize): u32 {
  let at = part;
  while (at < end && load<u8>(at) != SLASH) at++;
  return <u32>(at - part);
}

function hasNul(part: usize, size: u32): bool {
  for (let i: u32 = 0; i < size; i++) if (load<u8>(part + <usize>i) == 0) return true;
  return false;
}

/** 1 for `.`, 2 for `..`, else 0. */
function dotCount(part: usize, size: u32): u32 {
  if (size == 0 || size > 2 || load<u8>(part) != DOT) return 0;
  return size == 1 || load<u8>(part + 1) == DOT ? size : 0;
}
