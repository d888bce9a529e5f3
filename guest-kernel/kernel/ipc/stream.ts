// A port as a stream of bytes, for read and write: what was written comes in pieces, each a message.

import { E_AGAIN, E_CLOSED, E_INVAL } from "../../abi/errors.ts";
import { waitListWake } from "../sched/wait-list.ts";
import { objectRelease, objectTravels } from "./handles.ts";
import {
  Port,
  portCommit,
  portCopy,
  portDrop,
  portFill,
  portHandle,
  portHandles,
  portLength,
  portLongest,
  portLook,
  portReserve,
  portWaiters,
} from "./port.ts";
import { PORT_HEADER } from "../../abi/port.ts";

/**
 * Takes up to `len` bytes of the oldest message: how many, 0 once the other end is gone and all is read, -E_AGAIN.
 * Empty messages are passed over, and handles that came along are closed. A named port has no bytes: -E_INVAL.
 */
export function portRead(port: Port, target: usize, len: u32): i32 {
  if (port.named) return -E_INVAL;
  if (len == 0) return 0;
  let look = portLook(port);
  while (look == 0 && portLength(port) == 0) {
    finish(port);
    look = portLook(port);
  }
  if (look != 0) return look == -E_CLOSED ? 0 : look;
  const length = portLength(port);
  const part = min(length, len);
  portCopy(port, 0, target, part);
  if (part == length) finish(port);
  else port.taken += part;
  return <i32>part;
}

/** Sends up to `len` bytes as a message: how many, -E_AGAIN while there is no room for one, -E_CLOSED, -E_NOMEM. */
export function portWrite(port: Port, source: usize, len: u32): i32 {
  if (port.named) return -E_INVAL;
  const peer = port.peer;
  if (peer === null) return -E_CLOSED;
  if (len == 0) return 0;
  const part = min(len, portLongest(peer));
  if (part == 0) return -E_AGAIN;
  const error = portReserve(peer, part, 0);
  if (error != 0) return error;
  portFill(peer, PORT_HEADER, source, part);
  portCommit(peer, part, 0);
  waitListWake(portWaiters(peer));
  return <i32>part;
}

function finish(port: Port): void {
  for (let i: u32 = 0; i < portHandles(port); i++) {
    const entry = portHandle(port, i);
    objectTravels(<u32>entry, <i32>(entry >> 32), -1);
    objectRelease(<u32>entry, <i32>(entry >> 32));
  }
  portDrop(port);
}
