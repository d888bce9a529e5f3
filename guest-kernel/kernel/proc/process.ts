// Processes: the table and what the kernel knows of each.

import { EVENT_PROCESSES_GPA } from "../../abi/event-page.ts";
import { EVENT_PAGE_GPA, PAGE_SIZE } from "../../abi/memory-map.ts";
import {
  PROCESS_CONTEXT,
  PROCESS_COUNT,
  PROCESS_LIBRARY,
  PROCESS_NAME,
  PROCESS_NAME_MAX,
  PROCESS_PARENT,
  PROCESS_PID,
  PROCESS_SIZE,
  PROCESS_STATE,
} from "../../abi/process-table.ts";
import { Window } from "../mm/windows.ts";

export const PROCESS_MAX: i32 = PROCESS_COUNT; // PIDs are 1..PROCESS_MAX - 1 and reused round robin
export const HANDLE_MAX: i32 = 64; // at most 64: bits of Process.waitSlots
export const NAME_MAX: usize = PROCESS_NAME_MAX;

export const STATE_FREE: u32 = 0;
export const STATE_RUNNABLE: u32 = 1; // in the run queue, or running
export const STATE_WAITING: u32 = 2; // for what `waitCall` says
export const STATE_ENDING: u32 = 3; // asked to exit from its own system call; ends when that returns to the loop
export const STATE_ZOMBIE: u32 = 4; // ended; its status is not yet waited for
export const STATE_CLOSING: u32 = 5; // ended; its memory is being taken back

export const HANDLE_FREE: u32 = 0;
export const HANDLE_CONSOLE: u32 = 1; // read: input lines; write: output
export const HANDLE_LOG: u32 = 2; // write: the log console
export const HANDLE_FILE: u32 = 3; // id: open file of the vfs
export const HANDLE_SOCKET: u32 = 4; // id: TCP socket
export const HANDLE_PORT: u32 = 5; // id: end of a port, ipc/port.ts
export const HANDLE_WINDOW: u32 = 6; // id: slot of a window

/** A handle of a process. While its process waits for what it stands for, it is in a list of sched/wait-list.ts. */
@unmanaged
export class Handle {
  kind: u32; // HANDLE_*
  id: i32;
  owner: Process;
  waitList: usize; // the list that it is in, 0 if it is in none
  waitNext: Handle | null;
  waitPrevious: Handle | null;
}

/** A process. Lives in a static table; `state` STATE_FREE means that the entry is none. */
@unmanaged
export class Process {
  pid: i32;
  state: u32;
  context: usize; // instance context; 0 once the process has ended
  contextPages: u32;
  window: Window;
  stackPages: u32;
  appId: i32; // whose use count this process holds
  install: i32; // app-registry
  capabilities: u32;
  parent: i32;
  status: i32; // once ended
  words: usize; // frames with its arguments, then its environment, NUL-terminated each; 0 if there are none
  argsLength: u32;
  envLength: u32;
  group: i32; // the PID of who led it first
  priority: u32; // 1..PRIORITY_MAX
  memoryPages: u32; // most linear memory, in 64 KiB
  handleLimit: u32;
  cpuPercent: u32; // most of the processor's time
  lastChild: Process | null; // the youngest of `children`
  cpuNs: i64; // what it had of it
  cpuCredit: i64; // sched/cpu-time.ts
  cpuEarnedNs: i64;
  children: Process | null; // the oldest of its children, alive or zombie
  sibling: Process | null; // the next child of the same parent
  siblingBefore: Process | null;
  waitCall: u32; // SYS_* that it waits in
  waitFor: u32; // WAKE_* that can end the wait
  wait0: u32; // that call's arguments
  wait1: u32;
  wait2: u32;
  wait3: u32;
  wait4: u32;
  deadline: i64; // when to wake it, i64.MAX_VALUE for never
  timerSlot: i32; // position in the timer heap, -1 if in none
  next: Process | null; // in the run queue or the list of those that wait for events
  previous: Process | null; // in the list of those that wait for events
  library: usize; // name of the library that its app uses, NUL-padded; 0 if it uses none
  startedNs: i64;
  waitSlots: u64; // handles, by bit, that are in lists of sched/wait-list.ts
  handles: usize; // HANDLE_MAX handles
}

const NAME_AT: usize = (offsetof<Process>() + 7) & ~(<usize>7);
const ENTRY_SIZE: usize = NAME_AT + NAME_MAX;
const HANDLES_SIZE: usize = <usize>HANDLE_MAX * offsetof<Handle>();

// Compile-time: the table is as debuggers know it.
if (offsetof<Process>("pid") != PROCESS_PID) ERROR("PROCESS_PID");
if (offsetof<Process>("state") != PROCESS_STATE) ERROR("PROCESS_STATE");
if (offsetof<Process>("context") != PROCESS_CONTEXT) ERROR("PROCESS_CONTEXT");
if (offsetof<Process>("parent") != PROCESS_PARENT) ERROR("PROCESS_PARENT");
if (offsetof<Process>("library") != PROCESS_LIBRARY) ERROR("PROCESS_LIBRARY");
if (NAME_AT != PROCESS_NAME) ERROR("PROCESS_NAME");
if (ENTRY_SIZE != PROCESS_SIZE) ERROR("PROCESS_SIZE");

let table: usize = 0;
let handleTable: usize = 0; // apart, so that a walk over the processes stays in the cache
let lastPid: i32 = 0;

/** The process that runs or whose system call is being served. */
export let current: Process = changetype<Process>(0);

/** Sets `current`. */
export function setCurrent(process: Process): void {
  current = process;
}

/** Allocates the table, and tells debuggers where it is. */
export function processesInit(): void {
  table = heap.alloc(ENTRY_SIZE * <usize>PROCESS_MAX);
  memory.fill(table, 0, ENTRY_SIZE * <usize>PROCESS_MAX);
  handleTable = heap.alloc(HANDLES_SIZE * <usize>PROCESS_MAX);
  atomic.store<u32>(EVENT_PAGE_GPA + EVENT_PROCESSES_GPA, <u32>table);
}

/** Frames behind `words` of a process. */
export function wordsPages(argsLength: u32, envLength: u32): u32 {
  return (argsLength + envLength + <u32>PAGE_SIZE - 1) / <u32>PAGE_SIZE;
}

/** The entry with this PID, whatever its state; null if the number is no PID. */
export function processEntry(pid: i32): Process | null {
  if (pid <= 0 || pid >= PROCESS_MAX) return null;
  return changetype<Process>(table + <usize>pid * ENTRY_SIZE);
}

/** The process with this PID, alive or zombie; null if there is none. */
export function processFind(pid: i32): Process | null {
  const process = processEntry(pid);
  return process !== null && process.state != STATE_FREE ? process : null;
}

/** Takes a free entry, all zero but its PID; null when the table is full. The caller sets its state. */
export function processTake(): Process | null {
  for (let i: i32 = 1; i < PROCESS_MAX; i++) {
    const pid = ((lastPid + i - 1) % (PROCESS_MAX - 1)) + 1;
    const process = processEntry(pid)!;
    if (process.state != STATE_FREE) continue;
    memory.fill(changetype<usize>(process), 0, ENTRY_SIZE);
    process.pid = pid;
    process.timerSlot = -1;
    process.handles = handleTable + <usize>pid * HANDLES_SIZE;
    resetHandles(process);
    lastPid = pid;
    return process;
  }
  return null;
}

function resetHandles(process: Process): void {
  memory.fill(process.handles, 0, HANDLES_SIZE);
  for (let i: i32 = 0; i < HANDLE_MAX; i++) processHandle(process, i)!.owner = process;
}

/** A process's name: NUL-padded UTF-8, NAME_MAX bytes. */
export function processName(process: Process): usize {
  return changetype<usize>(process) + NAME_AT;
}

/** A process's handle by number, null if it is out of range. It may be HANDLE_FREE. */
export function processHandle(process: Process, number: i32): Handle | null {
  if (<u32>number >= <u32>HANDLE_MAX) return null;
  return changetype<Handle>(process.handles + <usize>number * offsetof<Handle>());
}

/** How many more handles a process can have. */
export function processFreeHandles(process: Process): i32 {
  let count = 0;
  const limit = <i32>process.handleLimit;
  for (let i: i32 = 0; i < limit; i++) if (processHandle(process, i)!.kind == HANDLE_FREE) count++;
  return count;
}

/** The lowest free handle number, or -1. */
export function processFreeHandle(process: Process): i32 {
  const limit = <i32>process.handleLimit;
  for (let i: i32 = 0; i < limit; i++) {
    if (processHandle(process, i)!.kind == HANDLE_FREE) return i;
  }
  return -1;
}
