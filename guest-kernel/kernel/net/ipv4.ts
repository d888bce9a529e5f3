// IPv4 packets, RFC 791. Fragments are dropped: path MTU is the link's, and nobody on it has reason to fragment.

import { interfaceAddress } from "./interface.ts";
import { load16, store16 } from "./byte-order.ts";
import { checksumAdd, checksumFinish, checksumFold } from "./checksum.ts";

const VERSION_IHL: usize = 0; // u8
const TOTAL_LEN: usize = 2; // u16
const IDENTIFICATION: usize = 4; // u16
const FRAGMENT: usize = 6; // u16, flags and offset
const TTL: usize = 8; // u8
const PROTOCOL: usize = 9; // u8
const CHECKSUM: usize = 10; // u16
const SOURCE: usize = 12; // u8[4]
const TARGET: usize = 16; // u8[4]
/** Bytes of header without options: what we send. */
export const IPV4_HEADER_LEN: u32 = 20;

export const PROTOCOL_ICMP: u32 = 1;
export const PROTOCOL_TCP: u32 = 6;
export const PROTOCOL_UDP: u32 = 17;

const DONT_FRAGMENT: u32 = 0x4000;
const MORE_FRAGMENTS_AND_OFFSET: u32 = 0x3fff;
const DEFAULT_TTL: u8 = 64;

/**
 * True if a packet is well formed: `head` bytes of it can be looked at, `len` are there in all. It may be followed
 * by padding (a short frame has some), not be cut off.
 */
export function ipv4Check(packet: usize, head: u32, len: u32): bool {
  if (head < IPV4_HEADER_LEN) return false;
  const headerLen = ipv4HeaderLen(packet);
  const totalLen = ipv4TotalLen(packet);
  return (
    load<u8>(packet, VERSION_IHL) >> 4 == 4 &&
    headerLen >= IPV4_HEADER_LEN &&
    headerLen <= head &&
    totalLen >= headerLen &&
    totalLen <= len &&
    (load16(packet + FRAGMENT) & MORE_FRAGMENTS_AND_OFFSET) == 0 &&
    checksumFold(checksumAdd(0, packet, headerLen)) == 0xffff
  );
}

/** Bytes of header, options included, of a checked packet. */
export function ipv4HeaderLen(packet: usize): u32 {
  return (<u32>load<u8>(packet, VERSION_IHL) & 15) * 4;
}

/** Bytes of header and payload of a checked packet. */
export function ipv4TotalLen(packet: usize): u32 {
  return load16(packet + TOTAL_LEN);
}

export function ipv4Protocol(packet: usize): u32 {
  return <u32>load<u8>(packet, PROTOCOL);
}

export function ipv4Source(packet: usize): u32 {
  return load<u32>(packet, SOURCE);
}

export function ipv4Target(packet: usize): u32 {
  return load<u32>(packet, TARGET);
}

/** Writes the header of a packet from us, with `len` bytes of payload behind it. */
export function ipv4Emit(packet: usize, protocol: u32, target: u32, len: u32): void {
  store<u16>(packet, 0x45, VERSION_IHL); // version 4, five words, and no type of service
  store16(packet + TOTAL_LEN, IPV4_HEADER_LEN + len);
  store16(packet + IDENTIFICATION, 0); // RFC 6864: without fragments it means nothing
  store16(packet + FRAGMENT, DONT_FRAGMENT);
  store<u8>(packet, DEFAULT_TTL, TTL);
  store<u8>(packet, <u8>protocol, PROTOCOL);
  store<u16>(packet, 0, CHECKSUM);
  store<u32>(packet, interfaceAddress(), SOURCE);
  store<u32>(packet, target, TARGET);
  store<u16>(packet, checksumFinish(checksumAdd(0, packet, IPV4_HEADER_LEN)), CHECKSUM);
}
