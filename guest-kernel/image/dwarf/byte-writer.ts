// Bytes under construction, with the encodings of DWARF 5 §7.

const INITIAL_BYTES = 4096;

/** A growable little-endian buffer. */
export class ByteWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }

  u64(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value, true);
  }

  /** Unsigned LEB128. */
  uleb(value: number): void {
    for (; value >= 0x80; value = Math.floor(value / 0x80)) this.u8((value % 0x80) | 0x80);
    this.u8(value);
  }

  /** Signed LEB128 of a 32-bit number. */
  sleb(value: number): void {
    for (; value < -0x40 || value >= 0x40; value >>= 7) this.u8((value & 0x7f) | 0x80);
    this.u8(value & 0x7f);
  }

  /** UTF-8, NUL-terminated. */
  text(value: string): void {
    this.append(Buffer.from(`${value}\0`));
  }

  append(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Fills with `filler` up to a multiple of `size` from `start` on. */
  align(size: number, start: number, filler: number): void {
    while ((this.#length - start) % size !== 0) this.u8(filler);
  }

  /** Begins a unit: a 4-byte length that `endUnit` fills in. */
  beginUnit(): number {
    return this.#reserve(4);
  }

  /** Ends the unit that began at `start`. */
  endUnit(start: number): void {
    this.#view.setUint32(start, this.#length - start - 4, true);
  }

  /** Overwrites the u32 at `at`. */
  patch32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  #reserve(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) this.#grow();
    return at;
  }

  #grow(): void {
    const grown = new Uint8Array(2 * this.#length);
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
