// The processes that can run, in two queues: those whose wait has ended (or that are new), and those whose slice was
// over. The queues take turns, each in its order: who waits a lot runs soon, and who never waits runs too.

import { Process, STATE_RUNNABLE } from "../proc/process.ts";

@unmanaged
class Queue {
  head: Process | null;
  tail: Process | null;
}

const queues = memory.data(16, 8);
if (offsetof<Queue>() * 2 > 16) ERROR("queues");
const woken = changetype<Queue>(queues);
const preempted = changetype<Queue>(queues + offsetof<Queue>());
let wokenRanLast: bool = false;

/** Makes a process runnable whose wait has ended, or that is new. It must be in no list. */
export function runQueueWake(process: Process): void {
  append(woken, process);
}

/** Makes a process runnable again whose slice was over. It must be in no list. */
export function runQueuePush(process: Process): void {
  append(preempted, process);
}

/** Takes the process whose turn it is; null if none can run. */
export function runQueuePop(): Process | null {
  const queue = woken.head !== null && (!wokenRanLast || preempted.head === null) ? woken : preempted;
  const process = queue.head;
  if (process === null) return null;
  wokenRanLast = queue === woken;
  queue.head = process.next;
  if (queue.head === null) queue.tail = null;
  process.next = null;
  return process;
}

/** Takes a process out, wherever it stands. */
export function runQueueRemove(process: Process): void {
  if (!removeFrom(woken, process)) removeFrom(preempted, process);
}

/** True if no process can run. */
export function runQueueEmpty(): bool {
  return woken.head === null && preempted.head === null;
}

function append(queue: Queue, process: Process): void {
  process.state = STATE_RUNNABLE;
  process.next = null;
  const last = queue.tail;
  if (last === null) queue.head = process;
  else last.next = process;
  queue.tail = process;
}

function removeFrom(queue: Queue, process: Process): bool {
  let previous: Process | null = null;
  let entry = queue.head;
  while (entry !== null && entry !== process) {
    previous = entry;
    entry = entry.next;
  }
  if (entry === null) return false;
  if (previous === null) queue.head = process.next;
  else previous.next = process.next;
  if (queue.tail === process) queue.tail = previous;
  process.next = null;
  return true;
}
