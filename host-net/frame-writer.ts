import type { ByteRing } from "./byte-ring.ts";
import type { Counters } from "./counters.ts";
import type { Link } from "./link.ts";
import { GATEWAY_IP, GATEWAY_MAC, GUEST_IP } from "./network.ts";
import type { FrameCapture } from "./pcap.ts";
import { MAC_BROADCAST } from "./wire/address.ts";
import { ArpPacket, ARP_LEN, type ArpRepr } from "./wire/arp.ts";
import { DhcpPacket, DHCP_REPLY_LEN, type DhcpReplyRepr } from "./wire/dhcp.ts";
import {
  EthernetPacket,
  EthernetRepr,
  ETHERNET_HEADER_LEN,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
} from "./wire/ethernet.ts";
import { FrameBuffer, MAX_FRAME_LEN } from "./wire/frame-buffer.ts";
import { IcmpPacket, IcmpRepr, ICMP_HEADER_LEN, ICMP_UNREACHABLE } from "./wire/icmp.ts";
import {
  Ipv4Packet,
  Ipv4Repr,
  IPV4_HEADER_LEN,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from "./wire/ipv4.ts";
import { TcpPacket, type TcpRepr } from "./wire/tcp.ts";
import { UdpPacket, UDP_HEADER_LEN, type UdpRepr } from "./wire/udp.ts";

/** Where a frame begins in the buffer: as devices/net copies it fastest, behind virtio's header of 12 bytes. */
const L2 = 4;
const L3 = L2 + ETHERNET_HEADER_LEN;
const L4 = L3 + IPV4_HEADER_LEN;

/** How much of an offending packet an ICMP error quotes: its IPv4 header and 8 bytes, RFC 792. */
const QUOTED_LEN = IPV4_HEADER_LEN + 8;

/** Builds every frame to the guest, in one scratch buffer, and puts it on the link. */
export class FrameWriter {
  /** Where frames go; broadcast until the guest has been heard. */
  guestMac = MAC_BROADCAST;
  readonly #link: Link;
  readonly #counters: Counters;
  readonly #capture: FrameCapture | undefined;
  readonly #buffer = new FrameBuffer(L2 + MAX_FRAME_LEN);
  readonly #ethernet = new EthernetRepr();
  readonly #ethernetPacket = new EthernetPacket();
  readonly #ipv4 = new Ipv4Repr();
  readonly #ipv4Packet = new Ipv4Packet();
  readonly #arpPacket = new ArpPacket();
  readonly #icmpPacket = new IcmpPacket();
  readonly #icmp = new IcmpRepr();
  readonly #udpPacket = new UdpPacket();
  readonly #tcpPacket = new TcpPacket();
  readonly #dhcpPacket = new DhcpPacket();

  constructor(link: Link, counters: Counters, capture?: FrameCapture) {
    this.#link = link;
    this.#counters = counters;
    this.#capture = capture;
  }

  writeArp(arp: ArpRepr): boolean {
    arp.emit(this.#arpPacket.at(this.#buffer, L3, L3 + ARP_LEN));
    return this.#send(arp.targetMac, ETHERTYPE_ARP, L3 + ARP_LEN);
  }

  /** Sends a segment from a remote address, with `count` bytes of a ring from `offset`. */
  writeSegment(remoteIp: number, segment: TcpRepr, ring: ByteRing, offset: number, count: number): boolean {
    const payload = L4 + segment.headerLen;
    const packet = this.#tcpPacket.at(this.#buffer, L4, payload + count);
    if (count > 0) ring.copyTo(this.#buffer.bytes, payload, offset, count);
    segment.emit(packet);
    if (this.#link.offload) packet.fillPartialChecksum(remoteIp, GUEST_IP);
    else packet.fillChecksum(remoteIp, GUEST_IP);
    return this.#sendIpv4(PROTOCOL_TCP, remoteIp, GUEST_IP, this.guestMac, payload + count);
  }

  /** Sends an ICMP message from the gateway with the data `source[start..end)`. */
  writeIcmp(icmp: IcmpRepr, source: Uint8Array, start: number, end: number): boolean {
    const data = L4 + ICMP_HEADER_LEN;
    this.#buffer.bytes.set(source.subarray(start, end), data);
    icmp.emit(this.#icmpPacket.at(this.#buffer, L4, data + end - start));
    return this.#sendIpv4(PROTOCOL_ICMP, GATEWAY_IP, GUEST_IP, this.guestMac, data + end - start);
  }

  /** Tells the guest why its connection attempt fails: ICMP destination unreachable, quoting its SYN. */
  writeUnreachable(code: number, remoteIp: number, syn: TcpRepr): boolean {
    const quoted = L4 + ICMP_HEADER_LEN;
    // The 8 bytes first: they are the head of a TCP header, whose tail the checksums do not cover.
    syn.emit(this.#tcpPacket.at(this.#buffer, quoted + IPV4_HEADER_LEN, quoted + QUOTED_LEN));
    this.#ipv4.protocol = PROTOCOL_TCP;
    this.#ipv4.src = GUEST_IP;
    this.#ipv4.dst = remoteIp;
    this.#ipv4.payloadLength = syn.headerLen;
    this.#ipv4.emit(this.#ipv4Packet.at(this.#buffer, quoted, quoted + QUOTED_LEN));
    this.#icmp.type = ICMP_UNREACHABLE;
    this.#icmp.code = code;
    this.#icmp.rest = 0;
    this.#icmp.emit(this.#icmpPacket.at(this.#buffer, L4, quoted + QUOTED_LEN));
    return this.#sendIpv4(PROTOCOL_ICMP, GATEWAY_IP, GUEST_IP, this.guestMac, quoted + QUOTED_LEN);
  }

  /** Tells the guest that nothing serves a UDP port: quotes the packet that `quoted` is the head of, from `start`. */
  writePortUnreachable(icmp: IcmpRepr, source: Uint8Array, start: number, end: number): boolean {
    return this.writeIcmp(icmp, source, start, Math.min(end, start + QUOTED_LEN));
  }

  /** Sends a DHCP reply to the client's MAC address, and to `dstIp`, or to all. */
  writeDhcp(reply: DhcpReplyRepr, udp: UdpRepr, dstIp: number, dstMac: number): boolean {
    const payload = L4 + UDP_HEADER_LEN;
    const end = payload + DHCP_REPLY_LEN;
    reply.emit(this.#dhcpPacket.at(this.#buffer, payload, end));
    udp.emit(this.#udpPacket.at(this.#buffer, L4, end), GATEWAY_IP, dstIp);
    return this.#sendIpv4(PROTOCOL_UDP, GATEWAY_IP, dstIp, dstMac, end);
  }

  #sendIpv4(protocol: number, src: number, dst: number, dstMac: number, end: number): boolean {
    this.#ipv4.protocol = protocol;
    this.#ipv4.src = src;
    this.#ipv4.dst = dst;
    this.#ipv4.payloadLength = end - L4;
    this.#ipv4.emit(this.#ipv4Packet.at(this.#buffer, L3, end));
    return this.#send(dstMac, ETHERTYPE_IPV4, end);
  }

  #send(dstMac: number, etherType: number, end: number): boolean {
    this.#ethernet.dst = dstMac;
    this.#ethernet.src = GATEWAY_MAC;
    this.#ethernet.type = etherType;
    this.#ethernet.emit(this.#ethernetPacket.at(this.#buffer, L2, end));
    const frame = this.#buffer.bytes.subarray(L2, end);
    if (!this.#link.send(frame)) {
      this.#counters.framesRefused++;
      return false;
    }
    this.#counters.framesToGuest++;
    this.#capture?.capture(frame);
    return true;
  }
}
