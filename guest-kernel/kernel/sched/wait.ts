// Waiting: a system call that cannot finish records what it waits for and is tried again when that has changed.

import { CTX_RESCHEDULE, CTX_RESULT } from "../../abi/instance.ts";
import { current, Process, STATE_WAITING } from "../proc/process.ts";
import { runQueuePush, runQueueWake } from "./run-queue.ts";
import { timerStart, timerStop } from "./timers.ts";
import { waitListsLeave } from "./wait-list.ts";

// What can end a wait.
export const WAKE_TIMER: u32 = 0; // only its deadline
export const WAKE_CONSOLE: u32 = 1 << 0; // input came, or output has room
export const WAKE_NET: u32 = 1 << 1; // a socket changed
export const WAKE_CHILD: u32 = 1 << 2; // a process ended
export const WAKE_PACKAGES: u32 = 1 << 3; // the resolver or the program loader got further
export const WAKE_DISK: u32 = 1 << 4; // the disk has answered, or the file system takes changes again
export const WAKE_WINDOWS: u32 = 1 << 5; // a window has an event
export const WAKE_MEMORY: u32 = 1 << 6; // the next slice of growing memory

/** What a retried call returns to say that it still has to wait. No call has this as its result. */
export const STILL_WAITING: i64 = i64.MIN_VALUE;

const RESTING: u32 = 0xffffffff; // in waitCall: no system call

let waiting: Process | null = null; // those that an event can wake
let changed: u32 = 0;
let retry: (process: Process) => i64 = neverReady;

function neverReady(_: Process): i64 {
  return STILL_WAITING;
}

/** Says how a system call is tried again: `again` returns its result, or STILL_WAITING. Once, at boot. */
export function waitInit(again: (process: Process) => i64): void {
  retry = again;
}

/**
 * Makes the current process wait in system call `call` for any of `events` (WAKE_*), until `deadline` ns at most
 * (i64.MAX_VALUE: no limit). The handler returns right after; its result is replaced when the wait ends.
 */
export function waitBlock(
  call: u32,
  events: u32,
  deadline: i64,
  a0: u32,
  a1: u32,
  a2: u32,
  a3: u32 = 0,
  a4: u32 = 0,
): i32 {
  const process = current;
  process.waitCall = call;
  process.waitFor = events;
  process.wait0 = a0;
  process.wait1 = a1;
  process.wait2 = a2;
  process.wait3 = a3;
  process.wait4 = a4;
  process.deadline = deadline;
  enlist(process);
  store<u32>(process.context, 1, CTX_RESCHEDULE);
  return 0;
}

/** Ends a process's wait: its system call returns `result`. */
export function waitEnd(process: Process, result: i64): void {
  waitForget(process);
  store<i64>(process.context, result, CTX_RESULT);
  runQueueWake(process);
}

/** Takes a waiting process out of every list, without making it runnable. */
export function waitForget(process: Process): void {
  if (process.timerSlot >= 0) timerStop(process);
  if (process.waitSlots != 0) waitListsLeave(process);
  if (process.waitFor == 0) return;
  const next = process.next;
  const previous = process.previous;
  if (next !== null) next.previous = previous;
  if (previous !== null) previous.next = next;
  else waiting = next;
  process.next = null;
  process.previous = null;
}

/** Makes a process that could run rest until `deadline`, whatever it is that its system call will return. */
export function waitRest(process: Process, deadline: i64): void {
  process.waitCall = RESTING;
  process.waitFor = WAKE_TIMER;
  process.deadline = deadline;
  enlist(process);
}

/** Ends the wait of a process whose deadline has come: `result` is its system call's, if it is in one. */
export function waitExpire(process: Process, result: i64): void {
  if (process.waitCall != RESTING) return waitEnd(process, result);
  waitForget(process);
  runQueuePush(process);
}

function enlist(process: Process): void {
  process.state = STATE_WAITING;
  timerStart(process);
  process.previous = null;
  process.next = null;
  if (process.waitFor == 0) return; // no event is for it
  const next = waiting;
  process.next = next;
  if (next !== null) next.previous = process;
  waiting = process;
}

/** Says that something changed (WAKE_*): calls that wait for it are tried again at the end of the turn. */
export function waitNotify(events: u32): void {
  changed |= events;
}

/** Tries the calls again whose events have come. */
export function waitServe(): void {
  // Bounded: a retried call that raises an event of its own is served in the next turn.
  const events = changed;
  changed = 0;
  if (events == 0) return;
  let process = waiting;
  while (process !== null) {
    const next = process.next;
    if ((process.waitFor & events) != 0) waitRetry(process);
    // A retry can wake others too, the next one among them: then the list begins anew, shorter.
    process = next !== null && next.state != STATE_WAITING ? waiting : next;
  }
}

/** Tries a waiting process's call again at once. True if its wait has ended. */
export function waitRetry(process: Process): bool {
  const result = retry(process);
  if (result == STILL_WAITING) return false;
  waitEnd(process, result);
  return true;
}

/** True if waitServe has something to do. */
export function waitPending(): bool {
  return changed != 0;
}
