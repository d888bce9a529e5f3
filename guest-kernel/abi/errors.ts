// Error codes of system calls: a call returns -E_X. Numbers are append-only.

export const E_BADCALL: i32 = 1; // no such system call
export const E_FAULT: i32 = 2; // a pointer outside the process's memory
export const E_INVAL: i32 = 3; // an argument out of range
export const E_BADF: i32 = 4; // no such handle
export const E_NOENT: i32 = 5; // no such file
export const E_NOMEM: i32 = 6; // no memory is left
export const E_PERM: i32 = 7; // the capability is missing
export const E_SRCH: i32 = 8; // no such process
export const E_LIMIT: i32 = 9; // a per-process or system-wide table is full
export const E_AGAIN: i32 = 10; // would block
export const E_NOTDIR: i32 = 11; // a part of the path is no folder, or a folder is needed
export const E_ISDIR: i32 = 12; // it is a folder
export const E_CHILD: i32 = 13; // not a child, or none left
export const E_NOSYS: i32 = 14; // not on this machine (device absent)
export const E_CLOSED: i32 = 15; // the other end of the port is gone
export const E_MSGSIZE: i32 = 16; // a message is too long, or does not fit where it is to go
export const E_BUSY: i32 = 17; // in use: a port whose queue holds handles cannot be sent
export const E_NOFOCUS: i32 = 18; // none of the process's windows has the focus
export const E_MEMORY: i32 = 19; // the app needs more linear memory than the process may have
export const E_ABOVE: i32 = 20; // a limit or priority above the caller's own
export const E_SCOPE: i32 = 24; // the capability does not cover this path or host

// Files
export const E_EXIST: i32 = 48; // there is such a file already
export const E_NOTEMPTY: i32 = 49; // the folder has entries
export const E_NOSPC: i32 = 50; // the file system is full
export const E_ROFS: i32 = 51; // the file system cannot be written
export const E_XDEV: i32 = 52; // rename: the paths are on two file systems
export const E_IO: i32 = 53; // the disk failed, or what is on it makes no sense
export const E_FBIG: i32 = 54; // the file would be too long

// Network
export const E_NETDOWN: i32 = 32; // no device or no address yet
export const E_CONNREFUSED: i32 = 33; // nothing listens there
export const E_CONNRESET: i32 = 34; // the peer broke the connection
export const E_TIMEDOUT: i32 = 35; // the time ran out
export const E_NOTCONN: i32 = 36; // the connection has ended: within the kernel, no call returns it
export const E_HOSTUNREACH: i32 = 37; // no way to that address

// Packages
export const E_PKG_UNKNOWN: i32 = 64; // not in the catalog
export const E_PKG_SERVER: i32 = 65; // server down or unreachable
export const E_PKG_HTTP: i32 = 66; // malformed or unexpected HTTP response
export const E_PKG_TRUNCATED: i32 = 67; // the body ended early, or its length is not the catalog's
export const E_PKG_DIGEST: i32 = 68; // SHA-256 differs from the catalog's
export const E_PKG_CATALOG: i32 = 69; // malformed catalog
export const E_PKG_BUNDLE: i32 = 70; // malformed bundle
export const E_PKG_MODULE: i32 = 71; // WebAssembly refused by the compiler, or an unknown import
export const E_PKG_CACHE_FULL: i32 = 72; // every slot is pinned or in use
export const E_PKG_BUSY: i32 = 73; // evict: the app is running or pinned
export const E_PKG_LIBRARY: i32 = 74; // linked to a library that is not there, or is another build
