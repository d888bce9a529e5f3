import { LARGE_PAGE_SIZE, MMIO_GPA } from "../guest-kernel/abi/memory-map.ts";
import { type Libc, MADV_HUGEPAGE, MADV_POPULATE_WRITE, SysError } from "./kvm/libc.ts";

const WASM_PAGE = 0x10000;
const POPULATE_STEP = 2 * LARGE_PAGE_SIZE; // a host without free huge pages takes 2 ms for each MiB

/** What another thread needs to see the same RAM: it can be posted. */
export interface GuestRamHandle {
  memory: WebAssembly.Memory;
  hostAddress: bigint;
  byteOffset: number;
  length: number;
}

/**
 * The guest's RAM: guest-physical 0..length.
 *
 * It lies in a shared `WebAssembly.Memory`, so every thread sees it as a `SharedArrayBuffer`: typed arrays over
 * (`buffer`, `byteOffset + gpa`) are the guest's memory itself. `byteOffset` is such that guest-physical 0 is
 * 2 MiB aligned on the host.
 */
export class GuestRam {
  readonly buffer: SharedArrayBuffer;
  readonly byteOffset: number;
  readonly length: number;
  /** Where guest-physical 0 is in this process. Stays there for as long as this object lives. */
  readonly hostAddress: bigint;
  /** All of it as bytes, as 32-bit words for `Atomics`, and as a view. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly view: DataView<SharedArrayBuffer>;
  readonly #memory: WebAssembly.Memory;

  constructor(handle: GuestRamHandle) {
    this.#memory = handle.memory;
    const { buffer } = handle.memory;
    if (!(buffer instanceof SharedArrayBuffer)) throw new TypeError("guest RAM is not shared memory");
    this.buffer = buffer;
    this.byteOffset = handle.byteOffset;
    this.hostAddress = handle.hostAddress;
    this.length = handle.length;
    this.bytes = new Uint8Array(this.buffer, this.byteOffset, this.length);
    this.words = new Int32Array(this.buffer, this.byteOffset, this.length / 4);
    this.view = new DataView(this.buffer, this.byteOffset, this.length);
  }

  /** Allocates `length` bytes of zeroed RAM, a multiple of 2 MiB that ends below the MMIO hole. */
  static allocate(libc: Libc, length: number): GuestRam {
    if (!Number.isInteger(length / LARGE_PAGE_SIZE) || length < LARGE_PAGE_SIZE || length > MMIO_GPA)
      throw new RangeError(`${length} bytes of RAM: not a multiple of 2 MiB up to ${MMIO_GPA}`);
    const pages = (length + LARGE_PAGE_SIZE) / WASM_PAGE;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const start = libc.addressOf(new Uint8Array(memory.buffer));
    const byteOffset = Number(-start & BigInt(LARGE_PAGE_SIZE - 1));
    const ram = new GuestRam({ memory, hostAddress: start + BigInt(byteOffset), byteOffset, length });
    ram.#adviseHugePages(libc);
    return ram;
  }

  #adviseHugePages(libc: Libc): void {
    try {
      libc.madvise(this.hostAddress, this.length, MADV_HUGEPAGE);
    } catch (error) {
      // A kernel without huge pages: the guest is slower, and works.
      if (!(error instanceof SysError) || error.code !== "EINVAL") throw error;
    }
  }

  get handle(): GuestRamHandle {
    const { hostAddress, byteOffset, length } = this;
    return { memory: this.#memory, hostAddress, byteOffset, length };
  }

  /**
   * Backs guest-physical `start`..`end` with host pages, so that the guest's first touch does not fault. Works off
   * this thread, a piece at a time, and ends early when `stopped` says so.
   *
   * Returns how far it came: a host without memory, or before Linux 5.14, is no error. The guest then faults pages in.
   */
  async populate(libc: Libc, start: number, end: number, stopped: () => boolean): Promise<number> {
    const base = this.hostAddress;
    let at = start;
    while (at < end && !stopped()) {
      const length = Math.min(POPULATE_STEP, end - at);
      if (!(await libc.madviseAsync(base + BigInt(at), length, MADV_POPULATE_WRITE))) break;
      at += length;
    }
    return at;
  }
}
