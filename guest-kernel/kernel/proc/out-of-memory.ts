// When there is no memory for a process that asks for more: it is refused, or another one ends.
//
// Who asks is refused, unless another process, none of the system's, has more than twice what it would have: then that
// one ends. For a process of the system, a program of the initramfs or a pinned package, more is enough.

import { CTX_MEMORY_PAGES } from "../../abi/instance.ts";
import { STATUS_KILLED, STATUS_NO_MEMORY } from "../../abi/syscall.ts";
import { appIsSystem } from "../app-registry/apps.ts";
import { log } from "../log.ts";
import { processEnd, processesClosing } from "./end.ts";
import { processText } from "./fault.ts";
import { Process, PROCESS_MAX, processEntry, STATE_RUNNABLE, STATE_WAITING } from "./process.ts";

const KIB_PER_PAGE: u32 = 64;

const refusals = memory.data(4096, 4); // u32: 64 KiB pages that each PID was refused last
if (PROCESS_MAX * 4 > 4096) ERROR("refusals");

/** Makes room for `pages` of 64 KiB that a process needs. True if memory comes back soon: then it is to ask again. */
export function makeRoom(asker: Process, pages: u32): bool {
  if (processesClosing()) return true;
  const victim = largest(asker, pages);
  if (victim === null) return false;
  log(
    `out of memory: ${processText(asker)} needs ${pages * KIB_PER_PAGE} KiB more; ` +
      `ending ${processText(victim)}, which has ${pagesOf(victim) * KIB_PER_PAGE} KiB`,
  );
  processEnd(victim, STATUS_KILLED | STATUS_NO_MEMORY);
  return true;
}

/** Remembers that a process was refused memory: if it traps on that, the report says so. */
export function refusalNote(pid: i32, pages: u32): void {
  store<u32>(refusals + 4 * <usize>pid, pages);
}

/** 64 KiB pages that a process was refused last and has not been given since; 0 if none. */
export function refusalOf(pid: i32): u32 {
  return load<u32>(refusals + 4 * <usize>pid);
}

/** The process that has most, if it is to end for `asker`. */
function largest(asker: Process, pages: u32): Process | null {
  const wanted = pagesOf(asker) + pages;
  let most = appIsSystem(asker.appId) ? wanted : 2 * wanted;
  let found: Process | null = null;
  for (let pid: i32 = 2; pid < PROCESS_MAX; pid++) {
    const process = processEntry(pid)!;
    if (process.state != STATE_RUNNABLE && process.state != STATE_WAITING) continue;
    if (process === asker || pagesOf(process) <= most || appIsSystem(process.appId)) continue;
    most = pagesOf(process);
    found = process;
  }
  return found;
}

function pagesOf(process: Process): u32 {
  return load<u32>(process.context, CTX_MEMORY_PAGES);
}
