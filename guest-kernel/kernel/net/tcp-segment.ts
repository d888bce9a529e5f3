// TCP segments, RFC 9293 §3.1 and §3.2: one door for what comes, one writer for what goes.

import { framePieceAddress, framePieceCount, framePieceLen } from "../drivers/virtio-net.ts";
import { ByteRing, ringPlace } from "../drivers/byte-ring.ts";
import { load16, load32, store16, store32 } from "./byte-order.ts";
import { checksumAdd, checksumFold, checksumPseudoHeader } from "./checksum.ts";
import { PROTOCOL_TCP } from "./ipv4.ts";

const SOURCE_PORT: usize = 0; // u16
const TARGET_PORT: usize = SOURCE_PORT + 2; // u16
const SEQ: usize = TARGET_PORT + 2; // u32
const ACK: usize = SEQ + 4; // u32
const DATA_OFFSET: usize = ACK + 4; // u8, high nibble, in 32-bit words
const FLAGS: usize = DATA_OFFSET + 1; // u8
const WINDOW: usize = FLAGS + 1; // u16
/** Where the checksum is in the header; the urgent pointer behind it is ignored (RFC 6093). */
export const TCP_CHECKSUM: u32 = 16;
/** Bytes of header without options. */
export const TCP_HEADER_LEN: u32 = 20;
/** Bytes of header of a SYN from us: with maximum segment size and window scale. */
export const TCP_SYN_LEN: u32 = TCP_HEADER_LEN + 8;

export const TCP_FIN: u32 = 0x01;
export const TCP_SYN: u32 = 0x02;
export const TCP_RST: u32 = 0x04;
export const TCP_PSH: u32 = 0x08;
export const TCP_ACK: u32 = 0x10;

const OPTION_END: u32 = 0;
const OPTION_NOP: u32 = 1;
const OPTION_MSS: u32 = 2;
const OPTION_WINDOW_SCALE: u32 = 3;
const MSS_DEFAULT: u32 = 536; // §3.7.1: without the option
const MSS_MIN: u32 = 64; // a peer that asks for less would have us send headers only
const SHIFT_MAX: u32 = 14; // RFC 7323 §2.3

/** No window scale option in the segment. */
export const SHIFT_NONE: u32 = 255;

// The segment that passed tcpParse last.
export let segmentSourcePort: u32 = 0;
export let segmentTargetPort: u32 = 0;
export let segmentSeq: u32 = 0;
export let segmentAck: u32 = 0;
export let segmentFlags: u32 = 0;
export let segmentWindow: u32 = 0; // not scaled
export let segmentLen: u32 = 0; // bytes of payload
export let segmentMss: u32 = 0; // of a SYN
export let segmentShift: u32 = 0; // of a SYN, SHIFT_NONE: no scaling
let payloadAt: u32 = 0; // in the frame

/**
 * True, with the fields above set, if the packet's payload is a segment that makes sense: `offset` and `len` say
 * where it is in the received frame. Its header must lie in the frame's first piece.
 */
export function tcpParse(offset: u32, len: u32, source: u32, target: u32, verified: bool): bool {
  if (len < TCP_HEADER_LEN || framePieceLen(0) < offset + TCP_HEADER_LEN) return false;
  const header = framePieceAddress(0) + offset;
  const headerLen = (<u32>load<u8>(header, DATA_OFFSET) >> 4) * 4;
  if (headerLen < TCP_HEADER_LEN || headerLen > len || framePieceLen(0) < offset + headerLen) return false;
  if (!verified && !checksumOk(offset, len, source, target)) return false;
  segmentSourcePort = load16(header + SOURCE_PORT);
  segmentTargetPort = load16(header + TARGET_PORT);
  segmentSeq = load32(header + SEQ);
  segmentAck = load32(header + ACK);
  segmentFlags = <u32>load<u8>(header, FLAGS) & (TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK);
  segmentWindow = load16(header + WINDOW);
  segmentLen = len - headerLen;
  payloadAt = offset + headerLen;
  if (segmentSourcePort == 0 || segmentTargetPort == 0 || !flagsOk()) return false;
  segmentMss = MSS_DEFAULT;
  segmentShift = SHIFT_NONE;
  return (segmentFlags & TCP_SYN) == 0 || parseOptions(header + TCP_HEADER_LEN, headerLen - TCP_HEADER_LEN);
}

/** Copies `len` bytes of payload from its byte `from` to the ring, `ringOffset` bytes after its oldest. */
export function segmentCopy(ring: ByteRing, ringOffset: u32, from: u32, len: u32): void {
  let skip = payloadAt + from;
  for (let i: u32 = 0; i < framePieceCount() && len > 0; i++) {
    const pieceLen = framePieceLen(i);
    if (skip >= pieceLen) {
      skip -= pieceLen;
      continue;
    }
    const count = min(len, pieceLen - skip);
    ringPlace(ring, ringOffset, framePieceAddress(i) + skip, count);
    ringOffset += count;
    len -= count;
    skip = 0;
  }
}

/** Writes a header of TCP_HEADER_LEN bytes; the checksum is the output's. */
export function tcpEmit(
  header: usize,
  sourcePort: u32,
  targetPort: u32,
  seq: u32,
  ack: u32,
  flags: u32,
  window: u32,
): void {
  store16(header + SOURCE_PORT, sourcePort);
  store16(header + TARGET_PORT, targetPort);
  store32(header + SEQ, seq);
  store32(header + ACK, (flags & TCP_ACK) != 0 ? ack : 0);
  store<u8>(header, <u8>((TCP_HEADER_LEN / 4) << 4), DATA_OFFSET);
  store<u8>(header, <u8>flags, FLAGS);
  store16(header + WINDOW, window);
  store<u32>(header, 0, TCP_CHECKSUM); // and no urgent pointer
}

/** Makes the header of a SYN from an emitted one: TCP_SYN_LEN bytes. No scaling with `shift` SHIFT_NONE. */
export function tcpEmitSynOptions(header: usize, mss: u32, shift: u32): void {
  const options = header + TCP_HEADER_LEN;
  store<u8>(header, <u8>((TCP_SYN_LEN / 4) << 4), DATA_OFFSET);
  store<u8>(options, <u8>OPTION_MSS);
  store<u8>(options, 4, 1);
  store16(options + 2, mss);
  store<u32>(options, 0x01010101, 4); // four no-operations
  if (shift == SHIFT_NONE) return;
  store<u8>(options, <u8>OPTION_WINDOW_SCALE, 5);
  store<u8>(options, 3, 6);
  store<u8>(options, <u8>shift, 7);
}

/** The sum over all of the frame's pieces. Pieces but the last are even: the buffers are, and the headers. */
function checksumOk(offset: u32, len: u32, source: u32, target: u32): bool {
  let sum = checksumPseudoHeader(source, target, PROTOCOL_TCP, len);
  let skip = offset;
  for (let i: u32 = 0; i < framePieceCount() && len > 0; i++) {
    const count = min(len, framePieceLen(i) - skip);
    sum = checksumAdd(sum, framePieceAddress(i) + skip, count);
    if ((count & 1) != 0 && len > count) return false; // the device split it at an odd byte: not ours
    len -= count;
    skip = 0;
  }
  return len == 0 && checksumFold(sum) == 0xffff;
}

/** Refuses combinations that no endpoint sends. */
function flagsOk(): bool {
  const control = segmentFlags & (TCP_SYN | TCP_FIN | TCP_RST);
  return (control & (control - 1)) == 0; // at most one
}

/** Takes the options of a SYN (§3.2): each inside the header, MSS and window scale of their right length. */
function parseOptions(options: usize, len: u32): bool {
  let at: u32 = 0;
  while (at < len) {
    const kind = <u32>load<u8>(options + at);
    if (kind == OPTION_END) return true;
    if (kind == OPTION_NOP) {
      at++;
      continue;
    }
    if (at + 2 > len) return false;
    const size = <u32>load<u8>(options + at, 1);
    if (size < 2 || size > len - at) return false;
    if (kind == OPTION_MSS && size == 4) segmentMss = max(load16(options + at + 2), MSS_MIN);
    if (kind == OPTION_WINDOW_SCALE && size == 3)
      segmentShift = min(<u32>load<u8>(options + at, 2), SHIFT_MAX);
    at += size;
  }
  return true;
}
