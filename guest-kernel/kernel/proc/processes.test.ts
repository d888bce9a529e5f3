// Processes from spawn to wait: scripts in place of compiled code, the rest of the kernel is real.
import { beforeAll, describe, expect, test } from "vitest";
import {
  compileKernel,
  KernelMachine,
  type Script,
  type ScriptedProcess,
} from "../../../tests/support/kernel-machine.ts";
import { exitsWith, forever, load, rest, run, type Steps } from "../../../tests/support/kernel-world.ts";
import { tinyBundle } from "../../../tests/support/tiny-wasm.ts";
import { CAP_FILES, CAP_NET, CAP_PROCESSES } from "../../abi/capabilities.ts";
import {
  E_CHILD,
  E_FAULT,
  E_INVAL,
  E_LIMIT,
  E_NOENT,
  E_NOMEM,
  E_PERM,
  E_TIMEDOUT,
} from "../../abi/errors.ts";
import { STATUS_TRAPPED } from "../../abi/syscall.ts";
import { TRAP_NONE } from "../../abi/instance.ts";

// `npm run test:spawn-cycles`: 100,000
const CYCLES = 11 * Math.ceil(Number(process.env["OSCORTEX_SPAWN_CYCLES"] ?? 1100) / 11);
const SECOND = 1_000_000_000n;
const PAGE_FAULT = 14;
const NOWHERE = 0x7fff_0000; // no code there

beforeAll(compileKernel, 60_000);

describe("spawn", () => {
  test("gives the child its arguments, its name and a PID", async () => {
    const seen: unknown[] = [];
    await run({
      *init(p) {
        expect(p.pid).toBe(1);
        seen.push(yield* p.spawn("/bin/child", ["one", "", "drei ß"]));
        yield* rest(p);
      },
      *child(p) {
        seen.push(p.name, yield* p.call("sysGetpid"), yield* p.args());
      },
    });
    expect(seen).toEqual([2, "org.test.child", 2, ["one", "", "drei ß"]]);
  });

  test("without arguments gives none", async () => {
    let length = -1;
    await run({
      *init(p) {
        yield* p.spawn("/bin/child");
        yield* rest(p);
      },
      *child(p) {
        length = yield* p.call("sysArgs", 0, 0);
      },
    });
    expect(length).toBe(0);
  });

  test("gives init what stands behind -- on the command line", async () => {
    let args: string[] = [];
    await run({
      commandLine: ["pkg_server=10.0.2.2:80", "--", "hello", "a b"],
      *init(p) {
        args = yield* p.args();
        yield* rest(p);
      },
    });
    expect(args).toEqual(["hello", "a b"]);
  });

  test("never grants more than the spawner has", async () => {
    const results: number[] = [];
    const bundle = tinyBundle({}, { name: "org.test.init", capabilities: CAP_FILES | CAP_PROCESSES });
    const child = tinyBundle({}, { name: "org.test.child", capabilities: CAP_NET | CAP_FILES });
    const machine = await KernelMachine.load({
      programs: {
        "/init": {
          bundle,
          *script(p) {
            yield* p.spawn("/bin/child");
            yield* rest(p);
          },
        },
        "/bin/child": {
          bundle: child,
          *script(p) {
            results.push(yield* p.call("sysKill", 1)); // not asked for
            results.push(yield* p.call("sysTcpConnect", 1, 1)); // asked for, not the spawner's
            results.push(yield* p.call("sysOpen", 0x100, p.write(0x100, "/bin/none"))); // both
          },
        },
      },
    });
    machine.boot();
    expect(results).toEqual([-E_PERM, -E_PERM, -E_NOENT]);
  });

  test.each([
    ["an app that does not exist", 77, 0, 0, -E_NOENT],
    ["app 0", 0, 0, 0, -E_NOENT],
    ["a negative app", -5, 0, 0, -E_NOENT],
    ["a program that does not exist", 0x40000009, 0, 0, -E_NOENT],
    ["the largest app id", 0x7fffffff, 0, 0, -E_NOENT],
    ["arguments without a NUL at the end", 0x40000000, 0x100, 3, -E_INVAL],
    ["too many arguments", 0x40000000, 0x100, 4097, -E_INVAL],
    ["arguments past the memory", 0x40000000, 0xfffe, 3, -E_FAULT],
  ])("refuses %s", async (_, app, args, length, expected) => {
    let result = 0;
    const machine = await load({
      *init(p) {
        p.write(0x100, "abc");
        result = yield* p.call("sysSpawn", app, args, length);
        yield* rest(p);
      },
    });
    machine.boot();
    expect(result).toBe(expected);
    expect(machine.call("stateOf", 2)).toBe(0);
  });

  test("fails without leaving anything when memory runs out", async () => {
    const results: number[] = [];
    // So many processes in a row that the same windows are used again, their tables complete.
    function* manyChildren(p: ScriptedProcess): Steps<number> {
      for (let i = 0; i < 100; i++) {
        yield* p.spawn("/bin/child");
        yield* p.wait();
      }
      return p.machine.call("framesFreeCount");
    }
    const free: number[] = [];
    for (const most of [0, 80]) {
      await run({
        *init(p) {
          yield* p.spawn("/bin/child");
          yield* p.wait();
          const reserved = p.machine.call("framesFreeCount") - p.machine.call("framesUserCount");
          for (let pages = 0; pages < most; pages++) {
            // Nothing for processes and little for the kernel, then little for processes.
            const held = hold(p.machine, pages < 20 ? pages : reserved + pages - 20);
            const pid = yield* p.spawn("/bin/child");
            results.push(pid);
            release(p.machine, held);
            if (pid > 0) yield* p.wait();
          }
          free.push(yield* manyChildren(p));
          yield* rest(p);
        },
      });
    }
    expect(results.slice(0, 40).every((result) => result === -E_NOMEM)).toBe(true);
    expect(results.at(-1)).toBeGreaterThan(0);
    expect(free[1]).toBe(free[0]);
  });

  test("stops at the end of the process table, and goes on when there is room again", async () => {
    const results: number[] = [];
    await run({
      ramBytes: 0x18000000,
      *init(p) {
        let pid = 0;
        while ((pid = yield* p.spawn("/bin/child")) > 0) results.push(pid);
        results.push(pid);
        results.push((yield* p.wait(500))[0]);
        results.push(yield* p.spawn("/bin/child"));
        yield* rest(p);
      },
    });
    expect(results).toEqual([...Array.from({ length: 1022 }, (_, i) => i + 2), -E_LIMIT, 500, 500]);
  });

  test(
    "and the end of a process leave nothing behind, however often",
    { timeout: 5000 + CYCLES },
    async () => {
      const free: number[] = [];
      const heap: number[][] = [];
      const machine = await load({
        *init(p) {
          for (let round = 0; round < CYCLES; round++) {
            const pid = yield* p.spawn("/bin/child", ["an argument"]);
            expect(yield* p.wait()).toEqual([pid, round & 0xff]);
            if (round < CYCLES / 11 - 1) continue; // until the first windows and their tables exist
            if (round % (CYCLES / 11) === CYCLES / 11 - 1) {
              p.machine.call("__collect");
              free.push(p.machine.call("framesFreeCount"));
              heap.push([16, 64, 256, 1024, 65536].map((size) => p.machine.call("heapProbe", size)));
            }
          }
          yield* rest(p);
        },
        *child(p) {
          const handle = yield* p.call("sysOpen", 0x100, p.write(0x100, "/sys/mem"));
          expect(handle).toBe(3);
          return ends++ & 0xff;
        },
      });
      let ends = 0;
      expect(machine.boot().reason).toBe("idle");
      expect(free).toHaveLength(11);
      expect(new Set(free).size).toBe(1);
      for (const probes of heap) expect(probes).toEqual(heap[0]);
    },
  );
});

describe("exit and wait", () => {
  test.each([
    [0, 0],
    [7, 7],
    [256 + 3, 3],
    [-1, 255],
  ])("status %i is %i to the parent", async (status, expected) => {
    let result: unknown;
    await run({
      *init(p) {
        const pid = yield* p.spawn("/bin/child");
        result = [pid, yield* p.wait(pid)];
        yield* rest(p);
      },
      child: exitsWith(status),
    });
    expect(result).toEqual([2, [2, expected]]);
  });

  test("a child that ended before is waited for at once", async () => {
    let result: unknown;
    await run({
      *init(p) {
        yield* p.spawn("/bin/child");
        yield* p.call("sysSleep", SECOND);
        result = [yield* p.wait(0, 0n), yield* p.wait(0, 0n)];
        yield* rest(p);
      },
      child: exitsWith(9),
    });
    expect(result).toEqual([
      [2, 9],
      [-E_CHILD, expect.any(Number)],
    ]);
  });

  test("waits for the child that was asked for", async () => {
    const order: number[] = [];
    await run({
      *init(p) {
        const slow = yield* p.spawn("/bin/child");
        const fast = yield* p.spawn("/bin/other");
        order.push((yield* p.wait(slow))[0], (yield* p.wait(fast))[0]);
        yield* rest(p);
      },
      *child(p) {
        yield* p.call("sysSleep", SECOND);
      },
    });
    expect(order).toEqual([2, 3]);
  });

  test("of nobody's or another's child is an error", async () => {
    const results: number[] = [];
    await run({
      *init(p) {
        results.push((yield* p.wait())[0]);
        yield* p.spawn("/bin/child");
        for (const pid of [1, 3, 99, -1, 1024, 0x7fffffff]) results.push((yield* p.wait(pid))[0]);
        yield* p.spawn("/bin/other");
        yield* rest(p);
      },
      child: forever,
      *other(p) {
        results.push((yield* p.wait(2))[0]);
        results.push((yield* p.wait(1))[0]);
      },
    }).catch((error: unknown) => expect(error).toBeUndefined());
    expect(results).toEqual(Array.from({ length: 9 }, () => -E_CHILD));
  }, 20_000);

  test("ends at its timeout, not before", async () => {
    const results: unknown[] = [];
    await run({
      *init(p) {
        yield* p.spawn("/bin/child");
        const start = p.machine.now;
        results.push((yield* p.wait(0, 0n))[0], p.machine.now - start < SECOND);
        results.push((yield* p.wait(0, 2n * SECOND))[0]);
        results.push(p.machine.now - start >= 2n * SECOND, p.machine.now - start < 3n * SECOND);
        results.push((yield* p.wait(0, 100n * SECOND))[0], p.machine.now - start < 6n * SECOND);
        yield* rest(p);
      },
      *child(p) {
        yield* p.call("sysSleep", 5n * SECOND);
      },
    });
    expect(results).toEqual([-E_TIMEDOUT, true, -E_TIMEDOUT, true, true, 2, true]);
  });

  test("writes the status across a page boundary, unaligned", async () => {
    let status = 0;
    await run({
      *init(p) {
        yield* p.spawn("/bin/child");
        yield* p.call("sysWait", 0, 0x1ffe, -1n);
        status = p.word(0x1ffe);
        yield* rest(p);
      },
      *child(p) {
        yield* p.fault(PAGE_FAULT, NOWHERE);
      },
    });
    expect(status).toBe(STATUS_TRAPPED | TRAP_NONE);
  });

  test("a zombie is listed until it is waited for, and gives its PID back then", async () => {
    const lists: string[] = [];
    await run({
      *init(p) {
        yield* p.spawn("/bin/child");
        yield* p.call("sysYield");
        lists.push(yield* p.file("/sys/proc/list"));
        yield* p.wait();
        lists.push(yield* p.file("/sys/proc/list"));
        yield* rest(p);
      },
    });
    expect(lists[0]).toMatch(/^ {4}2 {5}1 {5}2 {3}8 zombie {8}0 {7}0 org\.test\.child$/m);
    expect(lists[1]).not.toContain("org.test.child");
    expect(lists[1]).toMatch(/^ {4}1 {5}0 {5}1 {3}8 run {10}64 {7}0 org\.test\.init$/m);
  });

  test("orphans become init's children, dead or alive", async () => {
    const waited: [number, number][] = [];
    await run({
      *init(p) {
        yield* p.spawn("/bin/child");
        for (let i = 0; i < 3; i++) waited.push(yield* p.wait());
        waited.push(yield* p.wait());
        yield* rest(p);
      },
      *child(p) {
        yield* p.spawn("/bin/other", ["1"]);
        yield* p.spawn("/bin/other", ["2"]);
        yield* p.call("sysSleep", 2n * SECOND); // the first has ended by then
        return 5;
      },
      *other(p) {
        const [seconds] = yield* p.args();
        yield* p.call("sysSleep", seconds === "1" ? SECOND : 4n * SECOND);
        return Number(seconds);
      },
    });
    expect(waited.map(([pid]) => pid)).toEqual([2, 3, 4, -E_CHILD]);
    expect(waited.slice(0, 3).map(([, status]) => status)).toEqual([5, 1, 2]);
  });

  test("init's end is the machine's", async () => {
    expect(await run({ init: exitsWith(3) })).toMatchObject({
      reason: "panic",
      message: "init ended, status 3",
    });
    const fault: Script = function* (p) {
      yield* p.fault(PAGE_FAULT, NOWHERE);
    };
    expect(await run({ init: fault })).toMatchObject({ reason: "panic", message: "init ended, status 256" });
  });
});

/** Takes all pages but `left`. */
function hold(machine: KernelMachine, left: number): number[] {
  const held: number[] = [];
  while (machine.call("framesFreeCount") > left) held.push(machine.call("framesAlloc", 1));
  return held;
}

function release(machine: KernelMachine, held: number[]): void {
  for (const frame of held) machine.call("framesFree", frame, 1);
}
