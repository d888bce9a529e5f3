// Priorities, and limits of the processor's time.
import { beforeAll, describe, expect, test } from "vitest";
import { compileKernel, type ScriptedProcess } from "../../../tests/support/kernel-machine.ts";
import { rest, run, type Steps } from "../../../tests/support/kernel-world.ts";
import { spawnWith } from "../../../tests/support/spawn-with.ts";
import { E_ABOVE, E_INVAL, E_SRCH } from "../../abi/errors.ts";

const MS = 1_000_000n;
const SECOND = 1000n * MS;
const SLICE = 5n * MS;

beforeAll(compileKernel, 60_000);

/** How long each of these spins in `span` ns, in slices: children by their priority or percent. */
async function shares(
  options: Parameters<typeof spawnWith>[2][],
  span: bigint,
  step: (p: ScriptedProcess, index: number) => Steps = spin,
): Promise<bigint[]> {
  const times = options.map(() => 0n);
  await run({
    *init(p) {
      for (const [i, option] of options.entries()) {
        expect(yield* spawnWith(p, "/bin/child", { ...option, args: [String(i)] })).toBeGreaterThan(0);
      }
      yield* p.call("sysSleep", span);
      for (const [i] of options.entries()) yield* p.call("sysKill", 2 + i);
      yield* rest(p);
    },
    *child(p) {
      const index = Number((yield* p.args())[0]);
      for (;;) {
        const before = p.machine.now;
        yield* step(p, index);
        times[index]! += p.machine.now - before > SLICE ? SLICE : p.machine.now - before;
      }
    },
  });
  return times;
}

function* spin(p: ScriptedProcess): Steps {
  p.machine.now += SLICE;
  yield* p.preempted();
}

describe("priorities", () => {
  test("share the processor evenly when they are equal", async () => {
    const times = await shares([{}, {}, {}], 3n * SECOND);
    for (const time of times) expect(Number(time) / 3e9).toBeCloseTo(1 / 3, 1);
  });

  test("give it to the highest, and a slice each 100 ms to the others", async () => {
    const [high, low, lowest] = (
      await shares([{ priority: 5 }, { priority: 4 }, { priority: 2 }], 10n * SECOND)
    ).map((time) => Number(time) / 1e9);
    expect(high).toBeGreaterThan(8.8);
    expect(low! / 10).toBeCloseTo(0.05, 1);
    expect(low).toBeGreaterThan(0.3);
    expect(lowest).toBeGreaterThan(0.3);
    expect(lowest).toBeLessThan(0.6);
  });

  test("a process that wakes goes before lower ones that spin, and its waker waits", async () => {
    const log: string[] = [];
    await run({
      *init(p) {
        yield* p.call("sysPortPair", 0x100);
        const [ours, theirs] = [p.word(0x100), p.word(0x104)];
        yield* spawnWith(p, "/bin/child", { handles: [theirs], priority: 6 });
        yield* spawnWith(p, "/bin/other", { handles: [ours], priority: 3 });
        yield* rest(p);
      },
      *child(p) {
        for (let i = 0; i < 3; i++) {
          yield* p.call("sysPortReceive", 0, 0, 0, 0, 0);
          log.push("high");
        }
      },
      *other(p) {
        for (let i = 0; i < 3; i++) {
          log.push("low sends");
          yield* p.call("sysPortSend", 0, 0, 0, 0, 0);
        }
      },
    });
    expect(log).toEqual(["low sends", "high", "low sends", "high", "low sends", "high"]);
  });

  test("are inherited, can be lowered, and are not raised above one's own", async () => {
    const found: unknown[] = [];
    await run({
      *init(p) {
        found.push(yield* spawnWith(p, "/bin/child", { priority: 9 }));
        yield* spawnWith(p, "/bin/child", { priority: 5 });
        yield* p.wait();
        found.push(yield* p.call("sysSetPriority", 900, 3), yield* p.call("sysSetPriority", 1, 0));
        found.push(yield* p.call("sysSetPriority", 1, 9));
        yield* rest(p);
      },
      *child(p) {
        found.push(yield* spawnWith(p, "/bin/other", { priority: 6 }));
        found.push(yield* spawnWith(p, "/bin/other", {}), priorityOf(yield* p.file("/sys/proc/list"), 3));
        found.push(yield* p.call("sysSetPriority", 3, 2), priorityOf(yield* p.file("/sys/proc/list"), 3));
        found.push(yield* p.call("sysSetPriority", 3, 6), yield* p.call("sysSetPriority", 1, 1));
      },
      other: rest,
    });
    expect(found).toEqual([-E_INVAL, -E_ABOVE, 3, 5, 0, 2, -E_ABOVE, -E_ABOVE, -E_SRCH, -E_INVAL, -E_INVAL]);
  });
});

/** The PRI column of a PID. */
function priorityOf(list: string, pid: number): number {
  const line = list.split("\n").find((text) => text.trimStart().startsWith(`${pid} `))!;
  return Number(line.trim().split(/ +/)[3]);
}

describe("limits of the processor's time", () => {
  test.each([1, 10, 50])("keep a process that spins at %i percent", async (percent) => {
    const [time] = await shares([{ cpuPercent: percent }], 20n * SECOND);
    const share = Number(time) / 20e9;
    expect(share).toBeGreaterThan((percent / 100) * 0.9);
    expect(share).toBeLessThan((percent / 100) * 1.1 + 0.001);
  });

  test("leave the rest to others", async () => {
    const [limited, free] = await shares([{ cpuPercent: 20 }, {}], 10n * SECOND);
    expect(Number(limited) / 10e9).toBeCloseTo(0.2, 1);
    expect(Number(free) / 10e9).toBeCloseTo(0.8, 1);
  });

  test("cannot be got around by waiting in between", async () => {
    const [time] = await shares([{ cpuPercent: 10 }], 20n * SECOND, function* (p) {
      p.machine.now += SLICE;
      yield* p.call("sysYield");
      yield* p.call("sysSleep", 1000n);
    });
    expect(Number(time) / 20e9).toBeLessThan(0.11);
  });

  test("keep the result of the call in which a process begins to rest", async () => {
    const seen: number[] = [];
    await run({
      *init(p) {
        yield* spawnWith(p, "/bin/child", { cpuPercent: 5 });
        yield* rest(p);
      },
      *child(p) {
        for (let i = 0; i < 20; i++) {
          p.machine.now += SLICE;
          seen.push(yield* p.call("sysSleep", 1000n), yield* p.call("sysYield"), (yield* p.wait())[0]);
        }
      },
    });
    expect(new Set(seen)).toEqual(new Set([0, -13]));
    expect(seen).toHaveLength(60);
  });

  test("are inherited, and not raised", async () => {
    const found: number[] = [];
    await run({
      *init(p) {
        for (const cpuPercent of [101, 0xffff_ffff])
          found.push(yield* spawnWith(p, "/bin/child", { cpuPercent }));
        yield* spawnWith(p, "/bin/child", { cpuPercent: 30 });
        yield* rest(p);
      },
      *child(p) {
        found.push(yield* spawnWith(p, "/bin/other", { cpuPercent: 31 }));
        found.push(yield* spawnWith(p, "/bin/other", { cpuPercent: 30 }));
        found.push(yield* spawnWith(p, "/bin/other", {}), p.machine.call("cpuPercentOf", 4));
      },
    });
    expect(found).toEqual([-E_INVAL, -E_INVAL, -E_ABOVE, 3, 4, 30]);
  });
});
