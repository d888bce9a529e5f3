// The DHCP client, RFC 2131 §4.4: from nothing to an address, and keeping it.
//
// Deviations: no ARP probe of the offered address (§2.2), no INIT-REBOOT; the first retry comes after one second
// rather than four, because somebody is waiting for the boot and the server is on the link.

import { random32 } from "../drivers/random.ts";
import { netDeviceUp } from "../drivers/virtio-net.ts";
import { log } from "../log.ts";
import { arpClear } from "./arp.ts";
import {
  DHCP_ACK,
  DHCP_DISCOVER,
  DHCP_MESSAGE_LEN,
  DHCP_NAK,
  DHCP_OFFER,
  DHCP_REQUEST,
  dhcpAddress,
  dhcpEmit,
  dhcpLeaseSeconds,
  dhcpMask,
  dhcpMtu,
  dhcpParse,
  dhcpRouter,
  dhcpServer,
  dhcpType,
} from "./dhcp-message.ts";
import {
  interfaceAddress,
  interfaceClear,
  interfaceConfigure,
  interfaceMtu,
  IP_BROADCAST,
} from "./interface.ts";
import { PROTOCOL_UDP } from "./ipv4.ts";
import { OUTPUT_BUSY, OUTPUT_UNREACHABLE, outputBegin, outputCommitSummed } from "./output.ts";
import { UDP_CHECKSUM, UDP_HEADER_LEN, udpEmit } from "./udp.ts";

/** The port that the client listens on. */
export const DHCP_CLIENT_PORT: u32 = 68;
const DHCP_SERVER_PORT: u32 = 67;

const SECOND_NS: i64 = 1000000000;
const RETRY_MAX_SECONDS: u32 = 64; // §4.1
const REQUEST_TRIES: u32 = 4;
const RENEW_RETRY_MIN_NS: i64 = 60 * SECOND_NS; // §4.4.5
const LEASE_FOREVER: u32 = 0xffffffff;

const STOPPED: u32 = 0; // no link
const SELECTING: u32 = 1; // discovering
const REQUESTING: u32 = 2; // asked for an offer
const BOUND: u32 = 3;
const RENEWING: u32 = 4; // asking our server
const REBINDING: u32 = 5; // asking any server

let state: u32 = STOPPED;
let xid: u32 = 0;
let tries: u32 = 0;
let deadline: i64 = i64.MAX_VALUE;
let server: u32 = 0;
let offered: u32 = 0;
let rebindAt: i64 = 0;
let expireAt: i64 = 0;

/** Follows the link and sends what is due. True if our address came or went. */
export function dhcpPoll(now: i64): bool {
  if (!netDeviceUp()) return stop();
  if (state == STOPPED) discover(now);
  if (now < deadline) return false;
  switch (state) {
    case SELECTING: {
      sendDiscover(now);
      return false;
    }
    case REQUESTING: {
      if (tries < REQUEST_TRIES) sendRequest(now);
      else discover(now);
      return false;
    }
    default:
      return keepLease(now);
  }
}

/** When dhcpPoll has something to send; i64.MAX_VALUE if never. */
export function dhcpNextDeadline(): i64 {
  if (state == STOPPED) return netDeviceUp() ? 0 : i64.MAX_VALUE;
  return deadline;
}

/** Takes a datagram for DHCP_CLIENT_PORT. True if our address came or went. */
export function dhcpReceive(message: usize, len: u32, now: i64): bool {
  if (state == STOPPED || state == BOUND || !dhcpParse(message, len, xid)) return false;
  if (state == SELECTING) {
    if (dhcpType == DHCP_OFFER) request(now);
    return false;
  }
  if (state != REBINDING && dhcpServer != server) return false;
  if (dhcpType == DHCP_ACK) return bind(now);
  if (dhcpType != DHCP_NAK) return false;
  log("net: DHCP server refuses, starting again");
  lose(now);
  return true;
}

function stop(): bool {
  if (state == STOPPED) return false;
  state = STOPPED;
  deadline = i64.MAX_VALUE;
  const had = interfaceAddress() != 0;
  forgetAddress();
  return had;
}

function forgetAddress(): void {
  interfaceClear();
  arpClear();
}

function lose(now: i64): void {
  forgetAddress();
  discover(now);
}

function discover(now: i64): void {
  state = SELECTING;
  xid = random32();
  tries = 0;
  deadline = now;
}

function sendDiscover(now: i64): void {
  backOff(now);
  send(DHCP_DISCOVER, 0, 0, IP_BROADCAST, now);
}

function request(now: i64): void {
  state = REQUESTING;
  server = dhcpServer;
  offered = dhcpAddress;
  tries = 0;
  sendRequest(now);
}

function sendRequest(now: i64): void {
  backOff(now);
  send(DHCP_REQUEST, offered, server, IP_BROADCAST, now);
}

/** Doubles the wait, give or take an eighth, so that machines started together do not stay together (§4.1). */
function backOff(now: i64): void {
  const seconds = min<u32>(1 << min<u32>(tries, 6), RETRY_MAX_SECONDS);
  tries++;
  const wait = <i64>seconds * SECOND_NS;
  deadline = now + wait - wait / 8 + ((wait / 4) * <i64>(random32() >> 16)) / 65536;
}

/** Has the server's word: takes the address, and sets when to ask again (§4.4.5: half and seven eighths). */
function bind(now: i64): bool {
  const changed = interfaceAddress() != dhcpAddress;
  if (changed) arpClear();
  interfaceConfigure(dhcpAddress, dhcpMask, dhcpRouter, dhcpMtu);
  if (changed) logAddress();
  state = BOUND;
  server = dhcpServer;
  if (dhcpLeaseSeconds == LEASE_FOREVER) {
    deadline = i64.MAX_VALUE;
    return changed;
  }
  const lease = <i64>dhcpLeaseSeconds * SECOND_NS;
  deadline = now + lease / 2;
  rebindAt = now + (lease / 8) * 7;
  expireAt = now + lease;
  return changed;
}

/** The lease is half over: asks our server, then any server, then gives the address up. */
function keepLease(now: i64): bool {
  if (now >= expireAt) {
    log("net: lease expired");
    lose(now);
    return true;
  }
  if (state == BOUND) xid = random32();
  state = now >= rebindAt ? REBINDING : RENEWING;
  const last = state == RENEWING ? rebindAt : expireAt;
  deadline = min(last, now + max((last - now) / 2, RENEW_RETRY_MIN_NS));
  send(DHCP_REQUEST, 0, 0, state == RENEWING ? server : IP_BROADCAST, now);
  return false;
}

/** Sends a message. One that cannot go yet, for want of a buffer or a hardware address, is tried again in a second. */
function send(type: u32, requested: u32, serverId: u32, target: u32, now: i64): void {
  const datagram = outputBegin(target, now);
  if (datagram == OUTPUT_BUSY || datagram == OUTPUT_UNREACHABLE) {
    deadline = min(deadline, now + SECOND_NS);
    return;
  }
  const maxSize = min<u32>(interfaceMtu(), 1500);
  dhcpEmit(datagram + UDP_HEADER_LEN, type, xid, interfaceAddress(), requested, serverId, maxSize);
  udpEmit(datagram, DHCP_CLIENT_PORT, DHCP_SERVER_PORT, DHCP_MESSAGE_LEN);
  outputCommitSummed(datagram, PROTOCOL_UDP, UDP_HEADER_LEN + DHCP_MESSAGE_LEN, UDP_CHECKSUM);
}

function logAddress(): void {
  const prefix = popcnt<u32>(dhcpMask).toString();
  log(
    "net: " +
      text(dhcpAddress) +
      "/" +
      prefix +
      ", router " +
      text(dhcpRouter) +
      ", MTU " +
      interfaceMtu().toString(),
  );
}

function text(ip: u32): string {
  const low = (ip & 0xff).toString() + "." + ((ip >> 8) & 0xff).toString();
  return low + "." + ((ip >> 16) & 0xff).toString() + "." + (ip >> 24).toString();
}
