// Apps that run in the background.

import { STATUS_KILLED, STATUS_NO_MEMORY, STATUS_TRAPPED } from "../../guest-kernel/abi/syscall.ts";
import { print } from "../sdk/console.ts";
import { exitStatus, trapKind } from "../sdk/exit-status.ts";
import { waitFor } from "../sdk/process.ts";
import { trapText } from "../sdk/trap-text.ts";

class Job {
  constructor(
    public pid: i32,
    public name: string,
  ) {}
}

const jobs = new Array<Job>();

/** Remembers the name of an app that was started in the background. */
export function addJob(pid: i32, name: string): void {
  jobs.push(new Job(pid, name));
}

/** Prints the apps that run in the background. */
export function listJobs(): i32 {
  for (let i = 0; i < jobs.length; i++) print("[" + jobs[i].pid.toString() + "] " + jobs[i].name);
  return 0;
}

/** Prints a line for each background app that has ended, and forgets it. */
export function reportEnded(): void {
  while (true) {
    const ended = waitFor(0, 0);
    if (ended.pid <= 0) return;
    print("[" + ended.pid.toString() + "] " + takeName(ended.pid) + ": " + endText(ended.status));
  }
}

/** How an app ended, in words. */
export function endText(status: i32): string {
  if ((status & STATUS_NO_MEMORY) != 0) return "killed: out of memory";
  if ((status & STATUS_KILLED) != 0) return "killed";
  if ((status & STATUS_TRAPPED) == 0) return "ended with status " + status.toString();
  return "crashed: " + trapText(trapKind(status)) + " (status " + exitStatus(status).toString() + ")";
}

function takeName(pid: i32): string {
  for (let i = 0; i < jobs.length; i++) {
    if (jobs[i].pid != pid) continue;
    const name = jobs[i].name;
    jobs.splice(i, 1);
    return name;
  }
  return "process";
}
