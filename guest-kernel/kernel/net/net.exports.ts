// What the unit tests of this folder call.

import { framesFreeCount, framesInit } from "../mm/frames.ts";
import { driversPoll } from "../drivers/poll.ts";
import { probeDevices } from "../drivers/probe.ts";
import { checksumAdd, checksumFinish } from "./checksum.ts";
import { interfaceAddress, interfaceMtu, interfaceNextHop } from "./interface.ts";
import { netInit, netNextDeadline, netPoll, netReady } from "./net.ts";
import {
  tcpAbort,
  tcpClose,
  tcpConnect,
  tcpError,
  tcpPeek,
  tcpPeekLen,
  tcpRead,
  tcpReadable,
  tcpSkip,
  tcpState,
  tcpWritable,
  tcpWrite,
} from "./tcp.ts";

/** The checksum of `len` bytes. */
export function checksum(data: usize, len: u32): u32 {
  return checksumFinish(checksumAdd(0, data, len));
}

/** Where the managed heap would put the next object. */
export function heapTop(): usize {
  const probe = heap.alloc(16);
  heap.free(probe);
  return probe;
}

export { driversPoll, framesFreeCount, framesInit, probeDevices };
export { interfaceAddress, interfaceMtu, interfaceNextHop };
export { netInit, netNextDeadline, netPoll, netReady };
export {
  tcpAbort,
  tcpClose,
  tcpConnect,
  tcpError,
  tcpPeek,
  tcpPeekLen,
  tcpRead,
  tcpReadable,
  tcpSkip,
  tcpState,
  tcpWritable,
  tcpWrite,
};
