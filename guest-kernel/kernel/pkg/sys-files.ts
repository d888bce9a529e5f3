// The resolver's files in /sys.

import { PKG_CACHE_SLOTS } from "../../abi/catalog.ts";
import { sysfsRegister } from "../vfs/sysfs.ts";
import { textBegin, textEnd, textEntry, textNumber, textPut } from "../vfs/text.ts";
import { cacheCount, cachePinnedCount } from "./cache.ts";
import { timingsText } from "./timings.ts";

/** Registers /sys/pkg/cache and /sys/pkg/last. Call once. */
export function registerSysFiles(): void {
  sysfsRegister("pkg/cache", cacheText);
  sysfsRegister("pkg/last", timingsText);
}

function cacheText(buffer: usize, capacity: u32): u32 {
  const count = cacheCount();
  const pinned = cachePinnedCount();
  textBegin(buffer, capacity);
  textPut("slots=");
  textNumber(<u64>count);
  textPut("/");
  textNumber(<u64>PKG_CACHE_SLOTS);
  textPut("\n");
  textEntry("pinned", <i64>pinned);
  textEntry("ephemeral", <i64>(count - pinned));
  return textEnd();
}
