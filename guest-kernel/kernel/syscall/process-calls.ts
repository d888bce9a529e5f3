// System calls about processes.

import { log } from "../log.ts";
import { ext2Unmount } from "../vfs/ext2/mount.ts";
import { E_AGAIN, E_CHILD, E_FAULT, E_INVAL, E_PERM, E_SRCH, E_TIMEDOUT } from "../../abi/errors.ts";
import { CAP_POWER, CAP_PROCESSES } from "../../abi/capabilities.ts";
import {
  CTX_MEMORY_BYTES,
  CTX_MEMORY_MAX_PAGES,
  CTX_MEMORY_PAGES,
  CTX_RESCHEDULE,
} from "../../abi/instance.ts";
import { CONTROL_POWEROFF } from "../../abi/control.ts";
import { CONTROL_GPA } from "../../abi/memory-map.ts";
import { STATUS_KILLED, SYS_KILL, SYS_WAIT } from "../../abi/syscall.ts";
import { granted } from "../caps/capabilities.ts";
import { mmioWrite32 } from "../drivers/mmio.ts";
import { consolesDrain } from "../drivers/virtio-console.ts";
import { copyFromUser, copyToUser, userContains, userMemoryMap } from "../mm/user-memory.ts";
import { processEnd, processReap } from "../proc/end.ts";
import {
  current,
  Process,
  PROCESS_MAX,
  processEntry,
  processFind,
  STATE_CLOSING,
  STATE_ENDING,
  STATE_FREE,
  STATE_ZOMBIE,
} from "../proc/process.ts";
import { spawn } from "../proc/spawn.ts";
import { waitBlock, WAKE_CHILD } from "../sched/wait.ts";
import { nowNs } from "../time/clock.ts";

const ARGS_MAX: u32 = 4096;

/** exit(status): ends the caller with status & 255. */
export function sysExit(status: i32): void {
  current.status = status & 0xff;
  current.state = STATE_ENDING;
  store<u32>(current.context, 1, CTX_RESCHEDULE);
}

/** args(buf, capacity) -> bytes in all; copies them if they fit. */
export function sysArgs(buf: u32, capacity: u32): i32 {
  const length = current.argsLength;
  if (length > capacity) return <i32>length;
  if (!userContains(current, buf, length)) return -E_FAULT;
  copyToUser(current, buf, current.args, length);
  return <i32>length;
}

/** spawn(app_id, args, len) -> pid */
export function sysSpawn(appId: i32, args: u32, len: u32): i32 {
  if (!granted(CAP_PROCESSES)) return -E_PERM;
  if (len > ARGS_MAX) return -E_INVAL;
  if (!userContains(current, args, len)) return -E_FAULT;
  const copy: usize = len == 0 ? 0 : heap.alloc(len);
  copyFromUser(current, copy, args, len);
  if (len != 0 && load<u8>(copy + len - 1) != 0) {
    heap.free(copy);
    return -E_INVAL;
  }
  const pid = spawn(appId, current.pid, current.capabilities, copy, len);
  if (pid < 0 && copy != 0) heap.free(copy);
  return pid;
}

/** wait(pid or 0 for any child, status_ptr, timeout_ns) -> pid */
export function sysWait(pid: i32, statusPointer: u32, timeoutNs: i64): i32 {
  if (!userContains(current, statusPointer, 4)) return -E_FAULT;
  const result = waitTry(current, pid, statusPointer);
  if (result != -E_AGAIN || timeoutNs == 0) return result == -E_AGAIN ? -E_TIMEDOUT : result;
  const now = nowNs();
  const forever = timeoutNs < 0 || timeoutNs > i64.MAX_VALUE - now;
  return waitBlock(SYS_WAIT, WAKE_CHILD, forever ? i64.MAX_VALUE : now + timeoutNs, pid, statusPointer, 0);
}

/** One look whether a child has ended: its PID, -E_AGAIN while none has, -E_CHILD if there is none to wait for. */
export function waitTry(process: Process, pid: i32, statusPointer: u32): i32 {
  let children = false;
  for (let i: i32 = 1; i < PROCESS_MAX; i++) {
    const child = processEntry(i)!;
    if (child.state == STATE_FREE || child.parent != process.pid || (pid != 0 && pid != i)) continue;
    children = true;
    if (child.state != STATE_ZOMBIE) continue;
    const status = memory.data(4, 4);
    store<i32>(status, child.status);
    copyToUser(process, statusPointer, status, 4);
    processReap(child);
    return i;
  }
  return children ? -E_AGAIN : -E_CHILD;
}

/** True if `wait` for any child would not wait: one has ended, or there is none. */
export function childrenReady(process: Process): bool {
  let children = false;
  for (let i: i32 = 1; i < PROCESS_MAX; i++) {
    const child = processEntry(i)!;
    if (child.state == STATE_FREE || child.parent != process.pid) continue;
    if (child.state == STATE_ZOMBIE) return true;
    children = true;
  }
  return !children;
}

/** kill(pid) -> 0, once its memory has been taken back. PID 1 cannot be killed. */
export function sysKill(pid: i32): i32 {
  return granted(CAP_PROCESSES) ? endProcess(pid) : -E_PERM;
}

/** Ends a process, the caller too: 0, -E_SRCH, or -E_PERM for PID 1. */
export function endProcess(pid: i32): i32 {
  const process = processFind(pid);
  if (process === null || process.state == STATE_ZOMBIE || process.state == STATE_CLOSING) return -E_SRCH;
  if (pid == 1) return -E_PERM;
  if (process === current) {
    current.status = STATUS_KILLED;
    current.state = STATE_ENDING;
    store<u32>(current.context, 1, CTX_RESCHEDULE);
  } else {
    processEnd(process, STATUS_KILLED);
    if (killTry(pid) == -E_AGAIN) return waitBlock(SYS_KILL, WAKE_CHILD, i64.MAX_VALUE, pid, 0, 0);
  }
  return 0;
}

/** One look whether a process that was killed has ended: 0, or -E_AGAIN. */
export function killTry(pid: i32): i32 {
  return processEntry(pid)!.state == STATE_CLOSING ? -E_AGAIN : 0;
}

/** poweroff(status): ends the machine. Returns only to a caller that may not. */
export function sysPoweroff(status: i32): void {
  if (!granted(CAP_POWER)) return;
  if (ext2Unmount() < 0) log("disk: what was written last is lost");
  consolesDrain();
  mmioWrite32(CONTROL_GPA + CONTROL_POWEROFF, status & 0xff);
}
