// Time.

import { clock_monotonic, clock_realtime, sleep } from "./oscortex.ts";

/** A millisecond in nanoseconds. */
export const MILLISECOND: i64 = 1_000_000;
/** A second in nanoseconds. */
export const SECOND: i64 = 1_000_000_000;

/** Nanoseconds since the machine was created; never goes back. */
export function monotonicNs(): i64 {
  return clock_monotonic();
}

/** Nanoseconds since 1970 UTC. */
export function realtimeNs(): i64 {
  return clock_realtime();
}

/** Sleeps for at least `ns` nanoseconds. */
export function sleepNs(ns: i64): void {
  sleep(ns);
}

/** A moment as ISO 8601 UTC text, to the millisecond. */
export function timeText(realtime: i64): string {
  return new Date(realtime / MILLISECOND).toISOString();
}

/** Nanoseconds as milliseconds with one decimal, such as `20.1`. */
export function millisecondsText(ns: i64): string {
  const tenths = (ns + MILLISECOND / 20) / (MILLISECOND / 10);
  return (tenths / 10).toString() + "." + (tenths % 10).toString();
}
