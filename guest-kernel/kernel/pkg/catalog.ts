// The package catalog, abi/catalog.ts, checked in place where it was received and then indexed by name.
// The check runs in slices: catalogBegin, catalogStep until it returns no -E_AGAIN.

import { BUNDLE_MAX_SIZE } from "../../abi/bundle.ts";
import {
  CATALOG_COUNT,
  CATALOG_ENTRY_SIZE,
  CATALOG_FLAG_SYSTEM,
  CATALOG_FLAG_WINDOW,
  CATALOG_FLAGS,
  CATALOG_HEADER_SIZE,
  CATALOG_MAX_ENTRIES,
  CATALOG_NAME,
  CATALOG_NAME_SIZE,
  CATALOG_RESERVED,
  CATALOG_SIZE_BYTES,
  CATALOG_VERSION,
  CATALOG_VERSION_SIZE,
} from "../../abi/catalog.ts";
import { E_AGAIN, E_PKG_CATALOG } from "../../abi/errors.ts";
import { checkPackageName, checkPackageVersion, fieldLength, hashName } from "./package-name.ts";

/** Largest catalog in bytes. */
export const CATALOG_MAX_SIZE: u32 = <u32>CATALOG_HEADER_SIZE + CATALOG_MAX_ENTRIES * <u32>CATALOG_ENTRY_SIZE;

const STEP_ENTRIES: u32 = 512; // checked in one slice, about 0.1 ms

// Open-addressing index: u16 entry number + 1, 0 = free. Twice as many places as entries, so that runs are short.
const INDEX_SIZE: u32 = 2 * CATALOG_MAX_ENTRIES;
const index = memory.data(16384);
if (INDEX_SIZE * 2 != 16384) ERROR("index of the catalog");

let entries: usize = 0;
let count: u32 = 0; // entries announced
let checked: u32 = 0; // entries checked and indexed

/** Begins to check a catalog of `length` bytes at `at`, which stays in place. Returns 0 or -E_PKG_CATALOG. */
export function catalogBegin(at: usize, length: u32): i32 {
  catalogDrop();
  if (length < <u32>CATALOG_HEADER_SIZE) return -E_PKG_CATALOG;
  const announced = load<u32>(at, CATALOG_COUNT);
  if (announced > CATALOG_MAX_ENTRIES) return -E_PKG_CATALOG; // before it is multiplied
  if (length != <u32>CATALOG_HEADER_SIZE + announced * <u32>CATALOG_ENTRY_SIZE) return -E_PKG_CATALOG;
  memory.fill(index, 0, <usize>INDEX_SIZE * 2);
  entries = at + CATALOG_HEADER_SIZE;
  count = announced;
  return 0;
}

/** Checks a slice of the entries. Returns 0 when all are fine, -E_AGAIN when there are more, or -E_PKG_CATALOG. */
export function catalogStep(): i32 {
  const end = min(checked + STEP_ENTRIES, count);
  while (checked < end) {
    if (!checkEntry(catalogEntry(checked)) || !addToIndex(checked)) {
      catalogDrop();
      return -E_PKG_CATALOG;
    }
    checked++;
  }
  return checked == count ? 0 : -E_AGAIN;
}

/** Forgets the catalog. Its memory is the caller's. */
export function catalogDrop(): void {
  entries = 0;
  count = 0;
  checked = 0;
}

/** Entries of the catalog. */
export function catalogCount(): u32 {
  return checked;
}

/** Address of entry `number` (CATALOG_* offsets), which is below catalogCount(). */
export function catalogEntry(number: u32): usize {
  return entries + <usize>number * CATALOG_ENTRY_SIZE;
}

/** Address of the entry with this name, or 0. */
export function catalogFind(name: usize, length: u32): usize {
  if (checked == 0 || length >= <u32>CATALOG_NAME_SIZE) return 0;
  return find(name, length, hashName(name, length));
}

/** Every rule for one entry but that of unique names. */
function checkEntry(entry: usize): bool {
  const name = entry + CATALOG_NAME;
  const version = entry + CATALOG_VERSION;
  const sizeBytes = load<u32>(entry, CATALOG_SIZE_BYTES);
  if (sizeBytes == 0 || sizeBytes > BUNDLE_MAX_SIZE) return false;
  if ((load<u32>(entry, CATALOG_FLAGS) & ~(CATALOG_FLAG_SYSTEM | CATALOG_FLAG_WINDOW)) != 0) return false;
  if (load<u64>(entry, CATALOG_RESERVED) != 0) return false;
  const nameLength = fieldLength(name, CATALOG_NAME_SIZE);
  if (nameLength < 0 || !checkPackageName(name, <u32>nameLength)) return false;
  const versionLength = fieldLength(version, CATALOG_VERSION_SIZE);
  return versionLength >= 0 && checkPackageVersion(version, <u32>versionLength);
}

/** Adds a checked entry to the index; false if its name is there. */
function addToIndex(number: u32): bool {
  const name = catalogEntry(number) + CATALOG_NAME;
  const length = <u32>fieldLength(name, CATALOG_NAME_SIZE);
  const hash = hashName(name, length);
  if (find(name, length, hash) != 0) return false;
  let place = hash & (INDEX_SIZE - 1);
  while (indexed(place) != 0) place = (place + 1) & (INDEX_SIZE - 1);
  store<u16>(index + ((<usize>place) << 1), <u16>(number + 1));
  return true;
}

/** Walks the run of the index that begins at `hash`. It ends: at least half of the index is free. */
function find(name: usize, length: u32, hash: u32): usize {
  let place = hash & (INDEX_SIZE - 1);
  let number = indexed(place);
  while (number != 0) {
    // SAFETY: length < CATALOG_NAME_SIZE, so that the NUL behind an equal name lies in the field.
    const candidate = catalogEntry(number - 1) + CATALOG_NAME;
    const ended = load<u8>(candidate + <usize>length) == 0;
    if (ended && memory.compare(candidate, name, <usize>length) == 0) return catalogEntry(number - 1);
    place = (place + 1) & (INDEX_SIZE - 1);
    number = indexed(place);
  }
  return 0;
}

function indexed(place: u32): u32 {
  return load<u16>(index + ((<usize>place) << 1));
}
