// How long frames take: /sys/ui/frames.

import { textBegin, textEnd, textEntry } from "../vfs/text.ts";
import { composedPixels } from "./compose.ts";

const KEPT: u32 = 256; // newest measurements of each kind

const composeTimes = memory.data(1024, 4); // u32 us, a ring
const latencies = memory.data(1024, 4);
const sorted = memory.data(1024, 4);
if (KEPT * 4 != 1024) ERROR("composeTimes");
let frames: u32 = 0;
let inputs: u32 = 0;
let longest: u32 = 0;

/** Counts a frame that took `composeNs` to compose and shows input that came `latencyNs` ago; 0: it shows none. */
export function frameMeasured(composeNs: i64, latencyNs: i64): void {
  const micros = toMicros(composeNs);
  store<u32>(composeTimes + ((<usize>(frames++ % KEPT)) << 2), micros);
  longest = max(longest, micros);
  if (latencyNs != 0) store<u32>(latencies + ((<usize>(inputs++ % KEPT)) << 2), toMicros(latencyNs));
}

/** The text of /sys/ui/frames: counts since the start; times in us, of the newest 256 frames. */
export function frameStatistics(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  textEntry("frames", frames);
  textEntry("pixels", <i64>composedPixels());
  sort(composeTimes, min(frames, KEPT));
  textEntry("compose_p50_us", percentile(min(frames, KEPT), 50));
  textEntry("compose_p99_us", percentile(min(frames, KEPT), 99));
  textEntry("compose_max_us", longest);
  sort(latencies, min(inputs, KEPT));
  textEntry("inputs", inputs);
  textEntry("input_p50_us", percentile(min(inputs, KEPT), 50));
  textEntry("input_p99_us", percentile(min(inputs, KEPT), 99));
  return textEnd();
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
