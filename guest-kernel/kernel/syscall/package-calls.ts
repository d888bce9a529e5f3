// System calls about packages.

import { CATALOG_ENTRY_SIZE, CATALOG_MAX_ENTRIES } from "../../abi/catalog.ts";
import { CAP_FILES, CAP_PACKAGES } from "../../abi/capabilities.ts";
import { E_AGAIN, E_FAULT, E_INVAL, E_PERM, E_SCOPE } from "../../abi/errors.ts";
import { SCOPE_READ } from "../../abi/scopes.ts";
import { SYS_PKG_CATALOG, SYS_PKG_RESOLVE } from "../../abi/syscall.ts";
import { programResolve, programTry } from "../app-registry/programs.ts";
import { granted } from "../caps/capabilities.ts";
import { scopeAllowsPath } from "../caps/scopes.ts";
import { copyFromUser, copyToUser, userContains } from "../mm/user-memory.ts";
import {
  catalogCopy,
  catalogResult,
  catalogStart,
  resolveCancel,
  resolverEvict,
  resolveResult,
  resolverSetServer,
  resolveStart,
  resolveTicket,
} from "../pkg/resolver.ts";
import { current, Process } from "../proc/process.ts";
import { waitBlock, WAKE_PACKAGES } from "../sched/wait.ts";

const NAME_MAX: u32 = 64;
const SLASH: u8 = 47;

// What wait0 of a waiting pkg_resolve counts: a ticket of the resolver, or a program being loaded.
const WAIT_TICKET: u32 = 0;
const WAIT_PROGRAM: u32 = 1;

const name = memory.data(64);

/** pkg_resolve(name, len) -> app_id. A name that begins with '/' is a program of the initramfs. */
export function sysPkgResolve(pointer: u32, len: u32): i32 {
  if (len == 0 || len > NAME_MAX) return -E_INVAL;
  if (!userContains(current, pointer, len)) return -E_FAULT;
  copyFromUser(current, name, pointer, len);
  if (load<u8>(name) == SLASH) return resolveProgram(len);
  if (!granted(CAP_PACKAGES)) return -E_PERM;
  const result = resolveStart(name, len);
  if (result != 0) return result;
  return waitBlock(SYS_PKG_RESOLVE, WAKE_PACKAGES, i64.MAX_VALUE, WAIT_TICKET, resolveTicket(), 0);
}

function resolveProgram(len: u32): i32 {
  if (!granted(CAP_FILES)) return -E_PERM;
  if (!scopeAllowsPath(current, name, len, SCOPE_READ)) return -E_SCOPE;
  const result = programResolve(name, len);
  const done = result < 0 ? result : programTry(result);
  if (done != -E_AGAIN) return done;
  return waitBlock(SYS_PKG_RESOLVE, WAKE_PACKAGES, i64.MAX_VALUE, WAIT_PROGRAM, result, 0);
}

/** One look whether a resolve has ended: the app_id, an error, or -E_AGAIN. */
export function resolveTry(process: Process): i32 {
  return process.wait0 == WAIT_PROGRAM ? programTry(process.wait1) : resolveResult(process.wait1);
}

/** pkg_catalog(buf, len) -> entries in all; copies as many as fit. Fetches the catalog. */
export function sysPkgCatalog(buf: u32, len: u32): i32 {
  if (!granted(CAP_PACKAGES)) return -E_PERM;
  if (!userContains(current, buf, len)) return -E_FAULT;
  const result = catalogStart();
  if (result < 0) return result;
  return waitBlock(SYS_PKG_CATALOG, WAKE_PACKAGES, i64.MAX_VALUE, result, buf, len);
}

/** One look whether the catalog is there: the count, an error, or -E_AGAIN. */
export function catalogTry(process: Process): i32 {
  const result = catalogResult(process.wait0);
  if (result < 0) return result;
  const capacity = min(process.wait2, CATALOG_MAX_ENTRIES * <u32>CATALOG_ENTRY_SIZE);
  const copy = heap.alloc(capacity);
  const count = catalogCopy(copy, capacity);
  const fit = min(count, capacity / <u32>CATALOG_ENTRY_SIZE);
  copyToUser(process, process.wait1, copy, fit * <u32>CATALOG_ENTRY_SIZE);
  heap.free(copy);
  return <i32>count;
}

/** Forgets what a process waits for here: it will not ask any more. */
export function packageWaitCancel(process: Process): void {
  if (process.waitCall == SYS_PKG_CATALOG) resolveCancel(process.wait0);
  if (process.waitCall == SYS_PKG_RESOLVE && process.wait0 == WAIT_TICKET) resolveCancel(process.wait1);
}

/** pkg_set_server(ip_be, port) -> 0. Forgets the catalog; installed apps stay. */
export function sysPkgSetServer(ip: u32, port: u32): i32 {
  if (!granted(CAP_PACKAGES)) return -E_PERM;
  if (port == 0 || port > 0xffff) return -E_INVAL;
  resolverSetServer(ip, <u16>port);
  return 0;
}

/** pkg_evict(app_id) -> 0 */
export function sysPkgEvict(appId: i32): i32 {
  if (!granted(CAP_PACKAGES)) return -E_PERM;
  return resolverEvict(appId);
}
