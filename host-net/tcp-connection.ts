import { connect, type Socket } from "node:net";
import { TcpEndpoint, type SegmentWriter, type TcpObserver, type TcpTuple } from "./tcp-endpoint.ts";
import type { TcpRepr } from "./wire/tcp.ts";

/** Bytes asked of the host's socket at once. */
const READ_LENGTH = 0x1_0000;

/** A host that does not answer: sooner than the host kernel's two minutes. */
const CONNECT_TIMEOUT_MS = 30_000;

/** How long the host may take to read what a guest has sent before it closed. */
const ORPHAN_TIMEOUT_MS = 60_000;

/** Whose connection it is: keeps the books, sends segments when it suits. */
export interface ConnectionOwner {
  nowMs(): number;
  /** The connection has something to send, or another deadline. */
  markDirty(connection: TcpConnection): void;
  /** The host could not be reached; the guest waits for an answer to its SYN. */
  onUnreachable(connection: TcpConnection, code: string): void;
  /** The guest's side is over: its port is free. */
  onGuestClosed(connection: TcpConnection, byReset: boolean): void;
  /** Both sides are over and the buffers unused. Called once. */
  onReleased(connection: TcpConnection): void;
}

/** What a new connection starts from. */
export interface TcpConnectionOptions {
  tuple: TcpTuple;
  /** The guest's SYN: kept, so not a scratch object. */
  syn: TcpRepr;
  /** The address on the host's side; the port is the tuple's. */
  host: string;
  fromGuest: Uint8Array;
  toGuest: Uint8Array;
  initialSeq: number;
  writer: SegmentWriter;
}

/**
 * Joins the guest's TCP connection to a socket of the host. Back-pressure goes through both ways: bytes stay in the
 * ring, and so out of the sender's window, until the other side has taken them.
 *
 * The host's socket reads straight into the ring towards the guest, and writes straight out of the other.
 */
export class TcpConnection implements TcpObserver {
  readonly endpoint: TcpEndpoint;
  readonly syn: TcpRepr;
  readonly buffers: readonly [Uint8Array, Uint8Array];
  /** For the owner: whether it is to be flushed. */
  dirty = false;
  /** For the connection table: the next with the same port of the guest. */
  nextOnPort: TcpConnection | undefined;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  #deadlineMs: number; // of connecting, then of an orphan
  #readSpan: Uint8Array; // where the socket puts what it reads next
  #readPaused = false;
  #writing = 0; // bytes of the ring that the socket is writing
  #hostEnded = false;
  #socketClosed = false;

  constructor(owner: ConnectionOwner, options: TcpConnectionOptions) {
    this.#owner = owner;
    this.syn = options.syn;
    this.buffers = [options.fromGuest, options.toGuest];
    this.endpoint = new TcpEndpoint({ ...options, observer: this });
    this.#readSpan = this.endpoint.sender.ring.nextSpan(READ_LENGTH);
    this.#deadlineMs = owner.nowMs() + CONNECT_TIMEOUT_MS;
    this.#socket = this.#connect(options.host, options.tuple.remotePort);
  }

  #connect(host: string, port: number): Socket {
    const onread = {
      buffer: () => this.#readSpan,
      callback: (count: number) => this.#onRead(count),
    };
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true, onread });
    socket.on("connect", () => this.#onConnect());
    socket.on("end", () => this.#onHostEnd());
    socket.on("error", (error: NodeJS.ErrnoException) => this.#onError(error.code ?? error.message));
    socket.on("close", () => this.#onSocketClose());
    return socket;
  }

  get deadlineMs(): number {
    return Math.min(this.#deadlineMs, this.endpoint.deadlineMs);
  }

  /** To be called at `deadlineMs`. */
  onTimer(nowMs: number): void {
    this.endpoint.onTimer(nowMs);
    if (nowMs < this.#deadlineMs) return;
    this.#deadlineMs = Infinity;
    if (this.endpoint.state === "connecting") this.#onError("ETIMEDOUT");
    this.#resetSocket();
  }

  /** Drops the connection without a word to the guest, and resets the host's. */
  abandon(): void {
    this.endpoint.abandon();
    this.#deadlineMs = Infinity;
    this.#resetSocket();
    this.#releaseIfOver();
  }

  #resetSocket(): void {
    if (this.#socket.connecting) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #onConnect(): void {
    if (this.endpoint.state !== "connecting") return;
    this.#deadlineMs = Infinity;
    this.endpoint.open();
    this.#owner.markDirty(this);
  }

  /** Takes the bytes that the socket has put into `#readSpan`. False: read no more for now. */
  #onRead(count: number): boolean {
    const { ring } = this.endpoint.sender;
    ring.commit(count);
    this.#readSpan = ring.nextSpan(READ_LENGTH);
    this.#readPaused = ring.free < this.#readSpan.length;
    this.#owner.markDirty(this);
    return !this.#readPaused;
  }

  onRoom(): void {
    if (!this.#readPaused || this.endpoint.sender.ring.free < this.#readSpan.length) return;
    this.#readPaused = false;
    this.#socket.resume();
  }

  #onHostEnd(): void {
    this.#hostEnded = true;
    this.endpoint.finish();
    this.#owner.markDirty(this);
  }

  #onError(code: string): void {
    if (this.endpoint.state === "closed") return;
    if (this.endpoint.state === "connecting") {
      this.endpoint.abandon();
      this.#owner.onUnreachable(this, code);
      this.#owner.onGuestClosed(this, false);
    } else {
      this.endpoint.reset();
      this.#owner.onGuestClosed(this, true);
    }
  }

  #onSocketClose(): void {
    this.#socketClosed = true;
    if (!this.#hostEnded) this.#onError("ECONNRESET");
    this.#releaseIfOver();
  }

  onReadable(): void {
    this.#write();
  }

  /** Hands the host what the guest has sent, in order, one piece at a time. */
  #write(): void {
    if (this.#writing > 0 || this.#socketClosed) return;
    const { ring, finished } = this.endpoint.receiver;
    if (ring.length > 0) {
      const span = ring.firstSpan();
      this.#writing = span.length;
      this.#socket.write(span, this.#onWritten);
    } else if (finished && !this.#socket.writableEnded) {
      this.#socket.end();
    }
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error) return; // the socket's error event follows
    const count = this.#writing;
    this.#writing = 0;
    this.endpoint.receiver.ring.consume(count);
    this.endpoint.onTaken();
    this.#write();
    this.#owner.markDirty(this);
  };

  onReset(): void {
    this.#resetSocket();
    this.#deadlineMs = Infinity;
    this.#owner.onGuestClosed(this, true);
    this.#releaseIfOver();
  }

  onClosed(): void {
    if (!this.#socketClosed) this.#deadlineMs = this.#owner.nowMs() + ORPHAN_TIMEOUT_MS;
    this.#owner.onGuestClosed(this, false);
    this.#releaseIfOver();
  }

  /** The buffers are in use until both the guest's and the host's side are closed. */
  #releaseIfOver(): void {
    if (this.#socketClosed && this.endpoint.state === "closed") this.#owner.onReleased(this);
  }
}
