// A sentence for each error code.

import {
  E_ABOVE,
  E_AGAIN,
  E_BADCALL,
  E_BADF,
  E_BUSY,
  E_CHILD,
  E_CLOSED,
  E_CONNREFUSED,
  E_CONNRESET,
  E_EXIST,
  E_FAULT,
  E_FBIG,
  E_HOSTUNREACH,
  E_INVAL,
  E_IO,
  E_ISDIR,
  E_LIMIT,
  E_MEMORY,
  E_MSGSIZE,
  E_NETDOWN,
  E_NOENT,
  E_NOFOCUS,
  E_NOMEM,
  E_NOSPC,
  E_NOSYS,
  E_NOTCONN,
  E_NOTDIR,
  E_NOTEMPTY,
  E_PERM,
  E_PKG_BUNDLE,
  E_PKG_BUSY,
  E_PKG_CACHE_FULL,
  E_PKG_CATALOG,
  E_PKG_DIGEST,
  E_PKG_HTTP,
  E_PKG_LIBRARY,
  E_PKG_MODULE,
  E_PKG_SERVER,
  E_PKG_TRUNCATED,
  E_PKG_UNKNOWN,
  E_ROFS,
  E_SCOPE,
  E_SRCH,
  E_TIMEDOUT,
  E_XDEV,
} from "../../guest-kernel/abi/errors.ts";

/** What a system call's negative result means, without a full stop. */
export function errorText(result: i32): string {
  switch (-result) {
    case E_BADCALL:
      return "no such system call";
    case E_FAULT:
      return "an address outside of the process's memory";
    case E_INVAL:
      return "an argument out of range";
    case E_BADF:
      return "no such handle";
    case E_NOENT:
      return "no such file";
    case E_NOMEM:
      return "out of memory";
    case E_PERM:
      return "not permitted: the capability is missing";
    case E_SCOPE:
      return "not permitted: the capability does not cover this";
    case E_SRCH:
      return "no such process";
    case E_LIMIT:
      return "a table of the kernel is full";
    case E_AGAIN:
      return "not ready yet";
    case E_NOTDIR:
      return "not a folder";
    case E_ISDIR:
      return "is a folder";
    case E_CHILD:
      return "no child process to wait for";
    case E_NOSYS:
      return "this machine has no such device";
    case E_CLOSED:
      return "the other end is closed";
    case E_MSGSIZE:
      return "the message is too long";
    case E_NOFOCUS:
      return "the app does not have the focus";
    case E_BUSY:
      return "in use";
    case E_MEMORY:
      return "the app needs more memory than it may have";
    case E_ABOVE:
      return "above the caller's own limit or priority";
    default:
      return filesText(result);
  }
}

function filesText(result: i32): string {
  switch (-result) {
    case E_EXIST:
      return "there is such a file already";
    case E_NOTEMPTY:
      return "the folder is not empty";
    case E_NOSPC:
      return "the disk is full";
    case E_ROFS:
      return "the file system is read-only";
    case E_XDEV:
      return "the two are on different file systems";
    case E_IO:
      return "the disk failed";
    case E_FBIG:
      return "the file would be too long";
    default:
      return networkText(result);
  }
}

function networkText(result: i32): string {
  switch (-result) {
    case E_NETDOWN:
      return "the network is down";
    case E_CONNREFUSED:
      return "connection refused";
    case E_CONNRESET:
      return "connection reset by the peer";
    case E_TIMEDOUT:
      return "timed out";
    case E_NOTCONN:
      return "not connected";
    case E_HOSTUNREACH:
      return "host unreachable";
    default:
      return packageText(result);
  }
}

function packageText(result: i32): string {
  switch (-result) {
    case E_PKG_UNKNOWN:
      return "not in the catalog";
    case E_PKG_SERVER:
      return "the package server is down or cannot be reached";
    case E_PKG_HTTP:
      return "the package server's HTTP response is malformed or unexpected";
    case E_PKG_TRUNCATED:
      return "the bundle was cut short: its length is not the catalog's";
    case E_PKG_DIGEST:
      return "the bundle's SHA-256 differs from the catalog's";
    case E_PKG_CATALOG:
      return "the catalog is malformed";
    case E_PKG_BUNDLE:
      return "the bundle is malformed";
    case E_PKG_MODULE:
      return "the bundle's WebAssembly was refused";
    case E_PKG_CACHE_FULL:
      return "the package cache is full of apps that are pinned or running";
    case E_PKG_LIBRARY:
      return "the bundle was packed for another version of the system";
    case E_PKG_BUSY:
      return "the app is running or pinned";
    default:
      return "error " + (-result).toString();
  }
}
