// System calls that start processes, and what processes can ask of how they were started.

import { E_ABOVE, E_BADF, E_FAULT, E_INVAL, E_NOMEM, E_PERM } from "../../abi/errors.ts";
import { CAP_PROCESSES } from "../../abi/capabilities.ts";
import {
  PRIORITY_MAX,
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
  SPAWN_WORDS_MAX,
} from "../../abi/spawn.ts";
import { HANDLE_STDERR, HANDLE_STDIN, HANDLE_STDOUT } from "../../abi/syscall.ts";
import { granted } from "../caps/capabilities.ts";
import { framesAlloc, framesFree, framesUserCount } from "../mm/frames.ts";
import { copyFromUser, copyToUser, userContains } from "../mm/user-memory.ts";
import { current, HANDLE_FREE, HANDLE_MAX, processHandle, wordsPages } from "../proc/process.ts";
import { SpawnRequest, requestFrom } from "../proc/spawn-request.ts";
import { spawn } from "../proc/spawn.ts";

const options = memory.data(48, 4);
if (SPAWN_OPTIONS_SIZE > 48) ERROR("options");
const handles = memory.data(256, 4); // i32 each
if (HANDLE_MAX * 4 > 256) ERROR("handles");

/** spawn(app_id, args, len) -> pid: spawn_with, all but the arguments by default. */
export function sysSpawn(appId: i32, args: u32, len: u32): i32 {
  memory.fill(options, 0, SPAWN_OPTIONS_SIZE);
  store<u32>(options, args, SPAWN_ARGS);
  store<u32>(options, len, SPAWN_ARGS_LEN);
  return spawnWithOptions(appId);
}

/** spawn_with(app_id, options, size) -> pid */
export function sysSpawnWith(appId: i32, pointer: u32, size: u32): i32 {
  if (size > <u32>SPAWN_OPTIONS_SIZE || (size & 3) != 0) return -E_INVAL;
  if (!userContains(current, pointer, size)) return -E_FAULT;
  memory.fill(options, 0, SPAWN_OPTIONS_SIZE);
  copyFromUser(current, options, pointer, size);
  return spawnWithOptions(appId);
}

function spawnWithOptions(appId: i32): i32 {
  if (!granted(CAP_PROCESSES)) return -E_PERM;
  const request = requestFrom(current);
  let error = readLimits(request);
  if (error == 0) error = readHandles(request);
  if (error == 0) error = readWords(request);
  if (error != 0) return error;
  const pid = spawn(appId, request);
  if (pid < 0 && request.words != 0)
    framesFree(request.words, wordsPages(request.argsLength, request.envLength));
  return pid;
}

function option(offset: usize): u32 {
  return load<u32>(options + offset);
}

function readLimits(request: SpawnRequest): i32 {
  if (option(SPAWN_FLAGS) > SPAWN_NEW_GROUP || option(SPAWN_PRIORITY) > PRIORITY_MAX) return -E_INVAL;
  if (option(SPAWN_HANDLE_LIMIT) > <u32>HANDLE_MAX || option(SPAWN_CPU_PERCENT) > 100) return -E_INVAL;
  if (option(SPAWN_FLAGS) != 0) request.newGroup = true;
  request.capabilities &= ~option(SPAWN_WITHHOLD);
  // 0 is never above, and means what the spawner has.
  if (option(SPAWN_PRIORITY) > request.priority || option(SPAWN_MEMORY_PAGES) > request.memoryPages)
    return -E_ABOVE;
  if (option(SPAWN_HANDLE_LIMIT) > request.handleLimit) return -E_ABOVE;
  if (option(SPAWN_CPU_PERCENT) > request.cpuPercent) return -E_ABOVE;
  if (option(SPAWN_PRIORITY) != 0) request.priority = option(SPAWN_PRIORITY);
  if (option(SPAWN_MEMORY_PAGES) != 0) request.memoryPages = option(SPAWN_MEMORY_PAGES);
  if (option(SPAWN_HANDLE_LIMIT) != 0) request.handleLimit = option(SPAWN_HANDLE_LIMIT);
  if (option(SPAWN_CPU_PERCENT) != 0) request.cpuPercent = option(SPAWN_CPU_PERCENT);
  return 0;
}

/** The handles that the child gets: those that were named, or the spawner's own first three as far as it has them. */
function readHandles(request: SpawnRequest): i32 {
  const count = option(SPAWN_HANDLE_COUNT);
  if (count > <u32>HANDLE_MAX) return -E_INVAL;
  request.handles = handles;
  request.handleCount = count;
  if (option(SPAWN_HANDLES) == 0) {
    if (count != 0) return -E_INVAL;
    request.handleCount = min<u32>(3, request.handleLimit);
    for (let i = HANDLE_STDIN; i <= HANDLE_STDERR; i++) storeHandle(i, isOpen(i) ? i : -1);
    return 0;
  }
  if (!userContains(current, option(SPAWN_HANDLES), 4 * count)) return -E_FAULT;
  copyFromUser(current, handles, option(SPAWN_HANDLES), 4 * count);
  for (let i: u32 = 0; i < count; i++) {
    const number = load<i32>(handles + <usize>(4 * i));
    if (number != -1 && !isOpen(number)) return -E_BADF;
  }
  return 0;
}

function storeHandle(index: i32, number: i32): void {
  store<i32>(handles + <usize>(4 * index), number);
}

function isOpen(number: i32): bool {
  const handle = processHandle(current, number);
  return handle !== null && handle.kind != HANDLE_FREE;
}

/** Copies arguments and environment to frames of their own. */
function readWords(request: SpawnRequest): i32 {
  const argsLength = option(SPAWN_ARGS_LEN);
  const inherits = option(SPAWN_ENV) == 0;
  const envLength = inherits ? current.envLength : option(SPAWN_ENV_LEN);
  if (argsLength > SPAWN_WORDS_MAX || envLength > SPAWN_WORDS_MAX) return -E_INVAL;
  if (inherits && option(SPAWN_ENV_LEN) != 0) return -E_INVAL;
  if (!userContains(current, option(SPAWN_ARGS), argsLength)) return -E_FAULT;
  if (!inherits && !userContains(current, option(SPAWN_ENV), envLength)) return -E_FAULT;
  if (argsLength + envLength == 0) return 0;
  const pages = wordsPages(argsLength, envLength);
  const words: usize = framesUserCount() < pages ? 0 : framesAlloc(pages);
  if (words == 0) return -E_NOMEM;
  copyFromUser(current, words, option(SPAWN_ARGS), argsLength);
  if (inherits) memory.copy(words + argsLength, current.words + current.argsLength, envLength);
  else copyFromUser(current, words + argsLength, option(SPAWN_ENV), envLength);
  if (!ended(words, argsLength) || !ended(words + argsLength, envLength)) {
    framesFree(words, pages);
    return -E_INVAL;
  }
  request.words = words;
  request.argsLength = argsLength;
  request.envLength = envLength;
  return 0;
}

/** True if a list of words is empty or ends with a NUL. */
function ended(words: usize, length: u32): bool {
  return length == 0 || load<u8>(words + length - 1) == 0;
}

/** args(buf, capacity) -> bytes in all; copies them if they fit. */
export function sysArgs(buf: u32, capacity: u32): i32 {
  return tellWords(buf, capacity, current.words, current.argsLength);
}

/** env(buf, capacity) -> bytes in all; copies them if they fit. */
export function sysEnv(buf: u32, capacity: u32): i32 {
  return tellWords(buf, capacity, current.words + current.argsLength, current.envLength);
}

function tellWords(buf: u32, capacity: u32, words: usize, length: u32): i32 {
  if (length > capacity) return <i32>length;
  if (!userContains(current, buf, length)) return -E_FAULT;
  copyToUser(current, buf, words, length);
  return <i32>length;
}

if (HANDLE_STDIN != 0 || HANDLE_STDOUT != 1 || HANDLE_STDERR != 2) ERROR("readHandles");
