// Names of ports: who offers a service registers a name, who wants it connects to the name.

import { E_EXIST, E_LIMIT, E_NOENT } from "../../abi/errors.ts";
import { PORT_NAME_MAX, PORT_NAMES_MAX } from "../../abi/port.ts";
import { Port, portTake } from "./port.ts";

/** A name and the port that it is of; `length` 0 is a free entry. */
@unmanaged
class Name {
  port: Port;
  length: u32;
  text0: u64; // PORT_NAME_MAX bytes, zero behind the name
  text1: u64;
  text2: u64;
  text3: u64;
}

const NAME_SIZE: usize = 40;
const names = memory.data(2560, 8);
if (offsetof<Name>() != NAME_SIZE) ERROR("Name");
if (NAME_SIZE * <usize>PORT_NAMES_MAX > 2560) ERROR("names");
if (offsetof<Name>() - offsetof<Name>("text0") != <usize>PORT_NAME_MAX) ERROR("Name.text");

/** True if `length` bytes at `text` can be a name. */
export function portNameCheck(text: usize, length: u32): bool {
  if (length == 0 || length > PORT_NAME_MAX) return false;
  for (let i: u32 = 0; i < length; i++) if (!allowed(load<u8>(text + i))) return false;
  return true;
}

/** A named port for a name that was checked: its address, -E_EXIST or -E_LIMIT. */
export function portNameRegister(text: usize, length: u32): i32 {
  if (find(text, length) !== null) return -E_EXIST;
  const name = freeName();
  if (name === null) return -E_LIMIT;
  const port = portTake();
  if (port === null) return -E_LIMIT;
  name.port = port;
  name.length = length;
  memory.fill(textOf(name), 0, PORT_NAME_MAX);
  memory.copy(textOf(name), text, length);
  port.named = true;
  return <i32>changetype<usize>(port);
}

/** The port of a name that was checked: its address, or -E_NOENT. */
export function portNameFind(text: usize, length: u32): i32 {
  const name = find(text, length);
  return name === null ? -E_NOENT : <i32>changetype<usize>(name.port);
}

/** Frees the name of a port. */
export function portNameForget(port: Port): void {
  for (let i: u32 = 0; i < PORT_NAMES_MAX; i++) {
    const name = at(i);
    if (name.length != 0 && name.port === port) name.length = 0;
  }
}

function find(text: usize, length: u32): Name | null {
  for (let i: u32 = 0; i < PORT_NAMES_MAX; i++) {
    const name = at(i);
    if (name.length == length && memory.compare(textOf(name), text, length) == 0) return name;
  }
  return null;
}

function freeName(): Name | null {
  for (let i: u32 = 0; i < PORT_NAMES_MAX; i++) if (at(i).length == 0) return at(i);
  return null;
}

/** a-z, 0-9, '.', '-', '_' */
function allowed(byte: u8): bool {
  return (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || byte == 46 || byte == 45 || byte == 95;
}

function textOf(name: Name): usize {
  return changetype<usize>(name) + offsetof<Name>("text0");
}

function at(i: u32): Name {
  return changetype<Name>(names + <usize>i * NAME_SIZE);
}
