// What /sys shows of all processes.

import { CTX_MEMORY_PAGES } from "../../abi/instance.ts";
import { sysfsRegister } from "../vfs/sysfs.ts";
import { textBegin, textByte, textBytes, textEnd, textNumber, textPut } from "../vfs/text.ts";
import { lastCrashText } from "./last-crash.ts";
import {
  NAME_MAX,
  Process,
  PROCESS_MAX,
  processEntry,
  processName,
  STATE_FREE,
  STATE_RUNNABLE,
  STATE_WAITING,
} from "./process.ts";

/** Registers /sys/proc/list and /sys/proc/last-crash. */
export function processFilesInit(): void {
  sysfsRegister("proc/list", listProcesses);
  sysfsRegister("proc/last-crash", lastCrashText);
}

function listProcesses(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  textPut("  PID  PPID  PGRP PRI STATE   MEM/KiB  CPU/ms NAME\n");
  for (let pid: i32 = 1; pid < PROCESS_MAX; pid++) {
    const process = processEntry(pid)!;
    if (process.state != STATE_FREE) listProcess(process);
  }
  return textEnd();
}

function listProcess(process: Process): void {
  padded(process.pid, 5);
  padded(process.parent, 6);
  padded(process.group, 6);
  padded(process.priority, 4);
  textPut(stateText(process.state));
  padded(process.context == 0 ? 0 : load<u32>(process.context, CTX_MEMORY_PAGES) * 64, 8);
  padded(<u32>(process.cpuNs / 1000000), 8);
  textByte(32);
  const name = processName(process);
  let length: u32 = 0;
  while (length < <u32>NAME_MAX && load<u8>(name + length) != 0) length++;
  textBytes(name, length);
  textByte(10);
}

function stateText(state: u32): string {
  if (state == STATE_RUNNABLE) return " run    ";
  return state == STATE_WAITING ? " wait   " : " zombie ";
}

function padded(value: u32, width: i32): void {
  let digits = 1;
  for (let rest = value / 10; rest != 0; rest /= 10) digits++;
  for (let i = digits; i < width; i++) textByte(32);
  textNumber(value);
}
