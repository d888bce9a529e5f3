// The other end of the link of a KernelMachine, in the same thread: it gives the kernel its address, and its TCP servers
// do what their ports say.
import { DeviceBus } from "../../devices/bus.ts";
import { GuestMemory } from "../../devices/guest-memory.ts";
import { NetDevice } from "../../devices/net/device.ts";
import { MMIO_GPA, VIRTIO_MMIO_STRIDE } from "../../guest-kernel/abi/memory-map.ts";
import type { KernelMachine, Registers } from "./kernel-machine.ts";
import { KERNEL_MAC } from "./kernel-net.ts";
import {
  ACK,
  arp,
  ethernet,
  FIN,
  ipv4,
  join,
  parseTcp,
  RST,
  type Segment,
  SYN,
  tcp,
  udp,
} from "./packets.ts";
import { dhcpMessage, dhcpOptions, KERNEL_IP, PEER_IP, PEER_ISS, PEER_MAC } from "./scripted-peer.ts";

/** Where the device is. */
const SLOT = 6;
const MSS = 1400;
const ARP = 0x0806;
const IPV4 = 0x0800;
const BROADCAST = new Uint8Array(6).fill(0xff);
const NONE = new Uint8Array(0);

/** What a server does when it is connected to, or hears something. */
export type Manner =
  /** Acknowledges, and answers what `serve` says. */
  | "serve"
  | "refuse"
  /** Says nothing to a connection, ever. */
  | "ignore"
  /** Its host cannot be reached: ICMP says so. */
  | "unreachable"
  /** Takes the connection, and resets it at once. */
  | "reset"
  /** Takes the connection, and resets it at the first bytes. */
  | "reset-later"
  /** Takes the connection, and is never heard of again. */
  | "vanish";

/** An answer: bytes, and whether the connection ends behind them. */
export interface PeerAnswer {
  bytes: Uint8Array;
  ends?: boolean;
}

interface Connection {
  port: number;
  next: number; // sequence number of our next byte
  heard: number; // of the kernel's next byte
  text: string;
}

export class NetPeer {
  /** By port; those that are not here are refused. */
  readonly manners = new Map<number, Manner>();
  /** The answer to what was heard so far on a connection of a port; undefined: none yet. */
  serve: (port: number, heard: string) => PeerAnswer | undefined = () => undefined;
  /** Seconds for which an address is given. */
  lease = 3600;
  answersDhcp = true;
  readonly registers: Registers;
  readonly #device = new NetDevice({ mac: KERNEL_MAC, mtu: 1500 });
  readonly #bus: DeviceBus;
  readonly #connections = new Map<number, Connection>(); // by the kernel's port
  readonly #frames: Uint8Array[] = []; // on their way to the kernel

  constructor() {
    this.#bus = new DeviceBus(
      Array.from({ length: SLOT + 1 }, (_, i) => (i === SLOT ? this.#device : undefined)),
    );
    const slot = this.#bus.slots[SLOT]!; // SAFETY: it was put there
    this.registers = {
      gpa: MMIO_GPA + SLOT * VIRTIO_MMIO_STRIDE,
      size: VIRTIO_MMIO_STRIDE,
      readMmio: (offset, bytes) => slot.readMmio(offset, bytes),
      writeMmio: (offset, value) => slot.writeMmio(offset, value),
    };
    this.#device.backend = { receive: (frame) => this.#hear(frame.slice()) };
  }

  /** Plugs it into a machine that was loaded with its registers. */
  connect(machine: KernelMachine): void {
    this.#bus.connect(
      new GuestMemory(machine.bytes.buffer),
      (slot) => machine.raise(1 << slot),
      (slot, error) => {
        throw new Error(`slot ${slot}`, { cause: error });
      },
    );
    machine.onIdle = () => this.#deliver();
  }

  #deliver(): boolean {
    const frames = this.#frames.splice(0);
    for (const frame of frames) if (!this.#device.send(frame)) throw new Error("no receive buffers");
    return frames.length > 0;
  }

  #hear(frame: Uint8Array): void {
    if (frame[12] === 8 && frame[13] === 6) return this.#hearArp(frame);
    if (frame[23] === 17 && frame[37] === 67) return this.#hearDhcp(frame.subarray(42));
    const segment = parseTcp(frame);
    if (segment !== undefined) this.#hearTcp(segment, frame);
  }

  #hearArp(frame: Uint8Array): void {
    const asked = [...frame.subarray(38, 42)];
    if (frame[21] !== 1 || asked.join() === KERNEL_IP.join()) return;
    this.#send(KERNEL_MAC, ARP, arp(2, PEER_MAC, asked, KERNEL_MAC, KERNEL_IP));
  }

  #hearDhcp(message: Uint8Array): void {
    if (!this.answersDhcp) return;
    let at = 240;
    while (message[at] !== 53 && message[at] !== 255) at += 2 + message[at + 1]!;
    const type = message[at + 2] === 1 ? 2 : 5; // DISCOVER, or REQUEST
    const reply = dhcpMessage(message.slice(4, 8), dhcpOptions(type, this.lease));
    this.#send(BROADCAST, IPV4, ipv4(17, PEER_IP, KERNEL_IP, udp(PEER_IP, 67, KERNEL_IP, 68, reply)));
  }

  #hearTcp(segment: Required<Segment>, frame: Uint8Array): void {
    const port = segment.targetPort;
    const manner = this.manners.get(port) ?? "refuse";
    if ((segment.flags & SYN) !== 0) return this.#open(segment, manner, frame);
    const connection = this.#connections.get(segment.sourcePort);
    if (connection === undefined || manner === "vanish") return;
    const fresh = segment.seq === connection.heard;
    if (!fresh || (segment.payload.length === 0 && (segment.flags & FIN) === 0)) return;
    if (manner === "reset-later") return this.#reply(segment, connection, RST | ACK);
    connection.heard = (connection.heard + segment.payload.length + (segment.flags & FIN)) >>> 0;
    connection.text += Buffer.from(segment.payload).toString("latin1");
    this.#reply(segment, connection, ACK);
    const answer = this.serve(port, connection.text);
    if (answer === undefined) return;
    connection.text = "";
    for (let at = 0; at < answer.bytes.length; at += MSS)
      this.#reply(segment, connection, ACK, answer.bytes.subarray(at, at + MSS));
    if (answer.ends === true) this.#reply(segment, connection, ACK | FIN);
  }

  #open(segment: Required<Segment>, manner: Manner, frame: Uint8Array): void {
    if (manner === "ignore") return;
    const heard = (segment.seq + 1) >>> 0;
    const connection = { port: segment.targetPort, next: PEER_ISS, heard, text: "" };
    if (manner === "unreachable") return this.#icmpUnreachable(frame);
    if (manner === "refuse") return this.#reply(segment, { ...connection, next: 0 }, RST | ACK);
    this.#connections.set(segment.sourcePort, connection);
    this.#reply(segment, connection, SYN | ACK);
    connection.next = (PEER_ISS + 1) >>> 0;
    if (manner === "reset") this.#reply(segment, connection, RST | ACK);
  }

  /** Host unreachable, RFC 792, with the head of the packet that it is about. */
  #icmpUnreachable(frame: Uint8Array): void {
    const message = join([3, 1, 0, 0, 0, 0, 0, 0], frame.subarray(14, 14 + 28));
    let sum = 0;
    for (let i = 0; i < message.length; i += 2) sum += message[i]! * 256 + message[i + 1]!;
    while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536);
    message.set([~sum >> 8, ~sum], 2);
    this.#send(KERNEL_MAC, IPV4, ipv4(1, PEER_IP, KERNEL_IP, message));
  }

  #reply(to: Required<Segment>, connection: Connection, flags: number, payload: Uint8Array = NONE): void {
    const segment = {
      sourcePort: connection.port,
      targetPort: to.sourcePort,
      seq: connection.next,
      ack: connection.heard,
      flags,
      window: 65535,
      options: (flags & SYN) === 0 ? [] : [2, 4, 0x05, 0xb4],
      payload,
    };
    this.#send(KERNEL_MAC, IPV4, ipv4(6, PEER_IP, KERNEL_IP, tcp(PEER_IP, KERNEL_IP, segment)));
    connection.next = (connection.next + payload.length + (flags & FIN)) >>> 0;
  }

  #send(target: Uint8Array, type: number, payload: Uint8Array): void {
    this.#frames.push(ethernet(target, PEER_MAC, type, payload));
  }
}
