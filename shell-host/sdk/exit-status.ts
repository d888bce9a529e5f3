// Exit statuses, as Unix shells give them: 128 + a signal's number for what did not end by itself.
//
//   0..255  the app's own
//   132     SIGILL   unreachable, indirect call past the table, of nothing, or of another type
//   136     SIGFPE   division by zero, integer overflow, invalid conversion to integer
//   137     SIGKILL  killed
//   139     SIGSEGV  memory or table access out of bounds, stack overflow

import {
  TRAP_DIVISION_BY_ZERO,
  TRAP_INTEGER_OVERFLOW,
  TRAP_INVALID_CONVERSION,
  TRAP_OUT_OF_BOUNDS,
  TRAP_STACK_OVERFLOW,
  TRAP_TABLE_OUT_OF_BOUNDS,
} from "../../guest-kernel/abi/instance.ts";
import { STATUS_KILLED, STATUS_TRAPPED } from "../../guest-kernel/abi/syscall.ts";

export const EXIT_SIGILL: i32 = 132;
export const EXIT_SIGFPE: i32 = 136;
export const EXIT_SIGKILL: i32 = 137;
export const EXIT_SIGSEGV: i32 = 139;

/** The exit status 0..255 for a status that `wait` gave. */
export function exitStatus(status: i32): i32 {
  if ((status & STATUS_KILLED) != 0) return EXIT_SIGKILL;
  if ((status & STATUS_TRAPPED) == 0) return status & 0xff;
  switch (trapKind(status)) {
    case TRAP_DIVISION_BY_ZERO:
    case TRAP_INTEGER_OVERFLOW:
    case TRAP_INVALID_CONVERSION:
      return EXIT_SIGFPE;
    case TRAP_OUT_OF_BOUNDS:
    case TRAP_STACK_OVERFLOW:
    case TRAP_TABLE_OUT_OF_BOUNDS:
      return EXIT_SIGSEGV;
    default:
      return EXIT_SIGILL;
  }
}

/** The TRAP_* of a status with STATUS_TRAPPED. */
export function trapKind(status: i32): u32 {
  return status & 0xff;
}
