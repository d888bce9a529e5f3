// PID 2: the text shell. Without arguments it reads commands from the console; `--exec COMMAND...` runs one
// command and ends with its exit status. Statuses: exit-status.ts of the SDK, and status.ts.

import { HANDLE_STDOUT } from "../../guest-kernel/abi/syscall.ts";
import { programArguments } from "../sdk/args.ts";
import { print, printError, readLine, writeText } from "../sdk/console.ts";
import { execute, exitAsked } from "./commands.ts";
import { reportEnded } from "./jobs.ts";
import { splitLine, splitProblem } from "./split-line.ts";
import { STATUS_USAGE } from "./status.ts";

const PROMPT = "oscortex$ ";

let status: i32 = 0;

export function main(): i32 {
  const words = programArguments();
  if (words.length > 0) return runOnce(words);
  print("Oscortex. `help` lists the commands.");
  // Nothing managed is on the stack between two lines: the collector may run.
  for (; !exitAsked() && serveLine(); __collect()) {}
  return status;
}

function runOnce(words: string[]): i32 {
  if (words[0] == "--exec" && words.length > 1) return execute(words.slice(1));
  printError("usage: sh [--exec COMMAND...]");
  return STATUS_USAGE;
}

/** Reads a line and does what it says; false at the end of input. */
function serveLine(): bool {
  reportEnded();
  writeText(HANDLE_STDOUT, PROMPT);
  const line = readLine();
  if (line === null) {
    print("");
    return false;
  }
  const words = splitLine(line);
  if (words === null) {
    printError("sh: " + splitProblem);
    status = STATUS_USAGE;
  } else if (words.length > 0) {
    status = execute(words);
  }
  return true;
}
