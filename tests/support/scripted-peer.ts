import { KERNEL_MAC, KernelNet, type KernelNetOptions } from "./kernel-net.ts";
import { ACK, arp, be, ethernet, ipv4, join, parseTcp, type Segment, SYN, tcp, udp } from "./packets.ts";

export const PEER_IP = [10, 0, 2, 2];
export const KERNEL_IP = [10, 0, 2, 15];
export const PEER_MAC = Uint8Array.of(0x52, 0x55, 10, 0, 2, 2);
export const PEER_ISS = 0xfffff000; // so that sequence numbers wrap in every test
/** 10.0.2.2 as the kernel writes it. */
export const PEER_ADDRESS = 0x0202000a;

const BROADCAST = new Uint8Array(6).fill(0xff);
const COOKIE = [99, 130, 83, 99];
const ARP = 0x0806;
const IPV4 = 0x0800;

/** A TCP segment from the kernel. */
export type Sent = NonNullable<ReturnType<typeof parseTcp>>;

/** A DHCP message from the kernel. */
export interface DhcpSent {
  xid: Uint8Array;
  clientIp: number[];
  /** Option 53. */
  type: number;
  options: Map<number, Uint8Array>;
  broadcast: boolean;
}

/** The other end of the kernel's link, frame by frame as the test says. Answers ARP unless told not to. */
export class ScriptedPeer {
  readonly kernel: KernelNet;
  /** What the kernel has sent and nobody has taken, oldest first. */
  readonly frames: Uint8Array[] = [];
  answersArp = true;

  constructor(module: WebAssembly.Module, options: KernelNetOptions = {}) {
    this.kernel = new KernelNet(module, options);
    this.kernel.device.backend = { receive: (frame) => this.#receive(frame.slice()) };
  }

  #receive(frame: Uint8Array): void {
    const asksUs = frame[12] === 8 && frame[13] === 6 && frame[21] === 1;
    if (asksUs && this.answersArp && frame.subarray(38, 42).join() === PEER_IP.join()) this.answerArp();
    else this.frames.push(frame);
  }

  answerArp(): void {
    this.send(ethernet(KERNEL_MAC, PEER_MAC, ARP, arp(2, PEER_MAC, PEER_IP, KERNEL_MAC, KERNEL_IP)));
  }

  /** Puts a frame into the kernel's receive ring. */
  send(frame: Uint8Array): void {
    if (!this.kernel.device.send(frame)) throw new Error("no receive buffers");
  }

  /** Sends an IPv4 packet and lets the kernel look at it. */
  sendIp(protocol: number, payload: Uint8Array, source = PEER_IP, target = KERNEL_IP): void {
    this.send(ethernet(KERNEL_MAC, PEER_MAC, IPV4, ipv4(protocol, source, target, payload)));
    this.kernel.poll();
  }

  /** Takes the kernel through DHCP. */
  configure(lease = 3600): void {
    this.kernel.poll();
    this.dhcpReply(2, this.takeDhcp(), lease);
    this.dhcpReply(5, this.takeDhcp(), lease);
    if (!this.kernel.ready) throw new Error("no address");
    this.frames.length = 0;
  }

  /** The oldest frame, which must be a DHCP message. */
  takeDhcp(): DhcpSent {
    const frame = this.frames.shift();
    if (frame === undefined || frame[23] !== 17) throw new Error("expected a DHCP message");
    const message = frame.subarray(42);
    const options = new Map<number, Uint8Array>();
    for (let at = 240; message[at] !== 255; at += 2 + message[at + 1]!) {
      options.set(message[at]!, message.slice(at + 2, at + 2 + message[at + 1]!));
    }
    return {
      xid: message.slice(4, 8),
      clientIp: [...message.subarray(12, 16)],
      type: options.get(53)![0]!,
      options,
      broadcast: frame[0] === 0xff,
    };
  }

  /** Answers a DHCP message; `options` replace the usual ones. */
  dhcpReply(type: number, to: DhcpSent, lease = 3600, options = dhcpOptions(type, lease)): void {
    this.sendDhcp(dhcpMessage(to.xid, options));
  }

  sendDhcp(message: Uint8Array): void {
    const datagram = udp(PEER_IP, 67, KERNEL_IP, 68, message);
    this.send(ethernet(BROADCAST, PEER_MAC, IPV4, ipv4(17, PEER_IP, KERNEL_IP, datagram)));
    this.kernel.poll();
  }

  /** The TCP segments that the kernel has sent since the last look. */
  takeTcp(): Sent[] {
    return this.frames.splice(0).flatMap((frame) => parseTcp(frame) ?? []);
  }

  /** The one TCP segment that the kernel has sent, from a port if given, since the last look. */
  takeOne(port?: number): Sent {
    const [segment, ...more] = this.takeTcp().filter(({ sourcePort }) => sourcePort === (port ?? sourcePort));
    if (segment === undefined || more.length > 0)
      throw new Error(`${more.length + (segment ? 1 : 0)} segments`);
    return segment;
  }
}

/** A connection between the kernel and the scripted peer. */
export class ScriptedConnection {
  readonly peer: ScriptedPeer;
  readonly socket: number;
  readonly syn: Sent;
  /** Sequence number of the peer's first byte. */
  readonly first = (PEER_ISS + 1) >>> 0;
  /** Sequence number of the kernel's first byte. */
  readonly kernelFirst: number;

  /** Opens it: the kernel connects, the peer answers with `options` in its SYN. */
  constructor(peer: ScriptedPeer, options = [2, 4, 0x05, 0xb4], window = 65535) {
    this.peer = peer;
    this.socket = peer.kernel.call("tcpConnect", PEER_ADDRESS, 80);
    peer.kernel.poll();
    peer.kernel.poll();
    const syn = peer.takeTcp().find(({ flags }) => flags === SYN); // older connections may be talking too
    if (syn === undefined) throw new Error("no SYN");
    this.syn = syn;
    this.kernelFirst = (this.syn.seq + 1) >>> 0;
    this.send({ seq: PEER_ISS, flags: SYN | ACK, options, window });
    peer.kernel.advance(1);
    peer.kernel.poll();
    peer.takeOne(syn.sourcePort); // the acknowledgement: one
  }

  get state(): number {
    return this.peer.kernel.call("tcpState", this.socket);
  }

  /** Sends a segment; an acknowledgement of everything sent so far unless it says otherwise. */
  send(segment: Partial<Segment>): void {
    this.peer.sendIp(
      6,
      tcp(PEER_IP, KERNEL_IP, {
        sourcePort: 80,
        targetPort: this.syn.sourcePort,
        seq: this.first,
        ack: this.kernelFirst,
        flags: ACK,
        window: 65535,
        ...segment,
      }),
    );
  }

  /** Sends bytes `from` on of a text. */
  sendText(text: string, from: number): void {
    this.send({ seq: this.first + from, payload: Buffer.from(text) });
  }

  /** All that can be read now, as text. */
  text(): string {
    const bytes = this.peer.kernel.read(this.socket);
    return typeof bytes === "number" ? String(bytes) : Buffer.from(bytes).toString();
  }
}

/** What a server of 10.0.2.0/24 says. */
export function dhcpOptions(type: number, lease: number): number[] {
  return [
    53,
    1,
    type,
    54,
    4,
    ...PEER_IP,
    51,
    4,
    ...be(lease, 4),
    1,
    4,
    255,
    255,
    255,
    0,
    3,
    4,
    ...PEER_IP,
    255,
  ];
}

/** A BOOTP reply that gives the kernel its address. */
export function dhcpMessage(
  xid: Uint8Array,
  options: number[],
  given = KERNEL_IP,
  mac = KERNEL_MAC,
): Uint8Array {
  const head = join([2, 1, 6, 0], xid, new Uint8Array(8), given, new Uint8Array(8), mac, new Uint8Array(202));
  return join(head, COOKIE, options);
}
