// /sys/sched: how many processes there are in each state, and what the loop has done since the boot.

import { EVENT_EXITS, EVENT_RUN_SEQ } from "../../abi/event-page.ts";
import { EVENT_PAGE_GPA } from "../../abi/memory-map.ts";
import { PROCESS_MAX, processEntry, STATE_FREE, STATE_RUNNABLE, STATE_WAITING } from "../proc/process.ts";
import { nowNs } from "../time/clock.ts";
import { sysfsRegister } from "../vfs/sysfs.ts";
import { textBegin, textEnd, textEntry } from "../vfs/text.ts";

let preemptions: u64 = 0;
let sleeps: u64 = 0;
let sleptNs: i64 = 0;

/** Registers the file. Once, at boot. */
export function schedReportInit(): void {
  sysfsRegister("sched", schedText);
}

/** Counts a process whose slice was over. */
export function countPreemption(): void {
  preemptions++;
}

/** Counts a time that the machine slept because there was nothing to do. */
export function countSleep(ns: i64): void {
  sleeps++;
  sleptNs += ns;
}

function schedText(buffer: usize, capacity: u32): u32 {
  let running = 0;
  let waiting = 0;
  let ended = 0;
  for (let pid: i32 = 1; pid < PROCESS_MAX; pid++) {
    const state = processEntry(pid)!.state;
    if (state == STATE_RUNNABLE) running++;
    else if (state == STATE_WAITING) waiting++;
    else if (state != STATE_FREE) ended++;
  }
  textBegin(buffer, capacity);
  textEntry("runnable", running);
  textEntry("waiting", waiting);
  textEntry("ended", ended);
  textEntry("resumes", atomic.load<u32>(EVENT_PAGE_GPA + EVENT_RUN_SEQ)); // modulo 2^32
  textEntry("preemptions", preemptions);
  textEntry("sleeps", sleeps);
  textEntry("slept_us", sleptNs / 1000);
  textEntry("uptime_us", nowNs() / 1000);
  textEntry("exits", atomic.load<u32>(EVENT_PAGE_GPA + EVENT_EXITS)); // modulo 2^32
  return textEnd();
}
