// How long the steps of the last resolve took, in nanoseconds, for /sys/pkg/last. A step that was not needed took 0.

import { CATALOG_NAME_SIZE } from "../../abi/catalog.ts";
import { textBegin, textBytes, textEnd, textEntry, textPut } from "../vfs/text.ts";

/** Fetching and checking the catalog, without connecting. */
let catalogNs: i64 = 0;
/** Opening connections, with the wait for the network at boot. */
let connectNs: i64 = 0;
/** From the request to the last byte of the bundle, without connecting and hashing. */
let transferNs: i64 = 0;
/** Hashing the bundle, slice by slice while it comes. */
let hashNs: i64 = 0;
/** Checking, validating and compiling the bundle. */
let compileNs: i64 = 0;

const name = memory.data(64);
if (CATALOG_NAME_SIZE != 64) ERROR("name");
let nameLength: u32 = 0;
let result: i32 = 0;
let beganAt: i64 = 0;
let totalNs: i64 = 0;

/** Begins the timings of a resolve. */
export function timingsBegin(nameAt: usize, length: u32, now: i64): void {
  nameLength = length;
  memory.copy(name, nameAt, <usize>length);
  result = 0;
  beganAt = now;
  totalNs = 0;
  catalogNs = 0;
  connectNs = 0;
  transferNs = 0;
  hashNs = 0;
  compileNs = 0;
}

/** Ends them: the resolve gave `code`, an app id or -E_*. */
export function timingsEnd(code: i32, now: i64): void {
  result = code;
  totalNs = now - beganAt;
}

/** Nanoseconds that the resolve took, once ended. */
export function timingsTotalNs(): i64 {
  return totalNs;
}

/** Adds to the time of fetching the catalog. */
export function addCatalogNs(ns: i64): void {
  catalogNs += ns;
}

/** Adds to the time of connecting. */
export function addConnectNs(ns: i64): void {
  connectNs += ns;
}

/** Adds to the time of the transfer. */
export function addTransferNs(ns: i64): void {
  transferNs += ns;
}

/** Adds to the time of hashing. */
export function addHashNs(ns: i64): void {
  hashNs += ns;
}

/** Adds to the time of compiling. */
export function addCompileNs(ns: i64): void {
  compileNs += ns;
}

/** The text of /sys/pkg/last; empty before the first resolve that missed the cache. */
export function timingsText(buffer: usize, capacity: u32): u32 {
  if (nameLength == 0) return 0;
  textBegin(buffer, capacity);
  textPut("name=");
  textBytes(name, nameLength);
  textPut("\n");
  textEntry("result", <i64>result);
  textEntry("connect", connectNs);
  textEntry("catalog", catalogNs);
  textEntry("transfer", transferNs);
  textEntry("hash", hashNs);
  textEntry("compile", compileNs);
  textEntry("total", totalNs);
  return textEnd();
}
