// Ethernet II frames, RFC 894. A hardware address is a u64 whose lowest byte is its first octet.

import { netDeviceMac } from "../drivers/virtio-net.ts";
import { load16, store16 } from "./byte-order.ts";

const TARGET: usize = 0; // u8[6]
const SOURCE: usize = TARGET + 6; // u8[6]
const TYPE: usize = SOURCE + 6; // u16
/** Bytes before the payload. */
export const ETHERNET_HEADER_LEN: u32 = 14;

export const ETHERTYPE_IPV4: u32 = 0x0800;
export const ETHERTYPE_ARP: u32 = 0x0806;
export const MAC_BROADCAST: u64 = 0xffffffffffff;

/** Our hardware address. */
export function ethernetAddress(): u64 {
  return macLoad(netDeviceMac());
}

/** True if the first `len` bytes of a frame hold a header and it is for us or for everybody. */
export function ethernetCheck(frame: usize, len: u32): bool {
  if (len < ETHERNET_HEADER_LEN) return false;
  const target = macLoad(frame + TARGET);
  return target == ethernetAddress() || target == MAC_BROADCAST;
}

/** The EtherType of a checked frame. */
export function ethernetType(frame: usize): u32 {
  return load16(frame + TYPE);
}

/** True if a checked frame was sent to us alone. */
export function ethernetUnicast(frame: usize): bool {
  return macLoad(frame + TARGET) == ethernetAddress();
}

/** Writes the header of a frame from us. */
export function ethernetEmit(frame: usize, target: u64, type: u32): void {
  macStore(frame + TARGET, target);
  macStore(frame + SOURCE, ethernetAddress());
  store16(frame + TYPE, type);
}

/** Loads a hardware address from its 6 bytes. */
export function macLoad(at: usize): u64 {
  return <u64>load<u32>(at) | ((<u64>load<u16>(at, 4)) << 32);
}

/** Stores a hardware address to its 6 bytes. */
export function macStore(at: usize, mac: u64): void {
  store<u32>(at, <u32>mac);
  store<u16>(at, <u16>(mac >> 32), 4);
}
