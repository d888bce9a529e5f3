// memory.grow of a process, in slices: as many pages a turn as are zeroed in a fraction of a millisecond.

import { E_AGAIN } from "../../abi/errors.ts";
import { CTX_MEMORY_BYTES, CTX_MEMORY_MAX_PAGES, CTX_MEMORY_PAGES } from "../../abi/instance.ts";
import { framesTotalCount, LARGE_FRAMES } from "../mm/frames.ts";
import { FRAMES_PER_PAGE, userMemoryMap, userMemoryUnmap } from "../mm/user-memory.ts";
import { makeRoom, refusalNote } from "../proc/out-of-memory.ts";
import { current, Process } from "../proc/process.ts";
import { waitBlock, waitNotify, WAKE_MEMORY } from "../sched/wait.ts";

/** What a process waits in while its memory grows: no system call has this number. */
export const WAIT_MEMORY_GROW: u32 = 0x10000;

const SLICE: u32 = 32; // 64 KiB pages: a large page
if (SLICE * FRAMES_PER_PAGE != LARGE_FRAMES) ERROR("SLICE");
const REFUSED: i32 = -1;

// What wait2 of a waiting process says
const GROWING: u32 = 0; // wait1 of the wait0 pages are mapped
const RETURNING: u32 = 1; // the same, but there is no more: they go back

/** memory.grow of a process: the old size in 64 KiB pages, or -1. */
export function sysMemoryGrow(delta: u32): i32 {
  const pages = load<u32>(current.context, CTX_MEMORY_PAGES);
  const most = load<u32>(current.context, CTX_MEMORY_MAX_PAGES) - pages;
  if (delta > most || delta > framesTotalCount() / FRAMES_PER_PAGE) return refuse(current, delta);
  if (delta <= SLICE && userMemoryMap(current.window, pages, pages + delta)) return grown(current, delta);
  waitNotify(WAKE_MEMORY);
  return waitBlock(WAIT_MEMORY_GROW, WAKE_MEMORY, i64.MAX_VALUE, delta, 0, GROWING);
}

/** The next slice of a process's memory.grow: its result, or -E_AGAIN. */
export function growTry(process: Process): i32 {
  const pages = load<u32>(process.context, CTX_MEMORY_PAGES);
  const delta = process.wait0;
  const done = process.wait1;
  waitNotify(WAKE_MEMORY);
  if (process.wait2 == RETURNING) {
    if (done == 0) return refuse(process, delta);
    const rest = done > SLICE ? done - SLICE : 0;
    userMemoryUnmap(process.window, pages + rest, pages + done);
    process.wait1 = rest;
    return -E_AGAIN;
  }
  const slice = min(delta - done, SLICE - ((pages + done) & (SLICE - 1))); // whole large pages
  if (userMemoryMap(process.window, pages + done, pages + done + slice)) process.wait1 = done + slice;
  else if (!makeRoom(process, delta - done)) process.wait2 = RETURNING;
  return process.wait1 == delta ? grown(process, delta) : -E_AGAIN;
}

/** The process ends while its memory grows: what it has got so far is counted as its own. */
export function growCancel(process: Process): void {
  const pages = load<u32>(process.context, CTX_MEMORY_PAGES);
  store<u32>(process.context, pages + process.wait1, CTX_MEMORY_PAGES);
}

function grown(process: Process, delta: u32): i32 {
  const context = process.context;
  const pages = load<u32>(context, CTX_MEMORY_PAGES);
  store<u32>(context, pages + delta, CTX_MEMORY_PAGES);
  store<u64>(context, (<u64>(pages + delta)) << 16, CTX_MEMORY_BYTES);
  refusalNote(process.pid, 0);
  return <i32>pages;
}

function refuse(process: Process, delta: u32): i32 {
  refusalNote(process.pid, delta);
  return REFUSED;
}
