// The table of TCP sockets: what a connection knows, and where its buffers come from.

import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { BYTE_RING_STRUCT_SIZE, ByteRing, ringInit } from "../drivers/byte-ring.ts";
import { framesAlloc, framesFree } from "../mm/frames.ts";

export const SOCKET_COUNT: u32 = 64;
/** Bytes received that nobody has read yet, at most; a power of two. The window that we offer. */
export const RECEIVE_CAPACITY: u32 = 262144;
/** Bytes written that the peer has not acknowledged, at most; a power of two. */
export const SEND_CAPACITY: u32 = 65536;
/** The window scale that we ask for: RECEIVE_CAPACITY fits in a u16 then. */
export const RECEIVE_SHIFT: u32 = 3;
/** Gaps in what was received that are kept track of. */
export const RANGES_MAX: u32 = 8;
/** A deadline that does not come. */
export const NEVER: i64 = i64.MAX_VALUE;

const BUFFER_PAGES: u32 = (RECEIVE_CAPACITY + SEND_CAPACITY) / <u32>PAGE_SIZE;

// States, RFC 9293 §3.3.2. There is no LISTEN: the guest only connects.
export const CLOSED: u32 = 0; // the entry is free
export const SYN_SENT: u32 = 1;
export const SYN_RECEIVED: u32 = 2; // both sides connected at once
export const ESTABLISHED: u32 = 3;
export const FIN_WAIT_1: u32 = 4;
export const FIN_WAIT_2: u32 = 5;
export const CLOSE_WAIT: u32 = 6;
export const CLOSING: u32 = 7;
export const LAST_ACK: u32 = 8;
export const TIME_WAIT: u32 = 9;
export const FAILED: u32 = 10; // over; its owner has not closed it yet

/** One connection. Sequence numbers as in RFC 9293 §3.3.1; times in ns. */
@unmanaged
export class TcpSocket {
  state: u32;
  generation: u32; // high part of the socket's number, so that a stale number is refused
  holders: u32; // handles that stand for it, less one
  detached: bool; // its owner has closed it
  resetQueued: bool; // and wants it gone at once
  error: i32; // FAILED: -E_*
  remoteIp: u32;
  remotePort: u32;
  localPort: u32;

  iss: u32;
  sndUna: u32;
  sndNxt: u32; // next to send; goes back to sndUna at a timeout
  sndMax: u32; // one after the last ever sent
  sndWnd: u32;
  sndWndMax: u32; // the largest window that the peer has offered
  sndWl1: u32;
  sndWl2: u32;
  sndShift: u32;
  mss: u32; // bytes of payload that we may send
  finQueued: bool; // a FIN follows the last byte of `send`
  finSent: bool; // it has gone out, with the last sequence number before sndMax
  finAcked: bool; // and the peer has it: nothing follows

  rcvNxt: u32;
  rcvAdv: u32; // right edge of the window that we have offered; never goes back
  rcvShift: u32;
  finKnown: bool; // the peer's FIN was seen, with the sequence number finSeq
  finSeq: u32;
  finTaken: bool; // and all before it too
  ackedUpTo: u32; // rcvNxt in our last segment
  peerSegment: u32; // the longest payload seen
  ackNow: bool;
  rangeCount: u32;
  ranges: usize; // rangeCount times u32 start, u32 end: received, after a gap

  wantOutput: bool; // something may be to send
  retransmitNow: bool; // the segment at sndUna is taken for lost
  probeNow: bool; // the peer's window is to be probed
  cwnd: u32;
  ssthresh: u32;
  duplicateAcks: u32;
  recovering: bool; // fast recovery until sndUna reaches recover
  recover: u32;

  timing: bool; // a round trip is being measured: until timedSeq is acknowledged
  timedSeq: u32;
  timedAt: i64;
  measured: bool; // srtt and rttvar hold something
  srtt: i64;
  rttvar: i64;
  rto: i64;
  tries: u32; // timeouts in a row
  timer: i64; // retransmission, or window probe when nothing is in flight
  ackTimer: i64; // a delayed acknowledgement
  lifeTimer: i64; // the end of a state that the peer might never end

  buffers: usize; // BUFFER_PAGES pages, 0: none
  receive: ByteRing; // from the oldest unread byte to rcvNxt
  send: ByteRing; // from sndUna on
}

const SOCKET_SIZE: usize = 320;
const table = memory.data(20480, 8);
const ringMemory = memory.data(2048, 8);
const rangeMemory = memory.data(4096, 4);
if (offsetof<TcpSocket>() > 320) ERROR("SOCKET_SIZE");
if (<usize>SOCKET_COUNT * SOCKET_SIZE != 20480) ERROR("table");
if (<i32>SOCKET_COUNT * 2 * BYTE_RING_STRUCT_SIZE != 2048) ERROR("ringMemory");
if (SOCKET_COUNT * RANGES_MAX * 8 != 4096) ERROR("rangeMemory");

/** Entry `i` of the table, in use or not. */
export function socketAt(i: u32): TcpSocket {
  return changetype<TcpSocket>(table + <usize>i * SOCKET_SIZE);
}

/** The number by which its owner knows a socket: never negative. */
export function socketNumber(i: u32): i32 {
  return <i32>((socketAt(i).generation << 8) | i);
}

/** The socket of a number from socketNumber, or null if its owner has closed it. */
export function socketFind(number: i32): TcpSocket | null {
  const i = <u32>number & 0xff;
  if (number < 0 || i >= SOCKET_COUNT) return null;
  const socket = socketAt(i);
  if (socket.state == CLOSED || socket.detached || socket.generation != <u32>number >> 8) return null;
  return socket;
}

/** The index of the connection with these ends, or -1. */
export function socketOf(remoteIp: u32, remotePort: u32, localPort: u32): i32 {
  for (let i: u32 = 0; i < SOCKET_COUNT; i++) {
    const socket = socketAt(i);
    if (socket.localPort != localPort || socket.remotePort != remotePort || socket.remoteIp != remoteIp)
      continue;
    if (socket.state != CLOSED && socket.state != FAILED) return <i32>i;
  }
  return -1;
}

/** The index of a free entry, at the cost of the oldest TIME_WAIT if need be; -1 if all are in use. */
export function socketFree(): i32 {
  let oldest: i32 = -1;
  for (let i: u32 = 0; i < SOCKET_COUNT; i++) {
    const socket = socketAt(i);
    if (socket.state == CLOSED) return <i32>i;
    if (socket.state != TIME_WAIT) continue;
    if (oldest < 0 || socket.lifeTimer < socketAt(<u32>oldest).lifeTimer) oldest = <i32>i;
  }
  if (oldest >= 0) socketRelease(socketAt(<u32>oldest));
  return oldest;
}

/** Makes entry `i` a fresh socket in SYN_SENT, with buffers. False if there is no memory. */
export function socketOpen(i: u32): bool {
  const socket = socketAt(i);
  const generation = (socket.generation + 1) & 0x7fffff; // the number stays positive
  const buffers = framesAlloc(BUFFER_PAGES);
  if (buffers == 0) return false;
  memory.fill(changetype<usize>(socket), 0, offsetof<TcpSocket>());
  socket.generation = generation;
  socket.state = SYN_SENT;
  socket.buffers = buffers;
  const rings = ringMemory + <usize>i * 2 * <usize>BYTE_RING_STRUCT_SIZE;
  socket.receive = changetype<ByteRing>(rings);
  socket.send = changetype<ByteRing>(rings + BYTE_RING_STRUCT_SIZE);
  ringInit(socket.receive, buffers, RECEIVE_CAPACITY);
  ringInit(socket.send, buffers + RECEIVE_CAPACITY, SEND_CAPACITY);
  socket.ranges = rangeMemory + <usize>(i * RANGES_MAX * 8);
  socket.timer = socket.ackTimer = socket.lifeTimer = NEVER;
  return true;
}

/** Sockets that somebody holds. */
export function socketsHeld(): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < SOCKET_COUNT; i++)
    if (socketAt(i).state != CLOSED && !socketAt(i).detached) count++;
  return count;
}

/** Gives a socket's buffers back. Nothing can be read or sent any more. */
export function socketDropBuffers(socket: TcpSocket): void {
  if (socket.buffers == 0) return;
  framesFree(socket.buffers, BUFFER_PAGES);
  socket.buffers = 0;
  ringInit(socket.receive, 0, 0);
  ringInit(socket.send, 0, 0);
  socket.rangeCount = 0;
}

/** Frees the entry. */
export function socketRelease(socket: TcpSocket): void {
  socketDropBuffers(socket);
  socket.state = CLOSED;
}

/** Ends a connection: its owner will see `error` once everything received was read. */
export function socketFail(socket: TcpSocket, error: i32): void {
  if (socket.detached) {
    socketRelease(socket);
    return;
  }
  socket.state = FAILED;
  socket.error = error;
  socket.wantOutput = false;
  socket.timer = socket.ackTimer = socket.lifeTimer = NEVER;
  if (socket.receive.used == 0) socketDropBuffers(socket);
}
