// Recovery: what the journal committed but nobody knows to be in place is written there. At mount, nothing else runs.

import {
  JBD_COMMIT_BLOCK,
  JBD_DESCRIPTOR_BLOCK,
  JBD_FLAG_ESCAPE,
  JBD_FLAG_LAST_TAG,
  JBD_FLAG_SAME_UUID,
  JBD_MAGIC,
  JBD_REVOKE_BLOCK,
  JH_BLOCKTYPE,
  JH_MAGIC,
  JH_SEQUENCE,
  JH_SIZE,
  JT_BLOCKNR,
  JT_FLAGS,
  JT_SIZE,
  JT_UUID_SIZE,
} from "../../../abi/ext2.ts";
import { E_IO, E_LIMIT, E_NOMEM } from "../../../abi/errors.ts";
import { DISK_FLUSH, DISK_READ, DISK_WRITE, diskWait } from "../../drivers/disk.ts";
import { framesAlloc, framesFree } from "../../mm/frames.ts";
import {
  big,
  journalBlock,
  journalFirst,
  journalHeaderWait,
  journalLength,
  journalScratch,
  journalSequence,
  journalStart,
} from "./journal.ts";
import { BLOCK, blocksCount } from "./volume.ts";

const REVOKE_COUNT: usize = 12; // u32 behind the header: bytes of the block that are used
const REVOKE_RECORDS: u32 = 16;
const MAX_REVOKES: u32 = 512; // u32 pairs in a page: block, sequence

const SCAN: i32 = 0; // how far do transactions go
const REVOKES: i32 = 1; // which blocks must not be replayed
const REPLAY: i32 = 2;

const word = memory.data(8);
let revokes: usize = 0;
let revokeCount: u32 = 0;
let end: u32 = 0; // the sequence number behind the last whole transaction
let data: usize = 0;

/** Replays the log. Transactions that were replayed, or -E_IO, -E_NOMEM, -E_LIMIT if it has more than we can keep. */
export function recover(): i32 {
  if (journalStart() == 0) return 0;
  const scratch = framesAlloc(2);
  if (scratch == 0) return -E_NOMEM;
  revokes = scratch;
  data = scratch + <usize>BLOCK;
  revokeCount = 0;
  end = u32.MAX_VALUE;
  const begin = journalSequence();
  let result = pass(SCAN);
  if (result == 0) result = pass(REVOKES);
  if (result == 0) result = pass(REPLAY);
  framesFree(scratch, 2);
  if (result < 0) return result;
  if (!flush() || !journalHeaderWait(end + 1, 0)) return -E_IO;
  return <i32>(end - begin);
}

function flush(): bool {
  return diskWait(DISK_FLUSH, 0, 0, word);
}

/** Walks through the log's transactions. 0, or an error. */
function pass(kind: i32): i32 {
  let at = journalStart();
  let sequence = journalSequence();
  for (let walked: u32 = 0; sequence != end && walked < journalLength();) {
    const page = journalScratch();
    if (!read(at, page)) return -E_IO;
    if (big(page, JH_MAGIC) != JBD_MAGIC || big(page, JH_SEQUENCE) != sequence) break;
    at = next(at);
    walked++;
    const type = big(page, JH_BLOCKTYPE);
    let result = 0;
    if (type == JBD_DESCRIPTOR_BLOCK) {
      const tags = countTags(page);
      if (kind == REPLAY) result = replay(page, at);
      for (let i: u32 = 0; i < tags; i++) at = next(at);
      walked += tags;
    } else if (type == JBD_REVOKE_BLOCK) {
      if (kind == REVOKES) result = takeRevokes(page, sequence);
    } else if (type == JBD_COMMIT_BLOCK) {
      sequence++;
    } else {
      break;
    }
    if (result < 0) return result;
  }
  if (kind == SCAN) end = sequence;
  return 0;
}

function next(at: u32): u32 {
  return at + 1 == journalLength() ? journalFirst() : at + 1;
}

function read(at: u32, page: usize): bool {
  store<u32>(word, <u32>page);
  return diskWait(DISK_READ, journalBlock(at), 1, word);
}

function countTags(page: usize): u32 {
  let count: u32 = 0;
  for (let at = <u32>JH_SIZE; at + JT_SIZE <= BLOCK;) {
    const flags = big(page + <usize>at, JT_FLAGS);
    count++;
    if ((flags & JBD_FLAG_LAST_TAG) != 0) break;
    at += JT_SIZE + ((flags & JBD_FLAG_SAME_UUID) == 0 ? JT_UUID_SIZE : 0);
  }
  return count;
}

/** Writes the blocks that the descriptor in `page` describes, the first of them at `at` in the journal. */
function replay(page: usize, at: u32): i32 {
  const sequence = big(page, JH_SEQUENCE);
  for (let tag = <u32>JH_SIZE; tag + JT_SIZE <= BLOCK;) {
    const block = big(page + <usize>tag, JT_BLOCKNR);
    const flags = big(page + <usize>tag, JT_FLAGS);
    if (!isRevoked(block, sequence) && !replayBlock(at, block, (flags & JBD_FLAG_ESCAPE) != 0)) return -E_IO;
    if ((flags & JBD_FLAG_LAST_TAG) != 0) break;
    tag += JT_SIZE + ((flags & JBD_FLAG_SAME_UUID) == 0 ? JT_UUID_SIZE : 0);
    at = next(at);
  }
  return 0;
}

function replayBlock(at: u32, block: u32, escaped: bool): bool {
  if (block >= blocksCount || !read(at, data)) return false;
  if (escaped) store<u32>(data, bswap(JBD_MAGIC));
  store<u32>(word, <u32>data);
  return diskWait(DISK_WRITE, block, 1, word);
}

function takeRevokes(page: usize, sequence: u32): i32 {
  const used = min(big(page, REVOKE_COUNT), BLOCK);
  for (let at = REVOKE_RECORDS; at + 4 <= used; at += 4) {
    if (revokeCount == MAX_REVOKES) return -E_LIMIT;
    store<u32>(revokes + 8 * <usize>revokeCount, big(page, <usize>at));
    store<u32>(revokes + 8 * <usize>revokeCount, sequence, 4);
    revokeCount++;
  }
  return 0;
}

/** True if a later transaction, or this one, says that the block's copies in the log are void. */
function isRevoked(block: u32, sequence: u32): bool {
  for (let i: u32 = 0; i < revokeCount; i++) {
    const at = revokes + 8 * <usize>i;
    if (load<u32>(at) == block && <i32>(load<u32>(at, 4) - sequence) >= 0) return true;
  }
  return false;
}
