// System calls on handles: files, consoles, TCP connections.

import { E_AGAIN, E_BADF, E_FAULT, E_INVAL, E_LIMIT, E_PERM, E_SCOPE } from "../../abi/errors.ts";
import { STAT_SIZE } from "../../abi/files.ts";
import { CAP_NET } from "../../abi/capabilities.ts";
import {
  SYS_FSTAT,
  SYS_FSYNC,
  SYS_READ,
  SYS_SEEK,
  SYS_TCP_CONNECT,
  SYS_TRUNCATE,
  SYS_WRITE,
} from "../../abi/syscall.ts";
import { granted } from "../caps/capabilities.ts";
import { scopeAllowsHost } from "../caps/scopes.ts";
import { consoleRead, consoleWrite, CONSOLE, LOG } from "../drivers/virtio-console.ts";
import { copyToUser, userSpan, userContains, userLinear } from "../mm/user-memory.ts";
import { handleAwait, handleClose, objectRetain, portAt, setHandle } from "../ipc/handles.ts";
import { portRead, portWrite } from "../ipc/stream.ts";
import { tcpConnect, tcpError, tcpRead, tcpState, tcpWrite } from "../net/tcp.ts";
import { TCP_CONNECTING, TCP_FAILED } from "../net/tcp.ts";
import {
  current,
  Handle,
  HANDLE_CONSOLE,
  HANDLE_FILE,
  HANDLE_FREE,
  HANDLE_LOG,
  HANDLE_PORT,
  HANDLE_SOCKET,
  HANDLE_WINDOW,
  Process,
  processFreeHandle,
  processHandle,
} from "../proc/process.ts";
import { waitBlock, WAKE_DISK, WAKE_NET } from "../sched/wait.ts";
import {
  vfsRead,
  vfsSeek,
  vfsStatOpen,
  vfsSync,
  vfsSynced,
  vfsTruncate,
  vfsWrite,
} from "../vfs/open-file.ts";
import { windowReadTry } from "./window-calls.ts";

const IO_MAX: u32 = 1 << 20; // bytes moved by one call: bounds the turn

const statBuffer = memory.data(32, 8);
if (STAT_SIZE > 32) ERROR("statBuffer");

/** close(handle) -> 0 */
export function sysClose(number: i32): i32 {
  const handle = processHandle(current, number);
  if (handle === null || handle.kind == HANDLE_FREE) return -E_BADF;
  handleClose(handle);
  return 0;
}

/** duplicate(handle) -> a handle for the same */
export function sysDuplicate(number: i32): i32 {
  const handle = processHandle(current, number);
  if (handle === null || handle.kind == HANDLE_FREE) return -E_BADF;
  const second = processFreeHandle(current);
  if (second < 0) return -E_LIMIT;
  objectRetain(handle.kind, handle.id);
  setHandle(current, second, handle.kind, handle.id);
  return second;
}

/** read(handle, buf, len) -> bytes, 0 at the end; waits for the first byte. */
export function sysRead(number: i32, buf: u32, len: u32): i32 {
  if (!userContains(current, buf, len)) return -E_FAULT;
  const result = readTry(current, number, buf, len);
  if (result != -E_AGAIN) return result;
  return block(SYS_READ, number, buf, len);
}

/** One attempt to read into checked memory; -E_AGAIN if nothing is there yet. */
export function readTry(process: Process, number: i32, buf: u32, len: u32): i32 {
  const handle = processHandle(process, number);
  if (handle === null || handle.kind == HANDLE_FREE) return -E_BADF;
  if (handle.kind == HANDLE_WINDOW) return windowReadTry(process, handle.id, buf, len);
  let done: u32 = 0;
  len = min(len, IO_MAX);
  while (done < len) {
    const chunk = userSpan(process, buf + done, len - done);
    const result = readOnce(handle, userLinear(process, buf + done), chunk);
    if (result < 0) return done == 0 ? result : <i32>done;
    done += <u32>result;
    // The console says only once that its input has ended: a call that has bytes must not ask for more.
    if (<u32>result < chunk || handle.kind == HANDLE_CONSOLE) break;
  }
  return <i32>done;
}

function readOnce(handle: Handle, destination: usize, len: u32): i32 {
  switch (handle.kind) {
    case HANDLE_CONSOLE:
      return consoleRead(destination, len);
    case HANDLE_FILE:
      return vfsRead(handle.id, destination, len);
    case HANDLE_SOCKET:
      return tcpRead(handle.id, destination, len);
    case HANDLE_PORT:
      return portRead(portAt(handle.id), destination, len);
    default:
      return -E_BADF;
  }
}

/** write(handle, buf, len) -> bytes; waits until at least one was taken. */
export function sysWrite(number: i32, buf: u32, len: u32): i32 {
  if (!userContains(current, buf, len)) return -E_FAULT;
  const result = writeTry(current, number, buf, len);
  if (result != -E_AGAIN) return result;
  return block(SYS_WRITE, number, buf, len);
}

/** Waits for what can end a read or write. */
function block(call: u32, number: i32, buf: u32, len: u32): i32 {
  const events = handleAwait(current, number);
  return waitBlock(call, events | WAKE_DISK, i64.MAX_VALUE, number, buf, len);
}

/** One attempt to write from checked memory; -E_AGAIN if nothing was taken. */
export function writeTry(process: Process, number: i32, buf: u32, len: u32): i32 {
  const handle = processHandle(process, number);
  if (handle === null || handle.kind == HANDLE_FREE) return -E_BADF;
  let done: u32 = 0;
  len = min(len, IO_MAX);
  while (done < len) {
    const chunk = userSpan(process, buf + done, len - done);
    const result = writeOnce(handle, userLinear(process, buf + done), chunk);
    if (result < 0) return done == 0 ? result : <i32>done;
    done += <u32>result;
    if (<u32>result < chunk) break;
  }
  return done == 0 && len != 0 ? -E_AGAIN : <i32>done;
}

function writeOnce(handle: Handle, source: usize, len: u32): i32 {
  switch (handle.kind) {
    case HANDLE_CONSOLE:
      return <i32>consoleWrite(CONSOLE, source, len);
    case HANDLE_FILE:
      return vfsWrite(handle.id, source, len);
    case HANDLE_LOG:
      return <i32>consoleWrite(LOG, source, len);
    case HANDLE_SOCKET:
      return tcpWrite(handle.id, source, len);
    case HANDLE_PORT:
      return portWrite(portAt(handle.id), source, len);
    default:
      return -E_BADF;
  }
}

/** seek(handle, offset, whence) -> position */
export function sysSeek(number: i32, offset: i64, whence: u32): i64 {
  const result = seekTry(current, number, offset, whence);
  if (result != -E_AGAIN) return result;
  return waitBlock(SYS_SEEK, WAKE_DISK, i64.MAX_VALUE, number, <u32>offset, <u32>(offset >> 32), whence);
}

/** One attempt to seek. */
export function seekTry(process: Process, number: i32, offset: i64, whence: u32): i64 {
  const file = fileOf(process, number);
  return file < 0 ? file : vfsSeek(file, offset, whence);
}

/** truncate(handle, size) -> 0 */
export function sysTruncate(number: i32, size: i64): i32 {
  const result = truncateTry(current, number, size);
  if (result != -E_AGAIN) return result;
  return waitBlock(SYS_TRUNCATE, WAKE_DISK, i64.MAX_VALUE, number, <u32>size, <u32>(size >> 32));
}

/** One attempt to truncate. */
export function truncateTry(process: Process, number: i32, size: i64): i32 {
  const file = fileOf(process, number);
  return file < 0 ? file : vfsTruncate(file, size);
}

/** fsync(handle) -> 0, once it is safe on the disk. */
export function sysFsync(number: i32): i32 {
  const file = fileOf(current, number);
  if (file < 0) return file;
  const wanted = vfsSync(file);
  if (wanted < 0) return wanted;
  const result = vfsSynced(wanted);
  if (result != -E_AGAIN) return result;
  return waitBlock(SYS_FSYNC, WAKE_DISK, i64.MAX_VALUE, wanted, 0, 0);
}

/** fstat(handle, buf) -> 0 */
export function sysFstat(number: i32, buf: u32): i32 {
  if (!userContains(current, buf, <u32>STAT_SIZE)) return -E_FAULT;
  const result = fstatTry(current, number, buf);
  return result != -E_AGAIN ? result : waitBlock(SYS_FSTAT, WAKE_DISK, i64.MAX_VALUE, number, buf, 0);
}

/** One attempt to tell of a handle's file, into checked memory. */
export function fstatTry(process: Process, number: i32, buf: u32): i32 {
  const file = fileOf(process, number);
  const result = file < 0 ? file : vfsStatOpen(file, statBuffer);
  if (result == 0) copyToUser(process, buf, statBuffer, <u32>STAT_SIZE);
  return result;
}

/** The open file behind a handle, or -E_BADF. */
function fileOf(process: Process, number: i32): i32 {
  const handle = processHandle(process, number);
  return handle === null || handle.kind != HANDLE_FILE ? -E_BADF : handle.id;
}

/** tcp_connect(ip_be, port) -> handle, once the connection is open. */
export function sysTcpConnect(ip: u32, port: u32): i32 {
  if (!granted(CAP_NET)) return -E_PERM;
  if (port == 0 || port > 0xffff) return -E_INVAL;
  if (!scopeAllowsHost(current, ip, port)) return -E_SCOPE;
  const number = processFreeHandle(current);
  if (number < 0) return -E_LIMIT;
  const socket = tcpConnect(ip, <u16>port);
  if (socket < 0) return socket;
  setHandle(current, number, HANDLE_SOCKET, socket);
  return waitBlock(SYS_TCP_CONNECT, WAKE_NET, i64.MAX_VALUE, number, 0, 0);
}

/** One look whether the connection of handle `number` is open: the handle, an error, or -E_AGAIN. */
export function connectTry(process: Process, number: i32): i32 {
  const handle = processHandle(process, number)!;
  const state = tcpState(handle.id);
  if (state == TCP_CONNECTING) return -E_AGAIN;
  if (state != TCP_FAILED) return number;
  const error = tcpError(handle.id);
  handleClose(handle);
  return error;
}
