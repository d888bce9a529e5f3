// poll: waits for any of several handles.

import { E_AGAIN, E_FAULT, E_INVAL } from "../../abi/errors.ts";
import {
  POLL_CHILDREN,
  POLL_CLOSED,
  POLL_EVENTS,
  POLL_HANDLE,
  POLL_INVALID,
  POLL_MAX,
  POLL_READ,
  POLL_READY,
  POLL_SIZE,
} from "../../abi/poll.ts";
import { SYS_POLL } from "../../abi/syscall.ts";
import { handleAwait, objectReady } from "../ipc/handles.ts";
import { copyFromUser, copyToUser, userContains } from "../mm/user-memory.ts";
import { current, HANDLE_FREE, Process, processHandle } from "../proc/process.ts";
import { waitBlock, WAKE_CHILD } from "../sched/wait.ts";
import { nowNs } from "../time/clock.ts";
import { childrenReady } from "./process-calls.ts";

const list = memory.data(512, 8);
if (POLL_SIZE * <usize>POLL_MAX > 512) ERROR("list");

const ALWAYS: u32 = POLL_CLOSED | POLL_INVALID;

/** poll(list, count, timeout_ns) -> entries that are ready, 0 if none was until the timeout. */
export function sysPoll(pointer: u32, count: u32, timeoutNs: i64): i32 {
  if (count > POLL_MAX) return -E_INVAL;
  if (!userContains(current, pointer, count * <u32>POLL_SIZE)) return -E_FAULT;
  const result = pollTry(current, pointer, count);
  if (result != -E_AGAIN) return result;
  if (timeoutNs == 0) return 0;
  let events: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const number = load<i32>(entry(i), POLL_HANDLE); // as pollTry has copied it
    events |= number == POLL_CHILDREN ? WAKE_CHILD : handleAwait(current, number);
  }
  const now = nowNs();
  const forever = timeoutNs < 0 || timeoutNs > i64.MAX_VALUE - now;
  return waitBlock(SYS_POLL, events, forever ? i64.MAX_VALUE : now + timeoutNs, pointer, count, 0);
}

/** One look at a list that was checked: how many entries are ready, -E_AGAIN if none. Writes what each is. */
export function pollTry(process: Process, pointer: u32, count: u32): i32 {
  copyFromUser(process, list, pointer, count * <u32>POLL_SIZE);
  let ready = 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = entry(i);
    const events = readiness(process, load<i32>(at, POLL_HANDLE)) & (load<u16>(at, POLL_EVENTS) | ALWAYS);
    store<u16>(at, <u16>events, POLL_READY);
    if (events != 0) ready++;
  }
  copyToUser(process, pointer, list, count * <u32>POLL_SIZE);
  return ready == 0 ? -E_AGAIN : ready;
}

function readiness(process: Process, number: i32): u32 {
  if (number == POLL_CHILDREN) return childrenReady(process) ? POLL_READ : 0;
  const handle = processHandle(process, number);
  return handle === null || handle.kind == HANDLE_FREE ? POLL_INVALID : objectReady(handle.kind, handle.id);
}

function entry(i: u32): usize {
  return list + <usize>i * POLL_SIZE;
}
