// /sys/handles: what handles of all processes stand for.

import { socketsHeld } from "../net/tcp-socket.ts";
import {
  HANDLE_FREE,
  HANDLE_MAX,
  PROCESS_MAX,
  processEntry,
  processHandle,
  STATE_FREE,
} from "../proc/process.ts";
import { vfsOpenCount } from "../vfs/open-file.ts";
import { sysfsRegister } from "../vfs/sysfs.ts";
import { textBegin, textEnd, textEntry } from "../vfs/text.ts";
import { portCount } from "./port.ts";

/** Registers the file. Once, at boot. */
export function handlesReportInit(): void {
  sysfsRegister("handles", handlesText);
}

function handlesText(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  textEntry("handles", handleCount());
  textEntry("files", vfsOpenCount()); // open, however many handles stand for each
  textEntry("port_ends", portCount()); // those under way in messages among them
  textEntry("sockets", socketsHeld()); // the kernel's own among them
  return textEnd();
}

function handleCount(): i32 {
  let count = 0;
  for (let pid: i32 = 1; pid < PROCESS_MAX; pid++) {
    const process = processEntry(pid)!;
    if (process.state == STATE_FREE) continue;
    for (let i: i32 = 0; i < HANDLE_MAX; i++) if (processHandle(process, i)!.kind != HANDLE_FREE) count++;
  }
  return count;
}
