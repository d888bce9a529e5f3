// The manifest of a bundle, abi/manifest.ts, checked in place.

import { CAP_ALL } from "../../abi/capabilities.ts";
import { CATALOG_NAME, CATALOG_VERSION } from "../../abi/catalog.ts";
import {
  MANIFEST_CAPABILITIES,
  MANIFEST_ENTRY,
  MANIFEST_ENTRY_SIZE,
  MANIFEST_MEMORY_PAGES,
  MANIFEST_NAME,
  MANIFEST_NAME_SIZE,
  MANIFEST_RESERVED,
  MANIFEST_SIZE,
  MANIFEST_VERSION,
  MANIFEST_VERSION_SIZE,
} from "../../abi/manifest.ts";
import { checkPackageName, checkPackageVersion, fieldLength } from "./package-name.ts";
import { checkUtf8 } from "./utf8.ts";

const MAX_MEMORY_PAGES: u32 = 65536;

/** True if the `length` bytes at `at` are a manifest that obeys every rule of the format: a library's has no entry. */
export function checkManifest(at: usize, length: u32, ofLibrary: bool): bool {
  if (length != <u32>MANIFEST_SIZE) return false;
  const nameLength = fieldLength(at + MANIFEST_NAME, MANIFEST_NAME_SIZE);
  if (nameLength < 0 || !checkPackageName(at + MANIFEST_NAME, <u32>nameLength)) return false;
  const versionLength = fieldLength(at + MANIFEST_VERSION, MANIFEST_VERSION_SIZE);
  if (versionLength < 0 || !checkPackageVersion(at + MANIFEST_VERSION, <u32>versionLength)) return false;
  const entryLength = fieldLength(at + MANIFEST_ENTRY, MANIFEST_ENTRY_SIZE);
  if (entryLength < 0 || (entryLength == 0) != ofLibrary) return false;
  if (!checkUtf8(at + MANIFEST_ENTRY, <u32>entryLength)) return false;
  if ((load<u32>(at, MANIFEST_CAPABILITIES) & ~CAP_ALL) != 0) return false;
  // 0 wraps round to the largest number.
  if (load<u32>(at, MANIFEST_MEMORY_PAGES) - 1 >= MAX_MEMORY_PAGES) return false;
  return load<u64>(at, MANIFEST_RESERVED) == 0;
}

/** True if a checked manifest names the same package and version as a checked catalog entry. */
export function manifestMatches(manifest: usize, entry: usize): bool {
  return (
    memory.compare(manifest + MANIFEST_NAME, entry + CATALOG_NAME, MANIFEST_NAME_SIZE) == 0 &&
    memory.compare(manifest + MANIFEST_VERSION, entry + CATALOG_VERSION, MANIFEST_VERSION_SIZE) == 0
  );
}
