// When TCP gives up waiting: the retransmission timeout (RFC 6298) and the congestion window (RFC 5681, 6582, 6928).
//
// Deviation: the timeout may go down to 200 ms rather than one second, as everybody's does.

import { TcpSocket } from "./tcp-socket.ts";

const MILLISECOND: i64 = 1000000;
const RTO_INITIAL: i64 = 1000 * MILLISECOND;
const RTO_MIN: i64 = 200 * MILLISECOND;
const RTO_MAX: i64 = 60000 * MILLISECOND;
const GRANULARITY: i64 = MILLISECOND;
const INITIAL_WINDOW: u32 = 14600; // RFC 6928
const DUPLICATE_ACKS: u32 = 3;

/** Sets a fresh connection's estimates. */
export function timingInit(socket: TcpSocket): void {
  socket.rto = RTO_INITIAL;
  socket.ssthresh = u32.MAX_VALUE;
}

/** Sets the congestion window once the segment size is known. */
export function timingOpen(socket: TcpSocket): void {
  socket.cwnd = min(10 * socket.mss, max(2 * socket.mss, INITIAL_WINDOW));
}

/** Takes a measured round trip, RFC 6298 §2. */
export function timingSample(socket: TcpSocket, rtt: i64): void {
  if (!socket.measured) {
    socket.measured = true;
    socket.srtt = rtt;
    socket.rttvar = rtt / 2;
  } else {
    const error = socket.srtt > rtt ? socket.srtt - rtt : rtt - socket.srtt;
    socket.rttvar += (error - socket.rttvar) / 4;
    socket.srtt += (rtt - socket.srtt) / 8;
  }
  timingReset(socket);
}

/** Takes the backoff away: the peer has answered (§5.7). */
export function timingReset(socket: TcpSocket): void {
  if (!socket.measured) return;
  socket.rto = min(max(socket.srtt + max(GRANULARITY, 4 * socket.rttvar), RTO_MIN), RTO_MAX);
}

/** Doubles the timeout (§5.5). */
export function timingBackOff(socket: TcpSocket): void {
  socket.rto = min(socket.rto * 2, RTO_MAX);
}

/** The retransmission timer ran out: half of what was in flight, from one segment on (RFC 5681 §3.1). */
export function congestionTimeout(socket: TcpSocket, flight: u32): void {
  socket.ssthresh = max(flight / 2, 2 * socket.mss);
  socket.cwnd = socket.mss;
  socket.recovering = false;
  socket.duplicateAcks = 0;
}

/** A duplicate acknowledgement: the third asks for the segment it is missing (RFC 5681 §3.2). */
export function congestionDuplicate(socket: TcpSocket): void {
  socket.duplicateAcks++;
  if (socket.recovering) {
    socket.cwnd += socket.mss; // a segment has left the network
  } else if (socket.duplicateAcks == DUPLICATE_ACKS) {
    socket.ssthresh = max((socket.sndMax - socket.sndUna) / 2, 2 * socket.mss);
    socket.cwnd = socket.ssthresh + DUPLICATE_ACKS * socket.mss;
    socket.recovering = true;
    socket.recover = socket.sndMax;
    socket.retransmitNow = true;
  }
}

/** `acked` further bytes were acknowledged; `all` that were outstanding when recovery began, if it is on. */
export function congestionAdvance(socket: TcpSocket, acked: u32, all: bool): void {
  socket.duplicateAcks = 0;
  if (socket.recovering && all) {
    socket.recovering = false;
    socket.cwnd = socket.ssthresh;
  } else if (socket.recovering) {
    socket.retransmitNow = true; // RFC 6582: the next one is missing too
    socket.cwnd -= min(acked, socket.cwnd - socket.mss);
    socket.cwnd += socket.mss;
  } else if (socket.cwnd < socket.ssthresh) {
    socket.cwnd += min(acked, socket.mss);
  } else {
    socket.cwnd += max(1, <u32>((<u64>socket.mss * <u64>socket.mss) / <u64>socket.cwnd));
  }
  socket.cwnd = min(socket.cwnd, 1 << 30);
}
