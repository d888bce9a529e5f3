// The end of a process: everything it had goes back.

import { growCancel, WAIT_MEMORY_GROW } from "../syscall/memory-calls.ts";
import { CTX_MEMORY_PAGES } from "../../abi/instance.ts";
import { appRelease } from "../app-registry/apps.ts";
import { scopeRelease } from "../caps/scopes.ts";
import { contextFree } from "../mm/contexts.ts";
import { framesFree } from "../mm/frames.ts";
import { childRemove, childrenMove } from "./children.ts";
import { userFramesUnmap, userMemoryUnmap } from "../mm/user-memory.ts";
import { STACK_END_PAGE, windowRelease } from "../mm/windows.ts";
import { instanceUnmapCode } from "../app-registry/instances.ts";
import { panic } from "../panic.ts";
import { runQueueRemove } from "../sched/run-queue.ts";
import { waitForget, waitNotify, waitRetry, WAKE_CHILD } from "../sched/wait.ts";
import { handleClose } from "../ipc/handles.ts";
import { packageWaitCancel } from "../syscall/package-calls.ts";
import { processesChanged } from "./debugged.ts";
import { wmProcessEnds } from "../wm/wm.ts";
import {
  HANDLE_MAX,
  Process,
  PROCESS_MAX,
  processEntry,
  processFind,
  processHandle,
  STATE_CLOSING,
  STATE_FREE,
  STATE_RUNNABLE,
  STATE_WAITING,
  STATE_ZOMBIE,
  wordsPages,
} from "./process.ts";

const FREE_SLICE: u32 = 128; // 64 KiB pages of memory that are taken back in a turn: four large pages

let closing: Process | null = null; // those whose memory is being taken back, by `next`

/** Ends a process that is not running, with what `wait` will report. */
export function processEnd(process: Process, status: i32): void {
  if (process.pid == 1) panic("init ended, status " + status.toString());
  if (process.state == STATE_CLOSING) return;
  if (process.state == STATE_RUNNABLE) runQueueRemove(process);
  if (process.state == STATE_WAITING) {
    packageWaitCancel(process);
    if (process.waitCall == WAIT_MEMORY_GROW) growCancel(process);
    waitForget(process);
  }
  wmProcessEnds(process.pid, status);
  for (let i: i32 = 0; i < HANDLE_MAX; i++) handleClose(processHandle(process, i)!);
  process.status = status;
  process.state = STATE_CLOSING;
  const init = processFind(1)!;
  const orphanEnded = childrenMove(process, init);
  if (freeMemory(process)) {
    finish(process);
  } else {
    process.next = closing;
    closing = process;
  }
  if (orphanEnded) tell(init);
}

/** Takes back a slice of the memory of a process that has ended. True if there is more to do. Call in every turn. */
export function closingServe(): bool {
  const process = closing;
  if (process === null) return false;
  if (!freeMemory(process)) return true;
  closing = process.next;
  process.next = null;
  finish(process);
  waitNotify(WAKE_CHILD); // who has killed it may not be its parent
  return closing !== null;
}

/** True while a process that has ended still has memory. */
export function processesClosing(): bool {
  return closing !== null;
}

/** Nothing is left of the process but what its parent will be told. */
function finish(process: Process): void {
  process.state = STATE_ZOMBIE;
  freeRest(process);
  processesChanged();
  tell(processFind(process.parent)!); // there is one: init does not end
}

/** A process that waits for a child looks again. */
function tell(parent: Process): void {
  if (parent.state == STATE_WAITING && (parent.waitFor & WAKE_CHILD) != 0) waitRetry(parent);
}

/** Ends all processes of a group but init and the one that calls: how many. */
export function processEndGroup(group: i32, status: i32, caller: Process): i32 {
  let count = 0;
  for (let pid: i32 = 2; pid < PROCESS_MAX; pid++) {
    const process = processEntry(pid)!;
    if (process.state == STATE_FREE || process.state == STATE_ZOMBIE || process.state == STATE_CLOSING)
      continue;
    if (process.group != group || process === caller) continue;
    processEnd(process, status);
    count++;
  }
  return count;
}

/** Forgets a zombie: its PID is free again. */
export function processReap(process: Process): void {
  childRemove(processFind(process.parent)!, process);
  process.state = STATE_FREE;
}

/** Frees a slice of the linear memory, from its end; true if nothing of it is left. */
function freeMemory(process: Process): bool {
  const pages = load<u32>(process.context, CTX_MEMORY_PAGES);
  const rest = pages > FREE_SLICE ? pages - FREE_SLICE : 0;
  userMemoryUnmap(process.window, rest, pages);
  store<u32>(process.context, rest, CTX_MEMORY_PAGES);
  return rest == 0;
}

/** Gives back window, context, arguments and the hold on the app. */
function freeRest(process: Process): void {
  const window = process.window;
  userFramesUnmap(window, STACK_END_PAGE - process.stackPages, STACK_END_PAGE);
  instanceUnmapCode(process.install, window);
  windowRelease(window);
  scopeRelease(process.pid);
  contextFree(process.context, process.contextPages);
  process.context = 0;
  process.library = 0;
  if (process.words != 0) framesFree(process.words, wordsPages(process.argsLength, process.envLength));
  process.words = 0;
  appRelease(process.appId);
}
