// Exit statuses of the shell's own. Those of apps that trapped or were killed: the SDK's exit-status.ts.
//
//   1        a command failed
//   2        a command was used wrongly
//   64..74   a package could not be resolved: the number of its E_PKG_* (guest-kernel/abi/errors.ts)
//   124      `run --timeout` ran out
//   127      no such command

import { E_PKG_LIBRARY, E_PKG_UNKNOWN } from "../../guest-kernel/abi/errors.ts";

export const STATUS_FAILED: i32 = 1;
export const STATUS_USAGE: i32 = 2;
export const STATUS_TIMED_OUT: i32 = 124;
export const STATUS_NO_COMMAND: i32 = 127;

/** The exit status for a system call's negative result. */
export function statusOfError(result: i32): i32 {
  return -result >= E_PKG_UNKNOWN && -result <= E_PKG_LIBRARY ? -result : STATUS_FAILED;
}
