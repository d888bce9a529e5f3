// What becomes of a failed assertion, an index out of range or an exhausted heap: a sentence on stderr, then a trap.

import { HANDLE_STDERR } from "../../guest-kernel/abi/syscall.ts";
import { writeText, writeUnits } from "./console.ts";

/**
 * Called by compiled code only (`--use abort=shell-host/sdk/abort/abort`). Prints `message at file:line:column`
 * and traps, which ends the process. Allocates nothing: the heap may be what ran out.
 */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  writeText(HANDLE_STDERR, message === null ? "aborted" : message);
  if (file !== null) {
    writeText(HANDLE_STDERR, " at ");
    writeText(HANDLE_STDERR, file);
    writeText(HANDLE_STDERR, ":");
    writeNumber(line);
    writeText(HANDLE_STDERR, ":");
    writeNumber(column);
  }
  writeText(HANDLE_STDERR, "\n");
  unreachable();
}

const DIGIT_TEXTS = "0123456789";

function writeNumber(value: u32): void {
  if (value >= 10) writeNumber(value / 10);
  writeDigit(value % 10);
}

function writeDigit(digit: u32): void {
  // SAFETY: digit < 10, so the one UTF-16 unit that is read lies in the string.
  writeUnits(HANDLE_STDERR, changetype<usize>(DIGIT_TEXTS) + 2 * digit, 1);
}
