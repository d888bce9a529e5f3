// Processes: start, wait, kill, end.

import { exit, getpid, kill, poweroff, spawn, wait } from "./oscortex.ts";
import { encodeWords } from "./words.ts";

export { exit, getpid, kill, poweroff };

/** Waits without an end. */
export const NO_TIMEOUT: i64 = -1;

/** A child that ended. */
export class Ended {
  constructor(
    /** Its pid; negative if none ended: -E_TIMEDOUT, or -E_CHILD if there is none to wait for. */
    public pid: i32,
    /** The exit status 0..255, STATUS_TRAPPED | TRAP_*, or STATUS_KILLED. */
    public status: i32,
  ) {}
}

const status = memory.data(4, 4);

/** Starts an app (`packages.ts` resolves names) with arguments: its pid, or -E_*. Needs `processes`. */
export function start(appId: i32, words: string[]): i32 {
  const args = encodeWords(words);
  return spawn(appId, changetype<usize>(args), args.byteLength);
}

/** Waits until the child `pid` (0: any child) ends, or `timeoutNs` have passed. */
export function waitFor(pid: i32, timeoutNs: i64): Ended {
  const child = wait(pid, status, timeoutNs);
  return new Ended(child, load<i32>(status));
}

/** Kills a child and takes its status, so that nothing of it is left. */
export function killChild(pid: i32): void {
  kill(pid);
  wait(pid, status, NO_TIMEOUT);
}
