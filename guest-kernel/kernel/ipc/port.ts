// The ends of message ports. An end belongs to the handles that stand for it (in processes, or in messages under way)
// and goes when the last of them does.
//
// No end can keep itself alive: an end that is under way in a message has no handles in its own queue, and gets none
// until a process has received it. So ends that nobody can reach do not exist.

import { E_AGAIN, E_CLOSED, E_NOMEM } from "../../abi/errors.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { PORT_HEADER, PORT_HEADER_BYTES, PORT_MESSAGE_MAX, PORT_QUEUE_BYTES } from "../../abi/port.ts";
import { framesAlloc, framesFree } from "../mm/frames.ts";
import { WaitList, waitListWake } from "../sched/wait-list.ts";

/** Ends of ports at once. */
export const PORTS_MAX: u32 = 8192;

const QUEUE_PAGES: u32 = PORT_QUEUE_BYTES / <u32>PAGE_SIZE;

/** An end of a port. Allocated once, used again and again; its number is its address. */
@unmanaged
export class Port {
  waitersFirst: usize; // a WaitList: see portWaiters
  waitersLast: usize;
  peer: Port | null; // the other end; null: it is gone, or this is a named port
  named: bool; // takes connections: port_register
  holders: u32; // handles that stand for it, those under way among them
  underWay: u32; // handles in queues that stand for it
  queue: usize; // frames of the ring of messages that came, 0 before the first
  head: u32; // where the oldest message begins
  used: u32; // bytes in the ring
  taken: u32; // bytes of the oldest message that `read` has had
  handles: u32; // handles in the ring
  next: Port | null; // in the list of free ends
}

let free: Port | null = null;
let count: u32 = 0; // ends that are held

/** The list of who waits at an end. */
export function portWaiters(port: Port): WaitList {
  return changetype<WaitList>(changetype<usize>(port)); // its first field
}

/** An end that nobody holds yet; null when there are too many. */
export function portTake(): Port | null {
  if (count == PORTS_MAX) return null;
  let port = free;
  if (port !== null) free = port.next;
  else port = changetype<Port>(heap.alloc(offsetof<Port>()));
  memory.fill(changetype<usize>(port), 0, offsetof<Port>());
  count++;
  return port;
}

/** Ends that exist. */
export function portCount(): u32 {
  return count;
}

/** Two ends that are each other's peer: the first, or null when there are too many. */
export function portPair(): Port | null {
  const one = portTake();
  if (one === null) return null;
  const other = portTake();
  if (other === null) {
    portGive(one);
    return null;
  }
  one.peer = other;
  other.peer = one;
  return one;
}

/** Gives an end back that no handle stands for: it must have no peer any more and no handles in its queue. */
export function portGive(port: Port): void {
  if (port.queue != 0) framesFree(port.queue, QUEUE_PAGES);
  port.next = free;
  free = port;
  count--;
}

/** Makes an end known to be gone to its peer. */
export function portPart(port: Port): void {
  const peer = port.peer;
  if (peer === null) return;
  port.peer = null;
  peer.peer = null;
  waitListWake(portWaiters(peer));
}

/** Makes room for a message in an end's queue: 0, -E_AGAIN while there is none, -E_NOMEM. */
export function portReserve(port: Port, length: u32, handles: u32): i32 {
  if (handles != 0 && port.underWay != 0) return -E_AGAIN;
  if (portRoom(port) < messageSize(length, handles)) return -E_AGAIN;
  if (port.queue != 0) return 0;
  port.queue = framesAlloc(QUEUE_PAGES);
  return port.queue == 0 ? -E_NOMEM : 0;
}

/** Bytes free in an end's queue. */
export function portRoom(port: Port): u32 {
  return PORT_QUEUE_BYTES - port.used;
}

/** True if an end's queue takes the longest message. */
export function portTakesAny(port: Port): bool {
  return portRoom(port) >= messageSize(PORT_MESSAGE_MAX, 0);
}

/** Most bytes of a message without handles that an end's queue has room for. */
export function portLongest(port: Port): u32 {
  const room = portRoom(port);
  return room <= PORT_HEADER ? 0 : min(room - PORT_HEADER, PORT_MESSAGE_MAX);
}

/** Copies to the ring, `at` bytes behind the last message. Reserved before. */
export function portFill(port: Port, at: u32, source: usize, length: u32): void {
  const start = (port.head + port.used + at) & (PORT_QUEUE_BYTES - 1);
  const first = min(length, PORT_QUEUE_BYTES - start);
  memory.copy(port.queue + start, source, first);
  if (first < length) memory.copy(port.queue, source + first, length - first);
}

/** Writes a message's header behind the last message; what was filled in behind it becomes a message. */
export function portCommit(port: Port, length: u32, handles: u32): void {
  // Messages are multiples of 8 bytes, and so is the ring: a header is in one piece.
  const at = port.queue + ((port.head + port.used) & (PORT_QUEUE_BYTES - 1));
  store<u64>(at, ((<u64>handles) << 32) | <u64>length, PORT_HEADER_BYTES);
  port.used += messageSize(length, handles);
  port.handles += handles;
}

/** Looks for a message: 0, -E_AGAIN while there is none, -E_CLOSED if there will be none. */
export function portLook(port: Port): i32 {
  if (port.used != 0) return 0;
  return port.peer === null && !port.named ? -E_CLOSED : -E_AGAIN;
}

/** Bytes of the oldest message, without what `read` has had. */
export function portLength(port: Port): u32 {
  return header(port, 0) - port.taken;
}

/** Handles of the oldest message. */
export function portHandles(port: Port): u32 {
  return header(port, 4);
}

/** Copies from the oldest message's bytes. */
export function portCopy(port: Port, at: u32, target: usize, length: u32): void {
  copyOut(port, PORT_HEADER + 8 * portHandles(port) + port.taken + at, target, length);
}

/** The kind (low half) and id of a handle of the oldest message. */
export function portHandle(port: Port, index: u32): u64 {
  const at = (port.head + PORT_HEADER + 8 * index) & (PORT_QUEUE_BYTES - 1);
  return load<u64>(port.queue + at);
}

/** Forgets the oldest message, whose handles the caller has taken. Who waits for room is tried again. */
export function portDrop(port: Port): void {
  const handles = portHandles(port);
  const size = messageSize(header(port, 0), handles);
  port.head = (port.head + size) & (PORT_QUEUE_BYTES - 1);
  port.used -= size;
  port.handles -= handles;
  port.taken = 0;
  const peer = port.peer;
  if (peer !== null) waitListWake(portWaiters(peer));
}

function header(port: Port, offset: u32): u32 {
  return load<u32>(port.queue + port.head + offset);
}

function copyOut(port: Port, at: u32, target: usize, length: u32): void {
  const start = (port.head + at) & (PORT_QUEUE_BYTES - 1);
  const first = min(length, PORT_QUEUE_BYTES - start);
  memory.copy(target, port.queue + start, first);
  if (first < length) memory.copy(target + first, port.queue, length - first);
}

function messageSize(length: u32, handles: u32): u32 {
  return PORT_HEADER + 8 * handles + ((length + 7) & ~(<u32>7));
}

if (offsetof<WaitList>() != 8) ERROR("Port.waiters");
if (offsetof<Port>("waitersFirst") != 0) ERROR("portWaiters");
