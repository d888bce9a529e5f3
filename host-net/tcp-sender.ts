// The sending half of a TCP connection, RFC 9293 §3.8: what the host sends reaches the guest, whatever the link does.
//
// There is no congestion control: the link is a ring in memory that two parties share, and says itself when it is
// full. Loss is repaired as in NewReno (RFC 6582): three duplicate acknowledgements, or the time-out, begin a
// recovery in which every partial acknowledgement sends the next missing segment. No SACK, no timestamps.
import type { ByteRing } from "./byte-ring.ts";
import { RtoEstimator } from "./tcp-rto.ts";
import { advance, distance } from "./tcp-sequence.ts";
import { DEFAULT_MSS, type TcpControl } from "./wire/tcp.ts";

const DUPLICATE_ACKS = 3;
/** A guest that acknowledges nothing for so long is gone, R2 of RFC 9293 §3.8.3. */
const GIVE_UP_MS = 300_000;

/** What puts segments on the link. */
export interface SegmentOutput {
  /**
   * Sends one segment, whose payload is `count` bytes of the sender's ring from `offset`. False: the link is full and
   * nothing was sent.
   */
  sendSegment(control: TcpControl, seq: number, offset: number, count: number): boolean;
}

/** What an acknowledgement turned out to be. */
export type AckResult = "new" | "old" | "unsent";

/** Sends a SYN, then the bytes of a ring, then a FIN, each until it is acknowledged. */
export class TcpSender {
  /** What the guest has not acknowledged yet, sent or not. */
  readonly ring: ByteRing;
  readonly #output: SegmentOutput;
  readonly #rto = new RtoEstimator();
  #una: number; // SND.UNA
  #nxt: number; // SND.NXT
  #edge: number; // the right edge of the guest's window
  #maxWindow = 0;
  #mss = DEFAULT_MSS;
  #synAcked = false;
  #finQueued = false;
  #finSent = false;
  #finAcked = false;
  #duplicates = 0;
  #recovering = false;
  #recoverSeq = 0;
  #timedSeq = 0; // the segment whose round trip is measured ends here
  #timedSinceMs = -1; // -1: none
  #heardMs = 0;
  #windowSeq = 0; // SND.WL1
  #windowAck = 0; // SND.WL2
  /** When `onTimer` wants to be called. */
  deadlineMs = Infinity;
  retransmissions = 0;

  constructor(ring: ByteRing, output: SegmentOutput, initialSeq: number) {
    this.ring = ring;
    this.#output = output;
    this.#una = initialSeq;
    this.#nxt = initialSeq;
    this.#edge = advance(initialSeq, 1);
  }

  get nxt(): number {
    return this.#nxt;
  }
  get synAcked(): boolean {
    return this.#synAcked;
  }
  get finAcked(): boolean {
    return this.#finAcked;
  }
  get finSent(): boolean {
    return this.#finSent;
  }

  /** Limits the payload of a segment to what the guest takes. */
  set mss(bytes: number) {
    this.#mss = bytes;
  }

  /** Ends the stream behind the bytes in the ring. */
  finish(): void {
    this.#finQueued = true;
  }

  /** Sends the SYN, for the first time or again. */
  sendSyn(nowMs: number): boolean {
    if (this.deadlineMs === Infinity) this.#heardMs = nowMs;
    this.#nxt = advance(this.#una, 1);
    this.#arm(nowMs);
    return this.#output.sendSegment("syn", this.#una, 0, 0);
  }

  /** Sends what the guest's window allows. False: the link is full, and there is more to send. */
  push(nowMs: number): boolean {
    if (!this.#synAcked) return true;
    for (;;) {
      const count = this.#sendable();
      const fin = this.#finQueued && !this.#finSent && count === this.#unsent;
      if (count === 0 && !fin) break;
      if (!this.#sendNew(count, fin, nowMs)) return false;
    }
    if (this.#unsent > 0 && this.#inFlight === 0 && this.deadlineMs === Infinity) {
      this.#heardMs = nowMs;
      this.#arm(nowMs); // the window is closed: probe it
    }
    return true;
  }

  #sendNew(count: number, fin: boolean, nowMs: number): boolean {
    const sent = this.#dataInFlight;
    if (!this.#output.sendSegment(fin ? "fin" : "none", this.#nxt, sent, count)) return false;
    if (this.#inFlight === 0) this.#heardMs = nowMs;
    this.#nxt = advance(this.#nxt, count + (fin ? 1 : 0));
    if (fin) this.#finSent = true;
    if (this.#timedSinceMs < 0 && !this.#recovering) {
      this.#timedSinceMs = nowMs;
      this.#timedSeq = this.#nxt;
    }
    if (this.deadlineMs === Infinity) this.#arm(nowMs);
    return true;
  }

  /** Sequence numbers sent and not acknowledged. */
  get #inFlight(): number {
    return distance(this.#nxt, this.#una);
  }

  get #dataInFlight(): number {
    return this.#inFlight - (this.#finSent && !this.#finAcked ? 1 : 0) - (this.#synAcked ? 0 : 1);
  }

  get #unsent(): number {
    return this.ring.length - this.#dataInFlight;
  }

  /** How many new bytes to send in one segment, avoiding silly windows: RFC 9293 §3.8.6.2.1. */
  #sendable(): number {
    const wanted = Math.min(this.#unsent, this.#mss);
    const room = Math.max(distance(this.#edge, this.#nxt), 0);
    if (room >= wanted) return wanted;
    return room >= this.#maxWindow / 2 ? room : 0;
  }

  /** Handles an acknowledgement; `window` in bytes, `bare` if its segment had neither payload, SYN nor FIN. */
  onAck(seq: number, ack: number, window: number, bare: boolean, nowMs: number): AckResult {
    if (distance(ack, this.#nxt) > 0) return "unsent";
    const acked = distance(ack, this.#una);
    if (acked < 0) return "old";
    this.#heardMs = nowMs;
    const edge = this.#edge;
    this.#updateWindow(seq, ack, window);
    if (acked > 0) this.#onProgress(ack, acked, nowMs);
    else if (bare && this.#edge === edge && this.#inFlight > 0) this.#onDuplicate();
    return acked > 0 ? "new" : "old";
  }

  /** RFC 9293 §3.10.7.4: only the newest segment's window counts. */
  #updateWindow(seq: number, ack: number, window: number): void {
    const newer = distance(seq, this.#windowSeq);
    if (this.#synAcked && (newer < 0 || (newer === 0 && distance(ack, this.#windowAck) < 0))) return;
    this.#windowSeq = seq;
    this.#windowAck = ack;
    this.#edge = advance(ack, window);
    this.#maxWindow = Math.max(this.#maxWindow, window);
  }

  #onProgress(ack: number, acked: number, nowMs: number): void {
    let bytes = acked;
    if (!this.#synAcked) {
      this.#synAcked = true;
      bytes--;
    }
    if (this.#finSent && !this.#finAcked && ack === this.#nxt) {
      this.#finAcked = true;
      bytes--;
    }
    this.ring.consume(bytes);
    this.#una = ack;
    this.#duplicates = 0;
    this.#rto.restore();
    this.#measure(ack, nowMs);
    this.deadlineMs = Infinity;
    if (this.#inFlight > 0) this.#arm(nowMs);
    if (!this.#recovering) return;
    if (distance(ack, this.#recoverSeq) >= 0) this.#recovering = false;
    else this.#retransmit(); // a partial acknowledgement, RFC 6582 §3.2: the next segment is missing too
  }

  #measure(ack: number, nowMs: number): void {
    if (this.#timedSinceMs < 0 || distance(ack, this.#timedSeq) < 0) return;
    this.#rto.sample(nowMs - this.#timedSinceMs);
    this.#timedSinceMs = -1;
  }

  #onDuplicate(): void {
    this.#duplicates++;
    if (this.#duplicates !== DUPLICATE_ACKS || this.#recovering) return;
    this.#recover();
  }

  #recover(): void {
    this.#recovering = true;
    this.#recoverSeq = this.#nxt;
    this.#retransmit();
  }

  /** Sends the first unacknowledged segment again: one byte of it if the window is closed. */
  #retransmit(): void {
    this.#timedSinceMs = -1; // Karn's rule
    this.retransmissions++;
    if (!this.#synAcked) {
      this.#output.sendSegment("syn", this.#una, 0, 0);
      return;
    }
    const room = Math.max(distance(this.#edge, this.#una), 1);
    const count = Math.min(this.#dataInFlight, this.#mss, room);
    const fin = this.#finSent && count === this.#dataInFlight;
    this.#output.sendSegment(fin ? "fin" : "none", this.#una, 0, count);
  }

  /** To be called at `deadlineMs`. False: the guest is gone. */
  onTimer(nowMs: number): boolean {
    if (nowMs < this.deadlineMs) return true;
    if (nowMs - this.#heardMs > GIVE_UP_MS) return false;
    this.#rto.backOff();
    this.#arm(nowMs);
    if (this.#inFlight > 0) this.#recover();
    else this.#probe(nowMs);
    return true;
  }

  /**
   * Sends what a small window has room for, and one byte into a closed one, RFC 9293 §3.8.6.1; from then on it is
   * retransmitted as any other.
   */
  #probe(nowMs: number): void {
    const room = Math.max(distance(this.#edge, this.#nxt), 1);
    const count = Math.min(this.#unsent, this.#mss, room);
    if (count > 0) this.#sendNew(count, false, nowMs);
  }

  #arm(nowMs: number): void {
    this.deadlineMs = nowMs + this.#rto.timeoutMs;
  }
}
