// What is called all the time allocates nothing: the heap's end does not move across 10,000 calls.
import { beforeAll, expect, test } from "vitest";
import { compileKernel, type ScriptedProcess } from "../../../tests/support/kernel-machine.ts";
import { load, rest, type Steps } from "../../../tests/support/kernel-world.ts";
import { spawnWith } from "../../../tests/support/spawn-with.ts";

const CALLS = 10_000;
const SIZES = [16, 64, 256, 4096, 65_536];
const BUFFER = 0x2000;

beforeAll(compileKernel, 120_000);

/** Where the heap puts blocks of several sizes. */
function probes(p: ScriptedProcess): number[] {
  return SIZES.map((size) => p.machine.call("heapProbe", size));
}

function* ends(p: ScriptedProcess): Steps<[number, number]> {
  yield* p.call("sysPortPair", BUFFER);
  return [p.word(BUFFER), p.word(BUFFER + 4)];
}

const PATHS: [string, (p: ScriptedProcess) => Steps<() => Steps>][] = [
  [
    "null, getpid, clock_monotonic",
    function* (p) {
      yield* p.call("sysNull");
      return function* () {
        yield* p.call("sysNull");
        yield* p.call("sysGetpid");
        yield* p.call("sysClockMonotonic");
      };
    },
  ],
  [
    "yield, and with it the scheduler and the loop",
    function* (p) {
      yield* p.spawn("/bin/child");
      return function* () {
        yield* p.call("sysYield");
      };
    },
  ],
  [
    "sleep, and with it timers",
    function* (p) {
      yield* p.call("sysSleep", 1n);
      return function* () {
        yield* p.call("sysSleep", 100n);
      };
    },
  ],
  [
    "port_send and port_receive",
    function* (p) {
      const [a, b] = yield* ends(p);
      yield* p.call("sysPortSend", a, BUFFER, 100, 0, 0);
      return function* () {
        yield* p.call("sysPortSend", a, BUFFER, 100, 0, 0);
        yield* p.call("sysPortReceive", b, BUFFER, 100, 0, 0);
      };
    },
  ],
  [
    "port_send and port_call to who waits, and their answers",
    function* (p) {
      yield* p.call("sysPortPair", BUFFER);
      const ours = p.word(BUFFER);
      yield* spawnWith(p, "/bin/other", { handles: [p.word(BUFFER + 4)] });
      return function* () {
        yield* p.call("sysPortSend", ours, BUFFER, 100, 0, 0);
        yield* p.call("sysPortReceive", ours, BUFFER, 100, 0, 0);
        expect(yield* p.call("sysPortCall", ours, BUFFER, 100, BUFFER, 100)).toBe(100);
      };
    },
  ],
  [
    "poll",
    function* (p) {
      const [a] = yield* ends(p);
      p.write(BUFFER, new Uint8Array(Int32Array.of(a, 3).buffer));
      return function* () {
        yield* p.call("sysPoll", BUFFER, 1, 0n);
      };
    },
  ],
];

test.each(PATHS)("%s", async (_, prepare) => {
  let before: number[] = [];
  let after: number[] = [];
  const machine = await load({
    *init(p) {
      const step = yield* prepare(p);
      yield* step();
      p.machine.call("__collect");
      before = probes(p);
      for (let i = 0; i < CALLS; i++) yield* step();
      after = probes(p);
      yield* rest(p);
    },
    *child(p) {
      for (let i = 0; i < CALLS; i++) yield* p.call("sysYield");
    },
    *other(p) {
      yield* p.call("sysPortReceive", 0, BUFFER, 100, 0, 0);
      for (;;) yield* p.call("sysPortCall", 0, BUFFER, 100, BUFFER, 100);
    },
  });
  machine.boot();
  expect(after).toEqual(before);
  expect(after).toHaveLength(SIZES.length);
});
