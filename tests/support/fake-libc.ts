import { constants } from "node:os";
import { type Libc, SysError } from "../../vmm/kvm/libc.ts";

/** What a `FakeLibc` answers to an `ioctl`: the result, or a negative errno. */
export type IoctlAnswer = (request: number, arg: number | Uint8Array) => number;

/** A C library without a kernel behind it. It counts open file descriptors. */
export class FakeLibc implements Libc {
  openFiles = 0;
  /** What `viewOf` returned last. */
  mapped = new DataView(new ArrayBuffer(0));
  readonly #openErrno: keyof typeof constants.errno | undefined;
  readonly #answer: IoctlAnswer;

  /** `openErrno` is what `open` fails with, if it does. */
  constructor(answer: IoctlAnswer = () => 0, openErrno?: keyof typeof constants.errno) {
    this.#answer = answer;
    this.#openErrno = openErrno;
  }

  open(): number {
    if (this.#openErrno !== undefined) throw new SysError("open", constants.errno[this.#openErrno]);
    this.openFiles++;
    return 3;
  }

  close(): void {
    this.openFiles--;
  }

  ioctl(_fd: number, request: number, arg: number | Uint8Array): number {
    const result = this.#answer(request, arg);
    if (result < 0) throw new SysError("ioctl", -result);
    return result;
  }

  ioctlStruct(fd: number, request: number, struct: Uint8Array): number {
    return this.ioctl(fd, request, struct);
  }

  mmap(): bigint {
    return 0x7000_0000_0000n;
  }

  munmap(): void {}

  madvise(): void {}

  madviseAsync(): Promise<boolean> {
    return Promise.resolve(true);
  }

  addressOf(): bigint {
    return 0x7fff_0001_0000n;
  }

  viewOf(_address: bigint, length: number): ArrayBuffer {
    const buffer = new ArrayBuffer(length);
    this.mapped = new DataView(buffer);
    return buffer;
  }

  storeByte(): void {}

  gettid(): number {
    return 1;
  }

  flock(): void {}
  tgkill(): void {}
}
