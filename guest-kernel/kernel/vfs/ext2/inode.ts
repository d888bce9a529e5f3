// Inodes of the ext2 file system, in place in the pages of the inode table.

import {
  BG_INODE_TABLE,
  EXT2_S_IFDIR,
  EXT2_S_IFMT,
  EXT2_S_IFREG,
  I_ATIME,
  I_CTIME,
  I_LINKS_COUNT,
  I_MODE,
  I_MTIME,
  I_SIZE,
  I_SIZE_HIGH,
  S_FEATURE_RO_COMPAT,
  EXT2_FEATURE_RO_COMPAT_LARGE_FILE,
} from "../../../abi/ext2.ts";
import { E_IO } from "../../../abi/errors.ts";
import { wallClockNs } from "../../time/clock.ts";
import { PAGE_META, pageDirty, pageError, pageFind, pageGet } from "../page-cache.ts";
import { BLOCK, descriptor, inodesCount, inodeSize, inodesPerGroup, superblock, superSet } from "./volume.ts";

const LARGE_BYTES: u64 = 0x80000000;

/** Why inodeAt returned 0: -E_AGAIN, -E_IO or -E_NOMEM. */
export let inodeError: i32 = 0;

/** Address of an inode, which is good until the operation ends; 0 with inodeError. */
export function inodeAt(inode: u32): usize {
  inodeError = -E_IO;
  if (inode == 0 || inode > inodesCount) return 0;
  const page = pageGet(blockOf(inode));
  if (page !== null) return page.frame + <usize>((inodeIndex(inode) * inodeSize) % BLOCK);
  inodeError = pageError;
  return 0;
}

/** Counts the changes of any inode, and with them those of what is where in any file: what was found before holds while it stays. */
export let inodeChanges: u64 = 0;

/** Says that another file system is there. */
export function inodesForget(): void {
  inodeChanges++;
}

/** Marks an inode as changed that inodeAt gave in this operation. */
export function inodeDirty(inode: u32): void {
  inodeChanges++;
  pageDirty(pageFind(blockOf(inode))!, PAGE_META); // SAFETY: it is of this operation
}

function blockOf(inode: u32): u32 {
  const table = load<u32>(descriptor((inode - 1) / inodesPerGroup), BG_INODE_TABLE);
  return table + (inodeIndex(inode) * inodeSize) / BLOCK;
}

function inodeIndex(inode: u32): u32 {
  return (inode - 1) % inodesPerGroup;
}

/** Makes the inode at `at` an empty file or folder of now. */
export function inodeReset(at: usize, mode: u32, links: u32): void {
  memory.fill(at, 0, <usize>inodeSize);
  store<u16>(at, <u16>mode, I_MODE);
  store<u16>(at, <u16>links, I_LINKS_COUNT);
  store<u32>(at, nowSeconds(), I_ATIME);
  inodeTouch(at);
}

/** Sets the times of change. */
export function inodeTouch(at: usize): void {
  const now = nowSeconds();
  store<u32>(at, now, I_CTIME);
  store<u32>(at, now, I_MTIME);
}

/** Now as inodes keep it. */
export function nowSeconds(): u32 {
  return <u32>(wallClockNs() / 1000000000);
}

/** Length in bytes. */
export function inodeSizeOf(at: usize): u64 {
  return isFolder(at)
    ? load<u32>(at, I_SIZE)
    : ((<u64>load<u32>(at, I_SIZE_HIGH)) << 32) | load<u32>(at, I_SIZE);
}

/** Sets the length in bytes. */
export function inodeSetSize(at: usize, size: u64): void {
  store<u32>(at, <u32>size, I_SIZE);
  if (!isFolder(at)) store<u32>(at, <u32>(size >> 32), I_SIZE_HIGH);
  if (size < LARGE_BYTES) return;
  const features = load<u32>(superblock(), S_FEATURE_RO_COMPAT);
  if ((features & EXT2_FEATURE_RO_COMPAT_LARGE_FILE) != 0) return;
  superSet(S_FEATURE_RO_COMPAT, features | EXT2_FEATURE_RO_COMPAT_LARGE_FILE);
}

/** Whether the inode is a folder. */
export function isFolder(at: usize): bool {
  return (<u32>load<u16>(at, I_MODE) & EXT2_S_IFMT) == EXT2_S_IFDIR;
}

/** Whether the inode is a file. */
export function isFile(at: usize): bool {
  return (<u32>load<u16>(at, I_MODE) & EXT2_S_IFMT) == EXT2_S_IFREG;
}
