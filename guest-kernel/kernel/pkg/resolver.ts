// The package resolver: name -> cache -> catalog -> fetch -> SHA-256 -> checks -> install -> cache -> app id.
// One request at a time, in slices of at most about SLICE_NS; processes wait by tickets (requests.ts).
//
// The catalog is fetched once per server and kept. It is fetched again, once per request, when it lacks a name or names
// a bundle that the server has no longer, and when pkg_catalog finds it older than CATALOG_FRESH_NS. Whatever fails
// leaves nothing cached, and no memory or connection behind.

import {
  CATALOG_ENTRY_SIZE,
  CATALOG_FLAG_SYSTEM,
  CATALOG_FLAGS,
  CATALOG_SHA256,
  CATALOG_SIZE_BYTES,
} from "../../abi/catalog.ts";
import {
  E_AGAIN,
  E_INVAL,
  E_PKG_BUNDLE,
  E_PKG_CACHE_FULL,
  E_PKG_DIGEST,
  E_PKG_SERVER,
  E_PKG_UNKNOWN,
} from "../../abi/errors.ts";
import {
  PACKAGE_CATALOG,
  PACKAGE_DONE,
  PACKAGE_FETCH,
  PACKAGE_HASH,
  PACKAGE_INSTALL,
  TRACE_PACKAGE,
} from "../../abi/trace.ts";
import { textBytes, textNumber, textPut } from "../vfs/text.ts";
import { nowNs } from "../time/clock.ts";
import { trace } from "../trace.ts";
import { bundleCheck, bundleIcon, bundleManifest } from "./bundle.ts";
import { cacheEvict, cacheFind, cacheHasRoom, cacheInsert, cacheSetIcon } from "./cache.ts";
import { storeCheck, storeCopy, storeDrop, storeFetchedAt, storeReady, storeTake } from "./catalog-store.ts";
import { catalogCount, catalogFind } from "./catalog.ts";
import { connectionIdle, connectionIdleDeadline, connectionSetServer } from "./connection.ts";
import {
  fetchBody,
  fetchBodyLength,
  fetchBundle,
  fetchCancel,
  fetchCatalog,
  fetchConnectNs,
  fetchDeadline,
  fetchFreeBody,
  fetchPoll,
  fetchProgressed,
  fetchStatus,
  fetchTakeBody,
} from "./fetch.ts";
import { manifestMatches } from "./manifest.ts";
import { checkPackageName } from "./package-name.ts";
import { portInstallBegin, portInstallFree, portInstallStep } from "./ports.ts";
import { reportCatalog, reportResolve } from "./report.ts";
import {
  REQUEST_CATALOG,
  REQUEST_RESOLVE,
  requestAdd,
  requestCancel,
  requestFinish,
  requestKind,
  requestName,
  requestNameLength,
  requestNext,
  requestQueued,
  requestResult,
} from "./requests.ts";
import { Sha256, sha256Final, sha256Init, sha256Update } from "./sha256.ts";
import {
  addCatalogNs,
  addCompileNs,
  addConnectNs,
  addHashNs,
  addTransferNs,
  timingsBegin,
  timingsEnd,
  timingsTotalNs,
} from "./timings.ts";

/** How old the catalog that pkg_catalog shows may be. */
export const CATALOG_FRESH_NS: i64 = 2_000_000_000;

const SLICE_NS: i64 = 500_000;
const HASH_SLICE: u32 = 65536; // bytes, well under SLICE_NS

// stage
const IDLE: u32 = 0;
const FETCH_CATALOG: u32 = 1;
const CHECK_CATALOG: u32 = 2;
const FETCH_BUNDLE: u32 = 3;
const HASH_BUNDLE: u32 = 4;
const INSTALL: u32 = 5;
const RESTART: u32 = 6; // the server changed: the current request begins anew

let stage: u32 = IDLE;
let current: i32 = -1; // index of the request
let startedTicket: i32 = 0;
let catalogRefreshed: bool = false; // in the course of the current request
let stageBegan: i64 = 0;
let hashed: u32 = 0;
let hashSpent: i64 = 0;
let install: i32 = 0;
const wanted = memory.data(128); // copy of the catalog entry: the catalog may go meanwhile
const hash = changetype<Sha256>(memory.data(104, 8));
const digest = memory.data(32);
const icon = memory.data(1024); // ICON_MAX_SIZE
let iconLength: u32 = 0;

if (CATALOG_ENTRY_SIZE != 128) ERROR("wanted");

/** Sets the package server: `ip` with its first octet in the lowest byte. Drops the catalog and the connection. */
export function resolverSetServer(ip: u32, port: u16): void {
  const fetching = stage >= FETCH_CATALOG && stage <= HASH_BUNDLE;
  if (fetching) fetchCancel();
  storeDrop();
  connectionSetServer(ip, port);
  // What was going on starts over with the new server. An install goes on: its bundle is verified.
  if (fetching) stage = RESTART;
}

/**
 * Resolves a package name of `len` bytes in kernel memory. Returns its app id if it is in the cache; 0 if it must be
 * fetched: then resolveTicket() is what to ask resolveResult with; or -E_INVAL for a length out of range,
 * -E_PKG_UNKNOWN for what is no package name, -E_LIMIT when too many requests wait.
 */
export function resolveStart(name: usize, len: u32): i32 {
  if (len == 0 || len > 63) return -E_INVAL;
  const appId = cacheFind(name, len);
  if (appId != 0) return appId;
  if (!checkPackageName(name, len)) return -E_PKG_UNKNOWN;
  startedTicket = requestAdd(REQUEST_RESOLVE, name, len);
  return min(startedTicket, 0);
}

/** The ticket of the resolveStart that returned 0 last. */
export function resolveTicket(): i32 {
  return startedTicket;
}

/**
 * The result of a resolve: an app id, -E_AGAIN while it runs, or why it failed: -E_PKG_*, -E_NOMEM, -E_LIMIT. Anything
 * but -E_AGAIN ends the ticket.
 */
export function resolveResult(ticket: i32): i32 {
  return requestResult(ticket);
}

/** Asks for a fresh catalog. Returns a ticket, or -E_LIMIT. */
export function catalogStart(): i32 {
  return requestAdd(REQUEST_CATALOG, wanted, 0);
}

/**
 * The result of catalogStart: entries, -E_AGAIN while it runs, or why it failed. Anything but -E_AGAIN ends the ticket;
 * the entries are there for catalogCopy until the kernel loop's next turn.
 */
export function catalogResult(ticket: i32): i32 {
  const result = requestResult(ticket);
  if (result < 0) return result;
  return storeReady() ? <i32>catalogCount() : -E_PKG_SERVER; // the server was changed in between
}

/** Copies as many catalog entries (CATALOG_ENTRY_SIZE each) as fit to `dst`. Returns how many there are in all. */
export function catalogCopy(dst: usize, capacity: u32): u32 {
  return storeCopy(dst, capacity);
}

/** Gives up waiting with a ticket of either kind: its process has gone. */
export function resolveCancel(ticket: i32): void {
  requestCancel(ticket);
}

/** Evicts an app. Returns 0, -E_NOENT for an id that names none, or -E_PKG_BUSY if it is pinned or runs. */
export function resolverEvict(appId: i32): i32 {
  return cacheEvict(appId);
}

/** Writes `NAME STAGE DONE TOTAL` of what is being resolved: bytes, 0 for a total that is not known. Nothing if nothing is. */
export function resolverProgressText(): void {
  if (current < 0 || requestKind(current) != REQUEST_RESOLVE) return;
  textBytes(requestName(current), requestNameLength(current));
  const total = stage >= FETCH_BUNDLE && stage <= INSTALL ? load<u32>(wanted, CATALOG_SIZE_BYTES) : 0;
  if (stage == INSTALL) textPut(" install ");
  else if (stage == HASH_BUNDLE) textPut(" check ");
  else if (stage == FETCH_BUNDLE) textPut(" fetch ");
  else textPut(" catalog ");
  textNumber(<u64>(stage == FETCH_BUNDLE ? fetchBodyLength() : total));
  textPut(" ");
  textNumber(<u64>total);
  textPut("\n");
}

/** Does a slice of work. True if it got anywhere: then there may be more to do at once. */
export function resolvePoll(now: i64): bool {
  switch (stage) {
    case FETCH_CATALOG:
      return pollCatalog(now);
    case CHECK_CATALOG:
      return checkCatalog();
    case FETCH_BUNDLE:
      return pollBundle(now);
    case HASH_BUNDLE:
      return hashRest();
    case INSTALL:
      return pollInstall();
    case RESTART: {
      begin(now);
      return true;
    }
    default:
      return beginNext(now);
  }
}

/** When resolvePoll must be called at the latest; 0 for at once, i64.MAX_VALUE for when something happens. */
export function resolverNextDeadline(): i64 {
  switch (stage) {
    case IDLE:
      return requestQueued() ? 0 : connectionIdleDeadline();
    case FETCH_CATALOG:
    case FETCH_BUNDLE:
      return fetchDeadline();
    default:
      return 0;
  }
}

function beginNext(now: i64): bool {
  current = requestNext();
  if (current < 0) return connectionIdle(now);
  begin(now);
  return true;
}

/** Begins the current request, or begins it anew. */
function begin(now: i64): void {
  catalogRefreshed = false;
  if (requestKind(current) == REQUEST_CATALOG) {
    if (storeReady() && now - storeFetchedAt() < CATALOG_FRESH_NS) return finish(<i32>catalogCount());
    return beginCatalog(now);
  }
  const name = requestName(current);
  const length = requestNameLength(current);
  timingsBegin(name, length, now);
  if (!cacheHasRoom()) return finish(-E_PKG_CACHE_FULL);
  lookUp(now);
}

/** Finds the current request's name in the catalog and begins to fetch what the entry says. */
function lookUp(now: i64): void {
  const entry = catalogFind(requestName(current), requestNameLength(current));
  if (entry != 0) return beginBundle(entry, now);
  if (catalogRefreshed) return finish(-E_PKG_UNKNOWN);
  beginCatalog(now);
}

function beginCatalog(now: i64): void {
  catalogRefreshed = true;
  stage = FETCH_CATALOG;
  traceStage(PACKAGE_CATALOG);
  stageBegan = now;
  fetchCatalog(now);
}

function pollCatalog(now: i64): bool {
  const result = fetchPoll(now);
  if (result == -E_AGAIN) return fetchProgressed();
  addConnectNs(fetchConnectNs());
  addCatalogNs(now - stageBegan - fetchConnectNs());
  stageBegan = now;
  stage = CHECK_CATALOG;
  const taken = result < 0 ? result : storeTake(now);
  if (taken < 0) finish(taken);
  return true;
}

function checkCatalog(): bool {
  const result = storeCheck();
  if (result == -E_AGAIN) return true;
  const now = nowNs();
  addCatalogNs(now - stageBegan);
  if (result < 0) {
    storeDrop();
    finish(result);
  } else if (requestKind(current) == REQUEST_CATALOG) {
    finish(<i32>catalogCount());
  } else {
    lookUp(now);
  }
  return true;
}

function beginBundle(entry: usize, now: i64): void {
  memory.copy(wanted, entry, CATALOG_ENTRY_SIZE);
  stage = FETCH_BUNDLE;
  traceStage(PACKAGE_FETCH);
  stageBegan = now;
  hashed = 0;
  hashSpent = 0;
  sha256Init(hash);
  fetchBundle(wanted, now);
}

/** Receives, and hashes what came while it is still in the processor's cache. */
function pollBundle(now: i64): bool {
  const result = fetchPoll(now);
  if (result == 0 || result == -E_AGAIN) hashSlice();
  if (result == -E_AGAIN) return fetchProgressed();
  addConnectNs(fetchConnectNs());
  addTransferNs(nowNs() - stageBegan - fetchConnectNs() - hashSpent);
  if (result == 0) {
    stage = HASH_BUNDLE;
    traceStage(PACKAGE_HASH);
  } else if (fetchStatus() == 404 && !catalogRefreshed) {
    beginCatalog(now); // the server replaced the bundle since the catalog was fetched
  } else {
    finish(result);
  }
  return true;
}

function hashRest(): bool {
  hashSlice();
  if (hashed == fetchBodyLength()) verify();
  return true;
}

function hashSlice(): void {
  const length = min(fetchBodyLength() - hashed, HASH_SLICE);
  if (length == 0) return;
  const from = nowNs();
  sha256Update(hash, fetchBody() + <usize>hashed, length);
  hashed += length;
  hashSpent += nowNs() - from;
}

/** The whole bundle is here and hashed: checks it and begins to install it. */
function verify(): void {
  addHashNs(hashSpent);
  stageBegan = nowNs();
  const result = checkBundle();
  if (result < 0) {
    fetchFreeBody();
    return finish(result);
  }
  fetchTakeBody(); // its pages are the installation's
  stage = INSTALL;
  traceStage(PACKAGE_INSTALL);
}

function checkBundle(): i32 {
  sha256Final(hash, digest);
  if (memory.compare(digest, wanted + CATALOG_SHA256, 32) != 0) return -E_PKG_DIGEST;
  const bundle = fetchBody();
  const length = fetchBodyLength();
  if (bundleCheck(bundle, length) < 0) return -E_PKG_BUNDLE;
  iconLength = bundleIcon(bundle, icon);
  if (!manifestMatches(bundleManifest(bundle), wanted)) return -E_PKG_BUNDLE;
  install = portInstallBegin(bundle, length);
  return min(install, 0);
}

function pollInstall(): bool {
  const until = nowNs() + SLICE_NS;
  let result = 1;
  while (result > 0) {
    result = portInstallStep(install);
    if (result > 0 && nowNs() >= until) return true;
  }
  addCompileNs(nowNs() - stageBegan);
  if (result == 0) {
    const pinned = (load<u32>(wanted, CATALOG_FLAGS) & CATALOG_FLAG_SYSTEM) != 0;
    result = cacheInsert(requestName(current), requestNameLength(current), pinned, install);
    if (result > 0) cacheSetIcon(result, icon, iconLength);
  }
  if (result < 0) portInstallFree(install);
  finish(result);
  return true;
}

function finish(result: i32): void {
  stage = IDLE;
  traceStage(PACKAGE_DONE);
  if (requestKind(current) == REQUEST_CATALOG) {
    if (result < 0) reportCatalog(result);
  } else {
    timingsEnd(result, nowNs());
    reportResolve(requestName(current), requestNameLength(current), result, timingsTotalNs());
  }
  requestFinish(current, result);
  current = -1;
}

function traceStage(what: u32): void {
  trace(TRACE_PACKAGE, what, 0, <i64>requestName(current), <i64>requestNameLength(current));
}
