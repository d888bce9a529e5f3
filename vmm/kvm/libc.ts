import { constants } from "node:os";

/** A system call that failed. `errno` is the number, `code` its name, as `EACCES`. */
export class SysError extends Error {
  readonly call: string;
  readonly errno: number;
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = ERRNO_NAMES.get(errno) ?? `errno ${errno}`;
    super(`${call}: ${code}`);
    this.name = "SysError";
    this.call = call;
    this.errno = errno;
    this.code = code;
  }
}

const ERRNO_NAMES = errnoNames();

function errnoNames(): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [name, number] of Object.entries(constants.errno)) {
    if (!names.has(number)) names.set(number, name); // EAGAIN, not its other name EWOULDBLOCK
  }
  return names;
}

// <asm-generic/fcntl.h>, <asm-generic/mman-common.h>
export const O_RDWR = 2;
export const O_CLOEXEC = 0o2000000;
// <asm-generic/fcntl.h>: operations of flock
export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const PROT_READ_WRITE = 3;
export const MAP_SHARED = 1;
export const MADV_HUGEPAGE = 14;
export const MADV_POPULATE_WRITE = 23; // Linux 5.14

/**
 * The C library as the VMM needs it. Every call throws `SysError` when the system call fails.
 *
 * Addresses are host-virtual. Nothing here keeps a buffer alive: the caller does, for as long as the kernel may
 * use it.
 */
export interface Libc {
  /** Opens `path` read-write and close-on-exec; returns the file descriptor. */
  open(path: string): number;
  close(fd: number): void;
  /** Locks an open file until its descriptor is closed (LOCK_*). EWOULDBLOCK with LOCK_NB: somebody else has it. */
  flock(fd: number, operation: number): void;
  /** An `ioctl` whose argument is a number. Returns the kernel's result, 0 or above. */
  ioctl(fd: number, request: number, arg: number): number;
  /** An `ioctl` whose argument is a struct that the kernel reads or writes. */
  ioctlStruct(fd: number, request: number, struct: Uint8Array): number;
  /** Maps `length` bytes of `fd` from offset 0, shared and read-write; returns the address. */
  mmap(fd: number, length: number): bigint;
  munmap(address: bigint, length: number): void;
  madvise(address: bigint, length: number, advice: number): void;
  /** The same on a thread pool's thread. False if the kernel refuses; `errno` is that thread's, and lost. */
  madviseAsync(address: bigint, length: number, advice: number): Promise<boolean>;
  /**
   * Where `bytes` lie, in the buffer of a shared `WebAssembly.Memory`, which never moves. Nobody else may use the
   * buffer's first 16 bytes meanwhile: a binding may have to mark them to find it.
   */
  addressOf(bytes: Uint8Array): bigint;
  /** The mapped memory at `address` as a buffer. The caller drops it before it unmaps. */
  viewOf(address: bigint, length: number): ArrayBuffer;
  /** Stores one byte at an address that the caller knows to be mapped. */
  storeByte(address: bigint, value: number): void;
  /** The kernel's id of the calling thread. */
  gettid(): number;
  tgkill(pid: number, tid: number, signal: number): void;
}
