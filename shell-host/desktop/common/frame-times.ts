// What the kernel tells of the newest frames.

import { readTextFile } from "../../sdk/files.ts";
import { SysValues } from "./sys-file.ts";

const FILE = "/sys/ui/frame-times";

/** Milliseconds that a frame may take for 60 a second. */
export const FRAME_BUDGET: f64 = 16.67;

/** How long the newest frames took: their apps' drawing and the compositor's work. */
export class FrameTimes {
  /** Milliseconds, the newest last. */
  times: f64[] = [];
  /** Frames since the machine was started. */
  count: f64 = 0;
  /** Of them, those that took longer than the budget. */
  late: f64 = 0;
  /** Frames a second, from one `take` to the next. */
  rate: f64 = 0;
  private takenAt: f64 = 0;

  /** Asks the kernel for the newest `most` frames; `now` in milliseconds. */
  take(now: f64, most: i32): void {
    const values = SysValues.read("/sys/ui/frames");
    const before = this.count;
    this.count = values.number("frames");
    this.late = values.number("late");
    const passed = now - this.takenAt;
    if (this.takenAt != 0 && passed > 0) this.rate = ((this.count - before) * 1000) / passed;
    this.takenAt = now;
    const lines = readTextFile(FILE).content.trimEnd().split("\n");
    const times: f64[] = [];
    for (let i = max(0, lines.length - most); i < lines.length; i++) {
      const micros = parseFloat(lines[i]);
      if (!isNaN(micros)) times.push(micros / 1000);
    }
    this.times = times;
  }

  /** The time that `percent` % of the frames taken did not exceed; 0 if there are none. */
  percentile(percent: f64): f64 {
    const sorted = this.times.slice().sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    if (sorted.length == 0) return 0;
    return sorted[max(0, <i32>ceil((<f64>sorted.length * percent) / 100) - 1)];
  }
}

/** A time for people: `3.1 ms`. */
export function millisecondsText(ms: f64): string {
  const tenths = <i64>floor(ms * 10 + 0.5);
  return (tenths / 10).toString() + "." + (tenths % 10).toString() + " ms";
}
