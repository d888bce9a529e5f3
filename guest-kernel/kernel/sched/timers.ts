// Deadlines of processes: a binary heap, earliest first. Each process is in it at most once.

import { Process, PROCESS_MAX } from "../proc/process.ts";

const slots = memory.data(4096, 8); // u32 Process pointers
let count: i32 = 0;

if (PROCESS_MAX * 4 > 4096) ERROR("timers: more processes than slots");

/** Wakes the process at `process.deadline`; never, if that is i64.MAX_VALUE. It must have no timer. */
export function timerStart(process: Process): void {
  if (process.deadline == i64.MAX_VALUE) return;
  place(process, count++);
  siftUp(process.timerSlot);
}

/** Forgets a process's timer, if it has one. */
export function timerStop(process: Process): void {
  const slot = process.timerSlot;
  if (slot < 0) return;
  process.timerSlot = -1;
  const last = at(--count);
  if (slot == count) return;
  place(last, slot);
  siftUp(slot);
  siftDown(last.timerSlot);
}

/** Takes a process whose deadline is at or before `now`; null if there is none. */
export function timerExpired(now: i64): Process | null {
  if (count == 0 || at(0).deadline > now) return null;
  const process = at(0);
  timerStop(process);
  return process;
}

/** The earliest deadline, i64.MAX_VALUE if there is none. */
export function timerNext(): i64 {
  return count == 0 ? i64.MAX_VALUE : at(0).deadline;
}

function at(slot: i32): Process {
  return changetype<Process>(load<usize>(slots + ((<usize>slot) << 2)));
}

function place(process: Process, slot: i32): void {
  store<usize>(slots + ((<usize>slot) << 2), changetype<usize>(process));
  process.timerSlot = slot;
}

function siftUp(slot: i32): void {
  const process = at(slot);
  while (slot > 0) {
    const parent = (slot - 1) >> 1;
    if (at(parent).deadline <= process.deadline) break;
    place(at(parent), slot);
    slot = parent;
  }
  place(process, slot);
}

function siftDown(slot: i32): void {
  const process = at(slot);
  for (;;) {
    let child = 2 * slot + 1;
    if (child >= count) break;
    if (child + 1 < count && at(child + 1).deadline < at(child).deadline) child++;
    if (process.deadline <= at(child).deadline) break;
    place(at(child), slot);
    slot = child;
  }
  place(process, slot);
}
