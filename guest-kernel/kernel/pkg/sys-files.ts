// The resolver's files in /sys.

import { PKG_CACHE_SLOTS } from "../../abi/catalog.ts";
import { textAddress } from "../caps/capability-text.ts";
import { sysfsRegister } from "../vfs/sysfs.ts";
import { textBegin, textByte, textBytes, textEnd, textEntry, textNumber, textPut } from "../vfs/text.ts";
import { cacheCount, cacheList, cachePinnedCount } from "./cache.ts";
import { connectionIp, connectionPort } from "./connection.ts";
import { resolverProgressText } from "./resolver.ts";
import { timingsText } from "./timings.ts";

/** Registers the files. Call once. */
export function registerSysFiles(): void {
  sysfsRegister("pkg/cache", cacheText);
  sysfsRegister("pkg/last", timingsText);
  sysfsRegister("pkg/progress", progressText);
  sysfsRegister("pkg/icons", iconsText);
  sysfsRegister("pkg/server", serverText);
}

/** What is being resolved: `NAME STAGE DONE TOTAL`. */
function progressText(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  resolverProgressText();
  return textEnd();
}

/** A line `NAME ICON` for each package in the cache; abi/bundle.ts says what an icon is. */
function iconsText(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  cacheList((name: usize, nameLength: u32, icon: usize, iconLength: u32): void => {
    textBytes(name, nameLength);
    textByte(0x20);
    textBytes(icon, iconLength);
    textByte(0x0a);
  });
  return textEnd();
}

/** The package server; empty if none is set. */
function serverText(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  if (connectionIp() == 0) return textEnd();
  textPut("address=");
  textAddress(connectionIp());
  textPut("\n");
  textEntry("port", connectionPort());
  return textEnd();
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
