// The kernel's trace (abi/trace.ts): records for the host, where the kernel option `trace=1` asks for them.

import { EVENT_TRACE_GPA } from "../abi/event-page.ts";
import { EVENT_PAGE_GPA, PAGE_SIZE } from "../abi/memory-map.ts";
import {
  RECORD_KIND,
  RECORD_PID,
  RECORD_TSC,
  RECORD_VALUE,
  RECORD_VALUE2,
  TRACE_BYTES,
  TRACE_CLOCK_NS,
  TRACE_CLOCK_TSC,
  TRACE_HEAD,
  TRACE_RECORD_COUNT,
  TRACE_RECORD_SHIFT,
  TRACE_RECORDS,
} from "../abi/trace.ts";
import { rdtsc } from "./arch.ts";
import { kernelOption } from "./command-line.ts";
import { log } from "./log.ts";
import { framesAlloc } from "./mm/frames.ts";
import { nowNs } from "./time/clock.ts";

/** Where the ring is; 0: there is no trace. PERF: hot paths look themselves, and call nothing. */
export let traceRing: usize = 0;

/** Begins to trace if the command line says so. Before the first process is spawned. */
export function traceInit(): void {
  if (kernelOption("trace") == 0) return;
  const ring = framesAlloc(<u32>((TRACE_BYTES + PAGE_SIZE - 1) / PAGE_SIZE));
  if (ring == 0) return log("trace: no memory for it");
  memory.fill(ring, 0, TRACE_RECORDS);
  store<i64>(ring, nowNs(), TRACE_CLOCK_NS);
  store<u64>(ring, <u64>rdtsc(), TRACE_CLOCK_TSC);
  traceRing = ring;
  atomic.store<u32>(EVENT_PAGE_GPA + EVENT_TRACE_GPA, <u32>ring);
}

/** Whether there is a trace: apps are bound to traced system calls. */
export function tracing(): bool {
  return traceRing != 0;
}

/** Adds a record of `kind`, TRACE_*, if there is a trace. `pid` 0 is the kernel. */
export function trace(kind: u32, what: u32, pid: i32, value: i64 = 0, value2: i64 = 0): void {
  if (traceRing != 0) traceRecord((kind << 16) | what, pid, value, value2);
}

function traceRecord(kind: u32, pid: i32, value: i64, value2: i64): void {
  const ring = traceRing;
  const head = atomic.load<u32>(ring + TRACE_HEAD);
  const record = ring + TRACE_RECORDS + ((<usize>(head & (TRACE_RECORD_COUNT - 1))) << TRACE_RECORD_SHIFT);
  store<u64>(record, <u64>rdtsc(), RECORD_TSC);
  store<u32>(record, kind, RECORD_KIND);
  store<u32>(record, <u32>pid, RECORD_PID);
  store<i64>(record, value, RECORD_VALUE);
  store<i64>(record, value2, RECORD_VALUE2);
  atomic.store<u32>(ring + TRACE_HEAD, head + 1);
}
