// What unit tests call of the virtual file system, and two files for /sys.

import { framesFreeCount, framesInit } from "../mm/frames.ts";
import { initramfsMount } from "./initramfs.ts";
import { vfsClose, vfsOpenCount, vfsRead } from "./open-file.ts";
import { pathNormalize, pathWantsFolder } from "./path.ts";
import { SYSFS_TEXT_MAX, sysfsRegister } from "./sysfs.ts";
import { textBegin, textEnd, textEntry, textHex, textNumber, textPut } from "./text.ts";
import { vfsInit, vfsMap, vfsMapLength, vfsOpen, vfsReaddir } from "./vfs.ts";

export {
  framesFreeCount,
  framesInit,
  initramfsMount,
  pathNormalize,
  pathWantsFolder,
  vfsClose,
  vfsInit,
  vfsMap,
  vfsMapLength,
  vfsOpen,
  vfsOpenCount,
  vfsRead,
  vfsReaddir,
};

let counter: i64 = -1;

function counterText(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  textEntry("counter", counter++);
  return textEnd();
}

function longText(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  textNumber(u64.MAX_VALUE);
  textHex(buffer, 2);
  for (let i: u32 = 0; i < SYSFS_TEXT_MAX; i++) textPut("x");
  return textEnd();
}

function noText(_buffer: usize, _capacity: u32): u32 {
  return 0;
}

export function registerSamples(): void {
  sysfsRegister("test/counter", counterText);
  sysfsRegister("test/deep/long", longText);
  sysfsRegister("test2", noText);
}
