// virtio-net, the driver's side, virtio 1.2 §5.1: one device, one pair of queues, both polled.
//
// Receive: buffers of RX_BUFFER_SIZE, mergeable; a frame is 1..FRAME_PIECES_MAX of them, described by the `frame...`
// functions until netDeviceRecycle. Transmit: fixed buffers, filled in place between netDeviceTransmitBegin and
// netDeviceTransmitCommit. Neither allocates.

import {
  NET_CONFIG_MAC,
  NET_CONFIG_MTU,
  NET_CONFIG_STATUS,
  NET_HDR_CSUM_OFFSET,
  NET_HDR_CSUM_START,
  NET_HDR_FLAGS,
  NET_HDR_GSO_TYPE,
  NET_HDR_NUM_BUFFERS,
  NET_HDR_SIZE,
  VIRTIO_NET_F_CSUM,
  VIRTIO_NET_F_GUEST_CSUM,
  VIRTIO_NET_F_MAC,
  VIRTIO_NET_F_MRG_RXBUF,
  VIRTIO_NET_F_MTU,
  VIRTIO_NET_F_STATUS,
  VIRTIO_NET_HDR_F_DATA_VALID,
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
  VIRTIO_NET_HDR_GSO_NONE,
  VIRTIO_NET_RX_QUEUE,
  VIRTIO_NET_S_LINK_UP,
  VIRTIO_NET_TX_QUEUE,
} from "../../abi/virtio-net.ts";
import { VIRTIO_MMIO_CONFIG } from "../../abi/virtio-mmio.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { framesAlloc } from "../mm/frames.ts";
import { randomFill } from "./random.ts";
import { mmioRead16, mmioRead8 } from "./mmio.ts";
import {
  transportFeatures,
  transportGiveUp,
  transportNegotiate,
  transportQueue,
  transportStart,
  transportStopped,
} from "./virtio-mmio.ts";
import {
  Virtq,
  VIRTQ_STRUCT_SIZE,
  virtqHasUsed,
  virtqKick,
  virtqPop,
  virtqPush,
  virtqWantEvents,
} from "./virtq.ts";

const RX_BUFFER_SIZE: u32 = 16384;
const RX_BUFFER_COUNT: u32 = 64;
const TX_BUFFER_SIZE: u32 = 16384;
const TX_BUFFER_COUNT: u32 = 32;
const ETHERNET_HEADER_LEN: u32 = 14;
const DEFAULT_MTU: u32 = 1500; // §5.1.4.1: without VIRTIO_NET_F_MTU
const MIN_MTU: u32 = 576; // RFC 791: every host takes this much
const LINK_CHECK_INTERVAL_NS: i64 = 1000000000;
const MAX_MTU: u32 = 65535; // an IPv4 packet's length is a u16

/** Buffers that one received frame can span. */
export const FRAME_PIECES_MAX: u32 = 8;
/** The longest frame that can be sent, link-layer header included. */
export const TRANSMIT_FRAME_MAX: u32 = TX_BUFFER_SIZE - <u32>NET_HDR_SIZE;

const rx = changetype<Virtq>(memory.data(VIRTQ_STRUCT_SIZE));
const tx = changetype<Virtq>(memory.data(VIRTQ_STRUCT_SIZE));
const mac = memory.data(8); // u8[6]
const freeTransmit = memory.data(128, 4); // u32[TX_BUFFER_COUNT]: addresses, a stack
const pieces = memory.data(64, 4); // FRAME_PIECES_MAX times u32 address, u32 length
if (<u32>128 < TX_BUFFER_COUNT * 4) ERROR("freeTransmit");
if (<u32>64 < FRAME_PIECES_MAX * 8) ERROR("pieces");

let transport: usize = 0; // 0: no device
let mtu: u32 = DEFAULT_MTU;
let checksumsSent: bool = false; // the device fills in checksums of what we send
let linkUp: bool = false;
let hasStatus: bool = false;
let linkSuspect: bool = false;
let linkCheckAfter: i64 = 0;
let freeTransmitCount: u32 = 0;
let transmitBuffer: usize = 0; // begun, not committed
let pieceCount: u32 = 0;
let frameBytes: u32 = 0;
let frameVerified: bool = false;

/** Starts the device at `base`, its receive buffers posted. False if it cannot be used. */
export function netDeviceStart(base: usize): bool {
  if (!transportNegotiate(base, wantedFeatures())) return false;
  const features = transportFeatures();
  if (!transportQueue(base, rx, VIRTIO_NET_RX_QUEUE, RX_BUFFER_COUNT)) return false;
  if (!transportQueue(base, tx, VIRTIO_NET_TX_QUEUE, TX_BUFFER_COUNT)) return false;
  if (!postReceiveBuffers() || !makeTransmitBuffers()) return transportGiveUp(base);
  readConfig(base, features);
  checksumsSent = has(features, VIRTIO_NET_F_CSUM);
  virtqWantEvents(tx, false);
  transportStart(base);
  virtqKick(rx);
  transport = base;
  return true;
}

/** True once a device was started and while its queues are sound. */
export function netDeviceUp(): bool {
  return transport != 0 && !rx.broken && !tx.broken && linkUp;
}

/** The device's hardware address: 6 bytes. */
export function netDeviceMac(): usize {
  return mac;
}

/** The longest packet inside a frame, by the device. */
export function netDeviceMtu(): u32 {
  return mtu;
}

/** True if the device completes checksums, given the place and a pseudo-header sum there. */
export function netDeviceFillsChecksums(): bool {
  return checksumsSent;
}

/** Notes an event of the device. One that finds no used buffers may mean a change of the link. */
export function netDeviceEvent(): void {
  if (!netDeviceHasWork()) linkSuspect = true;
}

/**
 * Looks whether the link is up and the device alive, if an event gave reason to. It costs exits and the reason is
 * mostly that the buffers were taken before the event was seen, so it looks at most once a second.
 */
export function netDeviceCheck(now: i64): void {
  if (!linkSuspect || transport == 0 || now < linkCheckAfter) return;
  linkSuspect = false;
  linkCheckAfter = now + LINK_CHECK_INTERVAL_NS;
  linkUp = !transportStopped(transport) && (!hasStatus || readLink(transport));
}

/** True if the device has something that was not looked at yet. Two loads. */
export function netDeviceHasWork(): bool {
  return transport != 0 && (virtqHasUsed(rx) || virtqHasUsed(tx));
}

/**
 * Takes the next received frame; false if there is none. It stays readable through the `frame...` functions until
 * netDeviceRecycle, which must follow. A frame the device described wrongly has length 0.
 */
export function netDeviceReceive(): bool {
  if (transport == 0) return false;
  const first = virtqPop(rx);
  if (first == 0) return false;
  pieceCount = 0;
  frameBytes = 0;
  if (rx.usedLen < <u32>NET_HDR_SIZE) {
    repost(first);
    return true;
  }
  const count = <u32>load<u16>(first, NET_HDR_NUM_BUFFERS);
  const flags = <u32>load<u8>(first, NET_HDR_FLAGS);
  // NEEDS_CSUM: the frame never left this machine, its checksum is not filled in yet and need not be, §5.1.6.4.
  frameVerified = (flags & (VIRTIO_NET_HDR_F_DATA_VALID | VIRTIO_NET_HDR_F_NEEDS_CSUM)) != 0;
  addPiece(first, <u32>NET_HDR_SIZE, rx.usedLen);
  // A GSO frame was not negotiated; num_buffers is 1 or more, §5.1.6.4.
  const sound = <u32>load<u8>(first, NET_HDR_GSO_TYPE) == VIRTIO_NET_HDR_GSO_NONE && count >= 1;
  const complete = takeRest(count);
  if (!sound || !complete) frameBytes = 0;
  return true;
}

/** Bytes in the received frame, all pieces together. */
export function frameLen(): u32 {
  return frameBytes;
}

/** True if the device vouches for the transport checksum, so that nobody need look at it. */
export function frameChecksumValid(): bool {
  return frameVerified;
}

/** How many pieces the received frame has. */
export function framePieceCount(): u32 {
  return pieceCount;
}

/** Where piece `i` of the received frame is. */
export function framePieceAddress(i: u32): usize {
  return <usize>load<u32>(pieces + 8 * <usize>i);
}

/** How long piece `i` of the received frame is. */
export function framePieceLen(i: u32): u32 {
  return load<u32>(pieces + 8 * <usize>i, 4);
}

/** Gives the received frame's buffers back to the device. */
export function netDeviceRecycle(): void {
  for (let i: u32 = 0; i < pieceCount; i++) {
    const address = framePieceAddress(i);
    repost(i == 0 ? address - NET_HDR_SIZE : address);
  }
  pieceCount = 0;
  frameBytes = 0;
}

/**
 * A buffer for a frame of up to TRANSMIT_FRAME_MAX bytes, or 0 when all are with the device (an event follows when
 * one comes back). Until netDeviceTransmitCommit it is only lent: beginning again gives the same one.
 */
export function netDeviceTransmitBegin(): usize {
  if (transport == 0) return 0;
  if (transmitBuffer == 0) {
    if (freeTransmitCount == 0) reclaimTransmitted();
    if (freeTransmitCount == 0) {
      virtqWantEvents(tx, true);
      reclaimTransmitted(); // what came back before the device saw the request
      if (freeTransmitCount == 0) return 0;
    }
    freeTransmitCount--;
    transmitBuffer = <usize>load<u32>(freeTransmit + 4 * <usize>freeTransmitCount);
  }
  return transmitBuffer + NET_HDR_SIZE;
}

/**
 * Sends the begun frame of `len` bytes. With `checksumStart` not 0, the device sums from there to the end and
 * stores the checksum `checksumOffset` further (needs netDeviceFillsChecksums). Follow a batch by netDeviceKick.
 */
export function netDeviceTransmitCommit(len: u32, checksumStart: u32, checksumOffset: u32): void {
  assert(transmitBuffer != 0 && len <= TRANSMIT_FRAME_MAX, "transmit: nothing begun");
  const header = transmitBuffer;
  transmitBuffer = 0;
  memory.fill(header, 0, NET_HDR_SIZE);
  if (checksumStart != 0) {
    store<u8>(header, <u8>VIRTIO_NET_HDR_F_NEEDS_CSUM, NET_HDR_FLAGS);
    store<u16>(header, <u16>checksumStart, NET_HDR_CSUM_START);
    store<u16>(header, <u16>checksumOffset, NET_HDR_CSUM_OFFSET);
  }
  // There are as many descriptors as buffers, or the buffer would not have been free.
  virtqPush(tx, header, <u32>NET_HDR_SIZE + len, false);
}

/** Tells the device about frames committed and buffers recycled since the last time. At most two exits. */
export function netDeviceKick(): void {
  if (transport == 0) return;
  reclaimTransmitted();
  virtqKick(tx);
  virtqKick(rx);
}

function wantedFeatures(): u32 {
  return (
    (1 << VIRTIO_NET_F_CSUM) |
    (1 << VIRTIO_NET_F_GUEST_CSUM) |
    (1 << VIRTIO_NET_F_MTU) |
    (1 << VIRTIO_NET_F_MAC) |
    (1 << VIRTIO_NET_F_MRG_RXBUF) |
    (1 << VIRTIO_NET_F_STATUS)
  );
}

function has(features: u32, bit: u32): bool {
  return ((features >> bit) & 1) != 0;
}

function readConfig(base: usize, features: u32): void {
  const config = base + VIRTIO_MMIO_CONFIG;
  if (has(features, VIRTIO_NET_F_MAC)) {
    for (let i: usize = 0; i < 6; i++) store<u8>(mac + i, <u8>mmioRead8(config + NET_CONFIG_MAC + i));
  } else {
    randomFill(mac, 6); // §5.1.5: the driver makes up one
    store<u8>(mac, (load<u8>(mac) & 0xfe) | 0x02); // unicast, locally administered
  }
  mtu = has(features, VIRTIO_NET_F_MTU) ? mmioRead16(config + NET_CONFIG_MTU) : DEFAULT_MTU;
  mtu = min(max(mtu, MIN_MTU), MAX_MTU);
  // Without mergeable buffers a frame must fit in one.
  if (!has(features, VIRTIO_NET_F_MRG_RXBUF))
    mtu = min(mtu, RX_BUFFER_SIZE - <u32>NET_HDR_SIZE - ETHERNET_HEADER_LEN);
  hasStatus = has(features, VIRTIO_NET_F_STATUS);
  linkUp = !hasStatus || readLink(base);
}

function readLink(base: usize): bool {
  return (mmioRead16(base + VIRTIO_MMIO_CONFIG + NET_CONFIG_STATUS) & VIRTIO_NET_S_LINK_UP) != 0;
}

function postReceiveBuffers(): bool {
  const memory = framesAlloc((rx.size * RX_BUFFER_SIZE) / <u32>PAGE_SIZE);
  if (memory == 0) return false;
  for (let i: u32 = 0; i < rx.size; i++) repost(memory + <usize>(i * RX_BUFFER_SIZE));
  return true;
}

function makeTransmitBuffers(): bool {
  const memory = framesAlloc((tx.size * TX_BUFFER_SIZE) / <u32>PAGE_SIZE);
  if (memory == 0) return false;
  for (let i: u32 = 0; i < tx.size; i++) giveTransmitBuffer(memory + <usize>(i * TX_BUFFER_SIZE));
  return true;
}

function giveTransmitBuffer(address: usize): void {
  store<u32>(freeTransmit + 4 * <usize>freeTransmitCount, <u32>address);
  freeTransmitCount++;
}

function reclaimTransmitted(): void {
  const wasEmpty = freeTransmitCount == 0;
  for (let address = virtqPop(tx); address != 0; address = virtqPop(tx)) giveTransmitBuffer(address);
  if (wasEmpty && freeTransmitCount != 0) virtqWantEvents(tx, false);
}

function repost(address: usize): void {
  virtqPush(rx, address, RX_BUFFER_SIZE, true); // never full: it was popped from there
}

/** Takes the frame's buffers after the first; false if there are fewer, or more than a frame may have. */
function takeRest(count: u32): bool {
  for (let i: u32 = 1; i < count; i++) {
    const address = virtqPop(rx);
    if (address == 0) return false; // §5.1.6.4: the device uses all of a frame's buffers at once
    if (pieceCount < FRAME_PIECES_MAX) addPiece(address, 0, rx.usedLen);
    else repost(address);
  }
  return count <= FRAME_PIECES_MAX;
}

function addPiece(buffer: usize, headerLen: u32, usedLen: u32): void {
  store<u32>(pieces + 8 * <usize>pieceCount, <u32>buffer + headerLen);
  store<u32>(pieces + 8 * <usize>pieceCount, usedLen - headerLen, 4);
  frameBytes += usedLen - headerLen;
  pieceCount++;
}
