// What can be done with a handle whatever it stands for: close it, pass it on, wait for it. One case a kind.

import { POLL_CLOSED, POLL_INVALID, POLL_READ, POLL_WRITE } from "../../abi/poll.ts";
import { E_AGAIN } from "../../abi/errors.ts";
import {
  CONSOLE,
  consoleReadEnds,
  consoleReadable,
  consoleWantsRoom,
  LOG,
} from "../drivers/virtio-console.ts";
import { tcpClose, tcpError, tcpPeekLen, tcpRetain, tcpWritable } from "../net/tcp.ts";
import {
  Handle,
  HANDLE_CONSOLE,
  HANDLE_FILE,
  HANDLE_FREE,
  HANDLE_LOG,
  HANDLE_PORT,
  HANDLE_SOCKET,
  HANDLE_WINDOW,
  Process,
  processHandle,
} from "../proc/process.ts";
import { waitListJoin, waitListWake } from "../sched/wait-list.ts";
import { WAKE_CONSOLE, WAKE_NET, WAKE_WINDOWS } from "../sched/wait.ts";
import { vfsClose, vfsRetain } from "../vfs/open-file.ts";
import { windowAt } from "../wm/app-window.ts";
import { windowReady } from "../wm/events.ts";
import { windowRelease } from "../wm/window.ts";
import { portNameForget } from "./names.ts";
import {
  Port,
  portDrop,
  portGive,
  portHandle,
  portHandles,
  portLook,
  portPart,
  portTakesAny,
  portWaiters,
} from "./port.ts";

/** Gives up what a handle stands for; the handle is free then. */
export function handleClose(handle: Handle): void {
  const kind = handle.kind;
  handle.kind = HANDLE_FREE;
  objectRelease(kind, handle.id);
}

/** Makes free handle `number` of a process stand for something. */
export function setHandle(process: Process, number: i32, kind: u32, id: i32): void {
  const handle = processHandle(process, number)!;
  handle.kind = kind;
  handle.id = id;
}

/** One more handle stands for the same: it will be closed, too. */
export function objectRetain(kind: u32, id: i32): void {
  if (kind == HANDLE_FILE) vfsRetain(id);
  else if (kind == HANDLE_SOCKET) tcpRetain(id);
  else if (kind == HANDLE_PORT) portAt(id).holders++;
  else if (kind == HANDLE_WINDOW) windowAt(id).holders++;
}

/** One handle less stands for it. */
export function objectRelease(kind: u32, id: i32): void {
  if (kind == HANDLE_FILE) vfsClose(id);
  else if (kind == HANDLE_SOCKET) tcpClose(id);
  else if (kind == HANDLE_PORT) portRelease(portAt(id));
  else if (kind == HANDLE_WINDOW) windowRelease(windowAt(id));
}

/** False if it cannot go along with a message as it is. */
export function objectMayTravel(kind: u32, id: i32): bool {
  return kind != HANDLE_PORT || portAt(id).handles == 0;
}

/** A handle of it begins (1) or ends (-1) to be under way. */
export function objectTravels(kind: u32, id: i32, by: i32): void {
  if (kind != HANDLE_PORT) return;
  const port = portAt(id);
  port.underWay += by;
  const peer = port.peer;
  // Who has handles for it can send them from here on.
  if (port.underWay == 0 && peer !== null) waitListWake(portWaiters(peer));
}

/** POLL_* of what a handle stands for, whatever was asked. */
export function objectReady(kind: u32, id: i32): u32 {
  switch (kind) {
    case HANDLE_CONSOLE:
      return (
        (consoleReadable() != 0 || consoleReadEnds() ? POLL_READ : 0) |
        (consoleWantsRoom(CONSOLE) ? 0 : POLL_WRITE)
      );
    case HANDLE_LOG:
      return consoleWantsRoom(LOG) ? 0 : POLL_WRITE;
    case HANDLE_FILE:
      return POLL_READ | POLL_WRITE;
    case HANDLE_SOCKET:
      return socketReady(id);
    case HANDLE_PORT:
      return portReady(portAt(id));
    case HANDLE_WINDOW:
      return windowReady(windowAt(id)) ? POLL_READ : 0;
    default:
      return POLL_INVALID;
  }
}

/** Lets a process that begins to wait be woken by a change of what its handle stands for: what to add to its WAKE_*. */
export function handleAwait(process: Process, number: i32): u32 {
  const handle = processHandle(process, number)!;
  switch (handle.kind) {
    case HANDLE_CONSOLE:
    case HANDLE_LOG:
      return WAKE_CONSOLE;
    case HANDLE_SOCKET:
      return WAKE_NET;
    case HANDLE_PORT:
      waitListJoin(portWaiters(portAt(handle.id)), process, number);
      return 0;
    case HANDLE_WINDOW:
      return WAKE_WINDOWS;
    default:
      return 0;
  }
}

/** The end of a port that a handle of HANDLE_PORT stands for. */
export function portAt(id: i32): Port {
  // SAFETY: ids of ports are addresses of ends that the handle itself holds.
  return changetype<Port>(<usize>id);
}

function socketReady(id: i32): u32 {
  const length = tcpPeekLen(id);
  const readable: u32 = length == -E_AGAIN ? 0 : POLL_READ;
  return readable | (tcpWritable(id) != 0 ? POLL_WRITE : 0) | (tcpError(id) != 0 ? POLL_CLOSED : 0);
}

function portReady(port: Port): u32 {
  const readable: u32 = portLook(port) == -E_AGAIN ? 0 : POLL_READ;
  if (port.named) return readable;
  const peer = port.peer;
  if (peer === null) return readable | POLL_CLOSED;
  return readable | (portTakesAny(peer) ? POLL_WRITE : 0);
}

function portRelease(port: Port): void {
  if (--port.holders != 0) return;
  if (port.named) portNameForget(port);
  portPart(port);
  while (port.used != 0) {
    // SAFETY: the depth is two at most: an end that is under way has no handles in its queue.
    for (let i: u32 = 0; i < portHandles(port); i++) {
      const entry = portHandle(port, i);
      objectTravels(<u32>entry, <i32>(entry >> 32), -1);
      objectRelease(<u32>entry, <i32>(entry >> 32));
    }
    portDrop(port);
  }
  portGive(port);
}
