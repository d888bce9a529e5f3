// Scopes: which files and hosts a process's capabilities cover. What a bundle asks for (abi/scopes.ts) is granted within
// what the spawner has: a chain, the bundle's own rules first, then its spawner's, and each link must allow.

import { E_LIMIT } from "../../abi/errors.ts";
import {
  FILE_PATH,
  FILE_PATH_LENGTH,
  FILE_RIGHTS,
  HOST_ADDRESS,
  HOST_FIRST_PORT,
  HOST_LAST_PORT,
  HOST_PREFIX_BITS,
  HOST_RULE_SIZE,
  SCOPES_FILE_COUNT,
  SCOPES_HEADER_SIZE,
  SCOPES_HOST_COUNT,
} from "../../abi/scopes.ts";
import { fileRuleSize, prefixMask } from "../pkg/scopes.ts";
import { Process, PROCESS_MAX } from "../proc/process.ts";
import { PATH_MAX, pathNormalize } from "../vfs/path.ts";

/** One bundle's rules as processes hold them. Its own copy: it may outlive bundle and process. */
@unmanaged
class Scope {
  spawner: usize; // the Scope that it lies within, 0 if that was not limited
  holders: u32; // processes, and scopes within it
  depth: u32; // links of the chain
  length: u32; // bytes of the section behind these fields
}

const RULES = offsetof<Scope>();
const DEPTH_MAX: u32 = 16;

const byPid = memory.data(4096, 4); // usize: the Scope of each process, 0 if it is not limited
if (PROCESS_MAX * 4 > 4096) ERROR("byPid");
const normalized = memory.data(1024);
if (PATH_MAX > 1024) ERROR("normalized");

/**
 * Gives process `pid` the scopes in the `length` bytes at `section` (0: none), within those of `spawner` (0: the
 * kernel). 0, or -E_LIMIT if the chain would be too long.
 */
export function scopeGrant(pid: i32, spawner: i32, section: usize, length: u32): i32 {
  const above = load<usize>(slot(spawner));
  if (section == 0 || (above != 0 && sameRules(above, section, length))) {
    if (above != 0) scopeAt(above).holders++;
    store<usize>(slot(pid), above);
    return 0;
  }
  const depth: u32 = above == 0 ? 1 : scopeAt(above).depth + 1;
  if (depth > DEPTH_MAX) return -E_LIMIT;
  const scope = heap.alloc(RULES + <usize>length);
  scopeAt(scope).spawner = above;
  scopeAt(scope).holders = 1;
  scopeAt(scope).depth = depth;
  scopeAt(scope).length = length;
  memory.copy(scope + RULES, section, <usize>length);
  if (above != 0) scopeAt(above).holders++;
  store<usize>(slot(pid), scope);
  return 0;
}

/** Takes the scopes of a process that ended. */
export function scopeRelease(pid: i32): void {
  let scope = load<usize>(slot(pid));
  store<usize>(slot(pid), 0);
  while (scope != 0 && --scopeAt(scope).holders == 0) {
    const above = scopeAt(scope).spawner;
    heap.free(scope);
    scope = above;
  }
}

/** True if the process's scopes give it `rights` (SCOPE_*) on a path, as given: it is normalized here. */
export function scopeAllowsPath(process: Process, path: usize, length: u32, rights: u32): bool {
  let scope = load<usize>(slot(process.pid));
  if (scope == 0) return true;
  const size = pathNormalize(path, length, normalized);
  if (size < 0) return true; // no path: the file system says what is wrong with it
  for (; scope != 0; scope = scopeAt(scope).spawner) {
    if ((rightsOn(scope + RULES, <u32>size) & rights) != rights) return false;
  }
  return true;
}

/** True if the process's scopes let it connect to a port of an address, first octet in the lowest byte. */
export function scopeAllowsHost(process: Process, address: u32, port: u32): bool {
  for (let scope = load<usize>(slot(process.pid)); scope != 0; scope = scopeAt(scope).spawner) {
    if (!coversHost(scope + RULES, address, port)) return false;
  }
  return true;
}

/** The first link of a process's chain, 0 if it is not limited. Its rules are at scopeRules. */
export function scopeOf(pid: i32): usize {
  return load<usize>(slot(pid));
}

/** The next link, 0 behind the last. */
export function scopeSpawner(scope: usize): usize {
  return scopeAt(scope).spawner;
}

/** The section that a link holds, in the format of abi/scopes.ts. */
export function scopeRules(scope: usize): usize {
  return scope + RULES;
}

/** What the rules give on the normalized path of `length` bytes. */
function rightsOn(rules: usize, length: u32): u32 {
  const files: u32 = load<u16>(rules, SCOPES_FILE_COUNT);
  if (files == 0) return u32.MAX_VALUE;
  let rule = rules + SCOPES_HEADER_SIZE + <usize>load<u16>(rules, SCOPES_HOST_COUNT) * HOST_RULE_SIZE;
  let rights: u32 = 0;
  for (let i: u32 = 0; i < files; i++, rule += fileRuleSize(rule)) {
    if (coversPath(rule, length)) rights |= load<u16>(rule, FILE_RIGHTS);
  }
  return rights;
}

/** True if the normalized path is the rule's, or below it. */
function coversPath(rule: usize, length: u32): bool {
  const prefix: u32 = load<u16>(rule, FILE_PATH_LENGTH);
  if (prefix == 1) return true; // the root
  if (length < prefix || memory.compare(normalized, rule + FILE_PATH, <usize>prefix) != 0) return false;
  return length == prefix || load<u8>(normalized + <usize>prefix) == 47;
}

function coversHost(rules: usize, address: u32, port: u32): bool {
  const hosts: u32 = load<u16>(rules, SCOPES_HOST_COUNT);
  let rule = rules + SCOPES_HEADER_SIZE;
  for (let i: u32 = 0; i < hosts; i++, rule += HOST_RULE_SIZE) {
    const differing = bswap<u32>(address ^ load<u32>(rule, HOST_ADDRESS));
    if ((differing & prefixMask(load<u32>(rule, HOST_PREFIX_BITS))) != 0) continue;
    if (port >= load<u16>(rule, HOST_FIRST_PORT) && port <= load<u16>(rule, HOST_LAST_PORT)) return true;
  }
  return hosts == 0;
}

function sameRules(scope: usize, section: usize, length: u32): bool {
  return scopeAt(scope).length == length && memory.compare(scope + RULES, section, <usize>length) == 0;
}

function slot(pid: i32): usize {
  return byPid + 4 * <usize>pid;
}

// SAFETY: scopes come from scopeGrant and live while a process or a scope within them holds them.
function scopeAt(scope: usize): Scope {
  return changetype<Scope>(scope);
}
