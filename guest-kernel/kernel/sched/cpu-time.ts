// What each process has of the processor, and the limit of it. A process with a limit of p percent earns p % of the time
// that passes, at most PERIOD_NS of it at once; what it runs it pays; in debt, it rests until it has earned it back.

import { Process } from "../proc/process.ts";

/** No limit. */
export const CPU_ALL: u32 = 100;

const PERIOD_NS: i64 = 100000000;

let payer: Process | null = null;
let since: i64 = 0;

/** Says that a process runs from `now` on. */
export function cpuBegin(process: Process, now: i64): void {
  payer = process;
  since = now;
}

/** Charges the process that ran last with the time until `now`. */
export function cpuCharge(now: i64): void {
  const process = payer;
  if (process === null) return;
  payer = null;
  process.cpuNs += now - since;
  if (process.cpuPercent == CPU_ALL) return;
  earn(process, now);
  process.cpuCredit -= now - since;
}

/** When a process may run: `now` or before, or when its debt will be paid. */
export function cpuFreeAt(process: Process, now: i64): i64 {
  if (process.cpuPercent == CPU_ALL) return now;
  earn(process, now);
  return process.cpuCredit >= 0 ? now : now - (process.cpuCredit * 100) / <i64>process.cpuPercent + 1;
}

function earn(process: Process, now: i64): void {
  const percent = <i64>process.cpuPercent;
  const earned = ((now - process.cpuEarnedNs) * percent) / 100;
  process.cpuEarnedNs = now;
  process.cpuCredit = min(process.cpuCredit + earned, (PERIOD_NS * percent) / 100);
}
