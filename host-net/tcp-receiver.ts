// The receiving half of a TCP connection, RFC 9293 §3.10.7.4: what the guest sends becomes a stream of bytes.
import { Assembler } from "./assembler.ts";
import type { ByteRing } from "./byte-ring.ts";
import { advance, distance } from "./tcp-sequence.ts";

/**
 * Puts the guest's segments in order. Bytes out of order go to their place in the ring at once, if the ring has that
 * place free; the window offered is what is free.
 */
export class TcpReceiver {
  /** The guest's bytes in order, to be taken by the host's side. */
  readonly ring: ByteRing;
  readonly #assembler = new Assembler();
  readonly #updateThreshold: number;
  #nxt = 0; // RCV.NXT
  #edge = 0; // the right edge of the window as last offered
  #finSeq = 0;
  #finSeen = false; // it may still lie behind missing bytes
  #finished = false;

  /** `mss` is the largest payload that the guest can send. */
  constructor(ring: ByteRing, mss: number) {
    this.ring = ring;
    this.#updateThreshold = Math.min(mss, ring.capacity / 2);
  }

  /** Begins with the guest's SYN. */
  start(initialSeq: number): void {
    this.#nxt = advance(initialSeq, 1);
    this.#edge = this.#nxt;
  }

  /** The sequence number that is expected next: what to acknowledge. */
  get nxt(): number {
    return this.#nxt;
  }

  /** True once everything up to the guest's FIN is in the ring. */
  get finished(): boolean {
    return this.#finished;
  }

  /** The first of the four tests of §3.10.7.4: whether a segment of `length` (with its FIN) touches the window. */
  accepts(seq: number, length: number): boolean {
    const offset = distance(seq, this.#nxt);
    const { free } = this.ring;
    if (length === 0) return offset === 0 || (offset > 0 && offset < free);
    return offset < free && offset + length > 0;
  }

  /** Whether a sequence number lies in the window; a RST's must, RFC 5961 §3. */
  contains(seq: number): boolean {
    const offset = distance(seq, this.#nxt);
    return offset >= 0 && offset < Math.max(this.ring.free, 1);
  }

  /** Stores what is new of `bytes[start..end)`. Returns how many bytes became readable. */
  store(seq: number, bytes: Uint8Array, start: number, end: number, fin: boolean): number {
    if (this.#finished) return 0;
    const offset = distance(seq, this.#nxt);
    const from = Math.max(0, -offset); // bytes that came before
    const until = Math.min(end - start, this.ring.free - offset);
    if (from < until && this.#assembler.add(offset + from, offset + until)) {
      this.ring.writeAt(offset + from, bytes, start + from, start + until);
    }
    if (fin && until === end - start) {
      this.#finSeq = advance(seq, end - start);
      this.#finSeen = true;
    }
    return this.#deliver();
  }

  #deliver(): number {
    const count = this.#assembler.takeFront();
    this.ring.commit(count);
    this.#nxt = advance(this.#nxt, count);
    // A guest that sends beyond its own FIN ends its stream there all the same.
    if (this.#finSeen && distance(this.#nxt, this.#finSeq) >= 0) {
      this.#finished = true;
      this.#nxt = advance(this.#nxt, 1);
    }
    return count;
  }

  /** The window to offer, in bytes: it grows in steps worth sending, §3.8.6.2.2. */
  offerWindow(): number {
    if (this.windowGrew) this.#edge = advance(this.#nxt, this.ring.free);
    return Math.max(distance(this.#edge, this.#nxt), 0);
  }

  /** Whether the guest should hear of a larger window. */
  get windowGrew(): boolean {
    const edge = advance(this.#nxt, this.ring.free);
    return distance(edge, this.#edge) >= this.#updateThreshold;
  }
}
