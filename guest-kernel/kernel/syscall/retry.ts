// System calls that wait, tried again.

import { E_AGAIN, E_TIMEDOUT } from "../../abi/errors.ts";
import {
  SYS_FSTAT,
  SYS_FSYNC,
  SYS_GPU_SUBMIT_STRIDED,
  SYS_KILL,
  SYS_MKDIR,
  SYS_OPEN,
  SYS_PKG_CATALOG,
  SYS_PKG_RESOLVE,
  SYS_POLL,
  SYS_PORT_CALL,
  SYS_PORT_RECEIVE,
  SYS_PORT_SEND,
  SYS_READ,
  SYS_READDIR,
  SYS_RENAME,
  SYS_SEEK,
  SYS_STAT,
  SYS_TCP_CONNECT,
  SYS_TRUNCATE,
  SYS_UNLINK,
  SYS_WAIT,
  SYS_WRITE,
} from "../../abi/syscall.ts";
import { Process } from "../proc/process.ts";
import { STILL_WAITING } from "../sched/wait.ts";
import { vfsSynced } from "../vfs/open-file.ts";
import { connectTry, fstatTry, readTry, seekTry, truncateTry, writeTry } from "./file-calls.ts";
import { growTry, WAIT_MEMORY_GROW } from "./memory-calls.ts";
import { catalogTry, resolveTry } from "./package-calls.ts";
import { pathTry } from "./path-calls.ts";
import { pollTry } from "./poll-calls.ts";
import { receiveTry, sendTry } from "./port-calls.ts";
import { callTry } from "./port-exchange.ts";
import { killTry, waitTry } from "./process-calls.ts";
import { submitTry } from "./window-calls.ts";

/** Tries the call that a process waits in; its result, or STILL_WAITING. */
export function retry(process: Process): i64 {
  const result = attempt(process);
  return result == -E_AGAIN ? STILL_WAITING : result;
}

/** The result of a wait that ended by its deadline. */
export function timeoutResult(process: Process): i64 {
  return process.waitCall == SYS_WAIT ? -E_TIMEDOUT : 0;
}

function attempt(process: Process): i64 {
  switch (process.waitCall) {
    case SYS_READ:
      return readTry(process, process.wait0, process.wait1, process.wait2);
    case SYS_WRITE:
      return writeTry(process, process.wait0, process.wait1, process.wait2);
    case SYS_SEEK:
      return seekTry(process, process.wait0, offsetOf(process), process.wait3);
    case SYS_TRUNCATE:
      return truncateTry(process, process.wait0, offsetOf(process));
    case SYS_FSYNC:
      return vfsSynced(process.wait0);
    case SYS_FSTAT:
      return fstatTry(process, process.wait0, process.wait1);
    case SYS_OPEN:
    case SYS_READDIR:
    case SYS_STAT:
    case SYS_MKDIR:
    case SYS_UNLINK:
    case SYS_RENAME:
      return pathTry(process, process.waitCall, process.wait0, process.wait1, process.wait2, process.wait3);
    case SYS_KILL:
      return killTry(process.wait0);
    case SYS_WAIT:
      return waitTry(process, process.wait0, process.wait1);
    case SYS_TCP_CONNECT:
      return connectTry(process, process.wait0);
    case WAIT_MEMORY_GROW:
      return growTry(process);
    case SYS_PKG_RESOLVE:
      return resolveTry(process);
    case SYS_PKG_CATALOG:
      return catalogTry(process);
    case SYS_POLL:
      return pollTry(process, process.wait0, process.wait1);
    case SYS_GPU_SUBMIT_STRIDED:
      return submitTry(process);
    case SYS_PORT_SEND:
      return sendTry(process, process.wait0, process.wait1, process.wait2, process.wait3, process.wait4);
    case SYS_PORT_CALL:
      return callTry(process);
    case SYS_PORT_RECEIVE:
      return receiveTry(process, process.wait0, process.wait1, process.wait2, process.wait3, process.wait4);
    default:
      return -E_AGAIN; // sleep: only its timer ends it
  }
}

/** The i64 among the arguments of a call that waits. */
function offsetOf(process: Process): i64 {
  return <i64>(((<u64>process.wait2) << 32) | process.wait1);
}
