// What unit tests call of the file system on a disk, which they are: compiled with `--use DISK_IMPORTED=1`.

import { clockInit } from "../../time/clock.ts";
import { framesAlloc, framesFreeCount, framesInit } from "../../mm/frames.ts";
import { initramfsMount } from "../initramfs.ts";
import {
  vfsClose,
  vfsOpenCount,
  vfsRead,
  vfsSeek,
  vfsStatOpen,
  vfsSync,
  vfsSynced,
  vfsTruncate,
  vfsWrite,
} from "../open-file.ts";
import { pageCacheCount, pageCacheDirty, pageCacheLimit, pageCacheRelieve, pageFind } from "../page-cache.ts";
import {
  vfsInit,
  vfsMkdir,
  vfsMountDisk,
  vfsOpen,
  vfsReaddir,
  vfsRemove,
  vfsRename,
  vfsStat,
} from "../vfs.ts";
import { blocksAvailable } from "./allocate.ts";
import { commitFailed, commitRuns, commitStart } from "./commit.ts";
import { ext2Poll } from "./ext2.ts";
import { ext2Mount, ext2Mounted, ext2Replayed, ext2Unmount } from "./mount.ts";
import { orphansBusy } from "./orphans.ts";

export {
  blocksAvailable,
  clockInit,
  commitFailed,
  commitRuns,
  commitStart,
  ext2Mount,
  ext2Mounted,
  ext2Poll,
  ext2Replayed,
  ext2Unmount,
  framesAlloc,
  framesFreeCount,
  framesInit,
  initramfsMount,
  orphansBusy,
  pageCacheCount,
  pageCacheDirty,
  pageCacheLimit,
  pageCacheRelieve,
  vfsClose,
  vfsInit,
  vfsMkdir,
  vfsMountDisk,
  vfsOpen,
  vfsOpenCount,
  vfsRead,
  vfsReaddir,
  vfsRemove,
  vfsRename,
  vfsSeek,
  vfsStat,
  vfsStatOpen,
  vfsSync,
  vfsSynced,
  vfsTruncate,
  vfsWrite,
};

/** Where the cache has a page that is there. */
export function pageFrame(number: u32): usize {
  return pageFind(number)!.frame;
}
