// ARP for IPv4 over Ethernet, RFC 826, with a cache of neighbours.
//
// No conflict detection (RFC 5227): the address comes from the link's own DHCP server.

import { netDeviceTransmitBegin, netDeviceTransmitCommit } from "../drivers/virtio-net.ts";
import { load16, store16 } from "./byte-order.ts";
import {
  ETHERNET_HEADER_LEN,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ethernetAddress,
  ethernetEmit,
  MAC_BROADCAST,
  macLoad,
  macStore,
} from "./ethernet.ts";
import { addressIsUnicast, interfaceAddress } from "./interface.ts";

const HARDWARE: usize = 0; // u16
const PROTOCOL: usize = HARDWARE + 2; // u16
const HARDWARE_LEN: usize = PROTOCOL + 2; // u8
const PROTOCOL_LEN: usize = HARDWARE_LEN + 1; // u8
const OPERATION: usize = PROTOCOL_LEN + 1; // u16
const SENDER_MAC: usize = OPERATION + 2; // u8[6]
const SENDER_IP: usize = SENDER_MAC + 6; // u8[4]
const TARGET_MAC: usize = SENDER_IP + 4; // u8[6]
const TARGET_IP: usize = TARGET_MAC + 6; // u8[4]
const PACKET_LEN: u32 = 28;

const HARDWARE_ETHERNET: u32 = 1;
const REQUEST: u32 = 1;
const REPLY: u32 = 2;

/** arpResolve: no answer yet, the question is out. */
export const ARP_PENDING: u64 = 0;
/** arpResolve: the neighbour has not answered. */
export const ARP_FAILED: u64 = u64.MAX_VALUE;

const CACHE_SIZE: u32 = 16;
const TRIES: u32 = 3;
const RETRY_NS: i64 = 1000000000; // RFC 1122 §2.3.2.1: at most one request a second for a neighbour
const LIFETIME_NS: i64 = 300000000000; // asked again after five minutes
const FAILURE_NS: i64 = 3000000000; // how long a failure is remembered

const EMPTY: u32 = 0;
const ASKING: u32 = 1;
const KNOWN: u32 = 2;
const FAILED: u32 = 3;

@unmanaged
class Neighbour {
  mac: u64;
  deadline: i64; // ASKING: ask again; KNOWN, FAILED: forget
  ip: u32;
  state: u32;
  tries: u32; // requests that may still be sent
  reserved: u32;
}

const cache = memory.data(512, 8);
if (offsetof<Neighbour>() * 16 != 512) ERROR("cache");

/** Takes a received packet of `len` bytes: answers requests for us, learns from what concerns us. */
export function arpReceive(packet: usize, len: u32, now: i64): void {
  if (!arpCheck(packet, len)) return;
  const senderIp = load<u32>(packet, SENDER_IP);
  const senderMac = macLoad(packet + SENDER_MAC);
  const address = interfaceAddress();
  if (address == 0 || senderIp == address) return;
  const forUs = load<u32>(packet, TARGET_IP) == address;
  const known = find(senderIp);
  // Only what was asked for is learned, so that strangers cannot fill the cache.
  if (known !== null) learn(known, senderMac, now);
  if (forUs && load16(packet + OPERATION) == REQUEST) send(REPLY, senderMac, senderMac, senderIp);
}

/**
 * The hardware address of neighbour `ip`, or ARP_PENDING (a request is on its way, ask again later), or ARP_FAILED.
 */
export function arpResolve(ip: u32, now: i64): u64 {
  let entry = find(ip);
  if (entry !== null && entry.state == KNOWN) return entry.mac;
  if (entry !== null && entry.state == FAILED) return ARP_FAILED;
  if (entry !== null) return ARP_PENDING;
  entry = evict();
  entry.ip = ip;
  entry.state = ASKING;
  entry.tries = TRIES;
  ask(entry, now);
  return ARP_PENDING;
}

/** Repeats requests and forgets what is old. True if an answer, or the lack of one, became final. */
export function arpPoll(now: i64): bool {
  let changed = false;
  for (let i: u32 = 0; i < CACHE_SIZE; i++) {
    const entry = at(i);
    if (entry.state == EMPTY || entry.deadline > now) continue;
    if (entry.state == ASKING && entry.tries > 0) {
      ask(entry, now);
    } else if (entry.state == ASKING) {
      entry.state = FAILED;
      entry.deadline = now + FAILURE_NS;
      changed = true;
    } else {
      entry.state = EMPTY;
    }
  }
  return changed;
}

/** When arpPoll next has a request to repeat; i64.MAX_VALUE if nobody is being asked for. */
export function arpNextDeadline(): i64 {
  let next = i64.MAX_VALUE;
  for (let i: u32 = 0; i < CACHE_SIZE; i++) {
    const entry = at(i);
    if (entry.state == ASKING) next = min(next, entry.deadline);
  }
  return next;
}

/** Forgets every neighbour. */
export function arpClear(): void {
  memory.fill(cache, 0, 512);
}

/** True if this is an ARP packet of IPv4 over Ethernet from an address that a host can have. */
function arpCheck(packet: usize, len: u32): bool {
  return (
    len >= PACKET_LEN &&
    load16(packet + HARDWARE) == HARDWARE_ETHERNET &&
    load16(packet + PROTOCOL) == ETHERTYPE_IPV4 &&
    load<u8>(packet, HARDWARE_LEN) == 6 &&
    load<u8>(packet, PROTOCOL_LEN) == 4 &&
    (load<u8>(packet, SENDER_MAC) & 1) == 0 &&
    macLoad(packet + SENDER_MAC) != 0 &&
    addressIsUnicast(load<u32>(packet, SENDER_IP))
  );
}

function learn(entry: Neighbour, mac: u64, now: i64): void {
  entry.mac = mac;
  entry.state = KNOWN;
  entry.deadline = now + LIFETIME_NS;
}

/** Sends a request. Without a buffer it is sent at the next try. */
function ask(entry: Neighbour, now: i64): void {
  entry.tries--;
  entry.deadline = now + RETRY_NS;
  send(REQUEST, MAC_BROADCAST, 0, entry.ip);
}

function send(operation: u32, frameTarget: u64, targetMac: u64, targetIp: u32): void {
  const frame = netDeviceTransmitBegin();
  if (frame == 0) return; // whoever asked asks again
  ethernetEmit(frame, frameTarget, ETHERTYPE_ARP);
  const packet = frame + ETHERNET_HEADER_LEN;
  store16(packet + HARDWARE, HARDWARE_ETHERNET);
  store16(packet + PROTOCOL, ETHERTYPE_IPV4);
  store<u8>(packet, 6, HARDWARE_LEN);
  store<u8>(packet, 4, PROTOCOL_LEN);
  store16(packet + OPERATION, operation);
  macStore(packet + SENDER_MAC, ethernetAddress());
  store<u32>(packet, interfaceAddress(), SENDER_IP);
  macStore(packet + TARGET_MAC, targetMac);
  store<u32>(packet, targetIp, TARGET_IP);
  netDeviceTransmitCommit(ETHERNET_HEADER_LEN + PACKET_LEN, 0, 0);
}

function at(i: u32): Neighbour {
  return changetype<Neighbour>(cache + <usize>i * offsetof<Neighbour>());
}

function find(ip: u32): Neighbour | null {
  for (let i: u32 = 0; i < CACHE_SIZE; i++) {
    if (at(i).state != EMPTY && at(i).ip == ip) return at(i);
  }
  return null;
}

/** An empty entry, else the one whose deadline is nearest. */
function evict(): Neighbour {
  let best = at(0);
  for (let i: u32 = 0; i < CACHE_SIZE; i++) {
    if (at(i).state == EMPTY) return at(i);
    if (at(i).deadline < best.deadline) best = at(i);
  }
  return best;
}
