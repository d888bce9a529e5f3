// Message ports: two ends, each with a queue. Messages keep their bounds and carry handles. Errors are -E_*; a port whose
// other end is gone says -E_CLOSED, after the messages that came before.

import { PORT_HANDLES_MAX, PORT_MESSAGE_MAX, PORT_NOWAIT } from "../../guest-kernel/abi/port.ts";
import {
  close,
  duplicate,
  port_call,
  port_connect,
  port_pair,
  port_receive,
  port_register,
  port_send,
} from "./oscortex.ts";

export { close, duplicate };

/** The ends of a new port: handles. `first` is -E_LIMIT if there is none. */
export class PortEnds {
  constructor(
    public first: i32,
    public second: i32,
  ) {}
}

/** A message that was received. */
export class Message {
  constructor(
    /** Bytes in the message, or -E_*: then there is none. */
    public length: i32,
    public bytes: ArrayBuffer,
    /** Handles that came along: the receiver's now. */
    public handles: i32[],
  ) {}

  /** The bytes as UTF-8. */
  text(): string {
    return String.UTF8.decode(this.bytes);
  }
}

const HANDLE_BYTES: i32 = 4;
const numbers = memory.data(32, 4);
if (PORT_HANDLES_MAX * 4 > 32) ERROR("numbers");
const scratch = memory.data(8192, 8);
if (PORT_MESSAGE_MAX > 8192) ERROR("scratch");

/** Makes a port. */
export function makePort(): PortEnds {
  const error = port_pair(numbers);
  if (error < 0) return new PortEnds(error, error);
  return new PortEnds(load<i32>(numbers), load<i32>(numbers, 4));
}

/** Sends bytes, and handles, which are the receiver's then; waits for room. 0, or -E_*. Allocates nothing. */
export function send(port: i32, bytes: usize, length: u32, handles: i32[] | null = null): i32 {
  return sendFlagged(port, bytes, length, handles, 0);
}

/** As send, but -E_AGAIN instead of waiting. */
export function trySend(port: i32, bytes: usize, length: u32, handles: i32[] | null = null): i32 {
  return sendFlagged(port, bytes, length, handles, PORT_NOWAIT);
}

/** Sends text as UTF-8. */
export function sendText(port: i32, text: string, handles: i32[] | null = null): i32 {
  const bytes = String.UTF8.encode(text);
  return send(port, changetype<usize>(bytes), bytes.byteLength, handles);
}

function sendFlagged(port: i32, bytes: usize, length: u32, handles: i32[] | null, flags: u32): i32 {
  if (handles === null) return port_send(port, bytes, length, 0, flags);
  const count = min(handles.length, <i32>PORT_HANDLES_MAX + 1); // one too many is the kernel's to refuse
  for (let i = 0; i < min(count, <i32>PORT_HANDLES_MAX); i++) {
    store<i32>(numbers + <usize>(i * HANDLE_BYTES), handles[i]);
  }
  return port_send(port, bytes, length, numbers, <u32>count | flags);
}

/** Waits for a message. */
export function receive(port: i32): Message {
  return receiveFlagged(port, 0);
}

/** As receive, but -E_AGAIN instead of waiting. */
export function tryReceive(port: i32): Message {
  return receiveFlagged(port, PORT_NOWAIT);
}

function receiveFlagged(port: i32, flags: u32): Message {
  const length = port_receive(port, scratch, PORT_MESSAGE_MAX, numbers, PORT_HANDLES_MAX | flags);
  const bytes = new ArrayBuffer(max(length, 0));
  const handles = new Array<i32>();
  if (length < 0) return new Message(length, bytes, handles);
  memory.copy(changetype<usize>(bytes), scratch, <usize>length);
  for (let i: u32 = 0; i < PORT_HANDLES_MAX; i++) {
    const number = load<i32>(numbers + <usize>(i * HANDLE_BYTES));
    if (number >= 0) handles.push(number);
  }
  return new Message(length, bytes, handles);
}

/** Waits for a message without handles, into a buffer: its length, or -E_*. Allocates nothing. */
export function receiveInto(port: i32, buffer: usize, capacity: u32): i32 {
  return port_receive(port, buffer, capacity, 0, 0);
}

/**
 * Sends a message and waits for the next one, into a buffer: its length, or -E_*. One system call for what a client does, a
 * question and its answer, and for what a service does, an answer and the next question. Neither has handles. Allocates nothing.
 */
export function call(port: i32, bytes: usize, length: u32, reply: usize, capacity: u32): i32 {
  return port_call(port, bytes, length, reply, capacity);
}

/** Offers a service by name: a handle for `acceptConnection`, or -E_*. Needs `services`. */
export function registerService(name: string): i32 {
  const bytes = String.UTF8.encode(name);
  return port_register(changetype<usize>(bytes), bytes.byteLength);
}

/** Waits for somebody who wants the service: a port to them, or -E_*. */
export function acceptConnection(service: i32): i32 {
  const length = port_receive(service, 0, 0, numbers, 1);
  return length < 0 ? length : load<i32>(numbers);
}

/** Connects to a service: a port to it, or -E_*: -E_NOENT if nobody offers it. Needs `services`. */
export function connectService(name: string): i32 {
  const bytes = String.UTF8.encode(name);
  return port_connect(changetype<usize>(bytes), bytes.byteLength);
}
