// Round robin: a queue of the processes that can run.

import { Process, STATE_RUNNABLE } from "../proc/process.ts";

let head: Process | null = null;
let tail: Process | null = null;

/** Makes a process runnable, behind the others. It must be in no list. */
export function runQueuePush(process: Process): void {
  process.state = STATE_RUNNABLE;
  process.next = null;
  const last = tail;
  if (last === null) head = process;
  else last.next = process;
  tail = process;
}

/** Takes the process whose turn it is; null if none can run. */
export function runQueuePop(): Process | null {
  const process = head;
  if (process === null) return null;
  head = process.next;
  if (head === null) tail = null;
  process.next = null;
  return process;
}

/** Takes a process out, wherever it stands. */
export function runQueueRemove(process: Process): void {
  let previous: Process | null = null;
  let entry = head;
  while (entry !== null && entry !== process) {
    previous = entry;
    entry = entry.next;
  }
  if (entry === null) return;
  if (previous === null) head = process.next;
  else previous.next = process.next;
  if (tail === process) tail = previous;
  process.next = null;
}

/** True if no process can run. */
export function runQueueEmpty(): bool {
  return head === null;
}
