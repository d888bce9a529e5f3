// What the tests of frames, contexts, windows, timers and the run queue need.

import { processesInit, processTake, processEntry, STATE_WAITING } from "../proc/process.ts";
import { runQueuePop, runQueuePush, runQueueRemove, runQueueWake } from "../sched/run-queue.ts";
import { timerExpired, timerStart, timerStop } from "../sched/timers.ts";
import {
  CODE_PAGE,
  LIBRARY_PAGE,
  MEMORY_PAGE,
  Window,
  windowAcquire,
  windowAddress,
  windowCommit,
  windowFrame,
  windowHookCode,
  windowMapCode,
  windowMapData,
  windowMapLarge,
  windowRelease,
  windowTakesLarge,
  windowUnhookCode,
  windowUnmap,
  windowUnmapLarge,
} from "./windows.ts";

export { contextAlloc, contextFree } from "./contexts";
export {
  framesAlloc,
  framesAllocAligned,
  framesAllocLarge,
  framesFree,
  framesFreeCount,
  framesInit,
  framesTotalCount,
} from "./frames";
export { processesInit };
export { CODE_PAGE, LIBRARY_PAGE, MEMORY_PAGE };
export { codeTablesCount, codeTablesCreate } from "./windows";

export function acquire(): usize {
  return changetype<usize>(windowAcquire());
}

export function release(window: usize): void {
  windowRelease(changetype<Window>(window));
}

export function address(window: usize, page: u32): u64 {
  return windowAddress(changetype<Window>(window), page);
}

export function mapData(window: usize, page: u32, frame: usize): bool {
  return windowMapData(changetype<Window>(window), page, frame);
}

export function mapLarge(window: usize, page: u32, frame: usize): bool {
  return windowMapLarge(changetype<Window>(window), page, frame);
}

export function takesLarge(window: usize, page: u32): bool {
  return windowTakesLarge(changetype<Window>(window), page);
}

export function unmapLarge(window: usize, page: u32): usize {
  return windowUnmapLarge(changetype<Window>(window), page);
}

export function mapCode(window: usize, page: u32, frame: usize): bool {
  return windowMapCode(changetype<Window>(window), page, frame);
}

export function hookCode(window: usize, page: u32, tables: usize, pages: u32): void {
  windowHookCode(changetype<Window>(window), page, tables, pages);
}

export function unhookCode(window: usize, page: u32, pages: u32): void {
  windowUnhookCode(changetype<Window>(window), page, pages);
}

export function unmap(window: usize, page: u32): usize {
  return windowUnmap(changetype<Window>(window), page);
}

export function frame(window: usize, page: u32): usize {
  return windowFrame(changetype<Window>(window), page);
}

export function commit(window: usize): bool {
  return windowCommit(changetype<Window>(window));
}

export function take(): i32 {
  const process = processTake();
  if (process === null) return -1;
  process.state = STATE_WAITING;
  process.priority = 1;
  return process.pid;
}

export function start(pid: i32, deadline: i64): void {
  processEntry(pid)!.deadline = deadline;
  timerStart(processEntry(pid)!);
}

export function stop(pid: i32): void {
  timerStop(processEntry(pid)!);
}

export function expired(now: i64): i32 {
  const process = timerExpired(now);
  return process === null ? 0 : process.pid;
}

export function push(pid: i32): void {
  runQueuePush(processEntry(pid)!);
}

export function wake(pid: i32): void {
  runQueueWake(processEntry(pid)!);
}

export function pop(): i32 {
  const process = runQueuePop();
  return process === null ? 0 : process.pid;
}

export function remove(pid: i32): void {
  runQueueRemove(processEntry(pid)!);
}
