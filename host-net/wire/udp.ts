// UDP, RFC 768. Offsets in bytes.
import { addWords, checksum, pseudoHeaderSum } from "./checksum.ts";
import { PROTOCOL_UDP } from "./ipv4.ts";
import { Packet } from "./packet.ts";

const SRC_PORT = 0; // u16
const DST_PORT = SRC_PORT + 2; // u16
const LENGTH = DST_PORT + 2; // u16, header and data
const CHECKSUM = LENGTH + 2; // u16, 0: none
export const UDP_HEADER_LEN = CHECKSUM + 2;

/** A view of a UDP datagram. */
export class UdpPacket extends Packet {
  /** True if the datagram holds the bytes it claims. */
  check(): boolean {
    return this.length >= UDP_HEADER_LEN && this.udpLength >= UDP_HEADER_LEN && this.udpLength <= this.length;
  }

  /** True if the checksum is right or absent. */
  verify(src: number, dst: number): boolean {
    if (this.u16(CHECKSUM) === 0) return true;
    return checksum(this.#sum(src, dst)) === 0;
  }

  get srcPort(): number {
    return this.u16(SRC_PORT);
  }
  get dstPort(): number {
    return this.u16(DST_PORT);
  }
  get udpLength(): number {
    return this.u16(LENGTH);
  }
  get payloadStart(): number {
    return this.start + UDP_HEADER_LEN;
  }
  get payloadEnd(): number {
    return this.start + this.udpLength;
  }

  /** Writes the header in front of data that is in place, and the checksum of both. */
  fill(src: number, dst: number, srcPort: number, dstPort: number): void {
    this.setU16(SRC_PORT, srcPort);
    this.setU16(DST_PORT, dstPort);
    this.setU16(LENGTH, this.length);
    this.setU16(CHECKSUM, 0);
    // A checksum of 0 is sent as all ones: 0 would say that there is none.
    this.setU16(CHECKSUM, checksum(this.#sum(src, dst)) || 0xffff);
  }

  #sum(src: number, dst: number): number {
    const pseudo = pseudoHeaderSum(src, dst, PROTOCOL_UDP, this.udpLength);
    return addWords(pseudo, this.bytes, this.start, this.start + this.udpLength);
  }
}

/** A UDP header whose fields make sense. */
export class UdpRepr {
  srcPort = 0;
  dstPort = 0;

  /** Fills this from a checked packet; false if it is sent to no port. */
  parse(packet: UdpPacket): boolean {
    this.srcPort = packet.srcPort;
    this.dstPort = packet.dstPort;
    return this.dstPort !== 0;
  }

  /** Emits header and checksum for a datagram between two addresses. */
  emit(packet: UdpPacket, src: number, dst: number): void {
    packet.fill(src, dst, this.srcPort, this.dstPort);
  }
}
