// The journal (jbd) of the file system: a run of blocks that takes all changed metadata of a commit before any of it is
// written in place. One transaction at a time, always at the log's first block: s_start stays, s_sequence tells whether
// the transaction there counts.

import {
  EXT3_FEATURE_COMPAT_HAS_JOURNAL,
  I_LINKS_COUNT,
  JBD_COMMIT_BLOCK,
  JBD_DESCRIPTOR_BLOCK,
  JBD_FEATURE_INCOMPAT_REVOKE,
  JBD_FLAG_ESCAPE,
  JBD_FLAG_LAST_TAG,
  JBD_FLAG_SAME_UUID,
  JBD_MAGIC,
  JBD_SUPERBLOCK_V2,
  JH_BLOCKTYPE,
  JH_MAGIC,
  JH_SEQUENCE,
  JH_SIZE,
  JS_BLOCKSIZE,
  JS_ERRNO,
  JS_FEATURE_INCOMPAT,
  JS_FIRST,
  JS_MAXLEN,
  JS_SEQUENCE,
  JS_START,
  JS_UUID,
  JT_BLOCKNR,
  JT_FLAGS,
  JT_SIZE,
  JT_UUID_SIZE,
  S_FEATURE_COMPAT,
  S_JOURNAL_INUM,
} from "../../../abi/ext2.ts";
import { E_AGAIN, E_INVAL, E_IO, E_NOMEM } from "../../../abi/errors.ts";
import { PAGE_SIZE } from "../../../abi/memory-map.ts";
import { pause } from "../../arch.ts";
import { DISK_FLUSH, DISK_READ, DISK_WRITE, diskWait } from "../../drivers/disk.ts";
import { framesAlloc } from "../../mm/frames.ts";
import { pageCachePoll } from "../page-cache.ts";
import { mapLookup } from "./block-map.ts";
import { inodeAt, inodeError, inodeSizeOf } from "./inode.ts";
import { BLOCK, superblock } from "./volume.ts";

/** Blocks that a descriptor block describes. */
export const TAGS: u32 = (BLOCK - JH_SIZE - JT_UUID_SIZE) / JT_SIZE;
const DESCRIPTORS: u32 = 8;
const MAX_BLOCKS: u32 = 65536;

/** Whether the file system has a journal. */
export let journaled: bool = false;

let blocks: usize = 0; // u32s: the journal's blocks on the disk
let length: u32 = 0;
let first: u32 = 0; // of the log, in the journal
let sequence: u32 = 0; // of the next transaction
let header: usize = 0; // a page: the journal's superblock
let pages: usize = 0; // for descriptors, then one for the commit block, then one to read into
const word = memory.data(8);

/** Finds the journal, and reads its superblock. 0, -E_INVAL if it is none that we know, -E_AGAIN never. */
export function journalOpen(): i32 {
  journaled = (load<u32>(superblock(), S_FEATURE_COMPAT) & EXT3_FEATURE_COMPAT_HAS_JOURNAL) != 0;
  if (!journaled) return 0;
  if (header == 0) header = framesAlloc(1);
  if (pages == 0) pages = framesAlloc(DESCRIPTORS + 2);
  if (blocks == 0) blocks = framesAlloc((MAX_BLOCKS * 4) / BLOCK);
  if (header == 0 || pages == 0 || blocks == 0) return -E_NOMEM;
  const result = findBlocks(load<u32>(superblock(), S_JOURNAL_INUM));
  if (result < 0) return result;
  store<u32>(word, <u32>header);
  if (!diskWait(DISK_READ, journalBlock(0), 1, word)) return -E_IO;
  if (big(header, JH_MAGIC) != JBD_MAGIC || big(header, JH_BLOCKTYPE) != JBD_SUPERBLOCK_V2) return -E_INVAL;
  if (big(header, JS_BLOCKSIZE) != BLOCK || big(header, JS_ERRNO) != 0) return -E_INVAL;
  if ((big(header, JS_FEATURE_INCOMPAT) & ~JBD_FEATURE_INCOMPAT_REVOKE) != 0) return -E_INVAL;
  first = big(header, JS_FIRST);
  sequence = big(header, JS_SEQUENCE);
  length = min(length, big(header, JS_MAXLEN));
  return first > 0 && first < length && big(header, JS_START) < length ? 0 : -E_INVAL;
}

function findBlocks(inode: u32): i32 {
  let at: usize = 0;
  while ((at = inodeAt(inode)) == 0) if (inodeError != -E_AGAIN || !wait()) return inodeError;
  if (load<u16>(at, I_LINKS_COUNT) == 0) return -E_INVAL;
  length = <u32>min<u64>(inodeSizeOf(at) / BLOCK, MAX_BLOCKS);
  for (let i: u32 = 0; i < length;) {
    const block = mapLookup(inodeAt(inode), i);
    if (block == -E_AGAIN && wait()) continue;
    if (block <= 0) return block == 0 ? -E_INVAL : block;
    store<u32>(blocks + 4 * <usize>i, <u32>block);
    i++;
  }
  return 0;
}

function wait(): bool {
  while (!pageCachePoll()) pause();
  return true;
}

/** Blocks that one transaction can log. */
export function journalCapacity(): u32 {
  const room = length - first - 1; // the commit block
  return min(room - (room + TAGS) / (TAGS + 1), TAGS * DESCRIPTORS);
}

/** The block on the disk of a block of the journal. */
export function journalBlock(index: u32): u32 {
  return load<u32>(blocks + 4 * <usize>index);
}

/** The block on the disk of block `item` of the log's transaction. */
export function journalLogBlock(item: u32): u32 {
  return journalBlock(first + item);
}

/** The sequence number of the next transaction. */
export function journalSequence(): u32 {
  return sequence;
}

/** First block of the log in the journal. */
export function journalFirst(): u32 {
  return first;
}

/** Blocks of the journal. */
export function journalLength(): u32 {
  return length;
}

/** Where the log begins: 0 if there is nothing to recover. */
export function journalStart(): u32 {
  return big(header, JS_START);
}

/** A page to read blocks of the log into. */
export function journalScratch(): usize {
  return pages + <usize>(DESCRIPTORS + 1) * PAGE_SIZE;
}

/** The page of descriptor `number` of the transaction. */
export function journalDescriptor(number: u32): usize {
  return pages + <usize>number * PAGE_SIZE;
}

/** Fills descriptor `number` for the `count` blocks whose numbers are the u32s at `numbers`. */
export function journalDescribe(
  number: u32,
  count: u32,
  numbers: usize,
  isEscaped: (block: u32) => bool,
): void {
  const page = journalDescriptor(number);
  writeHeader(page, JBD_DESCRIPTOR_BLOCK);
  let tag = page + JH_SIZE;
  for (let i: u32 = 0; i < count; i++) {
    const block = load<u32>(numbers + 4 * <usize>i);
    let flags: u32 = i == 0 ? 0 : JBD_FLAG_SAME_UUID;
    if (isEscaped(block)) flags |= JBD_FLAG_ESCAPE;
    if (i + 1 == count) flags |= JBD_FLAG_LAST_TAG;
    setBig(tag, JT_BLOCKNR, block);
    setBig(tag, JT_FLAGS, flags);
    tag += JT_SIZE;
    if (i != 0) continue;
    memory.copy(tag, header + JS_UUID, JT_UUID_SIZE);
    tag += JT_UUID_SIZE;
  }
}

/** The page of the commit block, filled. */
export function journalCommitPage(): usize {
  const page = pages + <usize>DESCRIPTORS * PAGE_SIZE;
  writeHeader(page, JBD_COMMIT_BLOCK);
  return page;
}

function writeHeader(page: usize, type: u32): void {
  memory.fill(page, 0, <usize>BLOCK);
  setBig(page, JH_MAGIC, JBD_MAGIC);
  setBig(page, JH_BLOCKTYPE, type);
  setBig(page, JH_SEQUENCE, sequence);
}

/** Sets what the journal's superblock says; `start` 0: the log is empty. Returns the page, to be written to block 0 of it. */
export function journalHeader(next: u32, start: u32): usize {
  sequence = next;
  setBig(header, JS_SEQUENCE, next);
  setBig(header, JS_START, start);
  return header;
}

/** Writes the journal's superblock, and waits until it is on the disk. False if that failed. */
export function journalHeaderWait(next: u32, start: u32): bool {
  store<u32>(word, <u32>journalHeader(next, start));
  return diskWait(DISK_WRITE, journalBlock(0), 1, word) && diskWait(DISK_FLUSH, 0, 0, word);
}

/** A big-endian word. */
export function big(at: usize, offset: usize): u32 {
  return bswap(load<u32>(at + offset));
}

function setBig(at: usize, offset: usize, value: u32): void {
  store<u32>(at + offset, bswap(value));
}
