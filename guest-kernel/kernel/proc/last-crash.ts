// The report of the last process that trapped, for whoever shows it: /sys/proc/last-crash.

import { log } from "../log.ts";

const REPORT_MAX: i32 = 4096; // bytes; what does not fit is left out
const NEWLINE: u8 = 10;

const report = memory.data(4096);
let length: i32 = 0;

/** A report begins: the one before is forgotten. */
export function reportBegin(): void {
  length = 0;
}

/** A line of the report, which goes to the log too. */
export function reportLine(line: string): void {
  log(line);
  const bytes = String.UTF8.byteLength(line);
  if (length + bytes + 1 > REPORT_MAX) return;
  String.UTF8.encodeUnsafe(changetype<usize>(line), line.length, report + length);
  length += bytes;
  store<u8>(report + length++, NEWLINE);
}

/** The text of the file; empty if none has trapped. */
export function lastCrashText(buffer: usize, capacity: u32): u32 {
  const fits = min(<u32>length, capacity);
  memory.copy(buffer, report, fits);
  return fits;
}
