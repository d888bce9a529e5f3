// PID 2: the text shell. Without arguments it reads commands from the console, and with `--records TOKEN` from a program at its
// other end (prompt.ts); `--exec COMMAND...` runs one command and ends with its exit status. Statuses: exit-status.ts of the SDK, and status.ts.

import { programArguments } from "../sdk/args.ts";
import { print, printError, readLine } from "../sdk/console.ts";
import { execute, exitAsked } from "./commands.ts";
import { prompt, promptForProgram } from "./prompt.ts";
import { splitLine, splitProblem } from "./split-line.ts";
import { STATUS_USAGE } from "./status.ts";

let status: i32 = 0;

export function main(): i32 {
  const words = programArguments();
  if (words.length == 2 && words[0] == "--records") promptForProgram(words[1]);
  else if (words.length > 0) return runOnce(words);
  else print("Oscortex. `help` lists the commands.");
  // Nothing managed is on the stack between two lines: the collector may run.
  for (; !exitAsked() && serveLine(); __collect()) {}
  return status;
}

function runOnce(words: string[]): i32 {
  if (words[0] == "--exec" && words.length > 1) return execute(words.slice(1));
  printError("usage: sh [--records TOKEN | --exec COMMAND...]");
  return STATUS_USAGE;
}

/** Reads a line and does what it says; false at the end of input. */
function serveLine(): bool {
  prompt(status);
  const line = readLine();
  if (line === null) {
    print("");
    return false;
  }
  const words = splitLine(line, status);
  if (words === null) {
    printError("sh: " + splitProblem);
    status = STATUS_USAGE;
  } else if (words.length > 0) {
    status = execute(words);
  }
  return true;
}
