// System calls that wait, tried again.

import { E_AGAIN, E_TIMEDOUT } from "../../abi/errors.ts";
import {
  SYS_PKG_CATALOG,
  SYS_PKG_RESOLVE,
  SYS_READ,
  SYS_TCP_CONNECT,
  SYS_WAIT,
  SYS_WRITE,
} from "../../abi/syscall.ts";
import { Process } from "../proc/process.ts";
import { STILL_WAITING } from "../sched/wait.ts";
import { connectTry, readTry, writeTry } from "./file-calls.ts";
import { catalogTry, resolveTry } from "./package-calls.ts";
import { waitTry } from "./process-calls.ts";

/** Tries the call that a process waits in; its result, or STILL_WAITING. */
export function retry(process: Process): i64 {
  const result = attempt(process);
  return result == -E_AGAIN ? STILL_WAITING : result;
}

/** The result of a wait that ended by its deadline. */
export function timeoutResult(process: Process): i64 {
  return process.waitCall == SYS_WAIT ? -E_TIMEDOUT : 0;
}

function attempt(process: Process): i32 {
  switch (process.waitCall) {
    case SYS_READ:
      return readTry(process, process.wait0, process.wait1, process.wait2);
    case SYS_WRITE:
      return writeTry(process, process.wait0, process.wait1, process.wait2);
    case SYS_WAIT:
      return waitTry(process, process.wait0, process.wait1);
    case SYS_TCP_CONNECT:
      return connectTry(process, process.wait0);
    case SYS_PKG_RESOLVE:
      return resolveTry(process);
    case SYS_PKG_CATALOG:
      return catalogTry(process);
    default:
      return -E_AGAIN; // sleep: only its timer ends it
  }
}
