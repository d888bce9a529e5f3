// What processes cost each other: a switch, a message there and back, the start of one.

import { monotonicNs } from "../../sdk/clock.ts";
import { printError } from "../../sdk/console.ts";
import { errorText } from "../../sdk/error-text.ts";
import { launch, LaunchOptions } from "../../sdk/launch.ts";
import { poll, port_call, port_receive, port_send, spawn } from "../../sdk/oscortex.ts";
import { resolve } from "../../sdk/packages.ts";
import { close, makePort } from "../../sdk/ports.ts";
import { killChild, NO_TIMEOUT, waitFor } from "../../sdk/process.ts";
import { reserved } from "../../sdk/reserved-names/oscortex.ts";
import { POLL_EVENTS, POLL_HANDLE, POLL_READ, POLL_SIZE } from "../../../guest-kernel/abi/poll.ts";
import { GROW, measureMemory, serveGrow } from "./memory.ts";
import { checkMessages, COMPLEMENT, serveComplement } from "./messages.ts";
import { Samples } from "./samples.ts";

/** With this, and what to do, the bench app is the other process of a measurement. */
export const PEER = "--peer";

const SELF = "org.oscortex.bench";
const SMALL_APP = "org.oscortex.nothing";
const FAILED: i32 = 1;
const BATCHES: i32 = 1000;
const BATCH: i32 = 100;
const SPAWNS: i32 = 1000;
const MESSAGE_BYTES: u32 = 8;

const message = memory.data(8, 8);
const entry = memory.data(8, 4);
if (POLL_SIZE > 8) ERROR("entry");

/** Measures yield between two processes, a round trip through a port, poll, and spawn. */
export function measureKernel(): i32 {
  const self = resolve(SELF);
  if (self < 0) return failed(SELF, self);
  const status = measureYieldBetween(self) | measurePingPong(self) | measureCall(self);
  const small = resolve(SMALL_APP);
  return small < 0 ? failed(SMALL_APP, small) : status | measureSpawn(small);
}

/** Lets checkMessages talk to another process. */
export function checkMessagesWithPeer(rounds: i32): i32 {
  const self = resolve(SELF);
  return self < 0 ? failed(SELF, self) : checkMessages(self, PEER, rounds);
}

/** Measures memory, each sample in another process. */
export function measureMemoryWithPeers(rounds: i32): i32 {
  const self = resolve(SELF);
  const result = self < 0 ? self : measureMemory(self, PEER, rounds);
  return result < 0 ? failed(SELF, result) : 0;
}

/** The other process: yields for ever, or sends back what comes, by port_send and port_receive or by port_call. */
export function servePeer(what: string): i32 {
  if (what == "yield") while (true) reserved.yieldNow();
  if (what == "answer") return answer();
  if (what == COMPLEMENT) return serveComplement();
  if (what == GROW) return serveGrow();
  while (true) {
    const length = port_receive(0, message, MESSAGE_BYTES, 0, 0);
    if (length < 0) return 0;
    port_send(0, message, length, 0, 0);
  }
}

function answer(): i32 {
  let length = port_receive(0, message, MESSAGE_BYTES, 0, 0);
  while (length >= 0) length = port_call(0, message, length, message, MESSAGE_BYTES);
  return 0;
}

/** A yield switches to the other process, whose yield switches back: two switches. */
function measureYieldBetween(self: i32): i32 {
  const pid = startPeer(self, "yield", 0);
  if (pid < 0) return failed(SELF, pid);
  const samples = new Samples("yield_between");
  reserved.yieldNow();
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = monotonicNs();
    for (let i = 0; i < BATCH; i++) reserved.yieldNow();
    samples.add(monotonicNs() - start, 2 * BATCH);
  }
  killChild(pid);
  samples.report();
  return 0;
}

function measurePingPong(self: i32): i32 {
  const ends = makePort();
  const pid = startPeer(self, "echo", ends.second);
  if (pid < 0) return failed(SELF, pid);
  const samples = new Samples("port_ping_pong");
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = monotonicNs();
    for (let i = 0; i < BATCH; i++) {
      port_send(ends.first, message, MESSAGE_BYTES, 0, 0);
      port_receive(ends.first, message, MESSAGE_BYTES, 0, 0);
    }
    samples.add(monotonicNs() - start, BATCH);
  }
  samples.report();
  close(ends.first);
  close(ends.second);
  waitFor(pid, NO_TIMEOUT);
  return 0;
}

/** The same by port_call on both sides. */
function measureCall(self: i32): i32 {
  const ends = makePort();
  const pid = startPeer(self, "answer", ends.second);
  if (pid < 0) return failed(SELF, pid);
  const samples = new Samples("port_call");
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = monotonicNs();
    for (let i = 0; i < BATCH; i++) port_call(ends.first, message, MESSAGE_BYTES, message, MESSAGE_BYTES);
    samples.add(monotonicNs() - start, BATCH);
  }
  samples.report();
  close(ends.first);
  close(ends.second);
  waitFor(pid, NO_TIMEOUT);
  measurePoll();
  return 0;
}

function measurePoll(): void {
  const pair = makePort();
  port_send(pair.first, message, MESSAGE_BYTES, 0, 0);
  store<i32>(entry, pair.second, POLL_HANDLE);
  store<u16>(entry, <u16>POLL_READ, POLL_EVENTS);
  const samples = new Samples("poll_one");
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = monotonicNs();
    for (let i = 0; i < BATCH; i++) poll(entry, 1, 0);
    samples.add(monotonicNs() - start, BATCH);
  }
  close(pair.first);
  close(pair.second);
  samples.report();
}

function startPeer(self: i32, what: string, handle: i32): i32 {
  const options = new LaunchOptions();
  options.args = [PEER, what];
  options.handles = [handle];
  return launch(self, options);
}

/** The call alone, and until the process has run and was waited for. */
function measureSpawn(app: i32): i32 {
  const calls = new Samples("spawn");
  const whole = new Samples("spawn_to_wait");
  for (let i = 0; i < SPAWNS; i++) {
    const start = monotonicNs();
    const pid = spawn(app, 0, 0);
    const started = monotonicNs();
    if (pid < 0) return failed(SMALL_APP, pid);
    waitFor(pid, NO_TIMEOUT);
    whole.add(monotonicNs() - start, 1);
    calls.add(started - start, 1);
  }
  calls.report();
  whole.report();
  return 0;
}

function failed(name: string, result: i32): i32 {
  printError("bench: " + name + ": " + errorText(result));
  return FAILED;
}
