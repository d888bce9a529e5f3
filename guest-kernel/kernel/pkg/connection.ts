// The connection to the package server: opened when needed, kept for the next request while both sides agree.

import { E_AGAIN, E_LIMIT, E_NETDOWN, E_NOMEM, E_PKG_SERVER } from "../../abi/errors.ts";
import { portAbort, portClose, portConnect, portStatus } from "./ports.ts";

/** How long opening a connection may take, with the wait for an address at boot. */
export const CONNECT_TIMEOUT_NS: i64 = 5_000_000_000;
/** How long an idle connection is kept. */
export const KEEP_ALIVE_NS: i64 = 15_000_000_000;

let serverIp: u32 = 0;
let serverPort: u16 = 0;
let socket: i32 = -1;
let open: bool = false;
let reused: bool = false;
let began: i64 = 0; // when opening began
let keepUntil: i64 = 0;

/** The server's address, first octet in the lowest byte; 0 if none is set. */
export function connectionIp(): u32 {
  return serverIp;
}

/** The server's port. */
export function connectionPort(): u16 {
  return serverPort;
}

/** The socket of the open connection. */
export function connectionSocket(): i32 {
  return socket;
}

/** True if the connection had served a request before this one: then it may have gone stale unnoticed. */
export function connectionReused(): bool {
  return reused;
}

/** Sets the server and breaks the connection to the one before. */
export function connectionSetServer(ip: u32, port: u16): void {
  connectionBreak();
  serverIp = ip;
  serverPort = port;
}

/** Begins to use the connection: the kept one, or one to open. */
export function connectionBegin(now: i64): void {
  reused = socket >= 0;
  open = reused;
  began = now;
}

/**
 * Goes on opening the connection. Returns 1 when it is open, -E_AGAIN while it is being opened, or -E_PKG_SERVER,
 * -E_LIMIT, -E_NOMEM when it failed; then it is broken.
 */
export function connectionPoll(now: i64): i32 {
  if (open) return 1;
  const status = socket < 0 ? tryConnect() : portStatus(socket);
  if (status > 0) {
    open = true;
    return 1;
  }
  if (status == 0 && now - began < CONNECT_TIMEOUT_NS) return -E_AGAIN;
  connectionBreak();
  return status == -E_LIMIT || status == -E_NOMEM ? status : -E_PKG_SERVER;
}

/** When opening the connection times out. */
export function connectionDeadline(): i64 {
  return began + CONNECT_TIMEOUT_NS;
}

/** Keeps the connection for another request. */
export function connectionKeep(now: i64): void {
  keepUntil = now + KEEP_ALIVE_NS;
}

/** Ends the connection in good order. */
export function connectionClose(): void {
  if (socket >= 0) portClose(socket);
  socket = -1;
  open = false;
}

/** Ends the connection at once. */
export function connectionBreak(): void {
  if (socket >= 0) portAbort(socket);
  socket = -1;
  open = false;
}

/** Looks after a kept connection between requests. True if it was closed. */
export function connectionIdle(now: i64): bool {
  if (socket < 0 || (portStatus(socket) > 0 && now < keepUntil)) return false;
  connectionClose();
  return true;
}

/** When connectionIdle has something to do; i64.MAX_VALUE if never. */
export function connectionIdleDeadline(): i64 {
  return socket < 0 ? i64.MAX_VALUE : keepUntil;
}

/** How the new connection is, as portStatus says; 0 while the network is not up yet. */
function tryConnect(): i32 {
  if (serverIp == 0) return -E_PKG_SERVER;
  const result = portConnect(serverIp, serverPort);
  if (result == -E_NETDOWN) return 0; // no address yet: DHCP is still at it
  if (result < 0) return result;
  socket = result;
  return portStatus(socket);
}
