import koffi from "koffi";
import { type Libc, MAP_SHARED, O_CLOEXEC, O_RDWR, PROT_READ_WRITE, SysError } from "./libc.ts";

/** The C library through koffi: 0.3 us a call. The only place that knows koffi. */
export function loadKoffiLibc(): Libc {
  const lib = koffi.load("libc.so.6");
  type Address = number | bigint; // koffi's 64-bit integers: bigint from 2^53 on
  const open = lib.func("int open(const char *path, int flags, int mode)");
  const close = lib.func("int close(int fd)");
  const flock = lib.func("int flock(int fd, int operation)");
  const ioctlNumber = lib.func("ioctl", "int", ["int", "unsigned long", "unsigned long"]);
  const ioctlPointer = lib.func("ioctl", "int", ["int", "unsigned long", "void *"]);
  const mmap: (addr: 0, length: number, prot: number, flags: number, fd: number, offset: 0) => Address =
    lib.func("intptr_t mmap(intptr_t addr, size_t length, int prot, int flags, int fd, int64_t offset)");
  const munmap = lib.func("int munmap(intptr_t addr, size_t length)");
  const madvise = lib.func("int madvise(intptr_t addr, size_t length, int advice)");
  const memset = lib.func("intptr_t memset(intptr_t addr, int value, size_t length)");
  const memcpy: (to: Uint8Array, from: Uint8Array, length: 0) => Address = lib.func(
    "intptr_t memcpy(void *to, void *from, size_t length)",
  );
  const gettid = lib.func("int gettid()");
  const tgkill = lib.func("int tgkill(int pid, int tid, int signal)");

  return {
    open: (path) => checked("open", open(path, O_RDWR | O_CLOEXEC, 0)),
    close: (fd) => void checked("close", close(fd)),
    flock: (fd, operation) => void checked("flock", flock(fd, operation)),
    ioctl: (fd, request, arg) => checked("ioctl", ioctlNumber(fd, request, arg)),
    // SAFETY: a KVM request number holds its struct's size, and the callers build struct and number from one size.
    ioctlStruct: (fd, request, struct) => checked("ioctl", ioctlPointer(fd, request, struct)),
    mmap(fd, length) {
      const address = mmap(0, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
      checked("mmap", address);
      return BigInt(address);
    },
    munmap: (address, length) => void checked("munmap", munmap(address, length)),
    madvise: (address, length, advice) => void checked("madvise", madvise(address, length, advice)),
    madviseAsync: (address, length, advice) =>
      new Promise((resolve, reject) => {
        madvise.async(address, length, advice, (error: Error | null, result: number) => {
          if (error === null) resolve(result === 0);
          else reject(error);
        });
      }),
    addressOf: (bytes) => BigInt(memcpy(bytes, bytes, 0)),
    viewOf: (address, length) => koffi.view(address, length),
    // SAFETY: the interface asks the caller for a mapped address.
    storeByte: (address, value) => void memset(address, value, 1),
    gettid: () => Number(gettid()),
    tgkill: (pid, tid, signal) => void checked("tgkill", tgkill(pid, tid, signal)),
  };
}

function checked(call: string, result: unknown): number {
  const value = Number(result);
  if (value === -1) throw new SysError(call, koffi.errno());
  return value;
}
