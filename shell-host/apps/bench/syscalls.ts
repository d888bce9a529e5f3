// System calls that do next to nothing.

import { SYS_NULL } from "../../../guest-kernel/abi/syscall.ts";
import { monotonicNs } from "../../sdk/clock.ts";
import { clock_monotonic, getpid, syscall } from "../../sdk/oscortex.ts";
import { reserved } from "../../sdk/reserved-names/oscortex.ts";
import { Samples } from "./samples.ts";

const BATCHES: i32 = 1000;
const BATCH: i32 = 1000; // operations: 10 us and more, far above the clock's own cost
const SWITCH_BATCH: i32 = 100;

/** Measures null (by import and by number), getpid, clock_monotonic and yield. */
export function measureSyscalls(): void {
  measureNull();
  measureNullByNumber();
  measureGetpid();
  measureClock();
  measureYield();
}

function measureNull(): void {
  const samples = new Samples("null");
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = monotonicNs();
    for (let i = 0; i < BATCH; i++) reserved.nothing();
    samples.add(monotonicNs() - start, BATCH);
  }
  samples.report();
}

function measureNullByNumber(): void {
  const samples = new Samples("null_by_number");
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = monotonicNs();
    for (let i = 0; i < BATCH; i++) syscall(SYS_NULL, 0, 0, 0, 0, 0);
    samples.add(monotonicNs() - start, BATCH);
  }
  samples.report();
}

function measureGetpid(): void {
  const samples = new Samples("getpid");
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = monotonicNs();
    for (let i = 0; i < BATCH; i++) getpid();
    samples.add(monotonicNs() - start, BATCH);
  }
  samples.report();
}

function measureClock(): void {
  const samples = new Samples("clock_monotonic");
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = monotonicNs();
    for (let i = 0; i < BATCH; i++) clock_monotonic();
    samples.add(monotonicNs() - start, BATCH);
  }
  samples.report();
}

function measureYield(): void {
  const samples = new Samples("yield");
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = monotonicNs();
    for (let i = 0; i < SWITCH_BATCH; i++) reserved.yieldNow();
    samples.add(monotonicNs() - start, SWITCH_BATCH);
  }
  samples.report();
}
