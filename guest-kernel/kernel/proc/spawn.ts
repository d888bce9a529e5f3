// The beginning of a process: a window, a stack, linear memory and an instance of the app's module.

import {
  CTX_EXIT,
  CTX_LIMIT,
  CTX_MEMORY_BASE,
  CTX_MEMORY_BYTES,
  CTX_MEMORY_GROW,
  CTX_MEMORY_MAX_PAGES,
  CTX_MEMORY_PAGES,
  CTX_PID,
  CTX_RSP,
  CTX_SAFEPOINT,
  CTX_STACK_LIMIT,
  STACK_RESERVE,
} from "../../abi/instance.ts";
import { E_LIMIT, E_MEMORY, E_NOMEM } from "../../abi/errors.ts";
import { STUB_EXIT, STUB_MEMORY_GROW, STUB_PROCESS_START, STUB_SAFEPOINT } from "../../abi/arch.ts";
import { HANDLE_STDERR, HANDLE_STDIN, HANDLE_STDOUT } from "../../abi/syscall.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { appAcquire, appRelease } from "../app-registry/apps.ts";
import {
  installCapabilities,
  installLibrary,
  installMemoryMax,
  installMemoryMin,
  installName,
  installScopes,
  installScopesLength,
} from "../app-registry/installed.ts";
import {
  instanceContextPages,
  instanceFill,
  instanceMapCode,
  instanceUnmapCode,
} from "../app-registry/instances.ts";
import { scopeGrant, scopeRelease } from "../caps/scopes.ts";
import { contextAlloc, contextFree } from "../mm/contexts.ts";
import { framesAllocUser, framesFree } from "../mm/frames.ts";
import { reclaim } from "../mm/reclaim.ts";
import { refusalNote } from "./out-of-memory.ts";
import { userFramesUnmap, userMemoryMap, userMemoryUnmap } from "../mm/user-memory.ts";
import {
  MEMORY_PAGE,
  MEMORY_PAGES_MAX,
  STACK_END_PAGE,
  Window,
  windowAcquire,
  windowAddress,
  windowCommit,
  windowFrame,
  windowMapData,
  windowRelease,
} from "../mm/windows.ts";
import { objectRetain, setHandle } from "../ipc/handles.ts";
import { runQueueWake } from "../sched/run-queue.ts";
import { nowNs } from "../time/clock.ts";
import { processesChanged } from "./debugged.ts";
import {
  HANDLE_CONSOLE,
  HANDLE_LOG,
  NAME_MAX,
  Process,
  processHandle,
  processName,
  processTake,
  STATE_FREE,
} from "./process.ts";
import { childAdd } from "./children.ts";
import { SpawnRequest } from "./spawn-request.ts";
import { stubAddress } from "./stubs.ts";

const STACK_PAGES: u32 = 32; // 128 KiB

/**
 * Starts an app in a process of its own. The request's words are the process's from here on, if the call succeeds.
 * Returns the PID; -E_NOMEM, -E_MEMORY, -E_LIMIT, or what `appAcquire` returns for a bad id.
 */
export function spawn(appId: i32, request: SpawnRequest): i32 {
  const install = appAcquire(appId);
  if (install < 0) return install;
  const error = check(install, request);
  if (error < 0) {
    appRelease(appId);
    return error;
  }
  const process = processTake();
  if (process === null) {
    appRelease(appId);
    return -E_LIMIT;
  }
  process.appId = appId;
  process.install = install;
  process.stackPages = STACK_PAGES;
  process.startedNs = nowNs();
  memory.copy(processName(process), installName(install), NAME_MAX);
  const library = installLibrary(install);
  process.library = library == 0 ? 0 : installName(library);
  grant(process, request);
  let failure = scopeGrant(process.pid, process.parent, installScopes(install), installScopesLength(install));
  if (failure == 0) failure = build(process);
  if (failure < 0) {
    scopeRelease(process.pid);
    process.state = STATE_FREE;
    appRelease(appId);
    return failure;
  }
  refusalNote(process.pid, 0);
  process.words = request.words;
  process.argsLength = request.argsLength;
  process.envLength = request.envLength;
  inheritHandles(process, request);
  const parent = request.parent;
  if (parent !== null) childAdd(parent, process);
  runQueueWake(process);
  processesChanged();
  return process.pid;
}

/** What the request cannot give to any process of this app: 0, -E_MEMORY, -E_LIMIT. */
function check(install: i32, request: SpawnRequest): i32 {
  if (installMemoryMin(install) > request.memoryPages) return -E_MEMORY;
  return request.handleCount > request.handleLimit ? -E_LIMIT : 0;
}

function grant(process: Process, request: SpawnRequest): void {
  const parent = request.parent;
  process.parent = parent === null ? 0 : parent.pid;
  process.group = parent === null || request.newGroup ? process.pid : parent.group;
  process.capabilities = request.capabilities & installCapabilities(process.install);
  process.priority = request.priority;
  process.memoryPages = request.memoryPages;
  process.handleLimit = request.handleLimit;
  process.cpuPercent = request.cpuPercent;
  process.cpuEarnedNs = process.startedNs;
}

/** Gives a process its window, stack, memory and context; on an error nothing is left. */
function build(process: Process): i32 {
  if (!reclaim(STACK_PAGES)) return -E_NOMEM; // before tables are taken from the kernel's reserve
  const window = windowAcquire();
  if (window === null) return -E_NOMEM;
  process.window = window;
  const install = process.install;
  const minimum = installMemoryMin(install);
  process.contextPages = instanceContextPages(install);
  process.context = contextAlloc(process.contextPages);
  let error = -E_NOMEM;
  if (process.context != 0 && mapStack(window) && instanceMapCode(install, window)) {
    if (minimum <= MEMORY_PAGES_MAX && userMemoryMap(window, 0, minimum) && windowCommit(window)) {
      initContext(process);
      error = instanceFill(install, process);
      if (error == 0) return 0;
    }
  }
  discard(process, minimum);
  return error;
}

function discard(process: Process, memoryPages: u32): void {
  const window = process.window;
  userMemoryUnmap(window, 0, min(memoryPages, MEMORY_PAGES_MAX));
  userFramesUnmap(window, STACK_END_PAGE - STACK_PAGES, STACK_END_PAGE);
  instanceUnmapCode(process.install, window);
  windowRelease(window);
  if (process.context != 0) contextFree(process.context, process.contextPages);
}

function mapStack(window: Window): bool {
  for (let page = STACK_END_PAGE - STACK_PAGES; page < STACK_END_PAGE; page++) {
    const frame = framesAllocUser();
    if (frame != 0 && windowMapData(window, page, frame)) continue;
    if (frame != 0) framesFree(frame, 1);
    return false;
  }
  return true;
}

/** Fills the context's header, but for what the instance says of its entry. */
function initContext(process: Process): void {
  const context = process.context;
  const window = process.window;
  const install = process.install;
  const limit = windowAddress(window, STACK_END_PAGE - STACK_PAGES) + STACK_RESERVE;
  store<u64>(context, limit, CTX_LIMIT);
  store<u64>(context, limit, CTX_STACK_LIMIT);
  store<u64>(context, windowAddress(window, MEMORY_PAGE), CTX_MEMORY_BASE);
  store<u32>(context, installMemoryMin(install), CTX_MEMORY_PAGES);
  store<u64>(context, (<u64>installMemoryMin(install)) << 16, CTX_MEMORY_BYTES);
  store<u32>(context, min(installMemoryMax(install), process.memoryPages), CTX_MEMORY_MAX_PAGES);
  store<u32>(context, process.pid, CTX_PID);
  store<u64>(context, stubAddress(STUB_SAFEPOINT), CTX_SAFEPOINT);
  store<u64>(context, stubAddress(STUB_MEMORY_GROW), CTX_MEMORY_GROW);
  store<u64>(context, stubAddress(STUB_EXIT), CTX_EXIT);
  // resume pops this and lands in the stub that calls the entry.
  const top = windowFrame(window, STACK_END_PAGE - 1) + PAGE_SIZE - 16;
  store<u64>(top, stubAddress(STUB_PROCESS_START));
  store<u64>(context, windowAddress(window, STACK_END_PAGE) - 16, CTX_RSP);
}

/** The handles that the request names; init has the console. */
function inheritHandles(process: Process, request: SpawnRequest): void {
  const parent = request.parent;
  if (parent === null) {
    processHandle(process, HANDLE_STDIN)!.kind = HANDLE_CONSOLE;
    processHandle(process, HANDLE_STDOUT)!.kind = HANDLE_CONSOLE;
    processHandle(process, HANDLE_STDERR)!.kind = HANDLE_LOG;
    return;
  }
  for (let i: u32 = 0; i < request.handleCount; i++) {
    const number = load<i32>(request.handles + <usize>(4 * i));
    if (number == -1) continue;
    const handle = processHandle(parent, number)!;
    objectRetain(handle.kind, handle.id);
    setHandle(process, <i32>i, handle.kind, handle.id);
  }
}
