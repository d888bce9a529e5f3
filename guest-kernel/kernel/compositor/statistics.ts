// How long frames take: /sys/ui/frames, /sys/ui/frame-times.

import { textBegin, textByte, textEnd, textEntry, textNumber } from "../vfs/text.ts";
import { composedPixels } from "./compose.ts";

const NEWLINE: u8 = 10;

const KEPT: u32 = 512; // newest measurements of each kind

/** A frame that takes longer is late at 60 a second. */
const LATE_US: u32 = 16667;

// Rings of u32 us
const composeTimes = memory.data(2048, 4);
const workTimes = memory.data(2048, 4); // of frames that an app drew something for
const frameTimes = memory.data(2048, 4); // both together
const latencies = memory.data(2048, 4);
const sorted = memory.data(2048, 4);
if (KEPT * 4 != 2048) ERROR("KEPT");
let frames: u32 = 0;
let drawn: u32 = 0;
let inputs: u32 = 0;
let late: u32 = 0;
let longestCompose: u32 = 0;
let longestFrame: u32 = 0;

/**
 * Counts a frame that took `composeNs` to compose, after an app had drawn for `workNs` (0: none had), and that shows input
 * which came `latencyNs` ago (0: none).
 */
export function frameMeasured(composeNs: i64, workNs: i64, latencyNs: i64): void {
  const compose = toMicros(composeNs);
  const frame = toMicros(composeNs + workNs);
  keep(composeTimes, frames, compose);
  keep(frameTimes, frames++, frame);
  longestCompose = max(longestCompose, compose);
  longestFrame = max(longestFrame, frame);
  if (frame > LATE_US) late++;
  if (workNs != 0) keep(workTimes, drawn++, toMicros(workNs));
  if (latencyNs != 0) keep(latencies, inputs++, toMicros(latencyNs));
}

/** The text of /sys/ui/frames: counts since the start; times in us, of the newest 512 of their kind. */
export function frameStatistics(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  textEntry("frames", frames);
  textEntry("late", late);
  textEntry("pixels", <i64>composedPixels());
  sort(frameTimes, min(frames, KEPT));
  textEntry("frame_p50_us", percentile(min(frames, KEPT), 50));
  textEntry("frame_p99_us", percentile(min(frames, KEPT), 99));
  textEntry("frame_max_us", longestFrame);
  textEntry("frame_last_us", frames == 0 ? 0 : load<u32>(slot(frameTimes, frames - 1)));
  sort(composeTimes, min(frames, KEPT));
  textEntry("compose_p50_us", percentile(min(frames, KEPT), 50));
  textEntry("compose_p99_us", percentile(min(frames, KEPT), 99));
  textEntry("compose_max_us", longestCompose);
  textEntry("drawn", drawn);
  sort(workTimes, min(drawn, KEPT));
  textEntry("draw_p50_us", percentile(min(drawn, KEPT), 50));
  textEntry("draw_p99_us", percentile(min(drawn, KEPT), 99));
  sort(latencies, min(inputs, KEPT));
  textEntry("inputs", inputs);
  textEntry("input_p50_us", percentile(min(inputs, KEPT), 50));
  textEntry("input_p99_us", percentile(min(inputs, KEPT), 99));
  return textEnd();
}

/** The text of /sys/ui/frame-times: what each of the newest 512 frames took, us, a line each, the newest last. */
export function frameTimesText(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  for (let index = frames - min(frames, KEPT); index < frames; index++) {
    textNumber(load<u32>(slot(frameTimes, index)));
    textByte(NEWLINE);
  }
  return textEnd();
}

/** Puts measurement `index` of a kind into its ring. */
function keep(ring: usize, index: u32, micros: u32): void {
  store<u32>(slot(ring, index), micros);
}

function slot(ring: usize, index: u32): usize {
  return ring + ((<usize>(index % KEPT)) << 2);
}

function toMicros(ns: i64): u32 {
  return <u32>min<i64>(max<i64>(ns, 0) / 1000, u32.MAX_VALUE);
}

/** Copies `count` numbers to `sorted`, the smallest first. */
function sort(numbers: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const value = load<u32>(numbers + ((<usize>i) << 2));
    let at = sorted + ((<usize>i) << 2);
    for (; at > sorted && load<u32>(at - 4) > value; at -= 4) store<u32>(at, load<u32>(at - 4));
    store<u32>(at, value);
  }
}

/** The smallest of the sorted numbers that is not below `percent` % of them; 0 if there are none. */
function percentile(count: u32, percent: u32): i64 {
  if (count == 0) return 0;
  return load<u32>(sorted + ((<usize>((count * percent + 99) / 100 - 1)) << 2));
}
