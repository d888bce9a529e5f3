// IPv4 header, RFC 791 §3.1. Offsets in bytes. Fragments are not supported: the link's MTU leaves no need for them.
import { addWords, checksum } from "./checksum.ts";
import { Packet } from "./packet.ts";

const VERSION_IHL = 0; // u8, 4 bits each, IHL in 32-bit words
const TOTAL_LENGTH = 2; // u16
const IDENTIFICATION = TOTAL_LENGTH + 2; // u16
const FRAGMENT = IDENTIFICATION + 2; // u16, 3 flags and the offset
const TTL = FRAGMENT + 2; // u8
const PROTOCOL = TTL + 1; // u8
const CHECKSUM = PROTOCOL + 1; // u16
const SRC = CHECKSUM + 2; // u32
const DST = SRC + 4; // u32
export const IPV4_HEADER_LEN = DST + 4;

const DONT_FRAGMENT = 0x4000;
const FRAGMENT_MASK = 0x3fff; // more fragments, offset
const DEFAULT_TTL = 64;

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;

/** A view of an IPv4 packet; `end` may lie behind it, in the frame's padding. */
export class Ipv4Packet extends Packet {
  /** True if the packet holds the header and the bytes it claims, and its header checksum is right. */
  check(): boolean {
    if (this.length < IPV4_HEADER_LEN || this.u8(VERSION_IHL) >> 4 !== 4) return false;
    if (this.headerLen < IPV4_HEADER_LEN || this.headerLen > this.totalLength) return false;
    if (this.totalLength > this.length) return false;
    return checksum(addWords(0, this.bytes, this.start, this.start + this.headerLen)) === 0;
  }

  get headerLen(): number {
    return (this.u8(VERSION_IHL) & 0xf) * 4;
  }
  get totalLength(): number {
    return this.u16(TOTAL_LENGTH);
  }
  get isFragment(): boolean {
    return (this.u16(FRAGMENT) & FRAGMENT_MASK) !== 0;
  }
  get protocol(): number {
    return this.u8(PROTOCOL);
  }
  get src(): number {
    return this.u32(SRC);
  }
  get dst(): number {
    return this.u32(DST);
  }
  /** Where the payload begins in the frame, and where it ends. */
  get payloadStart(): number {
    return this.start + this.headerLen;
  }
  get payloadEnd(): number {
    return this.start + this.totalLength;
  }

  fill(protocol: number, src: number, dst: number, payloadLength: number): void {
    this.setU16(VERSION_IHL, 0x4500);
    this.setU16(TOTAL_LENGTH, IPV4_HEADER_LEN + payloadLength);
    this.setU32(IDENTIFICATION, DONT_FRAGMENT); // identification 0: RFC 6864 §4.1, atomic datagrams need none
    this.setU8(TTL, DEFAULT_TTL);
    this.setU8(PROTOCOL, protocol);
    this.setU16(CHECKSUM, 0);
    this.setU32(SRC, src);
    this.setU32(DST, dst);
    this.setU16(CHECKSUM, checksum(addWords(0, this.bytes, this.start, this.start + IPV4_HEADER_LEN)));
  }
}

/** An IPv4 header whose fields make sense. Options are skipped. */
export class Ipv4Repr {
  protocol = 0;
  src = 0;
  dst = 0;
  payloadLength = 0;

  /** Fills this from a checked packet; false if it is a fragment or its source cannot be one. */
  parse(packet: Ipv4Packet): boolean {
    this.protocol = packet.protocol;
    this.src = packet.src;
    this.dst = packet.dst;
    this.payloadLength = packet.payloadEnd - packet.payloadStart;
    return !packet.isFragment && this.src >>> 28 < 0xe; // 224.0.0.0 and above: groups, reserved, broadcast
  }

  emit(packet: Ipv4Packet): void {
    packet.fill(this.protocol, this.src, this.dst, this.payloadLength);
  }
}
