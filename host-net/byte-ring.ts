/**
 * A ring of bytes: written at the head, consumed at the tail.
 *
 * What lies ahead of the head may be written out of order first (`writeAt`) and become part of the ring later
 * (`commit`). Positions are counted from the tail or the head, never given as indices.
 */
export class ByteRing {
  readonly #bytes: Uint8Array;
  #tail = 0; // index of the first byte
  #length = 0;

  /** The ring uses all of `bytes`, and nobody else may until it is dropped. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get capacity(): number {
    return this.#bytes.length;
  }

  get length(): number {
    return this.#length;
  }

  get free(): number {
    return this.capacity - this.#length;
  }

  /** Writes `source[start..end)` at `offset` bytes behind the head. The caller has checked that it fits in `free`. */
  writeAt(offset: number, source: Uint8Array, start: number, end: number): void {
    const at = this.#index(this.#length + offset);
    const first = Math.min(end - start, this.capacity - at);
    this.#bytes.set(source.subarray(start, start + first), at);
    if (start + first < end) this.#bytes.set(source.subarray(start + first, end), 0);
  }

  /** Makes the next `count` bytes behind the head part of the ring. */
  commit(count: number): void {
    this.#length += count;
  }

  /** Drops the first `count` bytes. */
  consume(count: number): void {
    this.#tail = this.#index(count);
    this.#length -= count;
  }

  /** Copies `count` bytes that begin `offset` bytes behind the tail. */
  copyTo(target: Uint8Array, at: number, offset: number, count: number): void {
    const from = this.#index(offset);
    const first = Math.min(count, this.capacity - from);
    target.set(this.#bytes.subarray(from, from + first), at);
    if (first < count) target.set(this.#bytes.subarray(0, count - first), at + first);
  }

  /** The first bytes of the ring, as many as lie in one piece. A view: valid until they are consumed. */
  firstSpan(): Uint8Array {
    return this.#bytes.subarray(this.#tail, Math.min(this.#tail + this.#length, this.capacity));
  }

  /**
   * Where the next bytes belong: one piece of at most `maxLength`. It is writable only once `free` reaches its
   * length; until then its bytes may still be part of the ring.
   */
  nextSpan(maxLength: number): Uint8Array {
    const head = this.#index(this.#length);
    return this.#bytes.subarray(head, Math.min(head + maxLength, this.capacity));
  }

  #index(offset: number): number {
    const index = this.#tail + offset;
    return index < this.capacity ? index : index - this.capacity;
  }
}
