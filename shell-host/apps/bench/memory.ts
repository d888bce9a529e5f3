// What memory costs a process: to get it, and to use it here and there. Each sample is a process of its own, for memory does not
// shrink.

import { monotonicNs } from "../../sdk/clock.ts";
import { launch, LaunchOptions } from "../../sdk/launch.ts";
import { port_receive, port_send } from "../../sdk/oscortex.ts";
import { close, makePort } from "../../sdk/ports.ts";
import { NO_TIMEOUT, waitFor } from "../../sdk/process.ts";
import { Samples } from "./samples.ts";

/** With this as what to do, the peer grows and walks, and tells how long it took. */
export const GROW = "grow";

const PAGES: i32 = 256; // 16 MiB
const STEPS: i32 = 1 << 18;
const TIMES_SIZE: u32 = 24;
const times = memory.data(24, 8);

/** Measures memory.grow of 16 MiB, the first touch of each of its pages of 4 KiB, and loads all over them; 0, or -E_*. */
export function measureMemory(self: i32, peer: string, rounds: i32): i32 {
  const growing = new Samples("memory_grow");
  const touching = new Samples("memory_touch");
  const walking = new Samples("memory_walk");
  const options = new LaunchOptions();
  options.args = [peer, GROW];
  for (let round = 0; round < rounds; round++) {
    const ends = makePort();
    options.handles = [ends.second];
    const pid = launch(self, options);
    close(ends.second);
    if (pid < 0) return pid;
    const length = port_receive(ends.first, times, TIMES_SIZE, 0, 0);
    close(ends.first);
    waitFor(pid, NO_TIMEOUT);
    if (length < 0) return length;
    growing.add(load<i64>(times), 1);
    touching.add(load<i64>(times, 8), 1);
    walking.add(load<i64>(times, 16), STEPS);
  }
  growing.report();
  touching.report();
  walking.report();
  return 0;
}

/** The peer. */
export function serveGrow(): i32 {
  const start = monotonicNs();
  const before = memory.grow(PAGES);
  const grown = monotonicNs();
  if (before < 0) return 1;
  const from = (<usize>before) << 16;
  for (let at: usize = 0; at < (<usize>PAGES) << 16; at += 4096) store<u32>(from + at, <u32>at);
  const touched = monotonicNs();
  walk(from);
  store<i64>(times, grown - start);
  store<i64>(times, touched - grown, 8);
  store<i64>(times, monotonicNs() - touched, 16);
  return port_send(0, times, TIMES_SIZE, 0, 0);
}

/** Loads that each depend on the one before, in no order that a processor could see. */
function walk(from: usize): void {
  let at: u32 = 0;
  for (let i = 0; i < STEPS; i++)
    at = at * 1664525 + 1013904223 + (load<u32>(from + <usize>((at >> 8) & 0xfffffc)) & 1);
  store<u32>(from, at);
}
