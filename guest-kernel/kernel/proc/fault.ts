// A process's fault: what happened, where in its source, and the end of that process alone.

import { CONTROL_FAULT } from "../../abi/control.ts";
import { FAULT_RBP, FAULT_RIP, FAULT_VECTOR } from "../../abi/fault.ts";
import { CTX_MEMORY_MAX_PAGES, CTX_MEMORY_PAGES, TRAP_NONE, TRAP_UNREACHABLE } from "../../abi/instance.ts";
import { TRAP_TEXTS } from "../../abi/trap-text.ts";
import { CONTROL_GPA, FAULT_RECORD_GPA, PAGE_SIZE } from "../../abi/memory-map.ts";
import { STATUS_TRAPPED } from "../../abi/syscall.ts";
import { NO_SITE, siteAt, siteText, siteTrap } from "../app-registry/sites.ts";
import { mmioWrite32 } from "../drivers/mmio.ts";
import { STACK_END_PAGE, windowAddress, windowFrame } from "../mm/windows.ts";
import { refusalOf } from "./out-of-memory.ts";
import { processEnd } from "./end.ts";
import { reportBegin, reportLine } from "./last-crash.ts";
import { NAME_MAX, Process, processName } from "./process.ts";

const BACKTRACE_MAX: i32 = 16; // lines
const FRAMES_MAX: i32 = 8192;

/** Reports the fault that the fault record describes, to the log and to the host, and ends the process. */
export function faultServe(process: Process): void {
  const rip = load<u64>(FAULT_RECORD_GPA, FAULT_RIP);
  const site = siteAt(process, rip, false);
  const kind = site == NO_SITE ? TRAP_NONE : siteTrap(site);
  reportBegin();
  reportLine(
    processText(process) + ": " + (kind == TRAP_NONE ? unexpected() : trapText(kind)) + " at " + where(site),
  );
  backtrace(process, load<u64>(FAULT_RECORD_GPA, FAULT_RBP));
  if (kind == TRAP_UNREACHABLE && refusalOf(process.pid) != 0) reportLine(refusalText(process));
  mmioWrite32(CONTROL_GPA + CONTROL_FAULT, process.pid);
  processEnd(process, STATUS_TRAPPED | <i32>kind);
}

/** What a kind of trap is called. */
export function trapText(kind: u32): string {
  return kind < <u32>TRAP_TEXTS.length ? TRAP_TEXTS[kind] : "trap " + kind.toString();
}

/** `name (pid n)` */
export function processText(process: Process): string {
  const name = processName(process);
  let length: usize = 0;
  while (length < NAME_MAX && load<u8>(name + length) != 0) length++;
  return String.UTF8.decodeUnsafe(name, length) + " (pid " + process.pid.toString() + ")";
}

/** Why it may have stopped: asc's runtime traps when memory does not grow. */
function refusalText(process: Process): string {
  const pages = load<u32>(process.context, CTX_MEMORY_PAGES);
  const most = load<u32>(process.context, CTX_MEMORY_MAX_PAGES);
  const more = refusalOf(process.pid);
  const why = more > most - pages ? "more than it may have" : "more than there was";
  return `    out of memory: it has ${pages * 64} KiB of at most ${most * 64}, and asked for ${more * 64} more, ${why}`;
}

function unexpected(): string {
  return "exception " + load<u64>(FAULT_RECORD_GPA, FAULT_VECTOR).toString();
}

function where(site: u64): string {
  return site == NO_SITE ? "an unknown place" : siteText(site);
}

/**
 * Logs the callers, by the chain of frame pointers; recursion takes one line. The process can have written none of
 * the chain: its stack is not its memory.
 */
function backtrace(process: Process, frame: u64): void {
  let last = NO_SITE;
  let repeats = 0;
  for (let depth = 0, lines = 0; depth < FRAMES_MAX && lines < BACKTRACE_MAX; depth++) {
    const site = siteAt(process, stackWord(process, frame + 8), true);
    frame = stackWord(process, frame);
    if (site == last && site != NO_SITE) {
      repeats++;
      continue;
    }
    if (repeats != 0) reportLine("    … " + repeats.toString() + " times more");
    if (site == NO_SITE) return;
    reportLine("    called from " + where(site));
    last = site;
    repeats = 0;
    lines++;
  }
}

/** A word of the process's stack; 0 if the address is not on it. */
function stackWord(process: Process, address: u64): u64 {
  const end = windowAddress(process.window, STACK_END_PAGE);
  const start = windowAddress(process.window, STACK_END_PAGE - process.stackPages);
  if (address < start || address >= end || (address & 7) != 0) return 0;
  const page = STACK_END_PAGE - process.stackPages + <u32>((address - start) >> 12);
  return load<u64>(windowFrame(process.window, page) + <usize>(address & (<u64>PAGE_SIZE - 1)));
}
