// PID 1: starts the shell, and the desktop if there is a screen; takes in what ends, and ends the machine.

import { STATUS_KILLED, STATUS_TRAPPED } from "../../guest-kernel/abi/syscall.ts";
import { programArguments } from "../sdk/args.ts";
import { monotonicNs, sleepNs, MILLISECOND } from "../sdk/clock.ts";
import { printError } from "../sdk/console.ts";
import { errorText } from "../sdk/error-text.ts";
import { exitStatus } from "../sdk/exit-status.ts";
import { resolve } from "../sdk/packages.ts";
import { screenInfo } from "../sdk/screen.ts";
import { NO_TIMEOUT, poweroff, start, waitFor } from "../sdk/process.ts";

const SHELL = "/bin/sh";
const DESKTOP = "/bin/desktop";
const FAILED: i32 = 1;
const RESTART_DELAY: i64 = 200 * MILLISECOND; // so that a shell that cannot live does not eat the machine
const RESTART_DELAY_MAX: i64 = 10_000 * MILLISECOND; // it doubles each time up to this
const SHELL_LIFE: i64 = 10_000 * MILLISECOND; // one that has lived as long is restarted soon again
const DESKTOP_TRIES: i32 = 5; // a desktop that dies more often in a row is left alone
const DESKTOP_LIFE: i64 = 10_000 * MILLISECOND; // one that has lived as long was no failure

let desktop: i32 = 0; // its pid; 0 or less if there is none
let desktopTries: i32 = 0;
let desktopSince: i64 = 0;

/**
 * With arguments: runs the shell with them once, and ends the machine with its exit status. Without: an interactive
 * shell, started again when it dies, later each time that it does not live; when it exits, the machine ends.
 */
export function main(): i32 {
  const words = programArguments();
  const interactive = words.length == 0;
  if (interactive && screenInfo().width > 0) startDesktop();
  let delay = RESTART_DELAY;
  while (true) {
    const since = monotonicNs();
    const status = runShell(words);
    const died = status < 0 || (status & (STATUS_TRAPPED | STATUS_KILLED)) != 0;
    if (!interactive || !died) poweroff(status < 0 ? FAILED : exitStatus(status));
    printError("init: the shell died, starting another");
    if (monotonicNs() - since > SHELL_LIFE) delay = RESTART_DELAY;
    sleepNs(delay);
    delay = min(2 * delay, RESTART_DELAY_MAX);
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
    if (ended.pid == desktop) desktopEnded();
  }
}

function startDesktop(): void {
  const appId = resolve(DESKTOP);
  desktop = appId < 0 ? appId : start(appId, ["shell"]);
  desktopSince = monotonicNs();
  if (desktop < 0) printError("init: " + DESKTOP + ": " + errorText(desktop));
}

/** Starts another desktop, unless the last ones have died at once. */
function desktopEnded(): void {
  desktop = 0;
  if (monotonicNs() - desktopSince > DESKTOP_LIFE) desktopTries = 0;
  if (++desktopTries >= DESKTOP_TRIES) return printError("init: the desktop cannot live");
  printError("init: the desktop ended, starting another");
  sleepNs(RESTART_DELAY);
  startDesktop();
}
