// org.oscortex.clock [--interval MS] [--count N]: prints the time at a steady pace, each line with its number and
// the time since the line before. Without --count it never ends.

import { parseCount, programArguments } from "../../sdk/args.ts";
import {
  MILLISECOND,
  millisecondsText,
  monotonicNs,
  realtimeNs,
  sleepNs,
  timeText,
} from "../../sdk/clock.ts";
import { print, printError } from "../../sdk/console.ts";

const USAGE: i32 = 2;
const MAX_INTERVAL: i32 = 60_000;

let interval: i32 = 20; // ms
let count: i32 = 0; // 0: for ever

export function main(): i32 {
  if (!readOptions()) {
    printError("usage: clock [--interval MILLISECONDS (1..60000)] [--count N]");
    return USAGE;
  }
  const period = interval * MILLISECOND;
  let last = monotonicNs();
  let next = last + period;
  for (let number = 1; count == 0 || number <= count; number++) {
    sleepNs(max(next - monotonicNs(), 0));
    const now = monotonicNs();
    printTick(number, now - last);
    last = now;
    next = max(next + period, now); // after a stall: go on from here, no burst
    __collect(); // nothing managed is on the stack here
  }
  return 0;
}

function printTick(number: i32, gap: i64): void {
  print(
    "clock " + number.toString() + " " + timeText(realtimeNs()) + " gap " + millisecondsText(gap) + " ms",
  );
}

function readOptions(): bool {
  const words = programArguments();
  for (let i = 0; i < words.length; i += 2) {
    const value = i + 1 < words.length ? parseCount(words[i + 1]) : -1;
    if (value < 1) return false;
    if (words[i] == "--interval" && value <= MAX_INTERVAL) interval = value;
    else if (words[i] == "--count") count = value;
    else return false;
  }
  return true;
}
