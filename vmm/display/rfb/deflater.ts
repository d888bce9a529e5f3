// One zlib stream (RFC 1950) that goes on over many pieces, each of which ends at a byte (Z_SYNC_FLUSH).
import { constants, createDeflate, type Deflate } from "node:zlib";

/** Compresses piece after piece, off this thread. One piece at a time. */
export class Deflater {
  readonly #stream: Deflate = createDeflate({ level: 1, memLevel: 9 });
  #pieces: Uint8Array[] = [];

  constructor() {
    this.#stream.on("data", (piece: Uint8Array) => this.#pieces.push(piece));
  }

  /** Compresses `bytes`, which must not change until `done` is called with what a viewer's stream goes on with. */
  deflate(bytes: Uint8Array, done: (pieces: Uint8Array[]) => void): void {
    this.#stream.write(bytes);
    // Node hands out what was compressed before it calls back, or in the same turn of its loop.
    this.#stream.flush(constants.Z_SYNC_FLUSH, () => setImmediate(() => done(this.#take())));
  }

  /** Frees the stream. What is being compressed is not handed out any more. */
  close(): void {
    this.#stream.close();
  }

  #take(): Uint8Array[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}
