// The disk as the page cache sees it: requests for runs of 4 KiB pages, by slot, answered in any order.
//
// In V8 there may be no device: unit tests of the file system compile with `--use DISK_IMPORTED=1` and are the disk.

import { pause } from "../arch.ts";
import { blkFlushes, blkNext, blkPages, blkReadOnly, blkSubmit } from "./virtio-blk.ts";

/** Requests that may be on their way at once: slots 0..DISK_SLOTS - 1. */
export const DISK_SLOTS: u32 = 16;
/** Pages of one request, at most. */
export const DISK_RUN_MAX: u32 = 120;
export const DISK_READ: u32 = 0;
export const DISK_WRITE: u32 = 1;
export const DISK_FLUSH: u32 = 4;
/** Set in what diskNext returns if the request failed. */
export const DISK_FAILED: i32 = 0x100;

declare function disk_submit(slot: u32, kind: u32, page: u32, count: u32, frames: usize): void;
declare function disk_next(): i32;
declare function disk_pages(): u32;
declare function disk_read_only(): u32;

/**
 * Starts a request in a free slot: `count` pages from `page` on, to or from the frames whose addresses are the u32s at
 * `frames`. The frames are the disk's until diskNext returns the slot.
 */
export function diskSubmit(slot: u32, kind: u32, page: u32, count: u32, frames: usize): void {
  if (isDefined(DISK_IMPORTED)) disk_submit(slot, kind, page, count, frames);
  else blkSubmit(slot, kind, page, count, frames);
}

/** A slot whose request is done, | DISK_FAILED if it failed; -1 if there is none. */
export function diskNext(): i32 {
  if (isDefined(DISK_IMPORTED)) return disk_next();
  else return blkNext();
}

/** Whole pages on the disk; 0 if there is no disk. */
export function diskPages(): u32 {
  if (isDefined(DISK_IMPORTED)) return disk_pages();
  else return blkPages();
}

/** True if the disk cannot be written. */
export function diskReadOnly(): bool {
  if (isDefined(DISK_IMPORTED)) return disk_read_only() != 0;
  else return blkReadOnly();
}

/**
 * Does a request and waits for it, while no other is on its way: for the mount, which is at boot, and the end. False if
 * it failed.
 */
export function diskWait(kind: u32, page: u32, count: u32, frames: usize): bool {
  diskSubmit(0, kind, page, count, frames);
  let done = diskNext();
  for (; done < 0; done = diskNext()) pause();
  return (done & DISK_FAILED) == 0;
}

/** True if the disk has a cache that needs flushing. */
export function diskFlushes(): bool {
  if (isDefined(DISK_IMPORTED)) return true;
  else return blkFlushes();
}
