// The end of a process: everything it had goes back.

import { CTX_MEMORY_PAGES } from "../../abi/instance.ts";
import { appRelease } from "../app-registry/apps.ts";
import { scopeRelease } from "../caps/scopes.ts";
import { contextFree } from "../mm/contexts.ts";
import { userFramesUnmap, userMemoryUnmap } from "../mm/user-memory.ts";
import { CODE_PAGE, STACK_END_PAGE, windowRelease, windowUnmap } from "../mm/windows.ts";
import { installCodePages } from "../app-registry/install.ts";
import { panic } from "../panic.ts";
import { runQueueRemove } from "../sched/run-queue.ts";
import { waitForget, waitNotify, WAKE_CHILD } from "../sched/wait.ts";
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
  STATE_FREE,
  STATE_RUNNABLE,
  STATE_WAITING,
  STATE_ZOMBIE,
} from "./process.ts";

/** Ends a process that is not running, with what `wait` will report. */
export function processEnd(process: Process, status: i32): void {
  if (process.pid == 1) panic("init ended, status " + status.toString());
  if (process.state == STATE_RUNNABLE) runQueueRemove(process);
  if (process.state == STATE_WAITING) {
    packageWaitCancel(process);
    waitForget(process);
  }
  wmProcessEnds(process.pid, status);
  for (let i: i32 = 0; i < HANDLE_MAX; i++) handleClose(processHandle(process, i)!);
  process.status = status;
  process.state = STATE_ZOMBIE;
  processFreeMemory(process);
  processesChanged();
  adopt(process.pid);
  if (processFind(process.parent) === null) processReap(process);
  else waitNotify(WAKE_CHILD);
}

/** Forgets a zombie: its PID is free again. */
export function processReap(process: Process): void {
  process.state = STATE_FREE;
}

/** Gives back memory, window, context, arguments and the hold on the app. */
export function processFreeMemory(process: Process): void {
  const window = process.window;
  userMemoryUnmap(window, load<u32>(process.context, CTX_MEMORY_PAGES));
  userFramesUnmap(window, STACK_END_PAGE - process.stackPages, STACK_END_PAGE);
  const codePages = installCodePages(process.install);
  for (let page: u32 = 0; page < codePages; page++) windowUnmap(window, CODE_PAGE + page);
  windowRelease(window);
  scopeRelease(process.pid);
  contextFree(process.context, process.contextPages);
  process.context = 0;
  if (process.args != 0) heap.free(process.args);
  process.args = 0;
  appRelease(process.appId);
}

/** Hands the children of a process that ended to init. */
function adopt(parent: i32): void {
  for (let pid: i32 = 2; pid < PROCESS_MAX; pid++) {
    const child = processEntry(pid)!;
    if (child.state != STATE_FREE && child.parent == parent) child.parent = 1;
  }
}
