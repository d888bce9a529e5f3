/**
 * Guest RAM as the devices see it: guest-physical address 0 is byte 0.
 *
 * Addresses that the guest chose are only claims until `contains` has said yes; every other method trusts its
 * caller. Words that both sides write are read and written through `Atomics`, because the guest runs on another
 * thread while a device works.
 */
export class GuestMemory {
  /** RAM size in bytes. */
  readonly length: number;
  /** All of RAM. Take `subarray`s of it: they are views, nothing is copied. */
  readonly bytes: Uint8Array;
  /** All of RAM, for reads and writes of any alignment. Little-endian by argument. */
  readonly view: DataView;
  readonly #halves: Uint16Array; // the host is little-endian, as the guest is

  /** `length` bytes of `buffer` from `byteOffset`, which must be even. Throws RangeError if they are not there. */
  constructor(buffer: ArrayBufferLike, byteOffset = 0, length = buffer.byteLength - byteOffset) {
    this.length = length;
    this.bytes = new Uint8Array(buffer, byteOffset, length);
    this.view = new DataView(buffer, byteOffset, length);
    this.#halves = new Uint16Array(buffer, byteOffset, length >>> 1);
  }

  /** True if RAM holds the `len` bytes at `gpa`. Any two numbers may be asked about. */
  contains(gpa: number, len: number): boolean {
    // Written so that no sum can round or wrap.
    return len >= 0 && len <= this.length && gpa >= 0 && gpa <= this.length - len;
  }

  /** The u64 at `at`, inside RAM, as a guest-physical address; one above RAM yields Infinity, which RAM never contains. */
  readAddress(at: number): number {
    // A double cannot hold every u64, so nothing above 4 GiB is even tried.
    if (this.view.getUint32(at + 4, true) !== 0) return Infinity;
    return this.view.getUint32(at, true);
  }

  /** Reads a shared u16 at an even address, ordered after and before everything around it. */
  loadU16(gpa: number): number {
    return Atomics.load(this.#halves, gpa >>> 1);
  }

  /** Publishes a shared u16 at an even address, ordered after everything written before it. */
  storeU16(gpa: number, value: number): void {
    Atomics.store(this.#halves, gpa >>> 1, value);
  }
}
