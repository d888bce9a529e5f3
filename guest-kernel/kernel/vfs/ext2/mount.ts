// Mounting the disk's ext2 file system and letting go of it. At boot and at the end: both wait for the disk.

import {
  EXT2_SUPER_OFFSET,
  EXT2_VALID_FS,
  EXT3_FEATURE_INCOMPAT_RECOVER,
  S_FEATURE_INCOMPAT,
  S_STATE,
} from "../../../abi/ext2.ts";
import { E_AGAIN, E_IO, E_NOSYS, E_ROFS } from "../../../abi/errors.ts";
import { pause } from "../../arch.ts";
import { DISK_FLUSH, DISK_WRITE, diskPages, diskReadOnly, diskWait } from "../../drivers/disk.ts";
import { pageCacheDirty, pageCacheDrop, pageCacheInit, pageCachePoll, pageFind } from "../page-cache.ts";
import { allocateInit, countsAgree } from "./allocate.ts";
import { changeAllow } from "./change.ts";
import { commitFailed, commitInit, commitRuns, commitStart, commitStep } from "./commit.ts";
import { inodesForget } from "./inode.ts";
import {
  journaled,
  journalFirst,
  journalHeaderWait,
  journalOpen,
  journalSequence,
  journalStart,
} from "./journal.ts";
import { openClear } from "./open-inodes.ts";
import { orphansBusy, orphansCheck, orphansLook, orphansStep } from "./orphans.ts";
import { recover } from "./recover.ts";
import { superblock, volumePin, volumeRead, volumeReadOnlyFeatures } from "./volume.ts";

const word = memory.data(4);
let mounted: bool = false;
let replayed: i32 = 0;

/** True while a file system is mounted. */
export function ext2Mounted(): bool {
  return mounted;
}

/** Transactions that were replayed at mount. */
export function ext2Replayed(): i32 {
  return replayed;
}

/**
 * Mounts the disk. 0; -E_ROFS if it is mounted but cannot be written; -E_NOSYS without a disk, -E_INVAL if it has no
 * file system that we know, -E_IO, -E_NOMEM.
 */
export function ext2Mount(): i32 {
  mounted = false;
  replayed = 0;
  if (diskPages() == 0) return -E_NOSYS;
  pageCacheInit();
  inodesForget();
  let result = volumeRead();
  if (result == 0) result = volumePin();
  if (result == 0) result = journalOpen();
  if (result == 0 && journaled && journalStart() != 0) result = replay();
  if (result == 0) result = allocateInit();
  if (result == 0) result = commitInit();
  if (result < 0) return result;
  mounted = true;
  const sound = !volumeReadOnlyFeatures() && countsAgree() && checkOrphans();
  const writable = sound && !diskReadOnly() && changeAllow(true);
  if (!writable || !markMounted(true)) {
    changeAllow(false);
    return -E_ROFS;
  }
  orphansLook();
  return 0;
}

/** Replays the journal, then reads everything again. */
function replay(): i32 {
  if (diskReadOnly()) return -E_ROFS; // what is in place may be torn
  replayed = recover();
  if (replayed < 0) return replayed;
  pageCacheDrop();
  let result = volumeRead();
  if (result == 0) result = volumePin();
  return result == 0 ? journalOpen() : result;
}

function checkOrphans(): bool {
  let result = orphansCheck();
  for (; result == -E_AGAIN; result = orphansCheck()) while (!pageCachePoll()) pause();
  return result == 0;
}

/** Notes on the disk that a writer has it mounted, or that none has: e2fsck and the next mount look there. */
function markMounted(mark: bool): bool {
  const at = superblock();
  if (journaled) {
    if (mark && !journalHeaderWait(journalSequence(), journalFirst())) return false;
    if (!mark && !journalHeaderWait(journalSequence(), 0)) return false;
    const features = load<u32>(at, S_FEATURE_INCOMPAT) & ~EXT3_FEATURE_INCOMPAT_RECOVER;
    store<u32>(at, mark ? features | EXT3_FEATURE_INCOMPAT_RECOVER : features, S_FEATURE_INCOMPAT);
  } else {
    const state = <u32>load<u16>(at, S_STATE) & ~EXT2_VALID_FS;
    store<u16>(at, <u16>(mark ? state : state | EXT2_VALID_FS), S_STATE);
  }
  store<u32>(word, <u32>(at - <usize>EXT2_SUPER_OFFSET));
  return diskWait(DISK_WRITE, 0, 1, word) && diskWait(DISK_FLUSH, 0, 0, word);
}

/** Writes everything and marks the file system as clean. 0 or -E_IO. Waits; nothing may be changed any more. */
export function ext2Unmount(): i32 {
  if (!mounted) return 0;
  openClear();
  orphansLook();
  while (!commitFailed() && (commitRuns() || pageCacheDirty() != 0 || orphansBusy())) {
    commitStart();
    const more = orphansStep();
    if (pageCachePoll()) commitStep();
    else if (!more) pause();
  }
  mounted = false;
  if (commitFailed()) return -E_IO;
  if (!changeAllow(false)) return -E_IO;
  return markMounted(false) ? 0 : -E_IO;
}
