import { createRequire } from "node:module";
import { type Libc, MAP_SHARED, O_CLOEXEC, O_RDWR, PROT_READ_WRITE, SysError } from "./libc.ts";
import { findSharedMemory } from "./shared-memory-address.ts";

// What is used of ffi-napi and ref-napi, which are optional dependencies and carry no types for this.
type Foreign = ((...args: unknown[]) => number | string) & {
  async(...args: [...unknown[], (error: Error | null, result: number) => void]): void;
};
interface FfiNapi {
  Library<Name extends string>(
    file: null,
    functions: Record<Name, [result: string, args: string[]]>,
  ): Record<Name, Foreign>;
  errno(): number;
}
interface RefNapi {
  /** The pointer that `buffer` holds at `offset`, as a buffer over `length` bytes there. */
  readPointer(buffer: Buffer, offset: number, length: number): Buffer;
}

/**
 * The C library through ffi-napi: 35 us a call, for hosts that have it and not koffi. The only place that knows it.
 *
 * Throws if it is not installed: it is compiled when it is installed, and left out where that fails.
 */
export function loadFfiNapiLibc(): Libc {
  const require = createRequire(import.meta.url);
  const ffi = require("ffi-napi") as FfiNapi;
  const ref = require("ref-napi") as RefNapi;
  const lib = ffi.Library(null, {
    open: ["int", ["string", "int", "int"]],
    close: ["int", ["int"]],
    flock: ["int", ["int", "int"]],
    ioctl: ["int", ["int", "ulong", "size_t"]],
    mmap: ["int64", ["size_t", "size_t", "int", "int", "int", "int64"]],
    munmap: ["int", ["size_t", "size_t"]],
    madvise: ["int", ["size_t", "size_t", "int"]],
    memset: ["size_t", ["size_t", "int", "size_t"]],
    gettid: ["int", []],
    tgkill: ["int", ["int", "int", "int"]],
  });
  const ioctlStruct = ffi.Library(null, { ioctl: ["int", ["int", "ulong", "pointer"]] }).ioctl;

  function checked(call: string, result: number | string): number {
    if (Number(result) === -1) throw new SysError(call, ffi.errno());
    return Number(result);
  }

  return {
    open: (path) => checked("open", lib.open(path, O_RDWR | O_CLOEXEC, 0)),
    close: (fd) => void checked("close", lib.close(fd)),
    flock: (fd, operation) => void checked("flock", lib.flock(fd, operation)),
    ioctl: (fd, request, arg) => checked("ioctl", lib.ioctl(fd, request, arg)),
    // SAFETY: a KVM request number holds its struct's size, and the callers build struct and number from one size.
    ioctlStruct: (fd, request, struct) => checked("ioctl", ioctlStruct(fd, request, bufferOf(struct))),
    mmap(fd, length) {
      const address = lib.mmap(0, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
      checked("mmap", address);
      return BigInt(address);
    },
    munmap: (address, length) => void checked("munmap", lib.munmap(String(address), length)),
    madvise: (address, length, advice) =>
      void checked("madvise", lib.madvise(String(address), length, advice)),
    madviseAsync: (address, length, advice) =>
      new Promise((resolve, reject) => {
        lib.madvise.async(String(address), length, advice, (error, result) => {
          if (error === null) resolve(result === 0);
          else reject(error);
        });
      }),
    addressOf: (bytes) => findSharedMemory(bytes.buffer) + BigInt(bytes.byteOffset),
    viewOf(address, length) {
      const pointer = Buffer.alloc(8);
      pointer.writeBigUInt64LE(address);
      // SAFETY: the interface asks the caller for a mapped address, and to drop the view before unmapping.
      return ref.readPointer(pointer, 0, length).buffer as ArrayBuffer;
    },
    // SAFETY: the interface asks the caller for a mapped address.
    storeByte: (address, value) => void lib.memset(String(address), value, 1),
    gettid: () => Number(lib.gettid()),
    tgkill: (pid, tid, signal) => void checked("tgkill", lib.tgkill(pid, tid, signal)),
  };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
