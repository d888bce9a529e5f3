// System calls on paths. Each is tried at once; while the disk must be waited for, it is tried again with the same
// arguments, its paths read anew.

import { E_AGAIN, E_FAULT, E_INVAL, E_LIMIT, E_NOMEM, E_PERM, E_SCOPE } from "../../abi/errors.ts";
import { CAP_FILES } from "../../abi/capabilities.ts";
import { OPEN_APPEND, OPEN_CREATE, OPEN_TRUNCATE, OPEN_WRITE, STAT_SIZE } from "../../abi/files.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { SCOPE_READ, SCOPE_WRITE } from "../../abi/scopes.ts";
import { SYS_MKDIR, SYS_OPEN, SYS_READDIR, SYS_RENAME, SYS_STAT, SYS_UNLINK } from "../../abi/syscall.ts";
import { granted } from "../caps/capabilities.ts";
import { scopeAllowsPath } from "../caps/scopes.ts";
import { framesAlloc, framesFree } from "../mm/frames.ts";
import { copyFromUser, copyToUser, userContains } from "../mm/user-memory.ts";
import { current, HANDLE_FILE, Process, processFreeHandle } from "../proc/process.ts";
import { waitBlock, WAKE_DISK } from "../sched/wait.ts";
import { vfsMkdir, vfsOpen, vfsReaddir, vfsRemove, vfsRename, vfsStat } from "../vfs/vfs.ts";
import { setHandle } from "../ipc/handles.ts";

const PATH_MAX: u32 = 256;
const OPEN_CHANGES: u32 = OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE | OPEN_APPEND;
const READDIR_MAX: u32 = 1 << 20;

const path = memory.data(256);
const path2 = memory.data(256);
const statBuffer = memory.data(32, 8);
if (STAT_SIZE > 32) ERROR("statBuffer");

/** open(path, len, flags) -> handle */
export function sysOpen(pointer: u32, len: u32, flags: u32): i32 {
  return pathCall(SYS_OPEN, pointer, len, flags, 0);
}

/** readdir(path, len, buf, capacity) -> bytes in all; copies the names if they fit. */
export function sysReaddir(pointer: u32, len: u32, buf: u32, capacity: u32): i32 {
  return pathCall(SYS_READDIR, pointer, len, buf, capacity);
}

/** stat(path, len, buf) -> 0 */
export function sysStat(pointer: u32, len: u32, buf: u32): i32 {
  return pathCall(SYS_STAT, pointer, len, buf, 0);
}

/** mkdir(path, len) -> 0 */
export function sysMkdir(pointer: u32, len: u32): i32 {
  return pathCall(SYS_MKDIR, pointer, len, 0, 0);
}

/** unlink(path, len) -> 0 */
export function sysUnlink(pointer: u32, len: u32): i32 {
  return pathCall(SYS_UNLINK, pointer, len, 0, 0);
}

/** rename(from, from_len, to, to_len) -> 0 */
export function sysRename(from: u32, fromLen: u32, to: u32, toLen: u32): i32 {
  return pathCall(SYS_RENAME, from, fromLen, to, toLen);
}

function pathCall(call: u32, pointer: u32, len: u32, a2: u32, a3: u32): i32 {
  if (!granted(CAP_FILES)) return -E_PERM;
  const result = pathTry(current, call, pointer, len, a2, a3);
  if (result != -E_AGAIN) return result;
  return waitBlock(call, WAKE_DISK, i64.MAX_VALUE, pointer, len, a2, a3);
}

/** One attempt of one of these calls; -E_AGAIN if the disk must be waited for. */
export function pathTry(process: Process, call: u32, pointer: u32, len: u32, a2: u32, a3: u32): i32 {
  const taken = takePath(process, path, pointer, len);
  if (taken < 0) return taken;
  if (!scopeAllowsPath(process, path, len, rightsFor(call, a2))) return -E_SCOPE;
  switch (call) {
    case SYS_OPEN:
      return open(process, len, a2);
    case SYS_READDIR:
      return readdir(process, len, a2, a3);
    case SYS_STAT:
      return stat(process, len, a2);
    case SYS_MKDIR:
      return vfsMkdir(path, len);
    case SYS_UNLINK:
      return vfsRemove(path, len);
    default:
      return rename(process, len, a2, a3);
  }
}

/** What a call does with its first path: SCOPE_*. `flags` are those of open. */
function rightsFor(call: u32, flags: u32): u32 {
  if (call == SYS_STAT || call == SYS_READDIR) return SCOPE_READ;
  if (call != SYS_OPEN) return SCOPE_WRITE;
  // Every open file can be read.
  return (flags & OPEN_CHANGES) != 0 ? SCOPE_READ | SCOPE_WRITE : SCOPE_READ;
}

/** Copies a path argument to `destination`; 0, or -E_*. */
function takePath(process: Process, destination: usize, pointer: u32, len: u32): i32 {
  if (len == 0 || len > PATH_MAX) return -E_INVAL;
  if (!userContains(process, pointer, len)) return -E_FAULT;
  copyFromUser(process, destination, pointer, len);
  return 0;
}

function open(process: Process, len: u32, flags: u32): i32 {
  const number = processFreeHandle(process);
  if (number < 0) return -E_LIMIT;
  const file = vfsOpen(path, len, flags);
  if (file < 0) return file;
  setHandle(process, number, HANDLE_FILE, file);
  return number;
}

function readdir(process: Process, len: u32, buf: u32, capacity: u32): i32 {
  if (!userContains(process, buf, capacity)) return -E_FAULT;
  const room = min(capacity, READDIR_MAX);
  const pages = room / <u32>PAGE_SIZE + 1;
  const listing = framesAlloc(pages);
  if (listing == 0) return -E_NOMEM;
  const length = vfsReaddir(path, len, listing, room);
  if (length > 0 && <u32>length <= room) copyToUser(process, buf, listing, length);
  framesFree(listing, pages);
  return length;
}

function stat(process: Process, len: u32, buf: u32): i32 {
  if (!userContains(process, buf, <u32>STAT_SIZE)) return -E_FAULT;
  const result = vfsStat(path, len, statBuffer);
  if (result == 0) copyToUser(process, buf, statBuffer, <u32>STAT_SIZE);
  return result;
}

function rename(process: Process, len: u32, to: u32, toLen: u32): i32 {
  const taken = takePath(process, path2, to, toLen);
  if (taken < 0) return taken;
  if (!scopeAllowsPath(process, path2, toLen, SCOPE_WRITE)) return -E_SCOPE;
  return vfsRename(path, len, path2, toLen);
}
