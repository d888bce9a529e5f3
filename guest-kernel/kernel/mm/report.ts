// /sys/mem: who has the memory.

import { pageCacheCount } from "../vfs/page-cache.ts";
import { sysfsRegister } from "../vfs/sysfs.ts";
import { textBegin, textEnd, textEntry } from "../vfs/text.ts";
import { FRAMES_RESERVED, framesTotalCount, framesUserCount } from "./frames.ts";
import { heapUsed } from "./heap-room.ts";
import { reclaimedFrames } from "./reclaim.ts";

const KIB_PER_FRAME: i64 = 4;

/** Registers the file. Once, at boot. */
export function memoryReportInit(): void {
  sysfsRegister("mem", memoryText);
}

function memoryText(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  textEntry("total_kib", <i64>framesTotalCount() * KIB_PER_FRAME);
  textEntry("free_kib", <i64>framesUserCount() * KIB_PER_FRAME); // for processes
  textEntry("reserved_kib", <i64>FRAMES_RESERVED * KIB_PER_FRAME); // for the kernel
  textEntry("cached_kib", <i64>pageCacheCount() * KIB_PER_FRAME); // of the disk; not free, but given back
  textEntry("reclaimed_kib", <i64>reclaimedFrames() * KIB_PER_FRAME); // by all caches, since the boot
  textEntry("heap_bytes", <i64>heapUsed()); // of the kernel's own
  return textEnd();
}
