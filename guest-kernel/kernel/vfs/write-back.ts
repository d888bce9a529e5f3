// When what is newer than the disk is written without being asked for.

import { pageCacheDirty, pageCacheRelieve } from "./page-cache.ts";
import { commitFailed, commitRuns, commitStart } from "./ext2/commit.ts";

/** How long a change may stay in memory only. */
const DELAY_NS: i64 = 5000000000;

let deadline: i64 = i64.MAX_VALUE;

/** Gives memory back if others need it, and begins to write once the oldest change is DELAY_NS old. Call in every turn. */
export function writeBackPoll(now: i64): void {
  pageCacheRelieve();
  if (pageCacheDirty() == 0 || commitRuns() || commitFailed()) deadline = i64.MAX_VALUE;
  else if (deadline == i64.MAX_VALUE) deadline = now + DELAY_NS;
  else if (now >= deadline) commitStart();
}

/** When writeBackPoll has something to do; i64.MAX_VALUE for never. */
export function writeBackDeadline(): i64 {
  return deadline;
}
