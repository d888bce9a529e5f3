// What the unit tests of the kernel's core call, besides the kernel's own entry and system call handlers.

import { installLibrary } from "./app-registry/installed.ts";
import { lineText } from "./app-registry/lines.ts";
import { kernelOption } from "./command-line.ts";
import { log } from "./log.ts";
import { panic } from "./panic.ts";
import { trapText } from "./proc/fault.ts";
import { current, processEntry, processName, setCurrent } from "./proc/process.ts";
import { sysWindowControl } from "./syscall/window-calls.ts";

export * from "./main";
export { commandLineInit, initArgs, initArgsLength, parseEndpoint } from "./command-line";
export { installBegin, installFree, installStep } from "./app-registry/install";
export { installSite } from "./app-registry/sites";
export { logRing } from "./log";
export { loop } from "./loop";
export { framesAlloc, framesFree, framesFreeCount, framesUserCount } from "./mm/frames";
export { heapRoom } from "./mm/heap-room";
export { portCount } from "./ipc/port";
export { pageCacheStamp, pageReserve } from "./vfs/page-cache";
export { processEnd } from "./proc/end";
export { frameStatistics } from "./compositor/statistics";
export { cursorShape } from "./wm/cursor";
export { windowsText } from "./wm/window-info";
export { clockInit, nowNs, wallClockNs } from "./time/clock";

/** STATE_* of a PID. */
export function stateOf(pid: i32): u32 {
  return processEntry(pid)!.state;
}

/** The parent of a PID. */
export function parentOf(pid: i32): i32 {
  return processEntry(pid)!.parent;
}

/** The group of a PID. */
export function groupOf(pid: i32): i32 {
  return processEntry(pid)!.group;
}

/** The share of the processor that a PID may have at most. */
export function cpuPercentOf(pid: i32): u32 {
  return processEntry(pid)!.cpuPercent;
}

/** The context of a PID, 0 if it has ended. */
export function contextOf(pid: i32): usize {
  return processEntry(pid)!.context;
}

/** The installation that a PID is an instance of. */
export function installOf(pid: i32): i32 {
  return processEntry(pid)!.install;
}

/** The library that it is linked to. */
export function libraryOf(pid: i32): i32 {
  return installLibrary(installOf(pid));
}

/** Where the name of a PID is. */
export function nameOf(pid: i32): usize {
  return processName(processEntry(pid)!);
}

/** window_control as a process calls it that is not running. */
export function controlAs(pid: i32, handle: i32, action: u32, a: i32, b: i32): i32 {
  const before = current;
  setCurrent(processEntry(pid)!);
  const result = sysWindowControl(handle, action, a, b);
  setCurrent(before);
  return result;
}

/** Where the heap puts a block of this size: moves when something was leaked. */
export function heapProbe(size: usize): usize {
  const probe = heap.alloc(size);
  heap.free(probe);
  return probe;
}

/** Bytes of the option `pkg_server`, written to `target`; -1 if it is not given. */
export function serverOption(target: usize): i32 {
  const value = kernelOption("pkg_server");
  if (value == 0) return -1;
  let length = 0;
  while (load<u8>(value + length) != 0) length++;
  memory.copy(target, value, length);
  return length;
}

/** Writes the text of a wasm offset to `target`; returns its length. */
export function lineAt(table: usize, length: u32, wasmOffset: u32, target: usize): u32 {
  const text = lineText(table, length, wasmOffset);
  return <u32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, target);
}

/** Writes the text of a trap, TRAP_*, to `target`; returns its length. */
export function trapTextOf(kind: u32, target: usize): u32 {
  const text = trapText(kind);
  return <u32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, target);
}

/** Panics with `length` bytes of UTF-8. */
export function panicWith(source: usize, length: u32): void {
  panic(String.UTF8.decodeUnsafe(source, length));
}

/** Logs `length` bytes of UTF-8. */
export function logText(source: usize, length: u32): void {
  log(String.UTF8.decodeUnsafe(source, length));
}
