// /sys/proc/<pid>/: what the kernel tells of one process.

import { CTX_MEMORY_MAX_PAGES, CTX_MEMORY_PAGES } from "../../abi/instance.ts";
import { textCapabilities, textScopes } from "../caps/capability-text.ts";
import { scopeOf, scopeRules, scopeSpawner } from "../caps/scopes.ts";
import { nowNs } from "../time/clock.ts";
import { numberedInit, numberedRegister } from "../vfs/sysfs-numbered.ts";
import { textBegin, textByte, textBytes, textEnd, textEntry, textPut } from "../vfs/text.ts";
import { refusalOf } from "./out-of-memory.ts";
import {
  HANDLE_FREE,
  HANDLE_MAX,
  NAME_MAX,
  Process,
  PROCESS_MAX,
  processEntry,
  processFind,
  processHandle,
  processName,
  STATE_CLOSING,
  STATE_ENDING,
  STATE_RUNNABLE,
  STATE_WAITING,
} from "./process.ts";

const KIB_PER_PAGE: u32 = 64;
const NEWLINE: u8 = 10;
const QUESTION: u8 = 63;

/** Registers the files. Once, at boot. */
export function processFoldersInit(): void {
  numberedInit("/proc", PROCESS_MAX, exists);
  numberedRegister("status", statusText);
  numberedRegister("caps", capabilitiesText);
  numberedRegister("args", argumentsText);
}

function exists(pid: u32): bool {
  return processFind(pid) !== null;
}

function statusText(pid: u32, buffer: usize, capacity: u32): u32 {
  const process = processEntry(pid)!; // SAFETY: there is such a process, or the path was not found
  textBegin(buffer, capacity);
  const name = processName(process);
  let length: u32 = 0;
  while (length < <u32>NAME_MAX && load<u8>(name + length) != 0) length++;
  textPut("name=");
  textBytes(name, length);
  textByte(NEWLINE);
  textEntry("pid", process.pid);
  textEntry("parent", process.parent);
  textEntry("group", process.group);
  textEntry("priority", process.priority);
  textPut("state=");
  textPut(stateName(process.state));
  textByte(NEWLINE);
  textEntry("cpu_us", process.cpuNs / 1000);
  textEntry("age_us", (nowNs() - process.startedNs) / 1000);
  if (process.context != 0) textOfLiving(process);
  return textEnd();
}

function textOfLiving(process: Process): void {
  textEntry("memory_kib", load<u32>(process.context, CTX_MEMORY_PAGES) * KIB_PER_PAGE);
  textEntry("memory_limit_kib", <i64>load<u32>(process.context, CTX_MEMORY_MAX_PAGES) * KIB_PER_PAGE);
  textEntry("memory_refused_kib", <i64>refusalOf(process.pid) * KIB_PER_PAGE);
  textEntry("stack_kib", process.stackPages * 4);
  let handles = 0;
  for (let i: i32 = 0; i < HANDLE_MAX; i++) if (processHandle(process, i)!.kind != HANDLE_FREE) handles++;
  textEntry("handles", handles);
  textEntry("handle_limit", process.handleLimit);
  textEntry("cpu_percent", process.cpuPercent);
  if (process.state == STATE_WAITING) textEntry("waits_in_call", process.waitCall);
}

/** What it may do: its bundle's rules, then, behind `within`, those of its spawner, and so on. */
function capabilitiesText(pid: u32, buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  textCapabilities(processEntry(pid)!.capabilities);
  for (let scope = scopeOf(pid); scope != 0; scope = scopeSpawner(scope)) {
    if (scope != scopeOf(pid)) textPut("within\n");
    textScopes(scopeRules(scope));
  }
  return textEnd();
}

/** Its arguments, a line each; control characters are `?`. */
function argumentsText(pid: u32, buffer: usize, capacity: u32): u32 {
  const process = processEntry(pid)!;
  textBegin(buffer, capacity);
  for (let i: u32 = 0; i < process.argsLength && process.words != 0; i++) {
    const byte = load<u8>(process.words + <usize>i);
    textByte(byte == 0 ? NEWLINE : byte < 32 || byte == 127 ? QUESTION : byte);
  }
  return textEnd();
}

function stateName(state: u32): string {
  switch (state) {
    case STATE_RUNNABLE:
      return "run";
    case STATE_WAITING:
      return "wait";
    case STATE_ENDING:
      return "ending";
    case STATE_CLOSING:
      return "closing";
    default:
      return "zombie";
  }
}
