// System calls about processes.

import { log } from "../log.ts";
import { ext2Unmount } from "../vfs/ext2/mount.ts";
import { E_ABOVE, E_AGAIN, E_CHILD, E_FAULT, E_INVAL, E_PERM, E_SRCH, E_TIMEDOUT } from "../../abi/errors.ts";
import { CAP_POWER, CAP_PROCESSES } from "../../abi/capabilities.ts";
import {
  CTX_MEMORY_BYTES,
  CTX_MEMORY_MAX_PAGES,
  CTX_MEMORY_PAGES,
  CTX_RESCHEDULE,
} from "../../abi/instance.ts";
import { CONTROL_POWEROFF } from "../../abi/control.ts";
import { CONTROL_GPA } from "../../abi/memory-map.ts";
import { PRIORITY_MAX } from "../../abi/spawn.ts";
import { STATUS_KILLED, SYS_KILL, SYS_WAIT } from "../../abi/syscall.ts";
import { granted } from "../caps/capabilities.ts";
import { mmioWrite32 } from "../drivers/mmio.ts";
import { consolesDrain } from "../drivers/virtio-console.ts";
import { copyToUser, userContains, userMemoryMap } from "../mm/user-memory.ts";
import { processEnd, processEndGroup, processReap } from "../proc/end.ts";
import {
  current,
  Process,
  processEntry,
  processFind,
  STATE_CLOSING,
  STATE_ENDING,
  STATE_RUNNABLE,
  STATE_ZOMBIE,
} from "../proc/process.ts";
import { runQueueRemove, runQueueWake } from "../sched/run-queue.ts";
import { waitBlock, WAKE_CHILD } from "../sched/wait.ts";
import { nowNs } from "../time/clock.ts";

/** exit(status): ends the caller with status & 255. */
export function sysExit(status: i32): void {
  endCurrent(status & 0xff);
}

/** wait(pid, 0 for any child or -group, status_ptr, timeout_ns) -> pid */
export function sysWait(pid: i32, statusPointer: u32, timeoutNs: i64): i32 {
  if (!userContains(current, statusPointer, 4)) return -E_FAULT;
  const result = waitTry(current, pid, statusPointer);
  if (result != -E_AGAIN || timeoutNs == 0) return result == -E_AGAIN ? -E_TIMEDOUT : result;
  const now = nowNs();
  const forever = timeoutNs < 0 || timeoutNs > i64.MAX_VALUE - now;
  return waitBlock(SYS_WAIT, WAKE_CHILD, forever ? i64.MAX_VALUE : now + timeoutNs, pid, statusPointer, 0);
}

const statusBuffer = memory.data(4, 4);

/** One look whether a child has ended: its PID, -E_AGAIN while none has, -E_CHILD if there is none to wait for. */
export function waitTry(process: Process, pid: i32, statusPointer: u32): i32 {
  let children = false;
  let child = process.children;
  while (child !== null) {
    if (pid > 0 ? child.pid == pid : pid == 0 || child.group == -pid) {
      children = true;
      if (child.state == STATE_ZOMBIE) return take(process, child, statusPointer);
    }
    child = child.sibling;
  }
  return children ? -E_AGAIN : -E_CHILD;
}

function take(process: Process, child: Process, statusPointer: u32): i32 {
  store<i32>(statusBuffer, child.status);
  copyToUser(process, statusPointer, statusBuffer, 4);
  processReap(child);
  return child.pid;
}

/** True if `wait` for any child would not wait: one has ended, or there is none. */
export function childrenReady(process: Process): bool {
  let child = process.children;
  while (child !== null) {
    if (child.state == STATE_ZOMBIE) return true;
    child = child.sibling;
  }
  return process.children === null;
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
    endCurrent(STATUS_KILLED);
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

/** kill_group(group) -> processes that it ended; the caller, if it is in the group, last. Init is in no group. */
export function sysKillGroup(group: i32): i32 {
  if (!granted(CAP_PROCESSES)) return -E_PERM;
  if (group <= 1) return group == 1 ? -E_PERM : -E_SRCH;
  const count = processEndGroup(group, STATUS_KILLED, current);
  if (current.group != group) return count == 0 ? -E_SRCH : count;
  endCurrent(STATUS_KILLED);
  return count + 1;
}

/** set_priority(pid, priority) -> 0 */
export function sysSetPriority(pid: i32, priority: u32): i32 {
  if (!granted(CAP_PROCESSES)) return -E_PERM;
  if (priority == 0 || priority > PRIORITY_MAX) return -E_INVAL;
  const process = processFind(pid);
  if (process === null || process.state == STATE_ZOMBIE || process.state == STATE_CLOSING) return -E_SRCH;
  if (priority > current.priority || process.priority > current.priority) return -E_ABOVE;
  const queued = process.state == STATE_RUNNABLE && process !== current;
  if (queued) runQueueRemove(process);
  process.priority = priority;
  if (queued) runQueueWake(process);
  return 0;
}

function endCurrent(status: i32): void {
  current.status = status;
  current.state = STATE_ENDING;
  store<u32>(current.context, 1, CTX_RESCHEDULE);
}

/** poweroff(status): ends the machine. Returns only to a caller that may not. */
export function sysPoweroff(status: i32): void {
  if (!granted(CAP_POWER)) return;
  if (ext2Unmount() < 0) log("disk: what was written last is lost");
  consolesDrain();
  mmioWrite32(CONTROL_GPA + CONTROL_POWEROFF, status & 0xff);
}
