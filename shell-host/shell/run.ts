// run [--timeout SECONDS] [--background "NAME [ARG...]"]... NAME [ARG...] [&]

import { E_INVAL, E_TIMEDOUT } from "../../guest-kernel/abi/errors.ts";
import { STATUS_KILLED, STATUS_TRAPPED } from "../../guest-kernel/abi/syscall.ts";
import { parseCount } from "../sdk/args.ts";
import { SECOND } from "../sdk/clock.ts";
import { print, printError } from "../sdk/console.ts";
import { errorText } from "../sdk/error-text.ts";
import { exitStatus } from "../sdk/exit-status.ts";
import { resolve } from "../sdk/packages.ts";
import { killGroup, launch, LaunchOptions } from "../sdk/launch.ts";
import { NO_TIMEOUT, waitFor } from "../sdk/process.ts";
import { addJob, endText } from "./jobs.ts";
import { splitLine } from "./split-line.ts";
import { STATUS_FAILED, STATUS_TIMED_OUT, STATUS_USAGE, statusOfError } from "./status.ts";

export const RUN_USAGE = 'run [--timeout SECONDS] [--background "NAME [ARG...]"]... NAME [ARG...] [&]';
const DETACH = "&";

/** What a `run` command asks for. */
class RunRequest {
  timeoutSeconds: i32 = 0; // 0: none
  background: string[] = [];
  words: string[] = []; // name and arguments
  detach: bool = false;
}

/** The priority of what is started; 0: the shell's own. */
let jobPriority: u32 = 0;

/** Does a `run` command whose processes have a priority. */
export function runAt(priority: u32, words: string[]): i32 {
  jobPriority = priority;
  const status = run(words);
  jobPriority = 0;
  return status;
}

/** A job is a group of processes of its own. */
function jobOptions(args: string[]): LaunchOptions {
  const options = new LaunchOptions();
  options.args = args;
  options.newGroup = true;
  options.priority = jobPriority;
  return options;
}

/** Ends a job, whatever it has started, and takes its status. */
function killJob(pid: i32): void {
  killGroup(pid);
  waitFor(pid, NO_TIMEOUT);
}

/** Does a `run` command; its words without `run`. Returns the exit status. */
export function run(words: string[]): i32 {
  const request = new RunRequest();
  if (!parse(words, request)) {
    printError("usage: " + RUN_USAGE);
    return STATUS_USAGE;
  }
  const companions = new Array<i32>();
  let failure = 0;
  for (let i = 0; i < request.background.length && failure == 0; i++) {
    const pid = launchLine(request.background[i]);
    if (pid < 0) failure = statusOfError(pid);
    else companions.push(pid);
  }
  const status = failure != 0 ? failure : runMain(request);
  for (let i = 0; i < companions.length; i++) killJob(companions[i]);
  return status;
}

function parse(words: string[], request: RunRequest): bool {
  let at = 0;
  for (; at + 1 < words.length && words[at].startsWith("--"); at += 2) {
    if (words[at] == "--background") {
      request.background.push(words[at + 1]);
    } else if (words[at] == "--timeout") {
      request.timeoutSeconds = parseCount(words[at + 1]);
      if (request.timeoutSeconds < 1) return false;
    } else {
      return false;
    }
  }
  request.words = words.slice(at);
  const last = request.words.length - 1;
  request.detach = last >= 0 && request.words[last] == DETACH;
  if (request.detach) request.words.pop();
  if (request.detach && (request.timeoutSeconds != 0 || request.background.length != 0)) return false;
  return request.words.length > 0 && !request.words[0].startsWith("--");
}

function runMain(request: RunRequest): i32 {
  const name = request.words[0];
  const pid = startJob(request.words);
  if (pid < 0) return statusOfError(pid);
  if (!request.detach) return finish(pid, name, request.timeoutSeconds);
  addJob(pid, name);
  print("[" + pid.toString() + "] " + name);
  return 0;
}

/** Waits for an app's end and says how it was, if it was not by itself. */
function finish(pid: i32, name: string, timeoutSeconds: i32): i32 {
  const ended = waitFor(pid, timeoutSeconds == 0 ? NO_TIMEOUT : timeoutSeconds * SECOND);
  if (ended.pid == -E_TIMEDOUT) {
    killJob(pid);
    printError("run: " + name + ": killed after " + timeoutSeconds.toString() + " s");
    return STATUS_TIMED_OUT;
  }
  if (ended.pid < 0) {
    printError("run: " + name + ": " + errorText(ended.pid));
    return STATUS_FAILED;
  }
  if ((ended.status & (STATUS_TRAPPED | STATUS_KILLED)) != 0) {
    printError("run: " + name + ": " + endText(ended.status));
  }
  return exitStatus(ended.status);
}

function launchLine(line: string): i32 {
  const words = splitLine(line, 0);
  if (words !== null && words.length > 0) return startJob(words);
  printError("usage: " + RUN_USAGE);
  return -E_INVAL;
}

/** Resolves and starts an app: its pid, or -E_* after a line that says why. */
function startJob(words: string[]): i32 {
  const appId = resolve(words[0]);
  const pid = appId < 0 ? appId : launch(appId, jobOptions(words.slice(1)));
  if (pid < 0) printError("run: " + words[0] + ": " + errorText(pid));
  return pid;
}
