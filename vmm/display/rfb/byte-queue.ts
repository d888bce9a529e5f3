import { RfbError } from "./errors.ts";

const MAX_BYTES = 192 * 1024; // the longest message is 64 KiB of cut text; more of it is skipped as it comes

/** Bytes that have come, of which whole messages are taken. */
export class ByteQueue {
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #skip = 0; // bytes to come that nobody wants

  get length(): number {
    return this.#bytes.length;
  }

  /** The bytes that were not taken. Valid until the next call. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get view(): DataView {
    return this.#view;
  }

  /** Adds bytes, which are copied. @throws RfbError if nobody can want so many */
  push(bytes: Uint8Array): void {
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    const wanted = bytes.subarray(skipped);
    if (wanted.length === 0) return;
    if (this.length + wanted.length > MAX_BYTES) throw new RfbError("too much at once");
    const joined = new Uint8Array(this.length + wanted.length);
    joined.set(this.#bytes);
    joined.set(wanted, this.length);
    this.#set(joined);
  }

  /** Takes `count` bytes that are there. */
  take(count: number): Uint8Array {
    const taken = this.#bytes.subarray(0, count);
    this.#set(this.#bytes.subarray(count));
    return taken;
  }

  /** Takes `count` bytes and forgets them; those that have not come yet as they come. */
  skip(count: number): void {
    const here = Math.min(count, this.length);
    this.#set(this.#bytes.subarray(here));
    this.#skip = count - here;
  }

  #set(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}
