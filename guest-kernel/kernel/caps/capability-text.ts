// Capabilities and their scopes in words, appended to the text that vfs/text.ts is writing.

import { CAPABILITY_NAMES } from "../../abi/capability-names.ts";
import {
  FILE_PATH,
  FILE_PATH_LENGTH,
  FILE_RIGHTS,
  HOST_ADDRESS,
  HOST_FIRST_PORT,
  HOST_LAST_PORT,
  HOST_PREFIX_BITS,
  HOST_RULE_SIZE,
  SCOPE_WRITE,
  SCOPES_FILE_COUNT,
  SCOPES_HEADER_SIZE,
  SCOPES_HOST_COUNT,
} from "../../abi/scopes.ts";
import { fileRuleSize } from "../pkg/scopes.ts";
import { textByte, textBytes, textNumber, textPut } from "../vfs/text.ts";

const SPACE: u8 = 32;
const NEWLINE: u8 = 10;
const DOT: u8 = 46;
const LAST_OF_ALL_PORTS: u32 = 65535;

/** `capabilities=files net`, a line. */
export function textCapabilities(bits: u32): void {
  textPut("capabilities=");
  let any = false;
  for (let bit = 0; bit < CAPABILITY_NAMES.length; bit++) {
    if (((bits >> bit) & 1) == 0) continue;
    if (any) textByte(SPACE);
    textPut(CAPABILITY_NAMES[bit]);
    any = true;
  }
  textByte(NEWLINE);
}

/** A line for each rule of a checked scopes section: `files=write /data/notes`, `hosts=10.0.0.0/8:80-90`. */
export function textScopes(section: usize): void {
  const hosts: u32 = load<u16>(section, SCOPES_HOST_COUNT);
  let rule = section + SCOPES_HEADER_SIZE + <usize>hosts * HOST_RULE_SIZE;
  for (let i: u32 = 0; i < load<u16>(section, SCOPES_FILE_COUNT); i++, rule += fileRuleSize(rule)) {
    textPut((load<u16>(rule, FILE_RIGHTS) & SCOPE_WRITE) != 0 ? "files=write " : "files=read ");
    textBytes(rule + FILE_PATH, load<u16>(rule, FILE_PATH_LENGTH));
    textByte(NEWLINE);
  }
  for (let i: u32 = 0; i < hosts; i++) textHost(section + SCOPES_HEADER_SIZE + <usize>i * HOST_RULE_SIZE);
}

/** An IPv4 address, first octet in the lowest byte. */
export function textAddress(address: u32): void {
  for (let i = 0; i < 4; i++) {
    if (i != 0) textByte(DOT);
    textNumber((address >> (8 * i)) & 0xff);
  }
}

function textHost(rule: usize): void {
  const bits = load<u32>(rule, HOST_PREFIX_BITS);
  const first: u32 = load<u16>(rule, HOST_FIRST_PORT);
  const last: u32 = load<u16>(rule, HOST_LAST_PORT);
  textPut("hosts=");
  if (bits == 0) textPut("*");
  else textAddress(load<u32>(rule, HOST_ADDRESS));
  if (bits != 0 && bits != 32) {
    textPut("/");
    textNumber(bits);
  }
  if (first != 1 || last != LAST_OF_ALL_PORTS) {
    textPut(":");
    textNumber(first);
    if (first != last) {
      textPut("-");
      textNumber(last);
    }
  }
  textByte(NEWLINE);
}
