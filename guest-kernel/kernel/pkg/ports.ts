// What the resolver and its cache need of the rest of the kernel, as function references, so that tests can put
// fakes in their place. `start.ts` binds the kernel's own.

import { E_NOSYS } from "../../abi/errors.ts";

/** Begins a connection: a socket, or -E_*. -E_NETDOWN means that it may work later. */
export let portConnect: (ip: u32, port: u16) => i32 = noConnect;
/** How a connection is: > 0 open both ways, 0 being opened, < 0 -E_* (closed by the peer counts as -E_NOTCONN). */
export let portStatus: (socket: i32) => i32 = noStatus;
/** Reads what has come: bytes, 0 at the end of the stream, -E_AGAIN, or another -E_*. */
export let portRead: (socket: i32, dst: usize, len: u32) => i32 = noTransfer;
/** Queues bytes: how many, -E_AGAIN, or another -E_*. */
export let portWrite: (socket: i32, src: usize, len: u32) => i32 = noTransfer;
/** Ends a connection in good order. The socket is not used any more. */
export let portClose: (socket: i32) => void = noClose;
/** Breaks a connection. The socket is not used any more. */
export let portAbort: (socket: i32) => void = noClose;

/** Begins to install a checked bundle, and takes over its pages if it succeeds: a handle, or -E_*. */
export let portInstallBegin: (bundle: usize, len: u32) => i32 = noInstallBegin;
/** Does a slice of the installation: > 0 there is more, 0 done, < 0 -E_*. */
export let portInstallStep: (install: i32) => i32 = noStatus;
/** Frees an installation, complete or not, with the pages of its bundle. */
export let portInstallFree: (install: i32) => void = noClose;

/** Binds the TCP client. */
export function bindTcp(
  connect: (ip: u32, port: u16) => i32,
  status: (socket: i32) => i32,
  read: (socket: i32, dst: usize, len: u32) => i32,
  write: (socket: i32, src: usize, len: u32) => i32,
  close: (socket: i32) => void,
  abort: (socket: i32) => void,
): void {
  portConnect = connect;
  portStatus = status;
  portRead = read;
  portWrite = write;
  portClose = close;
  portAbort = abort;
}

/** Binds the app registry. */
export function bindInstall(
  begin: (bundle: usize, len: u32) => i32,
  step: (install: i32) => i32,
  free: (install: i32) => void,
): void {
  portInstallBegin = begin;
  portInstallStep = step;
  portInstallFree = free;
}

// Before anything is bound, everything fails.

function noConnect(_ip: u32, _port: u16): i32 {
  return -E_NOSYS;
}

function noStatus(_handle: i32): i32 {
  return -E_NOSYS;
}

function noTransfer(_socket: i32, _at: usize, _len: u32): i32 {
  return -E_NOSYS;
}

function noClose(_handle: i32): void {}

function noInstallBegin(_bundle: usize, _len: u32): i32 {
  return -E_NOSYS;
}
