// What a process can be started with: environment, handles, groups, limits.
import { beforeAll, describe, expect, test } from "vitest";
import { compileKernel, type Script, type ScriptedProcess } from "../../../tests/support/kernel-machine.ts";
import { forever, load, rest, run, type Steps } from "../../../tests/support/kernel-world.ts";
import { tinyBundle } from "../../../tests/support/tiny-wasm.ts";
import { type SpawnOptions, spawnWith } from "../../../tests/support/spawn-with.ts";
import { CAP_ALL, CAP_FILES, CAP_PROCESSES, CAP_SERVICES } from "../../abi/capabilities.ts";
import {
  E_ABOVE,
  E_BADF,
  E_CHILD,
  E_FAULT,
  E_INVAL,
  E_LIMIT,
  E_MEMORY,
  E_NOENT,
  E_PERM,
  E_SRCH,
} from "../../abi/errors.ts";
import { SPAWN_OPTIONS_SIZE } from "../../abi/spawn.ts";
import { STATUS_KILLED } from "../../abi/syscall.ts";

const SECOND = 1_000_000_000n;
const BUFFER = 0x4000;

beforeAll(compileKernel, 60_000);

/** What a child that was started with these options finds. */
async function inChild<T>(options: SpawnOptions, look: (p: ScriptedProcess) => Steps<T>): Promise<T> {
  const found: T[] = [];
  await run({
    *init(p) {
      expect(yield* spawnWith(p, "/bin/child", options)).toBe(2);
      yield* rest(p);
    },
    *child(p) {
      found.push(yield* look(p));
    },
  });
  return found[0]!;
}

/** What starting a child with these options gives. */
async function spawned(
  options: SpawnOptions,
  before: (p: ScriptedProcess) => Steps = function* () {},
): Promise<number> {
  let result = 0;
  await run({
    *init(p) {
      yield* before(p);
      result = yield* spawnWith(p, "/bin/child", options);
      yield* rest(p);
    },
  });
  return result;
}

function* env(p: ScriptedProcess): Steps<string[]> {
  const length = yield* p.call("sysEnv", BUFFER, 4096);
  return p.text(BUFFER, length).split("\0").slice(0, -1);
}

describe("arguments and environment", () => {
  test("are the child's", async () => {
    const options = { args: ["a", "b c"], env: ["HOME=/data", "ÜMLAUT=ä", "EMPTY="] };
    const found = await inChild(options, function* (p) {
      return [yield* p.args(), yield* env(p), yield* p.call("sysEnv", 0, 3)];
    });
    expect(found).toEqual([options.args, options.env, 29]);
  });

  test("the environment is inherited by default, arguments are not", async () => {
    const found: unknown[] = [];
    await run({
      *init(p) {
        yield* spawnWith(p, "/bin/child", { args: ["x"], env: ["A=1"] });
        yield* rest(p);
      },
      *child(p) {
        yield* spawnWith(p, "/bin/other", {});
        yield* spawnWith(p, "/bin/other", { env: [] });
        yield* p.wait();
        yield* p.wait();
      },
      *other(p) {
        found.push(yield* p.args(), yield* env(p));
      },
    });
    expect(found).toEqual([[], ["A=1"], [], []]);
  });

  test.each([
    ["options past the memory", [0xfff8, 16], -E_FAULT],
    ["longer options than there are", [0, SPAWN_OPTIONS_SIZE + 4], -E_INVAL],
    ["half an option", [0, 6], -E_INVAL],
  ])("refuses %s", async (_, args, expected) => {
    let result = 0;
    await run({
      *init(p) {
        const app = yield* p.call("sysPkgResolve", BUFFER, p.write(BUFFER, "/bin/child"));
        result = yield* p.call("sysSpawnWith", app, ...args);
        yield* rest(p);
      },
    });
    expect(result).toBe(expected);
  });

  test("no options at all are the defaults", async () => {
    let result = 0;
    await run({
      *init(p) {
        const app = yield* p.call("sysPkgResolve", BUFFER, p.write(BUFFER, "/bin/child"));
        result = yield* p.call("sysSpawnWith", app, 0, 0);
        yield* rest(p);
      },
    });
    expect(result).toBe(2);
  });
});

describe("handles", () => {
  test("are duplicates of those that were named, in that order", async () => {
    const found: unknown[] = [];
    await run({
      *init(p) {
        yield* p.call("sysPortPair", BUFFER); // 3 4
        expect(yield* spawnWith(p, "/bin/child", { handles: [4, -1, 2, 4] })).toBe(2);
        yield* p.call("sysClose", 4);
        for (let i = 0; i < 3; i++) {
          const length = yield* p.call("sysPortReceive", 3, BUFFER, 100, 0, 0);
          found.push(length < 0 ? length : p.text(BUFFER, length));
        }
        yield* rest(p);
      },
      *child(p) {
        yield* p.call("sysWrite", 0, BUFFER, p.write(BUFFER, "from 0"));
        found.push(yield* p.call("sysWrite", 1, BUFFER, 1), yield* p.call("sysWrite", 4, BUFFER, 1));
        yield* p.call("sysWrite", 3, BUFFER, p.write(BUFFER, "from 3"));
      },
    });
    expect(found).toEqual([-E_BADF, -E_BADF, "from 0", "from 3", -15]);
  });

  test("without a list are the first three", async () => {
    const found: unknown[] = [];
    await run({
      *init(p) {
        yield* p.call("sysClose", 0);
        yield* p.call("sysClose", 1);
        yield* p.call("sysPortPair", BUFFER); // 0 1
        yield* p.spawn("/bin/child");
        const length = yield* p.call("sysRead", 0, BUFFER, 10);
        found.push(p.text(BUFFER, length));
        yield* rest(p);
      },
      *child(p) {
        yield* p.call("sysWrite", 1, BUFFER, p.write(BUFFER, "stdout"));
      },
    });
    expect(found).toEqual(["stdout"]);
  });

  test.each([
    [[3], -E_BADF],
    [[0, -2], -E_BADF],
    [Array.from({ length: 65 }, () => 0), -E_INVAL],
    [Array.from({ length: 64 }, () => 0), 2],
  ])("%j are refused or not", async (handles, expected) => {
    expect(await spawned({ handles })).toBe(expected);
  });
});

describe("limits", () => {
  test("of handles", async () => {
    const found = await inChild({ handleLimit: 5 }, function* (p) {
      const length = p.write(BUFFER, "/sys/mem");
      const opened: number[] = [];
      for (let i = 0; i < 3; i++) opened.push(yield* p.call("sysOpen", BUFFER, length));
      const pair = yield* p.call("sysPortPair", 0x100);
      return [
        ...opened,
        pair,
        yield* p.call("sysDuplicate", 0),
        yield* spawnWith(p, "/bin/other", { handleLimit: 6 }),
      ];
    });
    expect(found).toEqual([3, 4, -E_LIMIT, -E_LIMIT, -E_LIMIT, -E_ABOVE]);
    expect(await spawned({ handleLimit: 2, handles: [0, 1, 2] })).toBe(-E_LIMIT);
    expect(await spawned({ handleLimit: 65 })).toBe(-E_INVAL);
  });

  test("of memory: it does not grow beyond, and what needs more is not started", async () => {
    const found = await inChild({ memoryPages: 3 }, function* (p) {
      const grown = [p.pages, yield* p.call("sysMemoryGrow", 2), yield* p.call("sysMemoryGrow", 1), p.pages];
      return [...grown, yield* spawnWith(p, "/bin/other", { memoryPages: 4 }), yield* p.spawn("/bin/other")];
    });
    expect(found).toEqual([1, 1, -1, 3, -E_ABOVE, 3]);
  });

  test("of memory below what the app begins with", async () => {
    const results: number[] = [];
    const machine = await load({
      *init(p) {
        for (const memoryPages of [3, 4]) results.push(yield* spawnWith(p, "/bin/large", { memoryPages }));
        yield* rest(p);
      },
      programs: {
        "/bin/large": { bundle: tinyBundle({ memory: [4] }, { name: "org.test.large" }), script: rest },
      },
    });
    machine.boot();
    expect(results).toEqual([-E_MEMORY, 2]);
  });

  test("of capabilities: what is withheld is not granted, to the child's children neither", async () => {
    const found: number[] = [];
    await run({
      *init(p) {
        yield* spawnWith(p, "/bin/child", { withhold: CAP_FILES | CAP_SERVICES });
        yield* rest(p);
      },
      *child(p) {
        found.push(yield* p.call("sysOpen", BUFFER, p.write(BUFFER, "/none")));
        found.push(yield* p.call("sysPortRegister", BUFFER, p.write(BUFFER, "a")));
        found.push(yield* p.call("sysKill", 900));
      },
    });
    expect(found).toEqual([-E_PERM, -E_PERM, -E_SRCH]);
    expect(CAP_ALL & CAP_PROCESSES).not.toBe(0);
    expect(await inChild({}, (p) => p.call("sysOpen", BUFFER, p.write(BUFFER, "/none")))).toBe(-E_NOENT);
  });
});

describe("groups", () => {
  const leader: Script = function* (p) {
    const [word = ""] = yield* p.args();
    for (let i = 0; i < Number(word); i++) yield* p.spawn("/bin/other");
    yield* forever(p);
  };

  test("are inherited, and end as one", async () => {
    const found: unknown[] = [];
    const groupsBefore = new Map<number, number>();
    const machine = await load({
      *init(p) {
        const first = yield* p.spawn("/bin/child", ["2"]);
        const second = yield* p.spawn("/bin/child", ["1"]);
        yield* p.call("sysSleep", SECOND);
        for (const pid of [2, 3, 4, 5, 6]) groupsBefore.set(pid, p.machine.call("groupOf", pid));
        found.push(first, second, yield* p.call("sysKillGroup", first));
        found.push(
          yield* p.wait(first),
          yield* p.wait(-first),
          yield* p.wait(-first),
          (yield* p.wait(-first))[0],
        );
        found.push(yield* p.call("sysKillGroup", first), (yield* p.wait(0, 0n))[0] < 0);
        yield* rest(p);
      },
      child: leader,
      other: forever,
    });
    machine.until = 3n * SECOND;
    machine.boot();
    const killed = (pid: number): number[] => [pid, STATUS_KILLED];
    expect(found.slice(0, 3)).toEqual([2, 3, 3]);
    expect(found[3]).toEqual(killed(2));
    const orphans = (found.slice(4, 6) as number[][]).map(([pid]) => pid!);
    expect(orphans.map((pid) => groupsBefore.get(pid))).toEqual([2, 2]);
    expect(found.slice(6)).toEqual([-E_CHILD, -E_SRCH, true]);
    const others = [3, 4, 5, 6].filter((pid) => groupsBefore.get(pid) === 3);
    expect(others.map((pid) => machine.call("stateOf", pid))).toEqual([2, 2]);
  });

  test("a new group is led by the child, and the caller goes last in its own", async () => {
    const seen: number[] = [];
    await run({
      *init(p) {
        const pid = yield* p.spawn("/bin/child");
        seen.push((yield* p.wait(pid))[1]);
        seen.push((yield* p.wait(-3))[0], (yield* p.wait(-2, 0n))[0]);
        yield* rest(p);
      },
      *child(p) {
        yield* spawnWith(p, "/bin/other", { newGroup: true, args: ["exit"] }); // 3
        yield* p.spawn("/bin/other"); // 4
        yield* p.call("sysSleep", SECOND);
        yield* p.call("sysKillGroup", 2);
        throw new Error("still alive");
      },
      *other(p) {
        if ((yield* p.args()).length === 0) yield* forever(p);
      },
    });
    expect(seen).toEqual([STATUS_KILLED, 3, 4]);
  });

  test.each([
    [1, -E_PERM],
    [0, -E_SRCH],
    [-2, -E_SRCH],
    [77, -E_SRCH],
  ])("%i cannot be killed", async (group, expected) => {
    let result = 0;
    await run({
      *init(p) {
        result = yield* p.call("sysKillGroup", group);
        yield* rest(p);
      },
    });
    expect(result).toBe(expected);
  });
});
