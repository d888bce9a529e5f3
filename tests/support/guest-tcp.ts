import type { Clock, Timer } from "../../host-net/clock.ts";
import { GATEWAY_MAC, GUEST_IP } from "../../host-net/network.ts";
import {
  EthernetPacket,
  EthernetRepr,
  ETHERNET_HEADER_LEN,
  ETHERTYPE_IPV4,
} from "../../host-net/wire/ethernet.ts";
import { FrameBuffer, MAX_FRAME_LEN } from "../../host-net/wire/frame-buffer.ts";
import { IcmpPacket, IcmpRepr, ICMP_UNREACHABLE } from "../../host-net/wire/icmp.ts";
import {
  Ipv4Packet,
  Ipv4Repr,
  IPV4_HEADER_LEN,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
} from "../../host-net/wire/ipv4.ts";
import { TcpPacket, TcpRepr, TCP_HEADER_LEN, type TcpControl } from "../../host-net/wire/tcp.ts";

export const GUEST_MAC = 0x5254_0012_3456;

const L3 = ETHERNET_HEADER_LEN;
const L4 = L3 + IPV4_HEADER_LEN;
const RTO_MS = 250;
const WINDOW_SCALE = 7;
const EMPTY = new Uint8Array(0);

/** How a guest's connection is set up. */
export interface GuestTcpOptions {
  mss?: number;
  /** Receive buffer in bytes. */
  windowBytes?: number;
  /** Whether to offer window scaling. */
  scaling?: boolean;
  initialSeq?: number;
  /** Default: one that was not used before. */
  localPort?: number;
}

/** A guest's TCP stack for tests: builds and reads frames, keeps no more state than a connection needs. */
export class GuestTcp {
  readonly clock: Clock;
  readonly #transmit: (frame: Uint8Array) => void;
  readonly #connections = new Map<number, GuestConnection>();
  readonly #out = new FrameBuffer(MAX_FRAME_LEN + 64);
  readonly #in = new FrameBuffer(MAX_FRAME_LEN);
  /** Whether to check that the bridge's TCP checksums are complete. */
  verifyChecksums = true;
  /** Codes of the ICMP unreachable messages that came, in order. */
  readonly unreachableCodes: number[] = [];
  #nextPort = 40_000;

  constructor(clock: Clock, transmit: (frame: Uint8Array) => void) {
    this.clock = clock;
    this.#transmit = transmit;
  }

  connect(remoteIp: number, remotePort: number, options: GuestTcpOptions = {}): GuestConnection {
    const connection = new GuestConnection(
      this,
      remoteIp,
      remotePort,
      options.localPort ?? this.#nextPort++,
      options,
    );
    this.#connections.set(keyOf(connection.localPort, remotePort), connection);
    connection.start();
    return connection;
  }

  /** Handles a frame from the bridge; throws if it is not what a bridge may send. */
  receive(frame: Uint8Array): void {
    this.#in.bytes.set(frame);
    const ethernet = new EthernetPacket().at(this.#in, 0, frame.length);
    if (!ethernet.check() || ethernet.src !== GATEWAY_MAC) throw new Error("frame not of the gateway");
    if (ethernet.type !== ETHERTYPE_IPV4) return;
    const ipv4 = new Ipv4Packet().at(this.#in, L3, frame.length);
    if (!ipv4.check() || ipv4.dst !== GUEST_IP) throw new Error("bad IPv4 header");
    if (ipv4.protocol === PROTOCOL_ICMP) this.#onIcmp(ipv4);
    if (ipv4.protocol === PROTOCOL_TCP) this.#onTcp(ipv4);
  }

  #onIcmp(ipv4: Ipv4Packet): void {
    const icmp = new IcmpPacket().at(this.#in, ipv4.payloadStart, ipv4.payloadEnd);
    const repr = new IcmpRepr();
    if (!icmp.check() || !repr.parse(icmp)) throw new Error("bad ICMP message");
    if (repr.type === ICMP_UNREACHABLE) this.unreachableCodes.push(repr.code);
  }

  #onTcp(ipv4: Ipv4Packet): void {
    const packet = new TcpPacket().at(this.#in, ipv4.payloadStart, ipv4.payloadEnd);
    const repr = new TcpRepr();
    if (!packet.check() || !repr.parse(packet)) throw new Error("bad TCP segment");
    if (this.verifyChecksums && !packet.verify(ipv4.src, ipv4.dst)) throw new Error("bad TCP checksum");
    const payload = this.#in.bytes.slice(packet.payloadStart, packet.payloadEnd);
    this.#connections.get(keyOf(repr.dstPort, repr.srcPort))?.onSegment(repr, payload);
  }

  /** Puts a segment on the link. */
  send(remoteIp: number, repr: TcpRepr, payload: Uint8Array): void {
    const start = L4 + repr.headerLen;
    const end = start + payload.length;
    this.#out.bytes.set(payload, start);
    const packet = new TcpPacket().at(this.#out, L4, end);
    repr.emit(packet);
    packet.fillChecksum(GUEST_IP, remoteIp);
    const ipv4 = new Ipv4Repr();
    ipv4.protocol = PROTOCOL_TCP;
    ipv4.src = GUEST_IP;
    ipv4.dst = remoteIp;
    ipv4.payloadLength = end - L4;
    ipv4.emit(new Ipv4Packet().at(this.#out, L3, end));
    const ethernet = new EthernetRepr();
    ethernet.dst = GATEWAY_MAC;
    ethernet.src = GUEST_MAC;
    ethernet.type = ETHERTYPE_IPV4;
    ethernet.emit(new EthernetPacket().at(this.#out, 0, end));
    this.#transmit(this.#out.bytes.subarray(0, end));
  }
}

/** Identifies a connection of a guest that talks to one host only. */
function keyOf(localPort: number, remotePort: number): number {
  return localPort * 0x1_0000 + remotePort;
}

/** One connection of the guest: go-back-N with fast retransmit, an out-of-order store, a window that tests set. */
export class GuestConnection {
  readonly localPort: number;
  /** `failed`: the SYN was refused. `reset`: broken off after that. */
  state: "connecting" | "open" | "failed" | "reset" = "connecting";
  /** Bytes received in order, in pieces. */
  readonly received: Uint8Array[] = [];
  receivedLength = 0;
  /** The bridge's FIN has come. */
  ended = false;
  readonly #stack: GuestTcp;
  readonly #remoteIp: number;
  readonly #remotePort: number;
  readonly #mss: number;
  readonly #scaling: boolean;
  #windowBytes: number;
  #held = 0; // received bytes that the guest has not taken
  #paused = false;
  #outgoing: Uint8Array = EMPTY; // from #una
  #finQueued = false;
  #finSent = false;
  #una: number;
  #nxt: number;
  #max: number; // the highest #nxt so far: #goBack lowers it
  #peerWindow = 0;
  #peerScale = 0;
  #peerMss = 536;
  #duplicates = 0;
  #rcvNxt = 0;
  #rcvFin = -1;
  readonly #early = new Map<number, Uint8Array>();
  #timer: Timer | undefined;

  constructor(stack: GuestTcp, remoteIp: number, remotePort: number, port: number, options: GuestTcpOptions) {
    this.#stack = stack;
    this.#remoteIp = remoteIp;
    this.#remotePort = remotePort;
    this.localPort = port;
    this.#mss = options.mss ?? 1460;
    this.#windowBytes = options.windowBytes ?? 0x10_0000;
    this.#scaling = options.scaling ?? true;
    this.#una = (options.initialSeq ?? 0xffff_f000) >>> 0; // wraps soon
    this.#nxt = (this.#una + 1) >>> 0;
    this.#max = this.#nxt;
  }

  start(): void {
    this.#emit("syn", this.#una, EMPTY, false);
    this.#arm();
  }

  /** Queues bytes to send. */
  write(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#outgoing.length + bytes.length);
    joined.set(this.#outgoing);
    joined.set(bytes, this.#outgoing.length);
    this.#outgoing = joined;
    this.#push();
  }

  /** Ends the guest's stream. */
  end(): void {
    this.#finQueued = true;
    this.#push();
  }

  /** Breaks the connection off. */
  abort(): void {
    this.#emit("rst", this.#nxt, EMPTY, true);
    this.#stop("reset");
  }

  /** Stops taking bytes: the window closes as they come. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#held = 0;
    this.#emit("none", this.#nxt, EMPTY, true);
  }

  /** True once everything written, and the FIN if any, is acknowledged. */
  get drained(): boolean {
    return this.#outgoing.length === 0 && this.#una === this.#nxt;
  }

  /** The window that the bridge offers, in bytes. */
  get peerWindow(): number {
    return this.#peerWindow;
  }

  /** Sends a segment of the caller's making, relative to the expected sequence number. */
  inject(control: TcpControl, seqOffset: number, payload: Uint8Array = EMPTY): void {
    this.#emit(control, (this.#nxt + seqOffset) >>> 0, payload, true);
  }

  /** Sends another first SYN from the same port. */
  injectSyn(seq: number): void {
    this.#emit("syn", seq, EMPTY, false);
  }

  onSegment(repr: TcpRepr, payload: Uint8Array): void {
    if (this.state === "failed" || this.state === "reset") return;
    if (repr.control === "rst") {
      this.#onReset(repr);
      return;
    }
    if (repr.control === "syn") {
      this.#onSyn(repr);
      return;
    }
    if (this.state === "connecting") return;
    this.#onAck(repr, payload.length);
    if (payload.length > 0 || repr.control === "fin") this.#onPayload(repr, payload);
  }

  #onReset(repr: TcpRepr): void {
    if (this.state === "connecting") {
      if (repr.hasAck && repr.ack === this.#nxt) this.#stop("failed");
    } else if (repr.seq === this.#rcvNxt) {
      this.#stop("reset");
    }
  }

  #onSyn(repr: TcpRepr): void {
    if (this.state === "connecting" && repr.ack === this.#nxt) {
      this.state = "open";
      this.#una = repr.ack;
      this.#rcvNxt = (repr.seq + 1) >>> 0;
      this.#peerMss = repr.mss;
      this.#peerScale = Math.max(repr.windowScale, 0);
      this.#peerWindow = repr.window;
      this.#timer?.cancel();
    }
    this.#emit("none", this.#nxt, EMPTY, true);
    this.#push();
  }

  #onAck(repr: TcpRepr, payloadLength: number): void {
    const acked = (repr.ack - this.#una) | 0;
    const window = repr.window << this.#peerScale;
    if (acked < 0 || ((repr.ack - this.#max) | 0) > 0) return;
    const sameWindow = window === this.#peerWindow;
    this.#peerWindow = window;
    if (acked > 0) {
      if (acked > this.#outgoing.length) this.#finSent = true; // the FIN too, before it was sent again
      this.#outgoing = this.#outgoing.subarray(Math.min(acked, this.#outgoing.length));
      this.#una = repr.ack;
      if (((this.#una - this.#nxt) | 0) > 0) this.#nxt = this.#una;
      this.#duplicates = 0;
      if (this.#una === this.#nxt) this.#timer?.cancel();
      else this.#arm();
    } else if (payloadLength === 0 && sameWindow && repr.control === "none" && this.#una !== this.#nxt) {
      if (++this.#duplicates === 3) this.#goBack();
    }
    this.#push();
  }

  #onPayload(repr: TcpRepr, payload: Uint8Array): void {
    const offset = (repr.seq - this.#rcvNxt) | 0;
    if (offset + payload.length > this.#freeWindow + 1) throw new Error("bridge sends beyond the window");
    if (payload.length > this.#mss) throw new Error("bridge sends more than the MSS");
    if (repr.control === "fin") this.#rcvFin = (repr.seq + payload.length) >>> 0;
    // A probe of a closed window is not taken: it comes again.
    if (this.#freeWindow > 0 && offset + payload.length > 0) this.#early.set(repr.seq, payload);
    this.#deliver();
    this.#emit("none", this.#nxt, EMPTY, true);
  }

  #deliver(): void {
    for (let progress = true; progress;) {
      progress = false;
      for (const [seq, payload] of this.#early) {
        const offset = (this.#rcvNxt - seq) | 0;
        if (offset < 0) continue;
        this.#early.delete(seq);
        if (offset >= payload.length) continue;
        this.#take(payload.subarray(offset));
        progress = true;
      }
    }
    if (this.#rcvFin === this.#rcvNxt && !this.ended) {
      this.ended = true;
      this.#rcvNxt = (this.#rcvNxt + 1) >>> 0;
    }
  }

  #take(bytes: Uint8Array): void {
    this.received.push(bytes);
    this.receivedLength += bytes.length;
    this.#rcvNxt = (this.#rcvNxt + bytes.length) >>> 0;
    if (this.#paused) this.#held += bytes.length;
  }

  get #freeWindow(): number {
    return Math.max(this.#windowBytes - this.#held, 0);
  }

  /** Sends what the bridge's window allows; probes a closed one by the timer. */
  #push(): void {
    if (this.state !== "open") return;
    for (;;) {
      const sent = Math.min((this.#nxt - this.#una) >>> 0, this.#outgoing.length);
      const room = this.#peerWindow - sent;
      const count = Math.min(this.#outgoing.length - sent, this.#peerMss, this.#mss, Math.max(room, 0));
      const fin = this.#finQueued && !this.#finSent && sent + count === this.#outgoing.length;
      if (count === 0 && !fin) break;
      this.#sendData(count, fin);
    }
    if (this.#outgoing.length > 0 && this.#una === this.#nxt) this.#arm();
  }

  #sendData(count: number, fin: boolean): void {
    const sent = (this.#nxt - this.#una) >>> 0;
    this.#emit(fin ? "fin" : "none", this.#nxt, this.#outgoing.subarray(sent, sent + count), true);
    if (this.#una === this.#nxt) this.#arm();
    this.#nxt = (this.#nxt + count + (fin ? 1 : 0)) >>> 0;
    if (fin) this.#finSent = true;
    if (((this.#nxt - this.#max) | 0) > 0) this.#max = this.#nxt;
  }

  #goBack(): void {
    this.#duplicates = 0;
    this.#nxt = this.#una;
    this.#finSent = false;
    if (this.#peerWindow === 0 && this.#outgoing.length > 0) this.#sendData(1, false);
    else this.#push();
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = this.#stack.clock.after(RTO_MS, () => this.#onTimer());
  }

  #onTimer(): void {
    if (this.state === "connecting") this.start();
    else if (this.state === "open" && (this.#una !== this.#nxt || this.#outgoing.length > 0)) {
      this.#goBack();
      this.#arm();
    }
  }

  #stop(state: "failed" | "reset"): void {
    this.state = state;
    this.#timer?.cancel();
  }

  #emit(control: TcpControl, seq: number, payload: Uint8Array, hasAck: boolean): void {
    const repr = new TcpRepr();
    repr.srcPort = this.localPort;
    repr.dstPort = this.#remotePort;
    repr.control = control;
    repr.seq = seq;
    repr.hasAck = hasAck;
    repr.ack = hasAck ? this.#rcvNxt : 0;
    repr.mss = this.#mss;
    repr.windowScale = control === "syn" && this.#scaling ? WINDOW_SCALE : -1;
    const shift = this.#scaling && control !== "syn" ? WINDOW_SCALE : 0;
    repr.window = Math.min(this.#freeWindow >> shift, 0xffff);
    this.#stack.send(this.#remoteIp, repr, payload);
  }
}

/** The largest MSS that a frame has room for. */
export const MAX_GUEST_MSS = MAX_FRAME_LEN - L4 - TCP_HEADER_LEN;
