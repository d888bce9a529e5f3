// /sys/disk: the disk, its file system and the page cache, one `key=value` a line; pages and blocks are 4 KiB.

import { diskPages } from "../drivers/disk.ts";
import { blocksAvailable } from "./ext2/allocate.ts";
import { changeForbidden } from "./ext2/change.ts";
import { commitFailed, commitsDone } from "./ext2/commit.ts";
import { ext2Mounted } from "./ext2/mount.ts";
import {
  pageCacheCount,
  pageCacheDirty,
  pageCacheHits,
  pageCacheLimit,
  pageCacheMisses,
} from "./page-cache.ts";
import { sysfsRegister } from "./sysfs.ts";
import { textBegin, textEnd, textEntry } from "./text.ts";

/** Adds /sys/disk. Once, at boot, if there is a disk. */
export function diskReportInit(): void {
  sysfsRegister("disk", diskText);
}

function diskText(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  textEntry("disk_pages", diskPages());
  textEntry("mounted", ext2Mounted() ? 1 : 0);
  if (ext2Mounted()) {
    textEntry("read_only", changeForbidden() ? 1 : 0);
    textEntry("failed", commitFailed() ? 1 : 0);
    textEntry("free_blocks", blocksAvailable());
    textEntry("commits", commitsDone());
    textEntry("cache_limit", pageCacheLimit());
    textEntry("cache_pages", pageCacheCount());
    textEntry("cache_dirty", pageCacheDirty());
    textEntry("cache_hits", pageCacheHits());
    textEntry("cache_misses", pageCacheMisses());
  }
  return textEnd();
}
