import { I_BLOCKS } from "../../../abi/ext2.ts";
import { E_IO } from "../../../abi/errors.ts";
import { MAP_MAX, mapFreeTail } from "./block-map.ts";
import { inodeDirty, inodeSetSize, inodeSizeOf } from "./inode.ts";
import { BLOCK } from "./volume.ts";

/**
 * Frees the end of the file or folder at `at` down to `size` bytes, as much of it as is done at once: its length tells
 * how far that is. The caller zeroes what remains of the last block. 0, -E_AGAIN, -E_IO, -E_NOMEM.
 */
export function fileShrink(inode: u32, at: usize, size: u64): i32 {
  const keep = blocksOf(size);
  const blocks = blocksOf(inodeSizeOf(at));
  if (blocks > MAP_MAX) return -E_IO;
  let length = size;
  // The words of a short symbolic link are where the pointers of a file are: it has no blocks.
  if (blocks > keep && load<u32>(at, I_BLOCKS) != 0) {
    const left = mapFreeTail(inode, at, <u32>keep, <u32>blocks - 1);
    if (left < 0) return <i32>left;
    length = max<u64>(<u64>left * BLOCK, size);
  }
  inodeSetSize(at, length);
  inodeDirty(inode);
  return 0;
}

function blocksOf(bytes: u64): u64 {
  return (bytes + BLOCK - 1) / BLOCK;
}
