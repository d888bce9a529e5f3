import { beforeAll, describe, expect, test } from "vitest";
import { compileKernel, type Script } from "../../../tests/support/kernel-machine.ts";
import { forever, load, rest, run, type Steps } from "../../../tests/support/kernel-world.ts";
import { E_PERM, E_SRCH } from "../../abi/errors.ts";
import { STATUS_KILLED } from "../../abi/syscall.ts";

const SECOND = 1_000_000_000n;

beforeAll(compileKernel, 60_000);

describe("kill", () => {
  const victims: [string, Script][] = [
    ["sleeps", forever],
    [
      "is ready to run",
      function* (p): Steps {
        for (;;) yield* p.preempted();
      },
    ],
    [
      "waits for a child",
      function* (p): Steps {
        yield* p.spawn("/bin/other");
        yield* p.wait();
      },
    ],
    ["sleeps for ever", rest],
    [
      "waits for a program to be compiled",
      function* (p): Steps {
        yield* p.spawn("/bin/other");
        yield* rest(p);
      },
    ],
  ];
  test.each(victims)("ends a process that %s", async (_, victim) => {
    let result: unknown;
    const machine = await load({
      *init(p) {
        const pid = yield* p.spawn("/bin/child");
        yield* p.call("sysYield");
        result = [yield* p.call("sysKill", pid), yield* p.wait(pid)];
        yield* p.call("sysYield");
        yield* p.call("sysSleep", 3n * SECOND);
        yield* rest(p);
      },
      child: victim,
    });
    machine.boot();
    expect(result).toEqual([0, [2, STATUS_KILLED]]);
    expect(machine.call("contextOf", 2)).toBe(0);
  });

  test("of itself ends the caller", async () => {
    let result: unknown;
    await run({
      *init(p) {
        yield* p.spawn("/bin/child");
        result = yield* p.wait();
        yield* rest(p);
      },
      *child(p) {
        yield* p.call("sysKill", p.pid);
        throw new Error("still alive");
      },
    });
    expect(result).toEqual([2, STATUS_KILLED]);
  });

  test("of the parent hands the killer to init", async () => {
    let result: unknown;
    await run({
      *init(p) {
        yield* p.spawn("/bin/child");
        result = [yield* p.wait(), yield* p.wait()];
        yield* rest(p);
      },
      *child(p) {
        yield* p.spawn("/bin/other");
        yield* rest(p);
      },
      *other(p) {
        yield* p.call("sysKill", 2);
        return 4;
      },
    });
    expect(result).toEqual([
      [2, STATUS_KILLED],
      [3, 4],
    ]);
  });

  test.each([
    ["init", 1, -E_PERM],
    ["PID 0", 0, -E_SRCH],
    ["a negative PID", -1, -E_SRCH],
    ["nobody", 700, -E_SRCH],
    ["a PID past the table", 1024, -E_SRCH],
    ["a zombie", 2, -E_SRCH],
  ])("of %s is refused", async (_, pid, expected) => {
    let result = 0;
    await run({
      *init(p) {
        yield* p.spawn("/bin/child");
        yield* p.call("sysYield");
        result = yield* p.call("sysKill", pid);
        yield* rest(p);
      },
    });
    expect(result).toBe(expected);
  });
});
