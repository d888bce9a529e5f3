/** Keeps buffers of one size for the next connection: short connections would otherwise allocate megabytes a second. */
export class BufferPool {
  readonly #sizeBytes: number;
  readonly #maxKept: number;
  readonly #kept: Uint8Array[] = [];

  constructor(sizeBytes: number, maxKept: number) {
    this.#sizeBytes = sizeBytes;
    this.#maxKept = maxKept;
  }

  /** A buffer with any content. */
  take(): Uint8Array {
    return this.#kept.pop() ?? new Uint8Array(this.#sizeBytes);
  }

  /** Returns a buffer that nobody uses any more. */
  give(buffer: Uint8Array): void {
    if (this.#kept.length < this.#maxKept) this.#kept.push(buffer);
  }
}
