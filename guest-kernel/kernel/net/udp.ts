// UDP datagrams, RFC 768: the header only. The kernel's one user of UDP is its DHCP client.

import { PROTOCOL_UDP } from "./ipv4.ts";
import { load16, store16 } from "./byte-order.ts";
import { checksumAdd, checksumFold, checksumPseudoHeader } from "./checksum.ts";

const SOURCE_PORT: usize = 0; // u16
const TARGET_PORT: usize = 2; // u16
const LENGTH: usize = 4; // u16, header included
const CHECKSUM: usize = 6; // u16, 0: none
/** Bytes before the payload. */
export const UDP_HEADER_LEN: u32 = 8;
/** Where the checksum is in the header. */
export const UDP_CHECKSUM: u32 = 6;

/** True if the `len` bytes hold a whole datagram; its checksum is looked at unless `verified`. */
export function udpCheck(datagram: usize, len: u32, source: u32, target: u32, verified: bool): bool {
  if (len < UDP_HEADER_LEN) return false;
  const length = load16(datagram + LENGTH);
  if (length < UDP_HEADER_LEN || length > len) return false;
  if (verified || load<u16>(datagram, CHECKSUM) == 0) return true;
  const pseudo = checksumPseudoHeader(source, target, PROTOCOL_UDP, length);
  return checksumFold(checksumAdd(pseudo, datagram, length)) == 0xffff;
}

export function udpSourcePort(datagram: usize): u32 {
  return load16(datagram + SOURCE_PORT);
}

export function udpTargetPort(datagram: usize): u32 {
  return load16(datagram + TARGET_PORT);
}

/** Bytes of payload of a checked datagram. */
export function udpPayloadLen(datagram: usize): u32 {
  return load16(datagram + LENGTH) - UDP_HEADER_LEN;
}

/** Writes the header for `len` bytes of payload; the checksum is the output's. */
export function udpEmit(datagram: usize, sourcePort: u32, targetPort: u32, len: u32): void {
  store16(datagram + SOURCE_PORT, sourcePort);
  store16(datagram + TARGET_PORT, targetPort);
  store16(datagram + LENGTH, UDP_HEADER_LEN + len);
  store<u16>(datagram, 0, CHECKSUM);
}
