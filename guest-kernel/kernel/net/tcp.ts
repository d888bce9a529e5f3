// TCP for the rest of the kernel: a client's sockets, polled. Nothing here waits or calls back; what calls ask for goes
// out with the next netPoll, which netNextDeadline makes due at once.
//
// RFC 9293 without urgent data, listening, selective acknowledgements and time stamps.

import { E_AGAIN, E_BADF, E_INVAL, E_LIMIT, E_NETDOWN, E_NOMEM, E_TIMEDOUT } from "../../abi/errors.ts";
import { random32 } from "../drivers/random.ts";
import {
  ringAddress,
  ringContiguous,
  ringDrop,
  ringRead,
  ringRoom,
  ringWrite,
} from "../drivers/byte-ring.ts";
import { addressIsUnicast, interfaceAddress, interfaceIsBroadcast } from "./interface.ts";
import { receiveMss, sendMss, tcpBlocked, tcpInFlight, tcpOutput, tcpSendReset } from "./tcp-send.ts";
import {
  CLOSE_WAIT,
  CLOSED,
  ESTABLISHED,
  FAILED,
  FIN_WAIT_1,
  LAST_ACK,
  NEVER,
  RECEIVE_CAPACITY,
  socketAt,
  SOCKET_COUNT,
  socketDropBuffers,
  socketFail,
  socketFind,
  socketFree,
  socketNumber,
  socketOf,
  socketOpen,
  socketRelease,
  SYN_RECEIVED,
  SYN_SENT,
  TcpSocket,
} from "./tcp-socket.ts";
import { congestionTimeout, timingBackOff, timingInit } from "./tcp-timing.ts";

/** tcpState: the peer has not answered yet. */
export const TCP_CONNECTING: i32 = 0;
/** tcpState: both ways are open. */
export const TCP_OPEN: i32 = 1;
/** tcpState: the peer will send nothing more; what it sent may be unread, and writing works. */
export const TCP_CLOSED_BY_PEER: i32 = 2;
/** tcpState: the connection is gone; tcpError says why. What was received can still be read. */
export const TCP_FAILED: i32 = 3;

const EPHEMERAL_FIRST: u32 = 49152; // RFC 6335
const EPHEMERAL_COUNT: u32 = 16384;
const SYN_TRIES: u32 = 4; // 1 + 2 + 4 + 8 seconds
const DATA_TRIES: u32 = 10; // RFC 1122 §4.2.3.5: at least 100 seconds
const ORPHAN_NS: i64 = 60000000000; // how long a closed socket may take to end

let outputWanted: bool = false;
let nextDeadline: i64 = NEVER;

/**
 * Begins to connect to `ip` (first octet in the lowest byte). The socket's number, or -E_NETDOWN, -E_INVAL, -E_LIMIT
 * (every socket is in use), -E_NOMEM. tcpState says how it goes on.
 */
export function tcpConnect(ip: u32, port: u16): i32 {
  if (interfaceAddress() == 0) return -E_NETDOWN;
  if (port == 0 || !addressIsUnicast(ip) || interfaceIsBroadcast(ip)) return -E_INVAL;
  const i = socketFree();
  if (i < 0) return -E_LIMIT;
  if (!socketOpen(<u32>i)) return -E_NOMEM;
  const socket = socketAt(<u32>i);
  socket.remoteIp = ip;
  socket.remotePort = <u32>port;
  socket.localPort = freePort(ip, <u32>port);
  // RFC 6528 wants numbers that nobody can guess; random ones are, and ports are random too.
  socket.iss = socket.sndUna = socket.sndNxt = socket.sndMax = random32();
  socket.mss = sendMss();
  timingInit(socket);
  want(socket);
  return socketNumber(<u32>i);
}

/** TCP_*, or -E_BADF. */
export function tcpState(number: i32): i32 {
  const socket = socketFind(number);
  if (socket === null) return -E_BADF;
  if (socket.state == FAILED) return TCP_FAILED;
  if (socket.state <= SYN_RECEIVED) return TCP_CONNECTING;
  return socket.finTaken ? TCP_CLOSED_BY_PEER : TCP_OPEN;
}

/** Why a socket is TCP_FAILED: -E_CONNREFUSED, -E_CONNRESET, -E_TIMEDOUT, -E_HOSTUNREACH, -E_NETDOWN; else 0. */
export function tcpError(number: i32): i32 {
  const socket = socketFind(number);
  return socket === null ? -E_BADF : socket.error;
}

/** Bytes that can be read without waiting. */
export function tcpReadable(number: i32): u32 {
  const socket = socketFind(number);
  return socket === null ? 0 : socket.receive.used;
}

/**
 * Takes up to `len` bytes. How many; 0 at the end of the peer's data (and for `len` 0); -E_AGAIN if there is
 * nothing yet; the error of a socket that has failed, after everything received.
 */
export function tcpRead(number: i32, target: usize, len: u32): i32 {
  const socket = socketFind(number);
  if (socket === null) return -E_BADF;
  if (len == 0) return 0;
  const count = ringRead(socket.receive, target, len);
  if (count == 0) return nothingToRead(socket);
  afterRead(socket);
  return <i32>count;
}

/** Where the next bytes to read lie, tcpPeekLen of them in one piece. Valid until the next netPoll. */
export function tcpPeek(number: i32): usize {
  const socket = socketFind(number);
  return socket === null || socket.receive.used == 0 ? 0 : ringAddress(socket.receive, 0);
}

/** Bytes at tcpPeek; else as tcpRead returns. */
export function tcpPeekLen(number: i32): i32 {
  const socket = socketFind(number);
  if (socket === null) return -E_BADF;
  return socket.receive.used == 0 ? nothingToRead(socket) : <i32>ringContiguous(socket.receive, 0);
}

/** Drops up to `len` bytes that were looked at. */
export function tcpSkip(number: i32, len: u32): void {
  const socket = socketFind(number);
  if (socket === null) return;
  ringDrop(socket.receive, min(len, socket.receive.used));
  afterRead(socket);
}

/** Bytes that tcpWrite would take. */
export function tcpWritable(number: i32): u32 {
  const socket = socketFind(number);
  return socket === null || !writable(socket) ? 0 : ringRoom(socket.send);
}

/**
 * Takes up to `len` bytes to send. How many; -E_AGAIN if there is no room or no connection yet; the error of a
 * socket that has failed.
 */
export function tcpWrite(number: i32, source: usize, len: u32): i32 {
  const socket = socketFind(number);
  if (socket === null) return -E_BADF;
  if (socket.state == FAILED) return socket.error;
  if (!writable(socket)) return -E_AGAIN;
  if (len == 0) return 0;
  const count = ringWrite(socket.send, source, len);
  if (count == 0) return -E_AGAIN;
  want(socket);
  return <i32>count;
}

/** One more handle stands for the socket: tcpClose is called once more. */
export function tcpRetain(number: i32): void {
  const socket = socketFind(number);
  if (socket !== null) socket.holders++;
}

/**
 * Gives the socket up. What was written is still delivered, then both sides end; a peer whose data was not read
 * is reset. The number means nothing any more.
 */
export function tcpClose(number: i32): void {
  const socket = socketFind(number);
  if (socket === null) return;
  if (socket.holders != 0) {
    socket.holders--;
    return;
  }
  socket.detached = true;
  if (socket.state == FAILED || socket.state == SYN_SENT) {
    socketRelease(socket);
    return;
  }
  if (socket.receive.used > 0 || socket.state == SYN_RECEIVED) socket.resetQueued = true;
  socket.finQueued = true;
  socket.state = socket.state == CLOSE_WAIT ? LAST_ACK : FIN_WAIT_1;
  want(socket);
}

/** Gives the socket up and resets the peer: nothing more is delivered. */
export function tcpAbort(number: i32): void {
  const socket = socketFind(number);
  tcpClose(number);
  if (socket === null || socket.state == CLOSED) return;
  socket.resetQueued = true;
}

/** Runs timers and sends. True if a socket's state changed. Called by netPoll. */
export function tcpPoll(now: i64): bool {
  let changed = false;
  outputWanted = false;
  nextDeadline = NEVER;
  for (let i: u32 = 0; i < SOCKET_COUNT; i++) {
    const socket = socketAt(i);
    if (socket.state == CLOSED || socket.state == FAILED) continue;
    const before = socket.state;
    pollSocket(socket, now);
    if (socket.state != before) changed = true;
    if (socket.state == CLOSED || socket.state == FAILED) continue;
    nextDeadline = min(nextDeadline, min(socket.timer, min(socket.ackTimer, socket.lifeTimer)));
  }
  return changed;
}

/** When tcpPoll has something to do: 0 for at once. */
export function tcpNextDeadline(): i64 {
  return outputWanted ? 0 : nextDeadline;
}

/** Ends every connection: our address is no longer ours. */
export function tcpFailAll(error: i32): void {
  for (let i: u32 = 0; i < SOCKET_COUNT; i++) {
    const socket = socketAt(i);
    if (socket.state != CLOSED && socket.state != FAILED) socketFail(socket, error);
  }
}

/** The peer's host says that the SYN with number `seq` to this port cannot be delivered (RFC 5461: only then it counts). */
export function tcpUnreachable(remoteIp: u32, remotePort: u32, localPort: u32, seq: u32, error: i32): bool {
  const i = socketOf(remoteIp, remotePort, localPort);
  if (i < 0 || socketAt(<u32>i).state != SYN_SENT || socketAt(<u32>i).iss != seq) return false;
  socketFail(socketAt(<u32>i), error);
  return true;
}

function want(socket: TcpSocket): void {
  socket.wantOutput = true;
  outputWanted = true;
}

function writable(socket: TcpSocket): bool {
  return socket.state == ESTABLISHED || socket.state == CLOSE_WAIT;
}

function nothingToRead(socket: TcpSocket): i32 {
  if (socket.state == FAILED) return socket.error;
  return socket.finTaken ? 0 : -E_AGAIN;
}

/** Offers the peer a larger window once it is worth a segment; lets go of the buffers of what has failed. */
function afterRead(socket: TcpSocket): void {
  if (socket.state == FAILED) {
    if (socket.receive.used == 0) socketDropBuffers(socket);
    return;
  }
  if (socket.finTaken) return;
  const opened = socket.rcvNxt + ringRoom(socket.receive) - socket.rcvAdv;
  if (<i32>opened < <i32>min(2 * receiveMss(), RECEIVE_CAPACITY / 2)) return;
  socket.ackNow = true;
  want(socket);
}

/** A local port that no connection to the same peer has. */
function freePort(ip: u32, port: u32): u32 {
  let candidate = random32() % EPHEMERAL_COUNT;
  // Fewer sockets than ports: this ends.
  while (socketOf(ip, port, EPHEMERAL_FIRST + candidate) >= 0) candidate = (candidate + 1) % EPHEMERAL_COUNT;
  return EPHEMERAL_FIRST + candidate;
}

function pollSocket(socket: TcpSocket, now: i64): void {
  if (socket.resetQueued) {
    tcpSendReset(socket, now);
    socketRelease(socket);
    return;
  }
  if (socket.detached && socket.lifeTimer == NEVER) socket.lifeTimer = now + ORPHAN_NS;
  if (socket.lifeTimer <= now) {
    socketRelease(socket);
    return;
  }
  if (socket.ackTimer <= now) {
    socket.ackTimer = NEVER;
    socket.ackNow = socket.wantOutput = true;
  }
  if (socket.timer <= now) onTimer(socket, now);
  if (socket.wantOutput) tcpOutput(socket, now);
}

/** The retransmission timer (RFC 6298 §5), which also probes a closed window (RFC 9293 §3.8.6.1). */
function onTimer(socket: TcpSocket, now: i64): void {
  socket.timer = NEVER;
  const flying = tcpInFlight(socket);
  if (!flying && !tcpBlocked(socket)) return;
  socket.tries++;
  if (socket.tries >= (socket.state <= SYN_RECEIVED ? SYN_TRIES : DATA_TRIES)) {
    socketFail(socket, -E_TIMEDOUT);
    return;
  }
  timingBackOff(socket);
  socket.timing = false;
  if (flying && socket.sndWnd != 0) congestionTimeout(socket, socket.sndMax - socket.sndUna);
  socket.retransmitNow = false;
  socket.probeNow = socket.state > SYN_RECEIVED && (!flying || socket.sndWnd == 0);
  socket.sndNxt = socket.sndUna; // everything again, as far as the window goes
  socket.timer = now + socket.rto;
  socket.wantOutput = true;
}
