// System calls on message ports. Arguments are checked when a call begins; what it does, it does at the first attempt
// that need not wait.

import {
  E_AGAIN,
  E_BADF,
  E_BUSY,
  E_CLOSED,
  E_FAULT,
  E_INVAL,
  E_LIMIT,
  E_MSGSIZE,
  E_PERM,
} from "../../abi/errors.ts";
import { CAP_SERVICES } from "../../abi/capabilities.ts";
import {
  PORT_HANDLES_MAX,
  PORT_HEADER,
  PORT_MESSAGE_MAX,
  PORT_NAME_MAX,
  PORT_NOWAIT,
} from "../../abi/port.ts";
import { SYS_PORT_RECEIVE, SYS_PORT_SEND } from "../../abi/syscall.ts";
import { granted } from "../caps/capabilities.ts";
import { handleAwait, objectMayTravel, objectTravels, portAt, setHandle } from "../ipc/handles.ts";
import { portNameCheck, portNameFind, portNameRegister } from "../ipc/names.ts";
import {
  Port,
  portCommit,
  portCopy,
  portDrop,
  portFill,
  portHandle,
  portHandles,
  portLength,
  portLook,
  portPair,
  portReserve,
  portWaiters,
} from "../ipc/port.ts";
import { copyFromUser, copyToUser, userChunk, userContains, userLinear } from "../mm/user-memory.ts";
import {
  current,
  HANDLE_FREE,
  HANDLE_MAX,
  HANDLE_PORT,
  Process,
  processFreeHandle,
  processFreeHandles,
  processHandle,
} from "../proc/process.ts";
import { waitListWake } from "../sched/wait-list.ts";
import { waitBlock } from "../sched/wait.ts";
import { messageHandOver } from "./port-exchange.ts";

const HANDLE_BYTES: u32 = 4;
const COUNT_MASK: u32 = PORT_NOWAIT - 1;

const numbers = memory.data(32, 4); // i32 each: the handles of one call
if (PORT_HANDLES_MAX * 4 > 32) ERROR("numbers");
const entry = memory.data(8, 8);
const name = memory.data(32);
if (PORT_NAME_MAX > 32) ERROR("name");

/** port_pair(handles) -> 0; writes two handles. */
export function sysPortPair(handles: u32): i32 {
  if (!userContains(current, handles, 2 * HANDLE_BYTES)) return -E_FAULT;
  if (processFreeHandles(current) < 2) return -E_LIMIT;
  const one = portPair();
  if (one === null) return -E_LIMIT;
  store<i32>(numbers, hold(one));
  store<i32>(numbers, hold(one.peer!), 4);
  copyToUser(current, handles, numbers, 2 * HANDLE_BYTES);
  return 0;
}

/** port_send(handle, buf, len, handles, count | PORT_NOWAIT) -> 0 */
export function sysPortSend(number: i32, buf: u32, len: u32, handles: u32, flags: u32): i32 {
  const count = flags & COUNT_MASK;
  if (count > PORT_HANDLES_MAX || flags > (PORT_NOWAIT | COUNT_MASK)) return -E_INVAL;
  if (len > PORT_MESSAGE_MAX) return -E_MSGSIZE;
  if (!userContains(current, buf, len) || !userContains(current, handles, count * HANDLE_BYTES))
    return -E_FAULT;
  if (count == 0 && messageHandOver(current, number, buf, len)) return 0;
  const result = sendTry(current, number, buf, len, handles, count);
  if (result != -E_AGAIN || (flags & PORT_NOWAIT) != 0) return result;
  handleAwait(current, number);
  return waitBlock(SYS_PORT_SEND, 0, i64.MAX_VALUE, number, buf, len, handles, count);
}

/** One attempt to send what was checked; -E_AGAIN if there is no room. */
export function sendTry(process: Process, number: i32, buf: u32, len: u32, handles: u32, count: u32): i32 {
  const handle = processHandle(process, number);
  if (handle === null || handle.kind != HANDLE_PORT) return -E_BADF;
  const port = portAt(handle.id);
  if (port.named) return -E_INVAL;
  const peer = port.peer;
  if (peer === null) return -E_CLOSED;
  if (count != 0) {
    const error = checkHandles(process, peer, handles, count);
    if (error != 0) return error;
  }
  const error = portReserve(peer, len, count);
  if (error != 0) return error;
  if (count != 0) sendHandles(process, peer, count);
  fillFromUser(process, peer, PORT_HEADER + 8 * count, buf, len);
  portCommit(peer, len, count);
  waitListWake(portWaiters(peer));
  return 0;
}

/** port_receive(handle, buf, capacity, handles, count | PORT_NOWAIT) -> bytes */
export function sysPortReceive(number: i32, buf: u32, capacity: u32, handles: u32, flags: u32): i32 {
  const count = flags & COUNT_MASK;
  if (count > PORT_HANDLES_MAX || flags > (PORT_NOWAIT | COUNT_MASK)) return -E_INVAL;
  if (!userContains(current, buf, capacity)) return -E_FAULT;
  if (!userContains(current, handles, count * HANDLE_BYTES)) return -E_FAULT;
  const result = receiveTry(current, number, buf, capacity, handles, count);
  if (result != -E_AGAIN || (flags & PORT_NOWAIT) != 0) return result;
  handleAwait(current, number);
  return waitBlock(SYS_PORT_RECEIVE, 0, i64.MAX_VALUE, number, buf, capacity, handles, count);
}

/** One attempt to receive into checked memory; -E_AGAIN if nothing has come. A message that does not fit stays. */
export function receiveTry(
  process: Process,
  number: i32,
  buf: u32,
  capacity: u32,
  handles: u32,
  count: u32,
): i32 {
  const handle = processHandle(process, number);
  if (handle === null || handle.kind != HANDLE_PORT) return -E_BADF;
  const port = portAt(handle.id);
  const look = portLook(port);
  if (look != 0) return look;
  const length = portLength(port);
  const arrived = portHandles(port);
  if (length > capacity || arrived > count) return -E_MSGSIZE;
  if (arrived != 0 && <u32>processFreeHandles(process) < arrived) return -E_LIMIT;
  copyToUserFrom(process, port, buf, length);
  if (count != 0) receiveHandles(process, port, handles, count);
  portDrop(port);
  return <i32>length;
}

/** port_register(name, len) -> handle */
export function sysPortRegister(pointer: u32, len: u32): i32 {
  if (!granted(CAP_SERVICES)) return -E_PERM;
  const taken = takeName(pointer, len);
  if (taken != 0) return taken;
  if (processFreeHandle(current) < 0) return -E_LIMIT;
  const port = portNameRegister(name, len);
  return port < 0 ? port : hold(portAt(port));
}

/** port_connect(name, len) -> handle; -E_AGAIN while too many others wait to be received there. */
export function sysPortConnect(pointer: u32, len: u32): i32 {
  if (!granted(CAP_SERVICES)) return -E_PERM;
  const taken = takeName(pointer, len);
  if (taken != 0) return taken;
  const found = portNameFind(name, len);
  if (found < 0) return found;
  if (processFreeHandle(current) < 0) return -E_LIMIT;
  const service = portAt(found);
  const error = portReserve(service, 0, 1);
  if (error != 0) return error;
  const ours = portPair();
  if (ours === null) return -E_LIMIT;
  const theirs = ours.peer!;
  theirs.holders = 1;
  putHandle(service, 0, HANDLE_PORT, <i32>changetype<usize>(theirs));
  portCommit(service, 0, 1);
  const number = hold(ours);
  waitListWake(portWaiters(service));
  return number;
}

/** Copies a name that is an argument; 0, or -E_*. */
function takeName(pointer: u32, len: u32): i32 {
  if (len > PORT_NAME_MAX) return -E_INVAL;
  if (!userContains(current, pointer, len)) return -E_FAULT;
  copyFromUser(current, name, pointer, len);
  return portNameCheck(name, len) ? 0 : -E_INVAL;
}

/** A handle of the current process, which has room, for an end. */
function hold(port: Port): i32 {
  const number = processFreeHandle(current);
  port.holders++;
  setHandle(current, number, HANDLE_PORT, <i32>changetype<usize>(port));
  return number;
}

/** Copies the numbers of handles that are to go to `peer`, and checks them: 0, or -E_*. */
function checkHandles(process: Process, peer: Port, handles: u32, count: u32): i32 {
  copyFromUser(process, numbers, handles, count * HANDLE_BYTES);
  let seen: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const number = numberAt(i);
    const handle = processHandle(process, number);
    if (handle === null || handle.kind == HANDLE_FREE) return -E_BADF;
    const bit = (<u64>1) << (<u64>number);
    // An end in its own queue would never go.
    if ((seen & bit) != 0 || (handle.kind == HANDLE_PORT && portAt(handle.id) === peer)) return -E_INVAL;
    if (!objectMayTravel(handle.kind, handle.id)) return -E_BUSY;
    seen |= bit;
  }
  return 0;
}

/** Moves the checked handles from the process into a message that is being made. */
function sendHandles(process: Process, peer: Port, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const handle = processHandle(process, numberAt(i))!;
    putHandle(peer, i, handle.kind, handle.id);
    handle.kind = HANDLE_FREE;
  }
}

function putHandle(target: Port, index: u32, kind: u32, id: i32): void {
  store<u32>(entry, kind);
  store<i32>(entry, id, 4);
  portFill(target, PORT_HEADER + 8 * index, entry, 8);
  objectTravels(kind, id, 1);
}

/** Moves the oldest message's handles to the process, which has room, and tells it their numbers. */
function receiveHandles(process: Process, port: Port, handles: u32, count: u32): void {
  const arrived = portHandles(port);
  for (let i: u32 = 0; i < count; i++) {
    let number = -1;
    if (i < arrived) {
      number = processFreeHandle(process);
      const object = portHandle(port, i);
      setHandle(process, number, <u32>object, <i32>(object >> 32));
    }
    store<i32>(numbers + <usize>(i * HANDLE_BYTES), number);
  }
  copyToUser(process, handles, numbers, count * HANDLE_BYTES);
  // Last: who is woken by it may use `numbers`.
  for (let i: u32 = 0; i < arrived; i++) {
    const object = portHandle(port, i);
    objectTravels(<u32>object, <i32>(object >> 32), -1);
  }
}

function numberAt(i: u32): i32 {
  return load<i32>(numbers + <usize>(i * HANDLE_BYTES));
}

function fillFromUser(process: Process, target: Port, at: u32, buf: u32, length: u32): void {
  while (length != 0) {
    const chunk = userChunk(buf, length);
    portFill(target, at, userLinear(process, buf), chunk);
    at += chunk;
    buf += chunk;
    length -= chunk;
  }
}

function copyToUserFrom(process: Process, port: Port, buf: u32, length: u32): void {
  let at: u32 = 0;
  while (at < length) {
    const chunk = userChunk(buf + at, length - at);
    portCopy(port, at, userLinear(process, buf + at), chunk);
    at += chunk;
  }
}

if (HANDLE_MAX > 64) ERROR("checkHandles has 64 bits");
