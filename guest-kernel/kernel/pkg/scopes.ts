// The scopes section of a bundle, abi/scopes.ts, checked in place. Past checkScopes it obeys every rule of the format.

import { CAP_FILES, CAP_NET } from "../../abi/capabilities.ts";
import {
  FILE_PATH,
  FILE_PATH_LENGTH,
  FILE_RIGHTS,
  HOST_ADDRESS,
  HOST_FIRST_PORT,
  HOST_LAST_PORT,
  HOST_PREFIX_BITS,
  HOST_RULE_SIZE,
  SCOPE_READ,
  SCOPE_WRITE,
  SCOPES_FILE_COUNT,
  SCOPES_HEADER_SIZE,
  SCOPES_HOST_COUNT,
  SCOPES_MAX_FILES,
  SCOPES_MAX_HOSTS,
  SCOPES_MAX_PATH,
} from "../../abi/scopes.ts";
import { pathNormalize } from "../vfs/path.ts";
import { checkUtf8 } from "./utf8.ts";

const normalized = memory.data(128);
if (SCOPES_MAX_PATH >= 128) ERROR("normalized");

/** True if the `length` bytes at `at` are scopes of a bundle that asks for these CAP_*. */
export function checkScopes(at: usize, length: u32, capabilities: u32): bool {
  if (length < <u32>SCOPES_HEADER_SIZE) return false;
  const files: u32 = load<u16>(at, SCOPES_FILE_COUNT);
  const hosts: u32 = load<u16>(at, SCOPES_HOST_COUNT);
  if (files > SCOPES_MAX_FILES || (files != 0 && (capabilities & CAP_FILES) == 0)) return false;
  if (hosts > SCOPES_MAX_HOSTS || (hosts != 0 && (capabilities & CAP_NET) == 0)) return false;
  const end = at + <usize>length;
  let rule = at + SCOPES_HEADER_SIZE;
  for (let i: u32 = 0; i < hosts; i++, rule += HOST_RULE_SIZE) {
    if (end - rule < HOST_RULE_SIZE || !checkHost(rule)) return false;
  }
  for (let i: u32 = 0; i < files; i++) {
    if (end - rule < FILE_PATH || end - rule < fileRuleSize(rule) || !checkFile(rule)) return false;
    rule += fileRuleSize(rule);
  }
  return rule == end;
}

/** Bytes that a file rule takes, its padding with it. */
export function fileRuleSize(rule: usize): usize {
  return (FILE_PATH + <usize>load<u16>(rule, FILE_PATH_LENGTH) + 3) & ~(<usize>3);
}

/** The bits of an address that a prefix of `bits` keeps, the address given first octet first. */
export function prefixMask(bits: u32): u32 {
  return bits == 0 ? 0 : u32.MAX_VALUE << (32 - bits);
}

function checkHost(rule: usize): bool {
  const bits = load<u32>(rule, HOST_PREFIX_BITS);
  if (bits > 32 || (bswap<u32>(load<u32>(rule, HOST_ADDRESS)) & ~prefixMask(bits)) != 0) return false;
  const first = load<u16>(rule, HOST_FIRST_PORT);
  return first != 0 && first <= load<u16>(rule, HOST_LAST_PORT);
}

function checkFile(rule: usize): bool {
  const rights: u32 = load<u16>(rule, FILE_RIGHTS);
  const length: u32 = load<u16>(rule, FILE_PATH_LENGTH);
  if (rights != SCOPE_READ && rights != (SCOPE_READ | SCOPE_WRITE)) return false;
  if (length == 0 || length > SCOPES_MAX_PATH || !checkUtf8(rule + FILE_PATH, length)) return false;
  for (let i = FILE_PATH + <usize>length; i < fileRuleSize(rule); i++)
    if (load<u8>(rule + i) != 0) return false;
  // Rules are printed: none may look like something else.
  for (let i: usize = 0; i < <usize>length; i++) {
    const byte = load<u8>(rule + FILE_PATH + i);
    if (byte < 32 || byte == 127) return false;
  }
  return (
    pathNormalize(rule + FILE_PATH, length, normalized) == <i32>length &&
    memory.compare(normalized, rule + FILE_PATH, <usize>length) == 0
  );
}
