// PID 1: starts the shell, takes in what ends, and ends the machine.

import { STATUS_KILLED, STATUS_TRAPPED } from "../../guest-kernel/abi/syscall.ts";
import { programArguments } from "../sdk/args.ts";
import { sleepNs, MILLISECOND } from "../sdk/clock.ts";
import { printError } from "../sdk/console.ts";
import { errorText } from "../sdk/error-text.ts";
import { exitStatus } from "../sdk/exit-status.ts";
import { resolve } from "../sdk/packages.ts";
import { NO_TIMEOUT, poweroff, start, waitFor } from "../sdk/process.ts";

const SHELL = "/bin/sh";
const FAILED: i32 = 1;
const RESTART_DELAY: i64 = 200 * MILLISECOND; // so that a shell that cannot live does not eat the machine

/**
 * With arguments: runs the shell with them once, and ends the machine with its exit status. Without: an interactive
 * shell, started again when it dies; when it exits, the machine ends.
 */
export function main(): i32 {
  const words = programArguments();
  const interactive = words.length == 0;
  while (true) {
    const status = runShell(words);
    const died = status < 0 || (status & (STATUS_TRAPPED | STATUS_KILLED)) != 0;
    if (!interactive || !died) poweroff(status < 0 ? FAILED : exitStatus(status));
    printError("init: the shell died, starting another");
    sleepNs(RESTART_DELAY);
  }
}

/** Runs a shell to its end; its status as `wait` gives it, or -E_*. */
function runShell(words: string[]): i32 {
  const appId = resolve(SHELL);
  const shell = appId < 0 ? appId : start(appId, words);
  if (shell < 0) {
    printError("init: " + SHELL + ": " + errorText(shell));
    return shell;
  }
  while (true) {
    const ended = waitFor(0, NO_TIMEOUT); // any child: orphans come here too
    if (ended.pid == shell) return ended.status;
    if (ended.pid < 0) return ended.pid;
  }
}
