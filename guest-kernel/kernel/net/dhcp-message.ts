// DHCP messages, RFC 2131 §2 and RFC 2132: one door for what a server sends, one writer for what we do.

import { ethernetAddress, macLoad, macStore } from "./ethernet.ts";
import { addressIsUnicast } from "./interface.ts";
import { load16, load32, store16 } from "./byte-order.ts";

const OP: usize = 0; // u8
const HTYPE: usize = 1; // u8
const HLEN: usize = 2; // u8
const XID: usize = 4; // u32, opaque
const CIADDR: usize = 12; // u8[4], our address if we have it
const YIADDR: usize = 16; // u8[4], what the server gives
const CHADDR: usize = 28; // u8[16]
const COOKIE: usize = 236; // u32
const OPTIONS: u32 = 240;

const BOOTREQUEST: u8 = 1;
const BOOTREPLY: u8 = 2;
const MAGIC_COOKIE: u32 = 0x63538263; // 99.130.83.99 as it lies

const OPTION_PAD: u32 = 0;
const OPTION_MASK: u32 = 1;
const OPTION_ROUTER: u32 = 3;
const OPTION_MTU: u32 = 26;
const OPTION_REQUESTED: u32 = 50;
const OPTION_LEASE: u32 = 51;
const OPTION_TYPE: u32 = 53;
const OPTION_SERVER: u32 = 54;
const OPTION_PARAMETERS: u32 = 55;
const OPTION_MAX_SIZE: u32 = 57;
const OPTION_END: u32 = 255;

export const DHCP_DISCOVER: u32 = 1;
export const DHCP_OFFER: u32 = 2;
export const DHCP_REQUEST: u32 = 3;
export const DHCP_ACK: u32 = 5;
export const DHCP_NAK: u32 = 6;

/** Bytes of every message that we send: the shortest that BOOTP relays take (RFC 1542 §2.1). */
export const DHCP_MESSAGE_LEN: u32 = 300;
const MIN_MTU: u32 = 576;
const MIN_PREFIX: u32 = 1;
const MAX_PREFIX: u32 = 30; // with a host, a network and a broadcast address
const DEFAULT_MASK: u32 = 0x00ffffff; // 255.255.255.0

/** What the last message that passed dhcpParse said. Addresses as on the wire, 0 where it said nothing. */
export let dhcpType: u32 = 0;
export let dhcpAddress: u32 = 0;
export let dhcpMask: u32 = 0;
export let dhcpRouter: u32 = 0;
export let dhcpServer: u32 = 0;
export let dhcpMtu: u32 = 0;
export let dhcpLeaseSeconds: u32 = 0;

/** True, with the fields above set, if this is a server's answer to our transaction `xid` that makes sense. */
export function dhcpParse(message: usize, len: u32, xid: u32): bool {
  if (len < OPTIONS || load<u8>(message, OP) != BOOTREPLY) return false;
  if (load<u8>(message, HTYPE) != 1 || load<u8>(message, HLEN) != 6) return false;
  if (load<u32>(message, XID) != xid || load<u32>(message, COOKIE) != MAGIC_COOKIE) return false;
  if (macLoad(message + CHADDR) != ethernetAddress()) return false;
  dhcpType = dhcpRouter = dhcpServer = dhcpMtu = dhcpLeaseSeconds = 0;
  dhcpMask = DEFAULT_MASK;
  dhcpAddress = load<u32>(message, YIADDR);
  if (!parseOptions(message + OPTIONS, len - OPTIONS)) return false;
  if (dhcpServer == 0) return false; // RFC 2131 §4.3.1: a server says who it is
  if (dhcpType == DHCP_NAK) return true;
  if (dhcpType != DHCP_OFFER && dhcpType != DHCP_ACK) return false;
  return addressIsHost(dhcpAddress) && dhcpLeaseSeconds != 0;
}

/** Every option has its length inside the message; those we know have the length that they must have. */
function parseOptions(options: usize, len: u32): bool {
  let at: u32 = 0;
  while (at < len) {
    const code = <u32>load<u8>(options + at);
    at++;
    if (code == OPTION_PAD) continue;
    if (code == OPTION_END) return true;
    if (at >= len) return false;
    const size = <u32>load<u8>(options + at);
    at++;
    if (size > len - at || !takeOption(code, options + at, size)) return false;
    at += size;
  }
  return true;
}

function takeOption(code: u32, value: usize, size: u32): bool {
  switch (code) {
    case OPTION_TYPE: {
      if (size != 1) return false;
      dhcpType = <u32>load<u8>(value);
      return true;
    }
    case OPTION_MASK: {
      if (size != 4) return false;
      dhcpMask = load<u32>(value);
      return maskIsPrefix(load32(value));
    }
    case OPTION_ROUTER: {
      if (size < 4 || (size & 3) != 0) return false;
      if (addressIsUnicast(load<u32>(value))) dhcpRouter = load<u32>(value);
      return true;
    }
    case OPTION_SERVER: {
      if (size != 4) return false;
      dhcpServer = load<u32>(value);
      return addressIsUnicast(dhcpServer);
    }
    case OPTION_LEASE: {
      if (size != 4) return false;
      dhcpLeaseSeconds = load32(value);
      return true;
    }
    case OPTION_MTU: {
      if (size != 2) return false;
      dhcpMtu = max(load16(value), MIN_MTU);
      return true;
    }
    default:
      return true;
  }
}

/** True for ones followed by zeros, at least MIN_PREFIX and at most MAX_PREFIX ones. `mask` in our byte order. */
function maskIsPrefix(mask: u32): bool {
  const ones = clz<u32>(~mask);
  return ones >= MIN_PREFIX && ones <= MAX_PREFIX && popcnt<u32>(mask) == ones;
}

/** True if a host on a network of dhcpMask can have the address: not the network's own, not its broadcast. */
function addressIsHost(ip: u32): bool {
  return addressIsUnicast(ip) && (ip & ~dhcpMask) != 0 && (ip & ~dhcpMask) != ~dhcpMask;
}

/**
 * Writes a message of DHCP_MESSAGE_LEN bytes. `current` is our address if we have one; `requested` and `server`
 * go into options unless they are 0.
 */
export function dhcpEmit(
  message: usize,
  type: u32,
  xid: u32,
  current: u32,
  requested: u32,
  server: u32,
  maxSize: u32,
): void {
  memory.fill(message, 0, DHCP_MESSAGE_LEN);
  store<u8>(message, BOOTREQUEST, OP);
  store<u8>(message, 1, HTYPE);
  store<u8>(message, 6, HLEN);
  store<u32>(message, xid, XID);
  store<u32>(message, current, CIADDR);
  macStore(message + CHADDR, ethernetAddress());
  store<u32>(message, MAGIC_COOKIE, COOKIE);
  let at = message + OPTIONS;
  at = emitByte(at, OPTION_TYPE, type);
  if (requested != 0) at = emitAddress(at, OPTION_REQUESTED, requested);
  if (server != 0) at = emitAddress(at, OPTION_SERVER, server);
  store<u8>(at, <u8>OPTION_MAX_SIZE);
  store<u8>(at, 2, 1);
  store16(at + 2, maxSize);
  at += 4;
  store<u8>(at, <u8>OPTION_PARAMETERS);
  store<u8>(at, 3, 1);
  store<u8>(at, <u8>OPTION_MASK, 2);
  store<u8>(at, <u8>OPTION_ROUTER, 3);
  store<u8>(at, <u8>OPTION_MTU, 4);
  store<u8>(at, <u8>OPTION_END, 5);
}

function emitByte(at: usize, code: u32, value: u32): usize {
  store<u8>(at, <u8>code);
  store<u8>(at, 1, 1);
  store<u8>(at, <u8>value, 2);
  return at + 3;
}

function emitAddress(at: usize, code: u32, value: u32): usize {
  store<u8>(at, <u8>code);
  store<u8>(at, 4, 1);
  store<u32>(at, value, 2);
  return at + 6;
}
