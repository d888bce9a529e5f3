// What unit tests call of the resolver; TCP and the app registry are the test's.

import { framesFree, framesFreeCount, framesInit } from "../mm/frames.ts";
import { clockInit } from "../time/clock.ts";
import { logRing } from "../log.ts";
import { vfsClose, vfsRead } from "../vfs/open-file.ts";
import { vfsInit, vfsOpen } from "../vfs/vfs.ts";
import { cacheAcquire, cacheCount, cacheRelease } from "./cache.ts";
import { bindInstall, bindTcp } from "./ports.ts";
import {
  catalogCopy,
  catalogResult,
  catalogStart,
  resolveCancel,
  resolvePoll,
  resolverEvict,
  resolveResult,
  resolverNextDeadline,
  resolverSetServer,
  resolveStart,
  resolveTicket,
} from "./resolver.ts";
import { registerSysFiles } from "./sys-files.ts";

export {
  cacheAcquire,
  cacheCount,
  cacheRelease,
  catalogCopy,
  catalogResult,
  catalogStart,
  clockInit,
  framesFree,
  framesFreeCount,
  framesInit,
  logRing,
  registerSysFiles,
  resolveCancel,
  resolvePoll,
  resolverEvict,
  resolveResult,
  resolverNextDeadline,
  resolverSetServer,
  resolveStart,
  resolveTicket,
  vfsClose,
  vfsInit,
  vfsOpen,
  vfsRead,
};

declare function connect(ip: u32, port: u16): i32;
declare function status(socket: i32): i32;
declare function read(socket: i32, dst: usize, len: u32): i32;
declare function write(socket: i32, src: usize, len: u32): i32;
declare function close(socket: i32): void;
declare function abort(socket: i32): void;
declare function installBegin(bundle: usize, len: u32): i32;
declare function installStep(install: i32): i32;
declare function installFree(install: i32): void;

/** Binds the test's fakes, through functions of this module: imports have no references. */
export function bindFakes(): void {
  bindTcp(
    (ip, port) => connect(ip, port),
    (socket) => status(socket),
    (socket, dst, len) => read(socket, dst, len),
    (socket, src, len) => write(socket, src, len),
    (socket) => close(socket),
    (socket) => abort(socket),
  );
  bindInstall(
    (bundle, len) => installBegin(bundle, len),
    (install) => installStep(install),
    (install) => installFree(install),
  );
}

/** Resolves the name that is in the cache `count` times: for measuring. */
export function resolveOften(name: usize, length: u32, count: u32): i32 {
  let result = 0;
  for (let i: u32 = 0; i < count; i++) result = resolveStart(name, length);
  return result;
}

/** Where the managed heap would put the next object. */
export function heapTop(): usize {
  const probe = heap.alloc(16);
  heap.free(probe);
  return probe;
}
