// The processes that can run, by priority. The highest that has one runs, and those of one priority take turns. But a priority
// that has had one for STARVED_NS without a slice gets the next one: nobody waits for ever, and who spins at a high priority
// cannot lock the others out.
//
// Each priority has two queues: those whose wait has ended (or that are new), and those whose slice was over. The queues take
// turns, each in its order: who waits a lot runs soon, and who never waits runs too.

import { PRIORITY_MAX } from "../../abi/spawn.ts";
import { CTX_RESCHEDULE } from "../../abi/instance.ts";
import { Process, STATE_RUNNABLE } from "../proc/process.ts";

/** How long a priority can be passed over. */
export const STARVED_NS: i64 = 100000000;

@unmanaged
class Queue {
  head: Process | null;
  tail: Process | null;
}

/** The queues of one priority. */
@unmanaged
class Level {
  wokenHead: usize; // a Queue
  wokenTail: usize;
  preemptedHead: usize; // a Queue
  preemptedTail: usize;
  sinceNs: i64; // when it had its last slice, or began to have a process
  wokenRanLast: bool;
}

const LEVEL_SIZE: usize = 32;
const levels = memory.data(288, 8);
if (offsetof<Level>() > LEVEL_SIZE) ERROR("LEVEL_SIZE");
if (LEVEL_SIZE * <usize>(PRIORITY_MAX + 1) != 288) ERROR("levels");

let ready: u32 = 0; // bit p: priority p has a process
let turnNs: i64 = 0; // when this turn of the loop began
let running: Process | null = null;

/** Says that a turn of the loop begins. */
export function runQueueTurn(now: i64): void {
  turnNs = now;
}

/** Says which process runs from here on: one of a higher priority that is woken by it takes its place. Null: none. */
export function runQueueRunning(process: Process | null): void {
  running = process;
}

/** Makes a process runnable whose wait has ended, or that is new. It must be in no list. */
export function runQueueWake(process: Process): void {
  append(wokenOf(levelOf(process)), process);
  const other = running;
  if (other !== null && other.priority < process.priority) store<u32>(other.context, 1, CTX_RESCHEDULE);
}

/** Makes a process runnable again whose slice was over. It must be in no list. */
export function runQueuePush(process: Process): void {
  append(preemptedOf(levelOf(process)), process);
}

/** Takes the process whose turn it is; null if none can run. */
export function runQueuePop(): Process | null {
  if (ready == 0) return null;
  let priority: u32 = 31 - clz(ready);
  const lower = ready ^ ((<u32>1) << priority);
  if (lower != 0) priority = starved(lower, priority);
  const level = levelAt(priority);
  const woken = wokenOf(level);
  const preempted = preemptedOf(level);
  const queue = woken.head !== null && (!level.wokenRanLast || preempted.head === null) ? woken : preempted;
  const process = queue.head!;
  level.wokenRanLast = queue === woken;
  level.sinceNs = turnNs;
  queue.head = process.next;
  if (queue.head === null) queue.tail = null;
  if (woken.head === null && preempted.head === null) ready &= ~((<u32>1) << priority);
  process.next = null;
  return process;
}

/** Takes a process out, wherever it stands. */
export function runQueueRemove(process: Process): void {
  const level = levelOf(process);
  if (!removeFrom(wokenOf(level), process)) removeFrom(preemptedOf(level), process);
  if (wokenOf(level).head === null && preemptedOf(level).head === null)
    ready &= ~((<u32>1) << process.priority);
}

/** True if no process can run. */
export function runQueueEmpty(): bool {
  return ready == 0;
}

/** Of the priorities in `lower`, the one that has waited longest, and too long; else `priority`. */
function starved(lower: u32, priority: u32): u32 {
  let oldest = turnNs - STARVED_NS;
  for (; lower != 0; lower &= lower - 1) {
    const candidate = ctz(lower);
    if (levelAt(candidate).sinceNs > oldest) continue;
    oldest = levelAt(candidate).sinceNs;
    priority = candidate;
  }
  return priority;
}

function append(queue: Queue, process: Process): void {
  const bit = (<u32>1) << process.priority;
  if ((ready & bit) == 0) levelOf(process).sinceNs = turnNs;
  ready |= bit;
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

function levelOf(process: Process): Level {
  return levelAt(process.priority);
}

function levelAt(priority: u32): Level {
  return changetype<Level>(levels + <usize>priority * LEVEL_SIZE);
}

function wokenOf(level: Level): Queue {
  return changetype<Queue>(changetype<usize>(level));
}

function preemptedOf(level: Level): Queue {
  return changetype<Queue>(changetype<usize>(level) + offsetof<Level>("preemptedHead"));
}
