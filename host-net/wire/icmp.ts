// ICMP, RFC 792: echo and destination unreachable. Offsets in bytes.
import { addWords, checksum } from "./checksum.ts";
import { Packet } from "./packet.ts";

const TYPE = 0; // u8
const CODE = TYPE + 1; // u8
const CHECKSUM = CODE + 1; // u16
const REST = CHECKSUM + 2; // u32: identifier and sequence of an echo, unused else
export const ICMP_HEADER_LEN = REST + 4;

export const ICMP_ECHO_REPLY = 0;
export const ICMP_UNREACHABLE = 3;
export const ICMP_ECHO = 8;

// Codes of ICMP_UNREACHABLE, RFC 792 and RFC 1812 §5.2.7.1
export const UNREACHABLE_HOST = 1;
export const UNREACHABLE_PORT = 3;
export const UNREACHABLE_PROHIBITED = 13;

/** A view of an ICMP message. */
export class IcmpPacket extends Packet {
  /** True if the message is complete and its checksum right. */
  check(): boolean {
    return this.length >= ICMP_HEADER_LEN && checksum(addWords(0, this.bytes, this.start, this.end)) === 0;
  }

  get type(): number {
    return this.u8(TYPE);
  }
  get code(): number {
    return this.u8(CODE);
  }
  get rest(): number {
    return this.u32(REST);
  }
  get dataStart(): number {
    return this.start + ICMP_HEADER_LEN;
  }
  get dataEnd(): number {
    return this.end;
  }

  /** Writes the header in front of data that is in place, and the checksum of both. */
  fill(type: number, code: number, rest: number): void {
    this.setU8(TYPE, type);
    this.setU8(CODE, code);
    this.setU16(CHECKSUM, 0);
    this.setU32(REST, rest);
    this.setU16(CHECKSUM, checksum(addWords(0, this.bytes, this.start, this.end)));
  }
}

/** An ICMP message; its data stays in the frame. */
export class IcmpRepr {
  type = ICMP_ECHO;
  code = 0;
  rest = 0;

  /** Fills this from a checked packet; false if an echo carries a code. */
  parse(packet: IcmpPacket): boolean {
    this.type = packet.type;
    this.code = packet.code;
    this.rest = packet.rest;
    return (this.type !== ICMP_ECHO && this.type !== ICMP_ECHO_REPLY) || this.code === 0;
  }

  emit(packet: IcmpPacket): void {
    packet.fill(this.type, this.code, this.rest);
  }
}
