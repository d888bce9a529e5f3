// Who runs when: sleep, yield, preemption, and the loop's sleep when nobody does.
import { beforeAll, describe, expect, test } from "vitest";
import { compileKernel, KernelMachine, type ScriptedProcess } from "../../../tests/support/kernel-machine.ts";
import { exitsWith, load, rest, run, type Steps } from "../../../tests/support/kernel-world.ts";
import { CONTROL_MARK, MARK_INIT, MARK_KERNEL, MARK_SHELL } from "../../abi/control.ts";
import {
  EVENT_BIT_TICK,
  EVENT_IDLE,
  EVENT_IDLE_TIMEOUT_US,
  EVENT_PREEMPT_GPA,
  EVENT_RUN_SEQ,
  PREEMPT_REQUEST,
} from "../../abi/event-page.ts";
import { CTX_LIMIT, CTX_STACK_LIMIT } from "../../abi/instance.ts";
import { EVENT_PAGE_GPA } from "../../abi/memory-map.ts";

const SECOND = 1_000_000_000n;

beforeAll(compileKernel, 60_000);

/** Starts children with these arguments, one after the other. */
function* children(p: ScriptedProcess, words: string[]): Steps {
  for (const word of words) yield* p.spawn("/bin/child", [word]);
}

/** Boots with init starting children; `step` is what each does, whose numbers are collected in order. */
async function order(words: string[], step: (p: ScriptedProcess, word: string) => Steps): Promise<string[]> {
  const seen: string[] = [];
  await run({
    *init(p) {
      yield* p.spawn("/bin/other"); // loads nothing that children wait for later
      yield* children(p, words);
      yield* rest(p);
    },
    *child(p) {
      const [word = ""] = yield* p.args();
      for (const _ of step(p, word)) {
        if (_ < 0) seen.push(word);
        else yield _;
      }
    },
  });
  return seen;
}

const SEEN = -1; // not a reason to return: the script is seen to be here

describe("sleep", () => {
  test("wakes in the order of the deadlines", async () => {
    const words = ["3", "1", "5", "2", "4"];
    const seen = await order(words, function* (p, word) {
      yield* p.call("sysSleep", BigInt(word) * SECOND);
      yield SEEN;
    });
    expect(seen).toEqual(["1", "2", "3", "4", "5"]);
  });

  test.each([1n, 999n, 1000n, 50_000n, 1_000_001n, 30n * SECOND])("%i ns are not cut short", async (ns) => {
    let slept = 0n;
    await run({
      *init(p) {
        const start = p.machine.now;
        expect(yield* p.call("sysSleep", ns)).toBe(0);
        slept = p.machine.now - start;
        yield* rest(p);
      },
    });
    expect(slept).toBeGreaterThanOrEqual(ns);
    expect(slept).toBeLessThan(ns + 100_000n);
  });

  test("lasts for hours, though the host's timeout has 32 bits of microseconds", async () => {
    const hours = 3n * 3600n * SECOND;
    let woken = false;
    const machine = await load({
      *init(p) {
        yield* p.call("sysSleep", hours);
        woken = true;
        yield* rest(p);
      },
    });
    machine.until = 2n * hours;
    machine.boot();
    expect(woken).toBe(true);
    expect(machine.now).toBeGreaterThanOrEqual(hours);
    expect(machine.now).toBeLessThan(hours + SECOND);
  });

  test.each([0n, -1n, -(2n ** 63n)])("%i yields", async (ns) => {
    const seen = await order(["a", "b"], function* (p) {
      for (let i = 0; i < 3; i++) {
        yield SEEN;
        expect(yield* p.call("sysSleep", ns)).toBe(0);
      }
    });
    expect(seen).toEqual(["a", "b", "a", "b", "a", "b"]);
  });
});

describe("the run queue", () => {
  test("gives the CPU round in turn to those that yield", async () => {
    const seen = await order(["a", "b", "c"], function* (p) {
      for (let i = 0; i < 3; i++) {
        yield SEEN;
        yield* p.call("sysYield");
      }
    });
    expect(seen.join("")).toBe("abcabcabc");
  });

  test("gives the CPU round in turn to those that are preempted", async () => {
    const seen = await order(["a", "b", "c"], function* (p) {
      for (let i = 0; i < 20; i++) {
        yield SEEN;
        yield* p.preempted();
      }
    });
    expect(seen).toHaveLength(60);
    for (let i = 10; i < 40; i++) expect(new Set(seen.slice(i, i + 3)).size).toBe(3); // once all have begun
  });

  test("lets those run that only compute beside those that never stop yielding", async () => {
    let slices = 0;
    const machine = await load({
      *init(p) {
        yield* p.spawn("/bin/child");
        yield* p.spawn("/bin/other");
        yield* p.wait();
        yield* rest(p);
      },
      *child(p) {
        for (slices = 0; slices < 100; slices++) yield* p.preempted();
      },
      *other(p) {
        for (let i = 0; i < 250; i++) yield* p.call("sysYield");
        expect(slices).toBe(100);
      },
    });
    machine.boot();
    expect(slices).toBe(100);
  });

  test("runs what was woken soon, however many compute", async () => {
    let turns = 0;
    await run({
      *init(p) {
        yield* children(p, ["1", "2", "3", "4", "5", "6", "7", "8"]);
        yield* p.call("sysSleep", 1000n);
        expect(turns).toBeLessThan(20);
        yield* rest(p);
      },
      *child(p) {
        for (let i = 0; i < 50; i++) {
          turns++;
          p.machine.now += 100n;
          yield* p.preempted();
        }
      },
    });
    expect(turns).toBe(400);
  });
});

describe("a slice", () => {
  const word = (machine: KernelMachine, offset: number): number =>
    machine.view.getUint32(EVENT_PAGE_GPA + offset, true);

  test("begins with the limit word in place, and says where it is and that it is another", async () => {
    const sequence: number[] = [];
    const machine = await load({
      *init(p) {
        for (let i = 0; i < 3; i++) {
          const { view } = p.machine;
          expect(word(p.machine, EVENT_PREEMPT_GPA)).toBe(p.context + CTX_LIMIT + 4);
          expect(view.getBigUint64(p.context + CTX_LIMIT, true)).toBe(
            view.getBigUint64(p.context + CTX_STACK_LIMIT, true),
          );
          sequence.push(word(p.machine, EVENT_RUN_SEQ));
          view.setUint32(p.context + CTX_LIMIT + 4, PREEMPT_REQUEST, true);
          yield* p.preempted();
        }
        yield* rest(p);
      },
    });
    machine.boot();
    expect(word(machine, EVENT_PREEMPT_GPA)).toBe(0);
    const [first = 0] = sequence;
    expect(sequence).toEqual([first, first + 1, first + 2]);
  });

  test("does not begin while events wait to be seen", async () => {
    let ran = 0;
    const machine = await load({
      *init(p) {
        p.machine.raise(1 << EVENT_BIT_TICK);
        yield* p.preempted();
        expect(word(p.machine, 0)).toBe(0);
        ran++;
        yield* rest(p);
      },
    });
    machine.boot();
    expect(ran).toBe(1);
  });

  test("of a process that has ended cannot be cut short where another's memory is", async () => {
    const contexts: number[] = [];
    await run({
      *init(p) {
        for (let i = 0; i < 3; i++) {
          const pid = yield* p.spawn("/bin/child");
          const context = p.machine.call("contextOf", pid);
          contexts.push(context);
          yield* p.wait();
          // The host's store, late.
          p.machine.view.setUint32(context + CTX_LIMIT + 4, PREEMPT_REQUEST, true);
        }
        yield* rest(p);
      },
    });
    expect(new Set(contexts).size).toBe(1);
  });

  test("first of kernel, init and shell is marked, once each", async () => {
    const machine = await load({
      *init(p) {
        yield* p.spawn("/bin/child");
        yield* p.call("sysYield");
        yield* p.spawn("/bin/child");
        yield* p.call("sysYield");
        yield* rest(p);
      },
      child: exitsWith(0),
    });
    machine.boot();
    const marks = machine.controls.filter(([register]) => register === CONTROL_MARK);
    expect(marks.map(([, value]) => value)).toEqual([MARK_KERNEL, MARK_INIT, MARK_SHELL]);
  });

  test("of nobody: the machine sleeps until the next deadline, saying so", async () => {
    const machine = await load({
      *init(p) {
        yield* p.call("sysSleep", SECOND);
        yield* rest(p);
      },
    });
    const seen: number[][] = [];
    machine.onIdle = () => {
      seen.push([word(machine, EVENT_IDLE), word(machine, EVENT_IDLE_TIMEOUT_US)]);
      return false;
    };
    machine.boot();
    expect(seen).toHaveLength(2);
    expect(seen[0]?.[0]).toBe(1);
    expect(seen[0]?.[1]).toBeGreaterThan(990_000);
    expect(seen[0]?.[1]).toBeLessThan(1_000_001);
    expect(seen[1]).toEqual([1, 0xffff_ffff]);
  });
});
