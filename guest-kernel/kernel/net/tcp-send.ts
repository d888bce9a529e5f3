// What a connection sends: SYN, data, FIN, acknowledgements, resets. RFC 9293 §3.8.

import { E_HOSTUNREACH } from "../../abi/errors.ts";
import { ringCopy, ringRoom } from "../drivers/byte-ring.ts";
import { interfaceMtu } from "./interface.ts";
import { IPV4_HEADER_LEN, PROTOCOL_TCP } from "./ipv4.ts";
import {
  OUTPUT_BUSY,
  OUTPUT_UNREACHABLE,
  outputBegin,
  outputCommitSummed,
  outputPayloadMax,
} from "./output.ts";
import {
  SHIFT_NONE,
  TCP_ACK,
  TCP_CHECKSUM,
  TCP_FIN,
  TCP_HEADER_LEN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_SYN_LEN,
  tcpEmit,
  tcpEmitSynOptions,
} from "./tcp-segment.ts";
import { seqAfter, seqBefore, seqMax } from "./tcp-sequence.ts";
import {
  CLOSED,
  FAILED,
  NEVER,
  RECEIVE_CAPACITY,
  RECEIVE_SHIFT,
  socketFail,
  SYN_RECEIVED,
  TcpSocket,
} from "./tcp-socket.ts";

const U16_MAX: u32 = 0xffff;

/** The segment size that we announce: what one packet of the interface's MTU holds. */
export function receiveMss(): u32 {
  return interfaceMtu() - IPV4_HEADER_LEN - TCP_HEADER_LEN;
}

/** The most payload that a segment from us can have. */
export function sendMss(): u32 {
  return outputPayloadMax() - TCP_HEADER_LEN;
}

/** Sends what the socket may send now. `wantOutput` stays set if something could not go for want of a buffer. */
export function tcpOutput(socket: TcpSocket, now: i64): void {
  if (socket.state == CLOSED || socket.state == FAILED) {
    socket.wantOutput = false;
    return;
  }
  const done = socket.state <= SYN_RECEIVED ? outputSyn(socket, now) : outputData(socket, now);
  if (done) socket.wantOutput = false;
}

/** Sends one reset for the connection, if it can go at once. A lost one is made good by what comes next from the peer. */
export function tcpSendReset(socket: TcpSocket, now: i64): void {
  const header = outputBegin(socket.remoteIp, now);
  if (header == OUTPUT_BUSY || header == OUTPUT_UNREACHABLE) return;
  const flags = TCP_RST | TCP_ACK;
  tcpEmit(header, socket.localPort, socket.remotePort, socket.sndMax, socket.rcvNxt, flags, 0);
  outputCommitSummed(header, PROTOCOL_TCP, TCP_HEADER_LEN, TCP_CHECKSUM);
}

/** Answers a segment that belongs to no connection, RFC 9293 §3.10.7.1. */
export function tcpSendStrayReset(
  remoteIp: u32,
  remotePort: u32,
  localPort: u32,
  seq: u32,
  ack: u32,
  flags: u32,
  now: i64,
): void {
  const header = outputBegin(remoteIp, now);
  if (header == OUTPUT_BUSY || header == OUTPUT_UNREACHABLE) return;
  tcpEmit(header, localPort, remotePort, seq, ack, flags | TCP_RST, 0);
  outputCommitSummed(header, PROTOCOL_TCP, TCP_HEADER_LEN, TCP_CHECKSUM);
}

/** True if anything sent is not acknowledged. */
export function tcpInFlight(socket: TcpSocket): bool {
  return socket.sndMax != socket.sndUna;
}

/** True if data or a FIN waits for the peer's window. */
export function tcpBlocked(socket: TcpSocket): bool {
  const end = socket.sndUna + socket.send.used;
  return seqBefore(socket.sndNxt, end) || (socket.finQueued && !socket.finSent);
}

/** The right edge of the window to offer, RFC 9293 §3.8.6.2.2: it moves by a segment or not at all. */
export function tcpReceiveEdge(socket: TcpSocket): u32 {
  const edge = socket.rcvNxt + ringRoom(socket.receive);
  const step = min(receiveMss(), RECEIVE_CAPACITY / 2);
  return <i32>(edge - socket.rcvAdv) >= <i32>step ? edge : seqMax(socket.rcvAdv, socket.rcvNxt);
}

/** SYN, or SYN and ACK if the peer's SYN came first. Sent once; the timer asks again. */
function outputSyn(socket: TcpSocket, now: i64): bool {
  if (socket.sndNxt != socket.iss) return true;
  const header = begin(socket, now);
  if (header == 0) return false;
  const answer = socket.state == SYN_RECEIVED;
  const flags = answer ? TCP_SYN | TCP_ACK : TCP_SYN;
  const window = min(RECEIVE_CAPACITY, U16_MAX); // of a SYN: never scaled
  tcpEmit(header, socket.localPort, socket.remotePort, socket.iss, socket.rcvNxt, flags, window);
  tcpEmitSynOptions(
    header,
    receiveMss(),
    answer && socket.sndShift == SHIFT_NONE ? SHIFT_NONE : RECEIVE_SHIFT,
  );
  outputCommitSummed(header, PROTOCOL_TCP, TCP_SYN_LEN, TCP_CHECKSUM);
  sent(socket, 1, now);
  acknowledged(socket, socket.rcvNxt + window);
  return true;
}

function outputData(socket: TcpSocket, now: i64): bool {
  if (socket.retransmitNow && !outputLost(socket, now)) return false;
  while (!socket.finAcked) {
    const unsent = socket.sndUna + socket.send.used - socket.sndNxt; // -1 as a u32 once the FIN is sent
    const finDue = socket.finQueued && !seqAfter(socket.sndNxt, socket.sndUna + socket.send.used);
    if (<i32>unsent < 0 || (unsent == 0 && !finDue)) break;
    const usable = usableWindow(socket);
    const len = min(min(unsent, usable), socket.mss);
    const fin = finDue && len == unsent && (usable > len || socket.probeNow);
    if (!fin && !worthSending(socket, len, unsent)) break;
    if (!outputSegment(socket, socket.sndNxt, len, fin, now)) return false;
    sent(socket, len + (fin ? 1 : 0), now);
    socket.probeNow = false;
  }
  socket.probeNow = false;
  if (tcpBlocked(socket) && socket.timer == NEVER) socket.timer = now + socket.rto; // §3.8.6.1: probe later
  return !socket.ackNow || outputAck(socket, now);
}

/** How much may be sent beyond sndNxt. A probe goes one byte beyond the window. */
function usableWindow(socket: TcpSocket): u32 {
  const window = min(max(socket.sndWnd, socket.probeNow ? 1 : 0), socket.cwnd);
  const flight = socket.sndNxt - socket.sndUna;
  return window > flight ? window - flight : 0;
}

/** The sender's side of silly window avoidance, §3.8.6.2.1. There is no Nagle: who writes wants it sent. */
function worthSending(socket: TcpSocket, len: u32, unsent: u32): bool {
  return len > 0 && (len == socket.mss || len == unsent || len >= socket.sndWndMax / 2 || socket.probeNow);
}

/** Sends the segment at sndUna once more. */
function outputLost(socket: TcpSocket, now: i64): bool {
  const queued = socket.send.used;
  const len = min(min(queued, socket.mss), socket.sndMax - socket.sndUna);
  const fin = socket.finSent && len == queued;
  if ((len > 0 || fin) && !outputSegment(socket, socket.sndUna, len, fin, now)) return false;
  socket.retransmitNow = false;
  socket.timing = false; // Karn: an answer could be to either
  socket.timer = now + socket.rto;
  return true;
}

/** Sends `len` bytes of the send ring, from sequence number `seq` on. False if it must wait. */
function outputSegment(socket: TcpSocket, seq: u32, len: u32, fin: bool, now: i64): bool {
  const header = begin(socket, now);
  if (header == 0) return false;
  const offset = seq - socket.sndUna;
  const last = offset + len == socket.send.used;
  let flags = TCP_ACK;
  if (last && len > 0) flags |= TCP_PSH;
  if (fin) {
    flags |= TCP_FIN;
    socket.finSent = true;
  }
  emit(socket, header, seq, flags);
  ringCopy(socket.send, offset, header + TCP_HEADER_LEN, len);
  outputCommitSummed(header, PROTOCOL_TCP, TCP_HEADER_LEN + len, TCP_CHECKSUM);
  return true;
}

function outputAck(socket: TcpSocket, now: i64): bool {
  const header = begin(socket, now);
  if (header == 0) return false;
  emit(socket, header, socket.sndMax, TCP_ACK);
  outputCommitSummed(header, PROTOCOL_TCP, TCP_HEADER_LEN, TCP_CHECKSUM);
  return true;
}

/** A transmit buffer, or 0 if it must wait. A connection that cannot even start fails when there is no way. */
function begin(socket: TcpSocket, now: i64): usize {
  const header = outputBegin(socket.remoteIp, now);
  if (header == OUTPUT_UNREACHABLE) {
    if (socket.state <= SYN_RECEIVED) socketFail(socket, -E_HOSTUNREACH);
    else if (socket.timer == NEVER) socket.timer = now + socket.rto; // as if lost on the way
    return 0;
  }
  return header == OUTPUT_BUSY ? 0 : header;
}

/** Writes the header of a segment that acknowledges all received, and offers the window. */
function emit(socket: TcpSocket, header: usize, seq: u32, flags: u32): void {
  const edge = tcpReceiveEdge(socket);
  const window = min((edge - socket.rcvNxt) >> socket.rcvShift, U16_MAX);
  tcpEmit(header, socket.localPort, socket.remotePort, seq, socket.rcvNxt, flags, window);
  acknowledged(socket, socket.rcvNxt + (window << socket.rcvShift));
}

function acknowledged(socket: TcpSocket, edge: u32): void {
  socket.rcvAdv = seqMax(socket.rcvAdv, edge);
  socket.ackedUpTo = socket.rcvNxt;
  socket.ackNow = false;
  socket.ackTimer = NEVER;
}

/** Notes that `len` sequence numbers went out from sndNxt on. */
function sent(socket: TcpSocket, len: u32, now: i64): void {
  const fresh = socket.sndNxt == socket.sndMax;
  socket.sndNxt += len;
  socket.sndMax = seqMax(socket.sndMax, socket.sndNxt);
  if (fresh && !socket.timing && !socket.probeNow) {
    socket.timing = true;
    socket.timedSeq = socket.sndNxt;
    socket.timedAt = now;
  }
  if (socket.timer == NEVER) socket.timer = now + socket.rto;
}
