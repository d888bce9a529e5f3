// The way out: finds the neighbour, lends a transmit buffer, completes headers and checksums.

import {
  netDeviceFillsChecksums,
  netDeviceTransmitBegin,
  netDeviceTransmitCommit,
  TRANSMIT_FRAME_MAX,
} from "../drivers/virtio-net.ts";
import { ARP_FAILED, ARP_PENDING, arpResolve } from "./arp.ts";
import { checksumAdd, checksumFinish, checksumFold, checksumPseudoHeader } from "./checksum.ts";
import { ETHERNET_HEADER_LEN, ETHERTYPE_IPV4, ethernetEmit, MAC_BROADCAST } from "./ethernet.ts";
import { interfaceAddress, interfaceIsBroadcast, interfaceMtu, interfaceNextHop } from "./interface.ts";
import { IPV4_HEADER_LEN, ipv4Emit } from "./ipv4.ts";

const HEADERS_LEN: u32 = ETHERNET_HEADER_LEN + IPV4_HEADER_LEN;

/** outputBegin: not now; a later netPoll can. */
export const OUTPUT_BUSY: usize = 0;
/** outputBegin: there is no way to the target. */
export const OUTPUT_UNREACHABLE: usize = 1;

let pendingTarget: u32 = 0;
let pendingMac: u64 = 0;

/** The longest IPv4 payload that can be sent. */
export function outputPayloadMax(): u32 {
  return min(interfaceMtu() - IPV4_HEADER_LEN, TRANSMIT_FRAME_MAX - HEADERS_LEN);
}

/**
 * Where to write the payload of a packet to `target`, up to outputPayloadMax bytes, or OUTPUT_BUSY, or
 * OUTPUT_UNREACHABLE. outputCommit sends it; without that nothing happens.
 */
export function outputBegin(target: u32, now: i64): usize {
  const mac = resolve(target, now);
  if (mac == ARP_PENDING) return OUTPUT_BUSY;
  if (mac == ARP_FAILED) return OUTPUT_UNREACHABLE;
  const frame = netDeviceTransmitBegin();
  if (frame == 0) return OUTPUT_BUSY;
  pendingTarget = target;
  pendingMac = mac;
  return frame + HEADERS_LEN;
}

/** Sends the packet at `payload` (from outputBegin), `len` bytes of a protocol that has done its own checksum. */
export function outputCommit(payload: usize, protocol: u32, len: u32): void {
  emitHeaders(payload, protocol, len);
  netDeviceTransmitCommit(HEADERS_LEN + len, 0, 0);
}

/**
 * As outputCommit for TCP and UDP, whose checksum (a u16 `checksumOffset` into the payload) covers a pseudo-header:
 * the device completes it if it can.
 */
export function outputCommitSummed(payload: usize, protocol: u32, len: u32, checksumOffset: u32): void {
  emitHeaders(payload, protocol, len);
  const pseudo = checksumPseudoHeader(interfaceAddress(), pendingTarget, protocol, len);
  if (netDeviceFillsChecksums()) {
    store<u16>(payload + checksumOffset, <u16>checksumFold(pseudo)); // virtio 1.2 §5.1.6.2: not complemented
    netDeviceTransmitCommit(HEADERS_LEN + len, HEADERS_LEN, checksumOffset);
    return;
  }
  store<u16>(payload + checksumOffset, 0);
  const sum = checksumFinish(checksumAdd(pseudo, payload, len));
  store<u16>(payload + checksumOffset, sum == 0 ? 0xffff : sum); // RFC 768: 0 would mean "none"
  netDeviceTransmitCommit(HEADERS_LEN + len, 0, 0);
}

function resolve(target: u32, now: i64): u64 {
  if (interfaceIsBroadcast(target)) return MAC_BROADCAST;
  const hop = interfaceNextHop(target);
  return hop == 0 ? ARP_FAILED : arpResolve(hop, now);
}

function emitHeaders(payload: usize, protocol: u32, len: u32): void {
  ipv4Emit(payload - IPV4_HEADER_LEN, protocol, pendingTarget, len);
  ethernetEmit(payload - HEADERS_LEN, pendingMac, ETHERTYPE_IPV4);
}
