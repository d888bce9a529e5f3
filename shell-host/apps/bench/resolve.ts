// Resolving a package: from the cache, and over the network with the cache emptied before.

import { monotonicNs } from "../../sdk/clock.ts";
import { printError } from "../../sdk/console.ts";
import { errorText } from "../../sdk/error-text.ts";
import { readTextFile } from "../../sdk/files.ts";
import { pkg_resolve } from "../../sdk/oscortex.ts";
import { evict, resolve, setServer } from "../../sdk/packages.ts";
import { Samples } from "./samples.ts";

const FAILED: i32 = 1;
const BATCHES: i32 = 1000;
const BATCH: i32 = 100;
const TIMINGS = "/sys/pkg/last"; // `step=nanoseconds` lines, and others
const STEPS = ["connect", "catalog", "transfer", "hash", "compile"];

/** Measures resolving a package that is in the cache. */
export function measureResolveHit(name: string): i32 {
  const appId = resolve(name);
  if (appId < 0) return failed(name, appId);
  const bytes = String.UTF8.encode(name);
  const samples = new Samples("resolve_hit");
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = monotonicNs();
    for (let i = 0; i < BATCH; i++) pkg_resolve(changetype<usize>(bytes), bytes.byteLength);
    samples.add(monotonicNs() - start, BATCH);
  }
  samples.report();
  return 0;
}

/** A package server: a dotted address and a port. */
export class Endpoint {
  constructor(
    public address: u32,
    public port: u32,
  ) {}
}

/**
 * Measures fetching, checking and compiling a package, in all and by step: over the connection and with the catalog
 * that the kernel keeps, or, if there is a `server`, with both anew each time.
 */
export function measureResolveMiss(name: string, rounds: i32, server: Endpoint | null): i32 {
  const subject = server === null ? "resolve_miss" : "resolve_anew";
  const total = new Samples(subject);
  const steps = new Map<string, Samples>();
  for (let round = 0; round < rounds; round++) {
    const cached = resolve(name);
    if (cached < 0) return failed(name, cached);
    const evicted = evict(cached);
    if (evicted < 0) return failed(name, evicted);
    if (server !== null) setServer(server.address, server.port);
    const start = monotonicNs();
    const appId = resolve(name);
    total.add(monotonicNs() - start, 1);
    if (appId < 0) return failed(name, appId);
    addSteps(steps, subject);
  }
  total.report();
  const all = steps.values();
  for (let i = 0; i < all.length; i++) all[i].report();
  return 0;
}

/** Adds each number of the kernel's own timing of the last resolve. */
function addSteps(steps: Map<string, Samples>, subject: string): void {
  const lines = readTextFile(TIMINGS).content.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const equals = lines[i].indexOf("=");
    if (equals < 0 || !STEPS.includes(lines[i].substring(0, equals))) continue;
    const value = parseFloat(lines[i].substring(equals + 1));
    const step = subject + "." + lines[i].substring(0, equals);
    if (!steps.has(step)) steps.set(step, new Samples(step));
    steps.get(step).add(<i64>value, 1);
  }
}

function failed(name: string, result: i32): i32 {
  printError("bench: " + name + ": " + errorText(result));
  return FAILED;
}
