// What a connection does with a segment: RFC 9293 §3.10.7, with the checks of RFC 5961 against blind attacks.

import { E_CONNREFUSED, E_CONNRESET } from "../../abi/errors.ts";
import { ringCommit, ringDrop, ringRoom } from "../drivers/byte-ring.ts";
import { rangeAdd, rangeAdvance } from "./tcp-reassembly.ts";
import {
  segmentAck,
  segmentCopy,
  segmentFlags,
  segmentLen,
  segmentMss,
  segmentSeq,
  segmentShift,
  segmentSourcePort,
  segmentTargetPort,
  segmentWindow,
  SHIFT_NONE,
  TCP_ACK,
  TCP_FIN,
  TCP_RST,
  TCP_SYN,
} from "./tcp-segment.ts";
import { sendMss, tcpOutput, tcpSendReset, tcpSendStrayReset } from "./tcp-send.ts";
import { seqAfter, seqBefore, seqMax, seqMin } from "./tcp-sequence.ts";
import {
  CLOSE_WAIT,
  CLOSING,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  LAST_ACK,
  NEVER,
  RECEIVE_CAPACITY,
  RECEIVE_SHIFT,
  socketAt,
  socketDropBuffers,
  socketFail,
  socketOf,
  socketRelease,
  SYN_RECEIVED,
  SYN_SENT,
  TcpSocket,
  TIME_WAIT,
} from "./tcp-socket.ts";
import {
  congestionAdvance,
  congestionDuplicate,
  timingOpen,
  timingReset,
  timingSample,
} from "./tcp-timing.ts";

// Deviation: RFC 9293 says four minutes. The link is one machine's memory, where no segment lives a second.
const TIME_WAIT_NS: i64 = 1000000000;
const DELAYED_ACK_NS: i64 = 10000000; // §3.8.6.3 allows 500 ms
// Who connects mostly writes at once: the handshake's last step waits that long for the data to go with.
const HANDSHAKE_ACK_NS: i64 = 200000;

/** Takes the parsed segment from `source`. True if a socket's state or data changed. */
export function tcpReceive(source: u32, now: i64): bool {
  const i = socketOf(source, segmentSourcePort, segmentTargetPort);
  if (i < 0) {
    if (!has(TCP_RST)) refuse(source, now);
    return false;
  }
  const socket = socketAt(<u32>i);
  if (socket.state == SYN_SENT) receiveSynSent(socket, now);
  else receiveSynchronized(socket, now);
  // The peer counts duplicates (RFC 5681 §3.2): one for every segment after a gap, not one for every poll.
  if (socket.ackNow && socket.rangeCount > 0) tcpOutput(socket, now);
  return true;
}

function has(flag: u32): bool {
  return (segmentFlags & flag) != 0;
}

/** Sequence numbers that the segment takes. */
function span(): u32 {
  return segmentLen + (has(TCP_SYN) ? 1 : 0) + (has(TCP_FIN) ? 1 : 0);
}

/** §3.10.7.1: nobody here wants this. */
function refuse(source: u32, now: i64): void {
  const port = segmentSourcePort;
  if (has(TCP_ACK)) tcpSendStrayReset(source, port, segmentTargetPort, segmentAck, 0, 0, now);
  else tcpSendStrayReset(source, port, segmentTargetPort, 0, segmentSeq + span(), TCP_ACK, now);
}

/** §3.10.7.3. */
function receiveSynSent(socket: TcpSocket, now: i64): void {
  const acked = has(TCP_ACK);
  if (acked && (!seqAfter(segmentAck, socket.iss) || seqAfter(segmentAck, socket.sndMax))) {
    if (!has(TCP_RST)) refuse(socket.remoteIp, now);
    return;
  }
  if (has(TCP_RST)) {
    if (acked) socketFail(socket, -E_CONNREFUSED);
    return;
  }
  if (!has(TCP_SYN)) return;
  takeSyn(socket);
  socket.wantOutput = true;
  if (acked) {
    takeAck(socket, now);
    establish(socket);
    socket.ackTimer = now + HANDSHAKE_ACK_NS;
  } else {
    socket.state = SYN_RECEIVED;
    socket.sndNxt = socket.iss; // the SYN again, with an acknowledgement
  }
}

/** Takes the peer's SYN. What else is in the segment comes again: it was not acknowledged. */
function takeSyn(socket: TcpSocket): void {
  socket.rcvNxt = segmentSeq + 1;
  socket.ackedUpTo = socket.rcvNxt;
  socket.rcvAdv = socket.rcvNxt + min(RECEIVE_CAPACITY, 0xffff); // what our SYN offered
  socket.sndShift = segmentShift;
  socket.rcvShift = segmentShift == SHIFT_NONE ? 0 : RECEIVE_SHIFT; // RFC 7323 §2.2: both or none
  socket.mss = min(segmentMss, sendMss());
  socket.sndWnd = socket.sndWndMax = segmentWindow; // of a SYN: never scaled
  socket.sndWl1 = segmentSeq;
  socket.sndWl2 = segmentAck;
  timingOpen(socket);
}

function establish(socket: TcpSocket): void {
  socket.state = ESTABLISHED;
  socket.tries = 0;
}

/** §3.10.7.4, every state with a known peer. */
function receiveSynchronized(socket: TcpSocket, now: i64): void {
  socket.wantOutput = true;
  if (!acceptable(socket)) {
    if (!has(TCP_RST)) socket.ackNow = true;
    return;
  }
  if (has(TCP_RST)) {
    receiveReset(socket);
    return;
  }
  // Of a simultaneous open both sides see the other's SYN twice.
  const synAgain = socket.state == SYN_RECEIVED && segmentSeq + 1 == socket.rcvNxt;
  if ((has(TCP_SYN) && !synAgain) || !has(TCP_ACK)) {
    socket.ackNow = socket.ackNow || has(TCP_SYN); // RFC 5961 §4
    return;
  }
  if (socket.state == SYN_RECEIVED) {
    if (!seqAfter(segmentAck, socket.iss) || seqAfter(segmentAck, socket.sndMax)) {
      refuse(socket.remoteIp, now);
      return;
    }
    takeAck(socket, now);
    establish(socket);
    socket.sndWnd = scaledWindow(socket);
    socket.sndWndMax = max(socket.sndWndMax, socket.sndWnd);
    socket.sndWl2 = segmentAck;
  } else if (!receiveAck(socket, now)) {
    return;
  }
  if (!has(TCP_SYN)) receiveText(socket, now);
}

/**
 * Step 1, read generously: the segment must touch what we have offered. What lies outside of it is cut off later,
 * so that an acknowledgement counts even with a full receive buffer.
 */
function acceptable(socket: TcpSocket): bool {
  const edge = seqMax(socket.rcvAdv, socket.rcvNxt);
  return !seqAfter(segmentSeq, edge) && !seqBefore(segmentSeq + span(), socket.rcvNxt);
}

/** RFC 5961 §3.2: only the exact number resets; another one in the window is asked about. */
function receiveReset(socket: TcpSocket): void {
  if (segmentSeq != socket.rcvNxt) {
    socket.ackNow = true;
    return;
  }
  if (socket.state == SYN_RECEIVED) socketFail(socket, -E_CONNREFUSED);
  else if (socket.state >= CLOSING) socketRelease(socket);
  else socketFail(socket, -E_CONNRESET);
}

function scaledWindow(socket: TcpSocket): u32 {
  return segmentWindow << (socket.sndShift == SHIFT_NONE ? 0 : socket.sndShift);
}

/** Step 5. False if there is nothing more to do with the segment. */
function receiveAck(socket: TcpSocket, now: i64): bool {
  if (seqAfter(segmentAck, socket.sndMax) || seqBefore(segmentAck, socket.sndUna - socket.sndWndMax)) {
    socket.ackNow = true; // RFC 5961 §5
    return false;
  }
  const window = scaledWindow(socket);
  if (seqAfter(segmentAck, socket.sndUna)) takeAck(socket, now);
  else if (isDuplicate(socket, window)) congestionDuplicate(socket);
  if (socket.tries > 0 && socket.sndWnd == 0) socket.tries = 0; // it answers probes: it lives
  updateWindow(socket, window);
  return finAcknowledged(socket, now);
}

/** RFC 5681 §2. */
function isDuplicate(socket: TcpSocket, window: u32): bool {
  const outstanding = socket.sndMax != socket.sndUna;
  return outstanding && segmentAck == socket.sndUna && span() == 0 && window == socket.sndWnd && window != 0;
}

function updateWindow(socket: TcpSocket, window: u32): void {
  const newer = seqBefore(socket.sndWl1, segmentSeq);
  if (seqBefore(segmentAck, socket.sndUna)) return;
  if (!newer && (socket.sndWl1 != segmentSeq || seqAfter(socket.sndWl2, segmentAck))) return;
  const opened = socket.sndWnd == 0 && window != 0;
  socket.sndWnd = window;
  socket.sndWndMax = max(socket.sndWndMax, window);
  socket.sndWl1 = segmentSeq;
  socket.sndWl2 = segmentAck;
  if (!opened) return;
  timingReset(socket);
  socket.sndNxt = socket.sndUna; // what the probes carried was most likely dropped
  socket.timer = NEVER;
}

/** Moves sndUna to the segment's acknowledgement, which is in (sndUna, sndMax]. */
function takeAck(socket: TcpSocket, now: i64): void {
  const acked = segmentAck - socket.sndUna;
  const recovered = !seqBefore(segmentAck, socket.recover);
  ringDrop(socket.send, min(acked, socket.send.used)); // SYN and FIN have no byte in the ring
  socket.sndUna = segmentAck;
  socket.sndNxt = seqMax(socket.sndNxt, segmentAck);
  socket.tries = 0;
  if (socket.timing && !seqBefore(segmentAck, socket.timedSeq)) {
    socket.timing = false;
    timingSample(socket, now - socket.timedAt);
  } else if (segmentWindow != 0) {
    timingReset(socket); // with the window closed it took a probe: go on asking ever more seldom
  }
  socket.timer = socket.sndUna == socket.sndMax ? NEVER : now + socket.rto; // RFC 6298 §5.2, §5.3
  if (socket.state > SYN_RECEIVED) congestionAdvance(socket, acked, recovered);
}

/** What follows when our FIN has been acknowledged. False if the connection is over. */
function finAcknowledged(socket: TcpSocket, now: i64): bool {
  if (!socket.finSent || socket.sndUna != socket.sndMax) return true;
  socket.finAcked = true;
  switch (socket.state) {
    case FIN_WAIT_1: {
      socket.state = FIN_WAIT_2;
      return true;
    }
    case CLOSING: {
      timeWait(socket, now);
      return true;
    }
    case LAST_ACK: {
      socketRelease(socket);
      return false;
    }
    default:
      return true;
  }
}

/** Steps 7 and 8: the payload and the FIN behind it. */
function receiveText(socket: TcpSocket, now: i64): void {
  if (
    socket.state == TIME_WAIT ||
    socket.state == CLOSE_WAIT ||
    socket.state == CLOSING ||
    socket.state == LAST_ACK
  ) {
    if (span() > 0) socket.ackNow = true; // after its FIN the peer can only repeat itself
    return;
  }
  if (span() == 0) return;
  if (socket.detached && seqAfter(segmentSeq + segmentLen, socket.rcvNxt)) {
    // RFC 2525 §2.17: nobody will read this, and the peer should know.
    tcpSendReset(socket, now);
    socketRelease(socket);
    return;
  }
  if (has(TCP_FIN) && !socket.finKnown) {
    socket.finKnown = true;
    socket.finSeq = segmentSeq + segmentLen;
  }
  if (segmentLen > 0) deposit(socket);
  if (socket.finKnown && socket.rcvNxt == socket.finSeq) receiveFin(socket, now);
  else scheduleAck(socket, now);
  if (has(TCP_FIN)) socket.ackNow = true; // with data missing before it: say where we stand
}

/** Puts the part of the payload that is new and inside the window to its place in the receive ring. */
function deposit(socket: TcpSocket): void {
  const room = ringRoom(socket.receive);
  let limit = socket.rcvNxt + room;
  if (socket.finKnown) limit = seqMin(limit, socket.finSeq); // nothing can come after a FIN
  const start = seqMax(segmentSeq, socket.rcvNxt);
  const end = seqMin(segmentSeq + segmentLen, limit);
  if (!seqBefore(start, end)) {
    socket.ackNow = true; // nothing of it is of use: say where we stand
    return;
  }
  const gap = start - socket.rcvNxt;
  const len = end - start;
  // A FIN that is not where the data ends must not close a hole: what is beyond is never taken.
  if (gap > 0 && !rangeAdd(socket, start, end)) return;
  segmentCopy(socket.receive, socket.receive.used + gap, start - segmentSeq, len);
  socket.peerSegment = max(socket.peerSegment, segmentLen);
  if (gap > 0 || end != segmentSeq + segmentLen || socket.rangeCount > 0) socket.ackNow = true; // RFC 5681 §4.2
  if (gap > 0) return;
  const next = seqMin(rangeAdvance(socket, end), limit);
  ringCommit(socket.receive, next - socket.rcvNxt);
  socket.rcvNxt = next;
}

/** Acknowledges at once when the peer waits for it, else a little later, when there may be data to go with it. */
function scheduleAck(socket: TcpSocket, now: i64): void {
  const owed = socket.rcvNxt - socket.ackedUpTo;
  if (owed == 0) return;
  if (owed >= 2 * socket.peerSegment || socket.rcvAdv - socket.rcvNxt < RECEIVE_CAPACITY / 2)
    socket.ackNow = true;
  if (!socket.ackNow && socket.ackTimer == NEVER) socket.ackTimer = now + DELAYED_ACK_NS;
}

function receiveFin(socket: TcpSocket, now: i64): void {
  socket.finTaken = true;
  socket.rcvNxt++;
  socket.ackNow = true;
  if (socket.state == ESTABLISHED) socket.state = CLOSE_WAIT;
  else if (socket.state == FIN_WAIT_1) socket.state = CLOSING;
  else if (socket.state == FIN_WAIT_2) timeWait(socket, now);
}

/** Only acknowledges from here on, for as long as the peer may repeat its FIN. */
function timeWait(socket: TcpSocket, now: i64): void {
  socket.state = TIME_WAIT;
  socket.timer = NEVER;
  socket.lifeTimer = now + TIME_WAIT_NS;
  socketDropBuffers(socket);
}
