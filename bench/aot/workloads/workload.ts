// What a workload is, and how its samples are printed.

import { monotonicNs } from "../../../shell-host/sdk/clock.ts";
import { print } from "../../../shell-host/sdk/console.ts";

/** A computation of some milliseconds whose result depends on all of its work. */
export class Workload {
  constructor(
    public name: string,
    public run: () => u32,
  ) {}
}

const MAX_SAMPLES: i32 = 1000;

// Not in a string that grows: garbage is collected between samples, when nothing may be held by the stack alone.
const durations = new StaticArray<i64>(MAX_SAMPLES);

/** Runs a workload at most MAX_SAMPLES times, after one run that is not counted. Prints `name checksum ns ns ns...`. */
export function measure(workload: Workload, samples: i32): void {
  samples = min(samples, MAX_SAMPLES);
  const checksum = workload.run();
  for (let i = 0; i < samples; i++) {
    __collect();
    const start = monotonicNs();
    const again = workload.run();
    durations[i] = monotonicNs() - start;
    assert(again == checksum);
  }
  let line = workload.name + " " + checksum.toString(16);
  for (let i = 0; i < samples; i++) line += " " + durations[i].toString();
  print(line);
}

let state: u32 = 0;

/** Starts the pseudo-random numbers anew. */
export function seedRandom(seed: u32): void {
  state = seed | 1;
}

/** The next one: xorshift32 (Marsaglia, 2003). */
export function nextRandom(): u32 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}
