// What the shell's commands say when they cannot do what was asked for.

import { printError } from "../sdk/console.ts";
import { errorText } from "../sdk/error-text.ts";
import { STATUS_USAGE, statusOfError } from "./status.ts";

/** Says how a command is used; its exit status. */
export function usage(text: string): i32 {
  printError("usage: " + text);
  return STATUS_USAGE;
}

/** Says what a system call's negative result means for `subject`, which may be empty; the command's exit status. */
export function failed(command: string, subject: string, result: i32): i32 {
  printError(command + ": " + (subject.length == 0 ? "" : subject + ": ") + errorText(result));
  return statusOfError(result);
}
