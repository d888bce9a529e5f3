// /sys/pkg/apps: the packages in the cache, and what each asks for. A block of lines for each, blank lines between.

import { MANIFEST_NAME_SIZE, MANIFEST_VERSION_SIZE } from "../../abi/manifest.ts";
import { PKG_CACHE_SLOTS } from "../../abi/catalog.ts";
import { textCapabilities, textScopes } from "../caps/capability-text.ts";
import { cachePinned, cacheSlotApp, cacheSlotInstall, cacheSlotUsers } from "../pkg/cache.ts";
import { sysfsRegister } from "../vfs/sysfs.ts";
import { textBegin, textByte, textBytes, textEnd, textEntry, textPut } from "../vfs/text.ts";
import {
  installCapabilities,
  installCodePages,
  installLibrary,
  installMemoryMax,
  installName,
  installScopes,
  installVersion,
} from "./installed.ts";

const KIB_PER_PAGE: u32 = 64;
const NEWLINE: u8 = 10;

/** Registers the file. Once, at boot. */
export function appsReportInit(): void {
  sysfsRegister("pkg/apps", appsText);
}

function appsText(buffer: usize, capacity: u32): u32 {
  let any = false;
  textBegin(buffer, capacity);
  for (let i: u32 = 0; i < PKG_CACHE_SLOTS; i++) {
    if (cacheSlotApp(i) == 0) continue;
    if (any) textByte(NEWLINE);
    textApp(i);
    any = true;
  }
  return textEnd();
}

function textApp(slot: u32): void {
  const install = cacheSlotInstall(slot);
  textPut("name=");
  textField(installName(install), MANIFEST_NAME_SIZE);
  textPut("version=");
  textField(installVersion(install), MANIFEST_VERSION_SIZE);
  textEntry("app_id", cacheSlotApp(slot));
  textEntry("pinned", cachePinned(cacheSlotApp(slot)) ? 1 : 0);
  textEntry("processes", cacheSlotUsers(slot));
  textEntry("code_kib", installCodePages(install) * 4);
  textLibrary(installLibrary(install));
  textEntry("memory_limit_kib", <i64>installMemoryMax(install) * KIB_PER_PAGE);
  textCapabilities(installCapabilities(install));
  if (installScopes(install) != 0) textScopes(installScopes(install));
}

/** The library that an app is linked to, whose code all such apps have in common. */
function textLibrary(library: i32): void {
  if (library == 0) return;
  textPut("library=");
  textField(installName(library), MANIFEST_NAME_SIZE);
  textEntry("library_code_kib", installCodePages(library) * 4);
}

/** The text of a NUL-padded field, and the end of the line. */
function textField(at: usize, size: usize): void {
  let length: usize = 0;
  while (length < size && load<u8>(at + length) != 0) length++;
  textBytes(at, <u32>length);
  textByte(NEWLINE);
}
