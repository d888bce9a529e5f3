// The catalog in use: fetched when it is first needed, kept until the server changes or a newer one is here.

import { CATALOG_ENTRY_SIZE } from "../../abi/catalog.ts";
import { framesFree } from "../mm/frames.ts";
import { catalogBegin, catalogCount, catalogDrop, catalogEntry, catalogStep } from "./catalog.ts";
import { fetchBody, fetchBodyLength, fetchTakeBody } from "./fetch.ts";

let at: usize = 0;
let pages: u32 = 0;
let ready: bool = false;
let fetchedAt: i64 = 0;

/** True if there is a checked catalog. */
export function storeReady(): bool {
  return ready;
}

/** When the catalog came. */
export function storeFetchedAt(): i64 {
  return fetchedAt;
}

/** Forgets the catalog and frees it. */
export function storeDrop(): void {
  catalogDrop();
  if (pages != 0) framesFree(at, pages);
  at = 0;
  pages = 0;
  ready = false;
}

/** Puts the body that was fetched in place of the catalog, unchecked. Returns 0 or -E_PKG_CATALOG. */
export function storeTake(now: i64): i32 {
  storeDrop();
  at = fetchBody();
  const length = fetchBodyLength();
  pages = fetchTakeBody();
  fetchedAt = now;
  const result = catalogBegin(at, length);
  if (result < 0) storeDrop();
  return result;
}

/** Checks a slice of it. Returns 0 when it is fine and ready, -E_AGAIN if there is more, or -E_PKG_CATALOG. */
export function storeCheck(): i32 {
  const result = catalogStep();
  if (result == 0) ready = true;
  return result;
}

/** Copies as many entries as fit to `dst`. Returns how many there are in all. */
export function storeCopy(dst: usize, capacity: u32): u32 {
  const count = ready ? catalogCount() : 0;
  const fitting = min(count, capacity / <u32>CATALOG_ENTRY_SIZE);
  if (fitting != 0) memory.copy(dst, catalogEntry(0), <usize>fitting * CATALOG_ENTRY_SIZE);
  return count;
}
