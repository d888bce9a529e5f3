// The kernel log: lines with a time stamp, kept in a ring and written to the log console when there is one.

import { LOG_RING_BYTES, LOG_RING_SIZE, LOG_RING_TOTAL } from "../abi/log-ring.ts";
import { nowNs } from "./time/clock.ts";

const LINE_MAX: usize = 512;
const STAMP_MAX: usize = 32;
const QUESTION: u8 = 63;
const UTF8_PER_UNIT: usize = 3; // bytes that a UTF-16 code unit can take

const ring = memory.data(16388); // abi/log-ring.ts
if (LOG_RING_BYTES + LOG_RING_SIZE != 16388) ERROR("log: ring size");
const line = memory.data(1600);
if (STAMP_MAX + LINE_MAX * UTF8_PER_UNIT > 1600) ERROR("log: line too small");
let sink: (source: usize, length: u32) => void = discard;

function discard(source: usize, length: u32): void {}

/** Where the ring is, laid out as abi/log-ring.ts says. */
export function logRing(): usize {
  return ring;
}

/** Sends each further line to `write` too, and what is in the ring at once. */
export function logSetSink(write: (source: usize, length: u32) => void): void {
  sink = write;
  const total = load<u32>(ring, LOG_RING_TOTAL);
  const kept = min<u32>(total, <u32>LOG_RING_SIZE);
  const start = (total - kept) & (<u32>LOG_RING_SIZE - 1);
  const first = min<u32>(kept, <u32>LOG_RING_SIZE - start);
  sink(ring + LOG_RING_BYTES + <usize>start, first);
  sink(ring + LOG_RING_BYTES, kept - first);
}

/** Logs one line, `[seconds] text`; what is beyond 512 characters is cut off, control characters become `?`. */
export function log(text: string): void {
  let length = stamp(nowNs());
  const units = min<i32>(text.length, <i32>LINE_MAX);
  const start = line + length;
  length += String.UTF8.encodeUnsafe(changetype<usize>(text), units, start);
  maskControls(start, line + length);
  store<u8>(line + length++, 10);
  append(line, <u32>length);
}

/** Names that apps chose come here: they must not forge lines, nor talk to the terminal. */
function maskControls(at: usize, end: usize): void {
  for (; at < end; at++) {
    const byte = load<u8>(at);
    const isC1 = byte == 0xc2 && load<u8>(at, 1) < 0xa0; // U+0080..U+009F
    if (byte < 32 || byte == 127 || isC1) store<u8>(at, QUESTION);
    if (isC1) store<u8>(++at, QUESTION);
  }
}

/** Puts "[ssss.mmmuuu] " at the start of the line; returns its length. */
function stamp(ns: i64): usize {
  const micros = ns / 1000;
  let at: usize = 0;
  store<u8>(line + at++, 91); // [
  at += decimal(line + at, <u64>(micros / 1000000), 4, 32);
  store<u8>(line + at++, 46); // .
  at += decimal(line + at, <u64>(micros % 1000000), 6, 48);
  store<u8>(line + at++, 93); // ]
  store<u8>(line + at++, 32);
  return at;
}

/** Writes a number with at least `width` digits, padded with `pad`; returns how many bytes. */
function decimal(at: usize, value: u64, width: u32, pad: u8): usize {
  let digits: u32 = 1;
  for (let rest = value / 10; rest != 0; rest /= 10) digits++;
  const length = max(digits, width);
  for (let i = length; i-- > 0;) {
    store<u8>(at + <usize>i, length - i <= digits ? 48 + <u8>(value % 10) : pad);
    value /= 10;
  }
  return <usize>length;
}

function append(source: usize, length: u32): void {
  const total = load<u32>(ring, LOG_RING_TOTAL);
  for (let i: u32 = 0; i < length; i++) {
    const at = (total + i) & (<u32>LOG_RING_SIZE - 1);
    store<u8>(ring + LOG_RING_BYTES + <usize>at, load<u8>(source + <usize>i));
  }
  store<u32>(ring, total + length, LOG_RING_TOTAL);
  sink(source, length);
}
