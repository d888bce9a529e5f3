// The guest's trace ring (abi/trace.ts), read as it fills. The guest may write anything into it: numbers stay numbers, and
// nothing outside of RAM is read.

import { EVENT_TRACE_GPA } from "../../guest-kernel/abi/event-page.ts";
import { EVENT_PAGE_GPA } from "../../guest-kernel/abi/memory-map.ts";
import * as t from "../../guest-kernel/abi/trace.ts";

const RECORD_SIZE = 1 << t.TRACE_RECORD_SHIFT;
const NS_PER_KHZ_TICK = 1_000_000; // ns = ticks * 10^6 / kHz

/** A record of the guest. */
export interface GuestRecord {
  /** Of the guest's monotonic clock. */
  ns: number;
  /** TRACE_*. */
  kind: number;
  what: number;
  pid: number;
  value: bigint;
  value2: bigint;
}

/** Reads the ring of a guest. */
export class GuestRing {
  readonly #ram: DataView;
  readonly #tscKhz: number;
  #seen = 0;

  constructor(ram: DataView, tscKhz: number) {
    this.#ram = ram;
    this.#tscKhz = tscKhz;
  }

  /** Hands over the records since the last call, oldest first; returns how many were overwritten before. */
  take(each: (record: GuestRecord) => void): number {
    const ring = this.#ram.getUint32(EVENT_PAGE_GPA + EVENT_TRACE_GPA, true);
    if (ring === 0 || ring + t.TRACE_BYTES > this.#ram.byteLength) return 0;
    const clockNs = Number(this.#ram.getBigInt64(ring + t.TRACE_CLOCK_NS, true));
    const clockTsc = this.#ram.getBigUint64(ring + t.TRACE_CLOCK_TSC, true);
    const head = this.#ram.getUint32(ring + t.TRACE_HEAD, true);
    const pending = (head - this.#seen) >>> 0;
    const lost = Math.max(pending - t.TRACE_RECORD_COUNT, 0);
    for (let i = head - pending + lost; i < head; i++) {
      const at = ring + t.TRACE_RECORDS + ((i >>> 0) % t.TRACE_RECORD_COUNT) * RECORD_SIZE;
      const ticks = Number(this.#ram.getBigUint64(at + t.RECORD_TSC, true) - clockTsc);
      const kind = this.#ram.getUint32(at + t.RECORD_KIND, true);
      each({
        ns: clockNs + (ticks * NS_PER_KHZ_TICK) / this.#tscKhz,
        kind: kind >>> 16,
        what: kind & 0xffff,
        pid: this.#ram.getUint32(at + t.RECORD_PID, true),
        value: this.#ram.getBigUint64(at + t.RECORD_VALUE, true),
        value2: this.#ram.getBigUint64(at + t.RECORD_VALUE2, true),
      });
    }
    this.#seen = head;
    return lost;
  }
}
