// Starting an app with more than arguments: environment, handles, a group, limits. All limits are inherited, and none can be
// above the caller's own (-E_ABOVE).

import {
  SPAWN_ARGS,
  SPAWN_ARGS_LEN,
  SPAWN_CPU_PERCENT,
  SPAWN_ENV,
  SPAWN_ENV_LEN,
  SPAWN_FLAGS,
  SPAWN_HANDLE_COUNT,
  SPAWN_HANDLE_LIMIT,
  SPAWN_HANDLES,
  SPAWN_MEMORY_PAGES,
  SPAWN_NEW_GROUP,
  SPAWN_OPTIONS_SIZE,
  SPAWN_PRIORITY,
  SPAWN_WITHHOLD,
} from "../../guest-kernel/abi/spawn.ts";
import { kill_group, set_priority, spawn_with } from "./oscortex.ts";
import { encodeWords } from "./words.ts";

/** The handle number that stands for none in `LaunchOptions.handles`. */
export const NO_HANDLE: i32 = -1;

/** What a process is to have. Numbers that are 0 mean: as the caller. */
export class LaunchOptions {
  args: string[] = [];
  /** `NAME=VALUE` each; null: what the caller was given. */
  environment: string[] | null = null;
  /** The child's handle i is a duplicate of the caller's handles[i]; null: of its first three. */
  handles: i32[] | null = null;
  /** The process leads a group of its own, whose number is its pid. */
  newGroup: bool = false;
  /** CAP_* that it does not get. */
  withhold: u32 = 0;
  /** 1 to 8; the highest runs. */
  priority: u32 = 0;
  /** Linear memory at most, in 64 KiB pages. */
  memoryPages: u32 = 0;
  /** Handles at most. */
  handleLimit: u32 = 0;
  /** Per cent of the processor's time at most. */
  cpuPercent: u32 = 0;
}

const block = memory.data(48, 4);
if (SPAWN_OPTIONS_SIZE > 48) ERROR("block");

/** Starts an app with options: its pid, or -E_*. Needs `processes`. */
export function launch(appId: i32, options: LaunchOptions): i32 {
  const args = encodeWords(options.args);
  const environment = options.environment;
  const words = environment === null ? new ArrayBuffer(0) : encodeWords(environment);
  const handles = options.handles;
  memory.fill(block, 0, SPAWN_OPTIONS_SIZE);
  store<usize>(block, changetype<usize>(args), SPAWN_ARGS);
  store<u32>(block, args.byteLength, SPAWN_ARGS_LEN);
  if (environment !== null) store<usize>(block, changetype<usize>(words), SPAWN_ENV);
  store<u32>(block, words.byteLength, SPAWN_ENV_LEN);
  if (handles !== null) {
    store<usize>(block, handles.dataStart, SPAWN_HANDLES);
    store<u32>(block, handles.length, SPAWN_HANDLE_COUNT);
  }
  store<u32>(block, options.newGroup ? SPAWN_NEW_GROUP : 0, SPAWN_FLAGS);
  store<u32>(block, options.withhold, SPAWN_WITHHOLD);
  store<u32>(block, options.priority, SPAWN_PRIORITY);
  store<u32>(block, options.memoryPages, SPAWN_MEMORY_PAGES);
  store<u32>(block, options.handleLimit, SPAWN_HANDLE_LIMIT);
  store<u32>(block, options.cpuPercent, SPAWN_CPU_PERCENT);
  return spawn_with(appId, block, <u32>SPAWN_OPTIONS_SIZE);
}

/** Ends all processes of a group: how many, or -E_*. Needs `processes`. */
export function killGroup(group: i32): i32 {
  return kill_group(group);
}

/** Sets a process's priority, 1 to 8, at most the caller's own. Needs `processes`. */
export function setPriority(pid: i32, priority: u32): i32 {
  return set_priority(pid, priority);
}
