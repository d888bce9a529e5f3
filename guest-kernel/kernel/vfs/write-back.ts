// When what is newer than the disk is written without being asked for.

import { pageCacheDirty, pageCacheRelieve } from "./page-cache.ts";
import { commitFailed, commitRuns, commitsDone, commitStart } from "./ext2/commit.ts";

/** How long a change may stay in memory only. */
const DELAY_NS: i64 = 5000000000;

let deadline: i64 = i64.MAX_VALUE;
let seen: u32 = 0; // commits when the deadline was set

/** Gives memory back if others need it, and begins to write once the oldest change is DELAY_NS old. Call in every turn. */
export function writeBackPoll(now: i64): void {
  pageCacheRelieve();
  if (pageCacheDirty() == 0 || commitFailed() || commitsDone() != seen) {
    deadline = i64.MAX_VALUE;
    seen = commitsDone();
  } else if (deadline == i64.MAX_VALUE) {
    deadline = now + DELAY_NS;
  } else if (now >= deadline) {
    commitStart();
  }
}

/** When writeBackPoll has something to do; i64.MAX_VALUE for never. */
export function writeBackDeadline(): i64 {
  return commitRuns() ? i64.MAX_VALUE : deadline;
}
