// The kernel command line: NUL-terminated words, kernel options before `--`, the arguments of /init behind it.

import { BOOT_INFO_CMDLINE_LEN } from "../abi/boot-info.ts";
import { BOOT_INFO_GPA, CMDLINE_GPA, CMDLINE_MAX } from "../abi/memory-map.ts";

const DASH: u8 = 45;

let length: usize = 0;
let initArgsAt: usize = 0;

/** Finds the two halves. */
export function commandLineInit(): void {
  length = min<usize>(load<u32>(BOOT_INFO_GPA, BOOT_INFO_CMDLINE_LEN), CMDLINE_MAX);
  initArgsAt = length;
  for (let at: usize = 0; at < length; at = next(at)) {
    const word = CMDLINE_GPA + at;
    if (load<u8>(word) == DASH && load<u8>(word, 1) == DASH && load<u8>(word, 2) == 0) {
      initArgsAt = min(next(at), length);
      return;
    }
  }
}

/** The arguments of /init, NUL-terminated each: their address. */
export function initArgs(): usize {
  return CMDLINE_GPA + initArgsAt;
}

/** Bytes of /init's arguments. */
export function initArgsLength(): u32 {
  return <u32>(length - initArgsAt);
}

/** The value of kernel option `key=value`: its address, NUL-terminated; 0 if it is not given. */
export function kernelOption(key: string): usize {
  for (let at: usize = 0; at < initArgsAt; at = next(at)) {
    const value = valueOf(CMDLINE_GPA + at, key);
    if (value != 0) return value;
  }
  return 0;
}

function valueOf(word: usize, key: string): usize {
  for (let i = 0; i < key.length; i++) {
    if (load<u8>(word + <usize>i) != <u8>key.charCodeAt(i)) return 0;
  }
  const behind = word + <usize>key.length;
  return load<u8>(behind) == 61 ? behind + 1 : 0; // '='
}

function next(at: usize): usize {
  while (at < length && load<u8>(CMDLINE_GPA + at) != 0) at++;
  return at + 1;
}

/** Reads a dotted IPv4 address, ':' and a port: the address (first octet lowest) in the low half, the port above; 0 if it is none. */
export function parseEndpoint(text: usize): u64 {
  let ip: u32 = 0;
  for (let octet = 0; octet < 4; octet++) {
    const number = decimal(text);
    if (number > 255 || load<u8>(end) != (octet == 3 ? 58 : 46)) return 0;
    ip |= number << (8 * octet);
    text = end + 1;
  }
  const port = decimal(text);
  return port == 0 || port > 0xffff || load<u8>(end) != 0 ? 0 : ((<u64>port) << 32) | ip;
}

let end: usize = 0;

/** A decimal number of one to five digits; `end` is behind it. u32.MAX_VALUE if there is none. */
function decimal(at: usize): u32 {
  let value: u32 = 0;
  const start = at;
  while (at - start < 6 && <u32>load<u8>(at) - 48 < 10) value = value * 10 + load<u8>(at++) - 48;
  end = at;
  return at == start || at - start > 5 ? u32.MAX_VALUE : value;
}
