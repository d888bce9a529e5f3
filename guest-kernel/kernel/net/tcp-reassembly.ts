// What arrived before its turn: the bytes lie at their place in the receive ring already, the ranges say which.

import { RANGES_MAX, TcpSocket } from "./tcp-socket.ts";
import { seqAfter, seqBefore, seqMax, seqMin } from "./tcp-sequence.ts";

/**
 * Notes that [start, end) was received, after a gap. False if there is no room to note it: the bytes must not be
 * counted on. Ranges are kept ascending, apart and not touching.
 */
export function rangeAdd(socket: TcpSocket, start: u32, end: u32): bool {
  let first: u32 = 0;
  while (first < socket.rangeCount && seqBefore(rangeEnd(socket, first), start)) first++;
  let last = first;
  while (last < socket.rangeCount && !seqAfter(rangeStart(socket, last), end)) {
    start = seqMin(start, rangeStart(socket, last));
    end = seqMax(end, rangeEnd(socket, last));
    last++;
  }
  if (last == first && socket.rangeCount == RANGES_MAX) return false;
  const from = socket.ranges + <usize>(last * 8);
  memory.copy(socket.ranges + <usize>((first + 1) * 8), from, <usize>((socket.rangeCount - last) * 8));
  socket.rangeCount = socket.rangeCount + 1 + first - last;
  store<u32>(socket.ranges + <usize>(first * 8), start);
  store<u32>(socket.ranges + <usize>(first * 8), end, 4);
  return true;
}

/** Where reception stands when everything up to `next` is there: further, if a range begins by then. Drops it. */
export function rangeAdvance(socket: TcpSocket, next: u32): u32 {
  while (socket.rangeCount > 0 && !seqAfter(rangeStart(socket, 0), next)) {
    next = seqMax(next, rangeEnd(socket, 0));
    socket.rangeCount--;
    memory.copy(socket.ranges, socket.ranges + 8, <usize>(socket.rangeCount * 8));
  }
  return next;
}

function rangeStart(socket: TcpSocket, i: u32): u32 {
  return load<u32>(socket.ranges + <usize>(i * 8));
}

function rangeEnd(socket: TcpSocket, i: u32): u32 {
  return load<u32>(socket.ranges + <usize>(i * 8), 4);
}
