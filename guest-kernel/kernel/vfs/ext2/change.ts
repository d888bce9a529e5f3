// The door of everything that changes the file system: it waits while a commit runs, and while there is no room for
// what it may change.

import { E_AGAIN, E_IO, E_NOMEM, E_NOSPC, E_ROFS } from "../../../abi/errors.ts";
import { pageCacheDirty, pageCacheIdle, pageCacheLimit, pageCacheMeta, pageReserve } from "../page-cache.ts";
import { blocksAvailable, blocksBusy } from "./allocate.ts";
import { commitData, commitFailed, commitRuns, commitStart } from "./commit.ts";
import { journalCapacity, journaled } from "./journal.ts";
import { groupCount } from "./volume.ts";

/** Pages that an operation may need anew. */
const NEW_PAGES: u32 = 16;
/** Metadata that an operation may change besides the bitmaps and descriptors of all groups. */
const CHANGED_PAGES: u32 = 64;

let writable: bool = false;
let metaLimit: u32 = 0;

/** Opens or closes the door. False if the journal is too small. */
export function changeAllow(allow: bool): bool {
  const reserve = CHANGED_PAGES + groupCount + groupCount / 128;
  const capacity = journaled ? journalCapacity() : u32.MAX_VALUE;
  writable = allow && capacity > 2 * reserve;
  metaLimit = min(capacity - reserve, pageCacheLimit() / 2);
  return writable == allow;
}

/** True if nothing can be changed. */
export function changeForbidden(): bool {
  return !writable;
}

/** Before an operation changes anything: 0, -E_AGAIN, -E_ROFS, -E_NOMEM, or -E_IO after a write has failed. */
export function changeBegin(): i32 {
  if (!writable) return -E_ROFS;
  if (commitFailed()) return -E_IO;
  if (commitRuns()) return -E_AGAIN;
  const full = pageCacheDirty() > pageCacheLimit() / 2 || pageCacheMeta() > metaLimit;
  if (!full && pageReserve(NEW_PAGES)) return 0;
  // A commit has to be waited for four times: it is not made for the sake of room alone.
  if (pageCacheDirty() - pageCacheMeta() > pageCacheLimit() / 4 && pageCacheMeta() <= metaLimit) commitData();
  else commitStart();
  return commitRuns() || !pageCacheIdle() ? -E_AGAIN : -E_NOMEM;
}

/** Whether `blocks` can be allocated: 0, -E_AGAIN if some are about to become free, -E_NOSPC. */
export function changeNeeds(blocks: u32, reaping: bool): i32 {
  if (blocks <= blocksAvailable()) return 0;
  if (blocksBusy() != 0) commitStart();
  return blocksBusy() != 0 || reaping ? -E_AGAIN : -E_NOSPC;
}
