// Files that have no name any more: listed on the disk from the superblock on, each inode's I_DTIME naming the next,
// until nobody has them open. Then their blocks go, step by step, and the inode.

import { I_DTIME, I_LINKS_COUNT, S_LAST_ORPHAN } from "../../../abi/ext2.ts";
import { E_AGAIN, E_IO } from "../../../abi/errors.ts";
import { pageCacheStamp } from "../page-cache.ts";
import { inodeFree } from "./allocate.ts";
import { changeBegin } from "./change.ts";
import { inodeAt, inodeDirty, inodeError, inodeSizeOf, isFolder, nowSeconds } from "./inode.ts";
import { openCount } from "./open-inodes.ts";
import { fileShrink } from "./shrink.ts";
import { inodesCount, superblock, superSet } from "./volume.ts";

let work: bool = false; // there may be one that nobody has open

/** Puts an inode at `at` whose last name is gone on the list. */
export function orphanAdd(inode: u32, at: usize): void {
  store<u32>(at, load<u32>(superblock(), S_LAST_ORPHAN), I_DTIME);
  superSet(S_LAST_ORPHAN, inode);
  inodeDirty(inode);
  work = true;
}

/** Says that a file was closed, or a file system was mounted: an orphan may have to go. */
export function orphansLook(): void {
  work = load<u32>(superblock(), S_LAST_ORPHAN) != 0;
}

/** True while blocks are about to become free. */
export function orphansBusy(): bool {
  return work;
}

/** Whether every inode on the list has lost its names: 0, -E_AGAIN, -E_IO if not. Before the first change. */
export function orphansCheck(): i32 {
  let count: u32 = 0;
  for (let inode = load<u32>(superblock(), S_LAST_ORPHAN); inode != 0;) {
    const at = inodeAt(inode);
    if (at == 0) return inodeError;
    if (load<u16>(at, I_LINKS_COUNT) != 0 || ++count > inodesCount) return -E_IO;
    inode = load<u32>(at, I_DTIME);
  }
  return 0;
}

/** Does a step for one orphan. True if there is more to do at once. */
export function orphansStep(): bool {
  if (!work || changeBegin() < 0) return false;
  pageCacheStamp();
  let before: u32 = 0;
  for (let inode = load<u32>(superblock(), S_LAST_ORPHAN); inode != 0;) {
    const at = inodeAt(inode);
    if (at == 0) return stop(inodeError);
    if (openCount(inode) == 0) return reap(inode, at, before);
    before = inode;
    inode = load<u32>(at, I_DTIME);
  }
  work = false;
  return false;
}

function reap(inode: u32, at: usize, before: u32): bool {
  const left = fileShrink(inode, at, 0);
  if (left < 0) return stop(left);
  if (inodeSizeOf(at) != 0) return true;
  const next = load<u32>(at, I_DTIME);
  if (before == 0) {
    superSet(S_LAST_ORPHAN, next);
  } else {
    const previous = inodeAt(before);
    if (previous == 0) return stop(inodeError);
    store<u32>(previous, next, I_DTIME);
    inodeDirty(before);
  }
  inodeFree(inode, isFolder(at));
  store<u32>(at, nowSeconds(), I_DTIME);
  inodeDirty(inode);
  return true;
}

function stop(error: i32): bool {
  if (error != -E_AGAIN) work = false; // it stays on the list; e2fsck takes it
  return false;
}
