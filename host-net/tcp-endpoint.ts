// One TCP connection as the guest sees it, RFC 9293 §3.3.2: the bridge is the passive side and stands for the remote
// host. Knows no sockets. The robustness rules of RFC 5961 (exact RST, challenge ACK) are followed.
import { ByteRing } from "./byte-ring.ts";
import { TcpReceiver } from "./tcp-receiver.ts";
import { advance } from "./tcp-sequence.ts";
import { TcpSender, type SegmentOutput } from "./tcp-sender.ts";
import { MTU } from "./wire/frame-buffer.ts";
import { IPV4_HEADER_LEN } from "./wire/ipv4.ts";
import { TcpRepr, TCP_HEADER_LEN, type TcpControl } from "./wire/tcp.ts";

/** The largest payload of a segment on the link. */
export const LINK_MSS = MTU - IPV4_HEADER_LEN - TCP_HEADER_LEN;

/** Below this, a guest's MSS is not obeyed: headers would cost more than the payload. As Linux's `tcp_min_snd_mss`. */
const MIN_MSS = 48;

/** Long enough for a FIN that is sent again; RFC 9293's 4 minutes are for segments that linger in routers. */
const TIME_WAIT_MS = 1000;

/**
 * `connecting`: the guest's SYN waits for the host's connection. `open`: either side may still have ended its stream.
 * `closed`: the guest's port is free again.
 */
export type TcpState = "connecting" | "syn-received" | "open" | "time-wait" | "closed";

/** Identifies a connection: the guest's end is its port, its address being fixed. */
export interface TcpTuple {
  readonly remoteIp: number;
  readonly remotePort: number;
  readonly guestPort: number;
}

/** Puts a segment from a remote address on the link, its payload taken from a ring. False: the link is full. */
export interface SegmentWriter {
  writeSegment(remoteIp: number, segment: TcpRepr, ring: ByteRing, offset: number, count: number): boolean;
}

/** Who carries the streams on. Called from inside the endpoint's methods. */
export interface TcpObserver {
  /** The guest's stream has more bytes, or has ended (`receiver.finished`). */
  onReadable(): void;
  /** The ring towards the guest has more room. */
  onRoom(): void;
  /** The guest has reset the connection, or is gone. The state is `closed`. */
  onReset(): void;
  /** Both streams have ended and the guest knows it. The state is `closed`. */
  onClosed(): void;
}

/** What a new endpoint starts from. */
export interface TcpEndpointOptions {
  tuple: TcpTuple;
  /** The guest's SYN. */
  syn: TcpRepr;
  /** Buffers of the two directions; used until the endpoint is dropped. */
  fromGuest: Uint8Array;
  toGuest: Uint8Array;
  initialSeq: number;
  writer: SegmentWriter;
  observer: TcpObserver;
}

/** The bridge's end of one connection with the guest. */
export class TcpEndpoint implements SegmentOutput {
  readonly tuple: TcpTuple;
  readonly receiver: TcpReceiver;
  readonly sender: TcpSender;
  readonly #writer: SegmentWriter;
  readonly #observer: TcpObserver;
  readonly #repr = new TcpRepr();
  readonly #synSeq: number;
  readonly #guestScale: number; // -1: the guest does not scale
  readonly #ownScale: number;
  #state: TcpState = "connecting";
  #synPending = false;
  #ackPending = false;
  #closedFirst = false; // our FIN was sent before the guest's came
  #timeWaitEndMs = Infinity;

  constructor(options: TcpEndpointOptions) {
    const { syn } = options;
    this.tuple = options.tuple;
    this.receiver = new TcpReceiver(new ByteRing(options.fromGuest), LINK_MSS);
    this.sender = new TcpSender(new ByteRing(options.toGuest), this, options.initialSeq);
    this.#writer = options.writer;
    this.#observer = options.observer;
    this.#synSeq = syn.seq;
    this.#guestScale = syn.windowScale;
    this.#ownScale = syn.windowScale < 0 ? 0 : scaleFor(options.fromGuest.length);
    this.receiver.start(syn.seq);
    this.sender.mss = Math.min(Math.max(syn.mss, MIN_MSS), LINK_MSS);
    this.#repr.srcPort = this.tuple.remotePort;
    this.#repr.dstPort = this.tuple.guestPort;
  }

  get state(): TcpState {
    return this.#state;
  }

  /** When `onTimer` wants to be called. */
  get deadlineMs(): number {
    return this.#state === "time-wait" ? this.#timeWaitEndMs : this.sender.deadlineMs;
  }

  /** Whether a SYN is the one that began this connection, sent again. */
  isSameSyn(seq: number): boolean {
    return seq === this.#synSeq;
  }

  /** Has the guest's SYN answered at the next flush: the remote host has accepted the connection. */
  open(): void {
    this.#state = "syn-received";
    this.#synPending = true;
  }

  /** Ends the stream to the guest behind what its ring holds. */
  finish(): void {
    this.sender.finish();
  }

  /** Breaks the connection off and tells the guest. */
  reset(): void {
    if (this.#state === "closed") return;
    this.#close();
    this.sendSegment("rst", this.sender.nxt, 0, 0);
  }

  /** Closes without a word to the guest. */
  abandon(): void {
    this.#close();
  }

  /** To be called when bytes were taken from the receiver's ring: a larger window may be worth a segment. */
  onTaken(): void {
    if (this.#state === "open" && !this.receiver.finished && this.receiver.windowGrew)
      this.#ackPending = true;
  }

  /** Sends what there is to send: data, FIN, acknowledgement. False: the link is full, and there is more. */
  flush(nowMs: number): boolean {
    if (this.#state === "syn-received") return this.#flushSyn(nowMs);
    if (this.#state === "open" && !this.sender.push(nowMs)) return false;
    if (!this.#ackPending || this.#state === "closed") return true;
    return this.sendSegment("none", this.sender.nxt, 0, 0);
  }

  #flushSyn(nowMs: number): boolean {
    if (this.#synPending && !this.sender.sendSyn(nowMs)) return false;
    this.#synPending = false;
    return true;
  }

  sendSegment(control: TcpControl, seq: number, offset: number, count: number): boolean {
    const repr = this.#repr;
    const window = this.receiver.offerWindow();
    const syn = control === "syn";
    repr.control = control;
    repr.seq = seq;
    repr.hasAck = true;
    repr.ack = this.receiver.nxt;
    repr.push = count > 0 && offset + count === this.sender.ring.length; // RFC 9293 §3.9.1.2
    repr.mss = LINK_MSS;
    repr.windowScale = syn && this.#guestScale >= 0 ? this.#ownScale : -1;
    repr.window = Math.min(syn ? window : window >>> this.#ownScale, 0xffff); // a SYN's is never scaled, RFC 7323 §2.2
    const sent = this.#writer.writeSegment(this.tuple.remoteIp, repr, this.sender.ring, offset, count);
    if (sent) this.#ackPending = false;
    return sent;
  }

  /** Handles a segment of this connection; its payload is `bytes[start..end)`. */
  onSegment(segment: TcpRepr, bytes: Uint8Array, start: number, end: number, nowMs: number): void {
    const fin = segment.control === "fin";
    if (this.#state === "syn-received" && segment.control === "syn" && this.isSameSyn(segment.seq)) {
      this.#synPending = true;
      return;
    }
    if (segment.control === "rst") {
      this.#onRst(segment.seq);
      return;
    }
    if (this.#state === "connecting" || this.#state === "closed") return;
    if (this.#state === "time-wait" && fin) this.#timeWaitEndMs = nowMs + TIME_WAIT_MS;
    if (segment.control === "syn" || !this.receiver.accepts(segment.seq, end - start + (fin ? 1 : 0))) {
      this.#ackPending = true; // a duplicate, a probe of a closed window, or a challenge ACK
      if (segment.control === "syn") return;
    }
    if (!segment.hasAck || !this.#onAck(segment, fin, end - start, nowMs)) return;
    this.#onPayload(segment.seq, bytes, start, end, fin);
    this.#settle(nowMs);
  }

  /** RFC 5961 §3.2: only the exact sequence number resets; one in the window is challenged. */
  #onRst(seq: number): void {
    if (seq === this.receiver.nxt) {
      this.#close();
      this.#observer.onReset();
    } else if (this.#state !== "connecting" && this.receiver.contains(seq)) {
      this.#ackPending = true;
    }
  }

  /** False: the rest of the segment does not count. */
  #onAck(segment: TcpRepr, fin: boolean, payloadLength: number, nowMs: number): boolean {
    const window = segment.window << Math.max(this.#guestScale, 0);
    const bare = payloadLength === 0 && !fin;
    const room = this.sender.ring.free;
    const result = this.sender.onAck(segment.seq, segment.ack, window, bare, nowMs);
    if (result === "unsent") {
      if (this.#state === "syn-received") this.#refuseAck(segment);
      else this.#ackPending = true;
      return false;
    }
    if (this.#state === "syn-received") {
      if (!this.sender.synAcked) return false;
      this.#state = "open";
    }
    if (this.sender.ring.free > room) this.#observer.onRoom();
    return true;
  }

  /** An acknowledgement of a SYN that was never sent, RFC 9293 §3.5.2 group 2. */
  #refuseAck(segment: TcpRepr): void {
    fillReset(this.#repr, segment, 0);
    this.#writer.writeSegment(this.tuple.remoteIp, this.#repr, this.sender.ring, 0, 0);
  }

  #onPayload(seq: number, bytes: Uint8Array, start: number, end: number, fin: boolean): void {
    if (start === end && !fin) return;
    this.#ackPending = true;
    const { finished } = this.receiver;
    const count = this.receiver.store(seq, bytes, start, end, fin);
    const ended = this.receiver.finished && !finished;
    if (ended) this.#closedFirst = this.sender.finSent;
    if (count > 0 || ended) this.#observer.onReadable();
  }

  #settle(nowMs: number): void {
    if (this.#state !== "open" || !this.receiver.finished || !this.sender.finAcked) return;
    if (this.#closedFirst) {
      this.#state = "time-wait";
      this.#timeWaitEndMs = nowMs + TIME_WAIT_MS;
    } else {
      this.#close();
      this.#observer.onClosed();
    }
  }

  /** To be called at `deadlineMs`. */
  onTimer(nowMs: number): void {
    if (nowMs < this.deadlineMs) return;
    if (this.#state === "time-wait") {
      this.endTimeWait();
    } else if (!this.sender.onTimer(nowMs)) {
      this.reset();
      this.#observer.onReset();
    }
  }

  /** Leaves `time-wait` at once, to make room for another connection. */
  endTimeWait(): void {
    this.#close();
    this.#observer.onClosed();
  }

  #close(): void {
    this.#state = "closed";
    this.sender.deadlineMs = Infinity;
  }
}

/** Makes the reset that answers a segment of `length` (with SYN and FIN) of no connection, RFC 9293 §3.10.7.1. */
export function fillReset(reset: TcpRepr, segment: TcpRepr, length: number): void {
  reset.srcPort = segment.dstPort;
  reset.dstPort = segment.srcPort;
  reset.control = "rst";
  reset.push = false;
  reset.window = 0;
  reset.hasAck = !segment.hasAck;
  reset.seq = segment.hasAck ? segment.ack : 0;
  reset.ack = segment.hasAck ? 0 : advance(segment.seq, length);
}

/** The smallest shift with which a window of so many bytes fits the header. */
function scaleFor(windowBytes: number): number {
  return Math.max(0, 16 - Math.clz32(windowBytes)); // bits beyond the field's 16
}
