import { randomBytes } from "node:crypto";
import { systemClock, type Clock } from "./clock.ts";
import { Counters } from "./counters.ts";
import { DhcpServer } from "./dhcp-server.ts";
import { FrameWriter } from "./frame-writer.ts";
import type { Link } from "./link.ts";
import { GATEWAY_IP, GATEWAY_MAC, GUEST_IP } from "./network.ts";
import type { FrameCapture } from "./pcap.ts";
import type { Policy } from "./policy.ts";
import { TcpRelay } from "./tcp-relay.ts";
import { IPV4_BROADCAST, IPV4_UNSPECIFIED, MAC_BROADCAST } from "./wire/address.ts";
import { ArpPacket, ArpRepr, ARP_REPLY, ARP_REQUEST } from "./wire/arp.ts";
import { DhcpPacket, DhcpRequestRepr, DHCP_SERVER_PORT } from "./wire/dhcp.ts";
import {
  EthernetPacket,
  EthernetRepr,
  ETHERNET_HEADER_LEN,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
} from "./wire/ethernet.ts";
import { FrameBuffer, MAX_FRAME_LEN } from "./wire/frame-buffer.ts";
import {
  IcmpPacket,
  IcmpRepr,
  ICMP_ECHO,
  ICMP_ECHO_REPLY,
  ICMP_UNREACHABLE,
  UNREACHABLE_PORT,
} from "./wire/icmp.ts";
import { Ipv4Packet, Ipv4Repr, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from "./wire/ipv4.ts";
import { TcpPacket, TcpRepr } from "./wire/tcp.ts";
import { UdpPacket, UdpRepr } from "./wire/udp.ts";

const L3 = ETHERNET_HEADER_LEN;
const DEFAULT_MAX_CONNECTIONS = 256;

/** What a bridge is made of. */
export interface BridgeOptions {
  link: Link;
  policy: Policy;
  clock?: Clock;
  /** Sees every frame in both directions; its owner closes it, after the bridge. */
  capture?: FrameCapture | undefined;
  /** At most so many TCP connections at once; default 256. */
  maxConnections?: number;
  randomUint32?: () => number;
  /** Hears of each attempt of the guest to connect that the policy denied. It may come as often as the guest likes. */
  onDenied?: ((address: string, port: number) => void) | undefined;
}

/**
 * The guest's network: a gateway that answers ARP and ping, leases an address by DHCP, and relays TCP over sockets of
 * the host. Needs no privilege. Single-threaded: call it from the thread that runs the sockets.
 *
 * Nothing that the guest sends can make it throw; what is malformed or unserved is dropped and counted.
 */
export class Bridge {
  readonly counters = new Counters();
  readonly #link: Link;
  readonly #capture: FrameCapture | undefined;
  readonly #writer: FrameWriter;
  readonly #relay: TcpRelay;
  readonly #dhcpServer: DhcpServer;
  #closed = false;

  readonly #buffer = new FrameBuffer(MAX_FRAME_LEN);
  readonly #ethernetPacket = new EthernetPacket();
  readonly #ethernet = new EthernetRepr();
  readonly #arpPacket = new ArpPacket();
  readonly #arp = new ArpRepr();
  readonly #ipv4Packet = new Ipv4Packet();
  readonly #ipv4 = new Ipv4Repr();
  readonly #icmpPacket = new IcmpPacket();
  readonly #icmp = new IcmpRepr();
  readonly #udpPacket = new UdpPacket();
  readonly #udp = new UdpRepr();
  readonly #dhcpPacket = new DhcpPacket();
  readonly #dhcpRequest = new DhcpRequestRepr();
  readonly #tcpPacket = new TcpPacket();
  readonly #tcp = new TcpRepr();

  constructor(options: BridgeOptions) {
    const { counters } = this;
    const { link } = options;
    this.#link = link;
    this.#capture = options.capture;
    this.#writer = new FrameWriter(link, counters, options.capture);
    this.#dhcpServer = new DhcpServer(this.#writer);
    this.#relay = new TcpRelay({
      policy: options.policy,
      writer: this.#writer,
      counters,
      clock: options.clock ?? systemClock,
      onDenied: options.onDenied,
      maxConnections: options.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
      randomUint32: options.randomUint32 ?? (() => randomBytes(4).readUInt32LE()),
    });
    link.onWritable = () => this.#relay.onWritable();
  }

  /** TCP connections that hold a socket or buffers. */
  get connectionCount(): number {
    return this.#relay.connectionCount;
  }

  /** Resets all host connections and ignores whatever comes after. */
  close(): void {
    this.#closed = true;
    this.#link.onWritable = undefined;
    this.#relay.close();
  }

  /** Handles a frame from the guest, valid during the call only. Never throws on account of its content. */
  receive(frame: Uint8Array): void {
    if (this.#closed) return;
    this.counters.framesFromGuest++;
    if (frame.length > MAX_FRAME_LEN) {
      this.counters.malformed++;
      return;
    }
    // The frame may be the guest's own memory, which it can change meanwhile: only the copy is looked at.
    this.#buffer.bytes.set(frame);
    this.#capture?.capture(this.#buffer.bytes.subarray(0, frame.length));
    const packet = this.#ethernetPacket.at(this.#buffer, 0, frame.length);
    if (!packet.check() || !this.#ethernet.parse(packet)) {
      this.counters.malformed++;
      return;
    }
    if (this.#ethernet.dst !== GATEWAY_MAC && this.#ethernet.dst !== MAC_BROADCAST) this.counters.unserved++;
    else if (this.#ethernet.type === ETHERTYPE_IPV4) this.#onIpv4(frame.length);
    else if (this.#ethernet.type === ETHERTYPE_ARP) this.#onArp(frame.length);
    else this.counters.unserved++;
  }

  #onArp(end: number): void {
    const packet = this.#arpPacket.at(this.#buffer, L3, end);
    const arp = this.#arp;
    if (!packet.check() || !arp.parse(packet)) {
      this.counters.malformed++;
      return;
    }
    if (arp.senderIp === GUEST_IP) this.#writer.guestMac = arp.senderMac;
    if (arp.op !== ARP_REQUEST || arp.targetIp !== GATEWAY_IP) {
      this.counters.unserved++;
      return;
    }
    arp.op = ARP_REPLY;
    arp.targetIp = arp.senderIp;
    arp.targetMac = arp.senderMac;
    arp.senderIp = GATEWAY_IP;
    arp.senderMac = GATEWAY_MAC;
    this.#writer.writeArp(arp);
  }

  #onIpv4(end: number): void {
    const packet = this.#ipv4Packet.at(this.#buffer, L3, end);
    const ipv4 = this.#ipv4;
    if (!packet.check()) {
      this.counters.malformed++;
      return;
    }
    if (!ipv4.parse(packet) || (ipv4.src !== GUEST_IP && ipv4.src !== IPV4_UNSPECIFIED)) {
      this.counters.unserved++;
      return;
    }
    if (ipv4.src === GUEST_IP) this.#writer.guestMac = this.#ethernet.src;
    const start = packet.payloadStart;
    const payloadEnd = packet.payloadEnd;
    if (ipv4.protocol === PROTOCOL_UDP) this.#onUdp(start, payloadEnd);
    else if (ipv4.src !== GUEST_IP) this.counters.unserved++;
    else if (ipv4.protocol === PROTOCOL_TCP) this.#onTcp(start, payloadEnd);
    else if (ipv4.protocol === PROTOCOL_ICMP) this.#onIcmp(start, payloadEnd);
    else this.counters.unserved++;
  }

  #onTcp(start: number, end: number): void {
    const packet = this.#tcpPacket.at(this.#buffer, start, end);
    const { src, dst } = this.#ipv4;
    if (!packet.check() || !this.#tcp.parse(packet) || !(this.#link.offload || packet.verify(src, dst))) {
      this.counters.malformed++;
      return;
    }
    this.#relay.receive(dst, this.#tcp, this.#buffer.bytes, packet.payloadStart, packet.payloadEnd);
  }

  #onIcmp(start: number, end: number): void {
    const packet = this.#icmpPacket.at(this.#buffer, start, end);
    if (!packet.check() || !this.#icmp.parse(packet)) {
      this.counters.malformed++;
      return;
    }
    if (this.#icmp.type !== ICMP_ECHO || this.#ipv4.dst !== GATEWAY_IP) {
      this.counters.unserved++;
      return;
    }
    this.#icmp.type = ICMP_ECHO_REPLY;
    this.#writer.writeIcmp(this.#icmp, this.#buffer.bytes, packet.dataStart, packet.dataEnd);
  }

  #onUdp(start: number, end: number): void {
    const packet = this.#udpPacket.at(this.#buffer, start, end);
    const { src, dst } = this.#ipv4;
    if (!packet.check() || !this.#udp.parse(packet) || !(this.#link.offload || packet.verify(src, dst))) {
      this.counters.malformed++;
      return;
    }
    if (this.#udp.dstPort === DHCP_SERVER_PORT && (dst === IPV4_BROADCAST || dst === GATEWAY_IP)) {
      this.#onDhcp(packet.payloadStart, packet.payloadEnd);
    } else {
      this.counters.unserved++;
      if (src === GUEST_IP && dst >>> 28 < 0xe) this.#refuseUdp(end); // none for groups, RFC 1122 §3.2.2
    }
  }

  #onDhcp(start: number, end: number): void {
    const packet = this.#dhcpPacket.at(this.#buffer, start, end);
    if (!packet.check() || !this.#dhcpRequest.parse(packet)) {
      this.counters.malformed++;
      return;
    }
    if (!this.#dhcpServer.receive(this.#dhcpRequest)) this.counters.unserved++;
  }

  #refuseUdp(end: number): void {
    this.#icmp.type = ICMP_UNREACHABLE;
    this.#icmp.code = UNREACHABLE_PORT;
    this.#icmp.rest = 0;
    this.#writer.writePortUnreachable(this.#icmp, this.#buffer.bytes, L3, end);
  }
}
