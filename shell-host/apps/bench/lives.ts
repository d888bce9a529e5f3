// Many processes: one after the other, and at once. For tests, which look at the numbers that are printed.

import { E_CHILD } from "../../../guest-kernel/abi/errors.ts";
import { MILLISECOND, sleepNs } from "../../sdk/clock.ts";
import { print, printError } from "../../sdk/console.ts";
import { errorText } from "../../sdk/error-text.ts";
import { readTextFile } from "../../sdk/files.ts";
import { launch, LaunchOptions } from "../../sdk/launch.ts";
import { spawn, wait } from "../../sdk/oscortex.ts";
import { resolve } from "../../sdk/packages.ts";
import { killChild, NO_TIMEOUT } from "../../sdk/process.ts";

const APP = "org.oscortex.nothing";
const FAILED: i32 = 1;
const status = memory.data(4, 4);
const MEMORY = "/sys/mem";
const COLLECT_NS: i64 = 300 * MILLISECOND; // guest-kernel/kernel/loop.ts, and some more
const WARM_UP: i32 = 200; // until all windows that are used in turn have their tables

/** Starts a process and waits for its end, `count` times: free memory, the kernel's heap and all handles before and after. */
export function measureCycles(count: i32): i32 {
  const app = resolve(APP);
  if (app < 0) return failed(app);
  let result = cycles(app, WARM_UP);
  if (result < 0) return failed(result);
  __collect();
  const before = new Usage();
  result = cycles(app, count);
  if (result < 0) return failed(result);
  const after = new Usage();
  let line = "cycles " + count.toString() + " free_kib " + before.freeKib + " " + after.freeKib;
  line += " heap_bytes " + before.heapBytes + " " + after.heapBytes;
  print(line + " handles " + before.handles + " " + after.handles);
  return 0;
}

/** What is in use in the machine. */
class Usage {
  heapBytes: string;
  handles: string;
  freeKib: string;

  constructor() {
    sleepNs(COLLECT_NS); // what the kernel has dropped is collected then
    this.heapBytes = field(MEMORY, "heap_bytes");
    this.handles = field("/sys/handles", "handles");
    this.freeKib = field(MEMORY, "free_kib");
  }
}

function cycles(app: i32, count: i32): i32 {
  for (let i = 0; i < count; i++) {
    const pid = spawn(app, 0, 0);
    if (pid < 0) return pid;
    // Not waitFor: what it allocates would look like something that was left behind.
    const ended = wait(pid, status, NO_TIMEOUT);
    if (ended != pid || load<i32>(status) != 0) return ended < 0 ? ended : -E_CHILD;
  }
  return 0;
}

/** Starts `count` processes that stay, counts those that live, ends each, and says what is free before and after. */
export function measureAlive(count: i32): i32 {
  const app = resolve(APP);
  if (app < 0) return failed(app);
  const before = field(MEMORY, "free_kib");
  const options = new LaunchOptions();
  options.args = ["stay"];
  const pids = new Array<i32>();
  let result = 0;
  while (pids.length < count && result >= 0) {
    result = launch(app, options);
    if (result > 0) pids.push(result);
  }
  sleepNs(MILLISECOND); // all have run
  print("alive " + pids.length.toString() + " listed " + listed().toString());
  for (let i = 0; i < pids.length; i++) killChild(pids[i]);
  print("free_kib " + before + " " + field(MEMORY, "free_kib"));
  return result < 0 ? failed(result) : 0;
}

function listed(): i32 {
  const lines = readTextFile("/sys/proc/list").content.split("\n");
  let count = 0;
  for (let i = 0; i < lines.length; i++) if (lines[i].endsWith(" " + APP)) count++;
  return count;
}

/** The value of a `key=value` line; "?" if there is none. */
function field(path: string, key: string): string {
  const lines = readTextFile(path).content.split("\n");
  for (let i = 0; i < lines.length; i++)
    if (lines[i].startsWith(key + "=")) return lines[i].slice(key.length + 1);
  return "?";
}

function failed(result: i32): i32 {
  printError("bench: " + APP + ": " + errorText(result));
  return FAILED;
}
