import { BufferPool } from "./buffer-pool.ts";
import { ByteRing } from "./byte-ring.ts";
import type { Clock, Timer } from "./clock.ts";
import { ConnectionTable } from "./connection-table.ts";
import type { Counters } from "./counters.ts";
import type { FrameWriter } from "./frame-writer.ts";
import type { Policy } from "./policy.ts";
import { TcpConnection, type ConnectionOwner } from "./tcp-connection.ts";
import { fillReset } from "./tcp-endpoint.ts";
import { distance } from "./tcp-sequence.ts";
import { formatIpv4 } from "./wire/address.ts";
import { UNREACHABLE_HOST, UNREACHABLE_PROHIBITED } from "./wire/icmp.ts";
import { TcpRepr } from "./wire/tcp.ts";

/** Buffer of a connection, each way: also the window that the guest is offered. */
const BUFFER_BYTES = 0x4_0000;
const MAX_POOLED_BUFFERS = 16;

const NO_PAYLOAD = new ByteRing(new Uint8Array(0));

/** What the relay works with. */
export interface TcpRelayOptions {
  policy: Policy;
  writer: FrameWriter;
  counters: Counters;
  clock: Clock;
  /** At most so many connections at once, and 512 KiB for each. */
  maxConnections: number;
  /** Hears of each attempt to connect that the policy denied; the address as text. */
  onDenied?: ((address: string, port: number) => void) | undefined;
  /** Initial sequence numbers, not to be guessed (RFC 6528). */
  randomUint32: () => number;
}

/**
 * Ends the guest's TCP connections and carries their bytes over sockets of the host.
 *
 * A guest learns the fate of its SYN as on a real network: SYN-ACK once the host has connected; RST if the host was
 * refused; ICMP "communication prohibited" (policy) or "host unreachable" (any other failure), each followed by RST
 * for stacks that take no notice of ICMP. Over the limit, the SYN is dropped: the guest tries again.
 */
export class TcpRelay implements ConnectionOwner {
  readonly #policy: Policy;
  readonly #writer: FrameWriter;
  readonly #counters: Counters;
  readonly #clock: Clock;
  readonly #maxConnections: number;
  readonly #onDenied: TcpRelayOptions["onDenied"];
  readonly #randomUint32: () => number;
  readonly #table = new ConnectionTable();
  readonly #connections = new Set<TcpConnection>();
  readonly #pool = new BufferPool(BUFFER_BYTES, MAX_POOLED_BUFFERS);
  readonly #reset = new TcpRepr();
  #dirty: TcpConnection[] = [];
  #flushScheduled = false;
  #linkFull = false;
  #timer: Timer | undefined;
  #timerAtMs = Infinity;

  constructor(options: TcpRelayOptions) {
    this.#policy = options.policy;
    this.#writer = options.writer;
    this.#counters = options.counters;
    this.#clock = options.clock;
    this.#maxConnections = options.maxConnections;
    this.#onDenied = options.onDenied;
    this.#randomUint32 = options.randomUint32;
  }

  /** Connections that hold a socket or buffers. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** Handles a segment that the guest has sent to `remoteIp`; its payload is `bytes[start..end)`. */
  receive(remoteIp: number, segment: TcpRepr, bytes: Uint8Array, start: number, end: number): void {
    const asksToConnect = segment.control === "syn" && !segment.hasAck;
    let connection = this.#table.find(remoteIp, segment.dstPort, segment.srcPort);
    if (connection !== undefined && asksToConnect && isSuperseded(connection, segment.seq)) {
      connection.abandon();
      this.#table.remove(connection);
      connection = undefined;
    }
    if (connection !== undefined) {
      connection.endpoint.onSegment(segment, bytes, start, end, this.nowMs());
      this.markDirty(connection);
    } else if (asksToConnect) {
      this.#open(remoteIp, segment);
    } else if (segment.control !== "rst") {
      this.#answerWithReset(remoteIp, segment, end - start);
    }
  }

  /** Goes on sending: the link has room again. */
  onWritable(): void {
    this.#linkFull = false;
    this.#flush();
  }

  /** Drops all connections. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAtMs = -Infinity; // none is set any more
    this.#dirty = [];
    for (const connection of this.#connections) {
      this.#table.remove(connection);
      connection.abandon();
    }
  }

  #open(remoteIp: number, syn: TcpRepr): void {
    const host = this.#policy.resolve(remoteIp, syn.dstPort);
    if (host === undefined) {
      this.#counters.connectionsDenied++;
      this.#onDenied?.(formatIpv4(remoteIp), syn.dstPort);
      this.#refuse(remoteIp, syn, UNREACHABLE_PROHIBITED);
      return;
    }
    if (this.#connections.size >= this.#maxConnections) this.#endOldestTimeWait();
    if (this.#connections.size >= this.#maxConnections) {
      this.#counters.connectionsOverLimit++;
      return;
    }
    const connection = new TcpConnection(this, {
      tuple: { remoteIp, remotePort: syn.dstPort, guestPort: syn.srcPort },
      syn: syn.copy(),
      host,
      fromGuest: this.#pool.take(),
      toGuest: this.#pool.take(),
      initialSeq: this.#randomUint32(),
      writer: this.#writer,
    });
    this.#counters.connectionsOpened++;
    this.#connections.add(connection);
    this.#table.add(connection);
    this.markDirty(connection);
  }

  #endOldestTimeWait(): void {
    for (const { endpoint } of this.#connections) {
      if (endpoint.state !== "time-wait") continue;
      endpoint.endTimeWait();
      return;
    }
  }

  #refuse(remoteIp: number, syn: TcpRepr, icmpCode: number): void {
    this.#writer.writeUnreachable(icmpCode, remoteIp, syn);
    this.#answerWithReset(remoteIp, syn, 0);
  }

  #answerWithReset(remoteIp: number, segment: TcpRepr, payloadLength: number): void {
    const flagLength = segment.control === "syn" || segment.control === "fin" ? 1 : 0;
    fillReset(this.#reset, segment, payloadLength + flagLength);
    this.#writer.writeSegment(remoteIp, this.#reset, NO_PAYLOAD, 0, 0);
  }

  onUnreachable(connection: TcpConnection, code: string): void {
    this.#counters.connectionsRefused++;
    const { remoteIp } = connection.endpoint.tuple;
    if (code === "ECONNREFUSED") this.#answerWithReset(remoteIp, connection.syn, 0);
    else this.#refuse(remoteIp, connection.syn, UNREACHABLE_HOST);
  }

  onGuestClosed(connection: TcpConnection, byReset: boolean): void {
    if (byReset) this.#counters.connectionsReset++;
    this.#table.remove(connection);
  }

  onReleased(connection: TcpConnection): void {
    if (!this.#connections.delete(connection)) return;
    this.#counters.segmentsRetransmitted += connection.endpoint.sender.retransmissions;
    for (const buffer of connection.buffers) this.#pool.give(buffer);
  }

  /** Has the connection flushed once the events at hand are handled, so that one segment answers many. */
  markDirty(connection: TcpConnection): void {
    if (connection.dirty) return;
    connection.dirty = true;
    this.#dirty.push(connection);
    if (this.#flushScheduled || this.#linkFull) return;
    this.#flushScheduled = true;
    queueMicrotask(this.#onFlush);
  }

  readonly #onFlush = (): void => {
    this.#flushScheduled = false;
    if (!this.#linkFull) this.#flush();
  };

  #flush(): void {
    const nowMs = this.nowMs();
    let done = 0;
    // The list may grow while it is walked: a link may answer from inside of `send`.
    for (; done < this.#dirty.length && !this.#linkFull; done++) {
      const connection = this.#dirty[done]!;
      connection.dirty = false;
      if (connection.endpoint.flush(nowMs)) {
        this.#schedule(connection.deadlineMs);
        continue;
      }
      this.#linkFull = true;
      if (!connection.dirty) {
        connection.dirty = true;
        this.#dirty.push(connection); // behind the others, for its turn to come again
      }
    }
    this.#dirty.splice(0, done);
  }

  /** One timer serves all connections: it is set for the earliest deadline, or earlier. */
  #schedule(deadlineMs: number): void {
    if (deadlineMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = deadlineMs;
    this.#timer = this.#clock.after(Math.max(0, deadlineMs - this.nowMs()), this.#onTimer);
  }

  readonly #onTimer = (): void => {
    const nowMs = this.nowMs();
    this.#timerAtMs = Infinity;
    for (const connection of this.#connections) {
      if (connection.deadlineMs <= nowMs) {
        connection.onTimer(nowMs);
        this.markDirty(connection);
      }
      this.#schedule(connection.deadlineMs);
    }
  };
}

/** Whether a SYN begins another connection between the same ports: the guest has given the old one up. */
function isSuperseded(connection: TcpConnection, seq: number): boolean {
  const { endpoint } = connection;
  // In front of an answer not taken: RFC 9293 §3.10.7.4, back to LISTEN. Behind an end: §3.6.1.
  if (endpoint.state === "time-wait") return distance(seq, endpoint.receiver.nxt) > 0;
  const unanswered = endpoint.state === "connecting" || endpoint.state === "syn-received";
  return unanswered && !endpoint.isSameSyn(seq); // else it is challenged, RFC 5961 §4
}
