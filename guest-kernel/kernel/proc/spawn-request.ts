// What a new process is to have besides its app.

import { CAP_ALL } from "../../abi/capabilities.ts";
import { PRIORITY_MAX } from "../../abi/spawn.ts";
import { MEMORY_PAGES_MAX } from "../mm/windows.ts";
import { CPU_ALL } from "../sched/cpu-time.ts";
import { HANDLE_MAX, Process } from "./process.ts";

/** One request at a time: spawn takes it at once. */
@unmanaged
export class SpawnRequest {
  parent: Process | null; // null: the kernel starts init
  capabilities: u32; // CAP_* that may be granted
  words: usize; // frames with the arguments and the environment, 0 if there are none of both; the process's then
  argsLength: u32;
  envLength: u32;
  handles: usize; // i32 each: handles of the parent
  handleCount: u32;
  newGroup: bool;
  priority: u32;
  memoryPages: u32; // most linear memory
  handleLimit: u32;
  cpuPercent: u32;
}

const storage = memory.data(64, 8);
if (offsetof<SpawnRequest>() > 64) ERROR("storage");

/** A request with what the parent has, but no arguments, environment and handles. */
export function requestFrom(parent: Process | null): SpawnRequest {
  const request = changetype<SpawnRequest>(storage);
  request.parent = parent;
  request.capabilities = parent === null ? CAP_ALL : parent.capabilities;
  request.words = 0;
  request.argsLength = 0;
  request.envLength = 0;
  request.handles = 0;
  request.handleCount = 0;
  request.newGroup = parent === null || parent.pid == 1; // what init starts has nothing to do with each other
  request.priority = parent === null ? PRIORITY_MAX : parent.priority;
  request.memoryPages = parent === null ? MEMORY_PAGES_MAX : parent.memoryPages;
  request.handleLimit = parent === null ? <u32>HANDLE_MAX : parent.handleLimit;
  request.cpuPercent = parent === null ? CPU_ALL : parent.cpuPercent;
  return request;
}
