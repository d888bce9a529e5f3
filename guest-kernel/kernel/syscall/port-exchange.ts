// Messages between two processes of which one waits for the other: what services and those who use them do all the time.

import { E_AGAIN, E_FAULT, E_INVAL } from "../../abi/errors.ts";
import { PORT_HANDLES_MAX, PORT_MESSAGE_MAX } from "../../abi/port.ts";
import { SYS_PORT_CALL, SYS_PORT_RECEIVE } from "../../abi/syscall.ts";
import { handleAwait, portAt } from "../ipc/handles.ts";
import { portWaiters } from "../ipc/port.ts";
import { copyToUser, copyUserToUser, userContains } from "../mm/user-memory.ts";
import { current, HANDLE_PORT, Process, processHandle } from "../proc/process.ts";
import { waitBlock, waitEnd } from "../sched/wait.ts";
import { receiveTry, sendTry } from "./port-calls.ts";

const HANDLE_BYTES: u32 = 4;

const none = memory.data(32, 4); // PORT_HANDLES_MAX times -1
if (PORT_HANDLES_MAX * HANDLE_BYTES > 32) ERROR("none");

/**
 * Copies a checked message without handles straight to who waits in port_receive for it, as if it had gone through the
 * queue. False if the queue has to take it, or refuse it: nobody waits, or somebody does in another call or with less room.
 * PERF: half of what the way through the queue costs (bench: kernel).
 */
export function messageHandOver(process: Process, number: i32, buf: u32, len: u32): bool {
  const handle = processHandle(process, number);
  if (handle === null || handle.kind != HANDLE_PORT) return false;
  const peer = portAt(handle.id).peer; // a named port has none
  if (peer === null || peer.used != 0) return false;
  const first = portWaiters(peer).first;
  if (first === null) return false;
  const receiver = first.owner;
  if (receiver.waitCall != SYS_PORT_RECEIVE || receiver.wait2 < len) return false;
  // SAFETY: its buffers were checked when it began to wait, and memories do not shrink.
  copyUserToUser(receiver, receiver.wait1, process, buf, len);
  if (receiver.wait4 != 0) noHandles(receiver, receiver.wait3, receiver.wait4);
  waitEnd(receiver, len);
  return true;
}

function noHandles(process: Process, handles: u32, count: u32): void {
  memory.fill(none, 0xff, 32);
  copyToUser(process, handles, none, count * HANDLE_BYTES);
}

/** port_call(handle, buf, len, reply, capacity) -> bytes of the reply */
export function sysPortCall(number: i32, buf: u32, len: u32, reply: u32, capacity: u32): i32 {
  if (len > PORT_MESSAGE_MAX) return -E_INVAL;
  if (!userContains(current, buf, len) || !userContains(current, reply, capacity)) return -E_FAULT;
  if (!messageHandOver(current, number, buf, len)) {
    const sent = sendTry(current, number, buf, len, 0, 0);
    if (sent == -E_AGAIN) {
      handleAwait(current, number);
      return waitBlock(SYS_PORT_CALL, 0, i64.MAX_VALUE, number, buf, len, reply, capacity);
    }
    if (sent < 0) return sent;
  }
  const received = receiveTry(current, number, reply, capacity, 0, 0);
  if (received != -E_AGAIN) return received;
  handleAwait(current, number);
  return waitBlock(SYS_PORT_RECEIVE, 0, i64.MAX_VALUE, number, reply, capacity, 0, 0);
}

/** One attempt to go on with a call that waits for room; then it waits as port_receive does. -E_AGAIN: it waits. */
export function callTry(process: Process): i32 {
  const number = process.wait0;
  const sent = sendTry(process, number, process.wait1, process.wait2, 0, 0);
  if (sent < 0) return sent;
  process.waitCall = SYS_PORT_RECEIVE;
  process.wait1 = process.wait3;
  process.wait2 = process.wait4;
  process.wait3 = 0;
  process.wait4 = 0;
  return receiveTry(process, number, process.wait1, process.wait2, 0, 0);
}
