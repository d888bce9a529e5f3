// What every system call does with arguments that it must refuse.
import { beforeAll, describe, expect, test } from "vitest";
import { compileKernel, type ScriptedProcess } from "../../../tests/support/kernel-machine.ts";
import { load, rest, run, type Steps } from "../../../tests/support/kernel-world.ts";
import { RESUME_SYSCALL } from "../../abi/arch.ts";
import { CAP_ALL, CAP_FILES } from "../../abi/capabilities.ts";
import { CONTROL_POWEROFF } from "../../abi/control.ts";
import {
  E_BADCALL,
  E_BADF,
  E_FAULT,
  E_INVAL,
  E_LIMIT,
  E_NETDOWN,
  E_NOENT,
  E_PERM,
} from "../../abi/errors.ts";
import { SYSCALL_SLOTS } from "../../abi/syscall-table.ts";
import { SYSCALL_RULES } from "../../image/syscall-rules.ts";
import * as numbers from "../../abi/syscall.ts";

const MEMORY = 0x10000; // bytes of a process's memory: one page

beforeAll(compileKernel, 60_000);

/** Lets init make calls; what they returned. */
async function results(
  steps: (p: ScriptedProcess) => Steps<number[]>,
  capabilities?: number,
): Promise<number[]> {
  let found: number[] = [];
  await run({
    ...(capabilities === undefined ? {} : { capabilities }),
    *init(p) {
      found = yield* steps(p);
      yield* rest(p);
    },
  });
  return found;
}

/** The name of the handler of a call. */
function handler(name: string): string {
  return `sys_${name}`.replace(/_(?<letter>[a-z])/g, (_, letter: string) => letter.toUpperCase());
}

interface Slot {
  name: string;
  params: string;
}

const slots: Slot[] = SYSCALL_SLOTS.map((slot) => {
  const [name = "", type = ""] = slot.split(" ");
  return { name, params: type.split(">")[0] ?? "" };
});

/** A plausible argument for every parameter. */
function plausible({ params }: Slot): (number | bigint)[] {
  return Array.from(params, (letter) => (letter === "I" ? 0n : 16));
}

describe("capabilities", () => {
  const needed = (name: string): number => SYSCALL_RULES.get(name)!.capability;
  const guarded = slots.filter(({ name }) => needed(name) !== 0);
  const free = slots.filter(({ name }) => needed(name) === 0 && name !== "exit" && name !== "syscall");

  test.each(guarded)("$name by name is refused without its own", async (slot) => {
    const others = CAP_ALL & ~needed(slot.name);
    const found = await results(function* (p) {
      p.write(16, "name");
      return [yield* p.call(handler(slot.name), ...plausible(slot))];
    }, others);
    // poweroff has no result: it comes back at all.
    expect(found).toEqual([slot.name === "poweroff" ? Number.NaN : -E_PERM]);
  });

  test.each(guarded)("$name by number is refused without its own", async (slot) => {
    const others = CAP_ALL & ~needed(slot.name);
    const found = await results(function* (p) {
      p.write(16, "name");
      return [yield* byNumber(p, slot.name, plausible(slot))];
    }, others);
    expect(found).toEqual([-E_PERM]);
  });

  test.each(guarded)("$name needs no other", async (slot) => {
    let found = 0;
    const machine = await load({
      capabilities: needed(slot.name),
      *init(p) {
        p.write(16, "name");
        found = p.machine.call(handler(slot.name), ...plausible(slot));
        yield RESUME_SYSCALL; // where it may wait for ever
        yield* rest(p);
      },
    });
    machine.boot();
    expect(found).not.toBe(-E_PERM);
  });

  test.each(free)("$name needs none", async (slot) => {
    const found = await results(function* (p) {
      return [yield* p.call(handler(slot.name), ...plausible(slot))];
    }, 0);
    expect(found[0]).not.toBe(-E_PERM);
  });

  test("a program of the initramfs needs files, not packages", async () => {
    function* resolve(p: ScriptedProcess): Steps<number[]> {
      return [yield* p.call("sysPkgResolve", 16, p.write(16, "/bin/child"))];
    }
    expect(await results(resolve, CAP_ALL & ~CAP_FILES)).toEqual([-E_PERM]);
    expect((await results(resolve, CAP_FILES))[0]).toBeGreaterThan(0);
  });
});

function* byNumber(p: ScriptedProcess, name: string, args: (number | bigint)[]): Steps<number> {
  const number = new Map(Object.entries(numbers)).get(`SYS_${name.toUpperCase()}`);
  const wide = Array.from({ length: 5 }, (_, i) => BigInt(args[i] ?? 0));
  return yield* p.call("sysSyscall", number ?? -1, ...wide);
}

describe("by number", () => {
  test("does what the call by name does", async () => {
    const found = await results(function* (p) {
      p.write(16, "/bin/none");
      const open = yield* byNumber(p, "open", [16, 9]);
      const sleep = yield* byNumber(p, "sleep", [5n]);
      const pid = yield* byNumber(p, "getpid", []);
      const high = yield* byNumber(p, "close", [2n ** 32n + 77n]); // modulo 2^32
      return [open, sleep, pid, high];
    });
    expect(found).toEqual([-E_NOENT, 0, 1, -E_BADF]);
  });

  test("knows every call of the table, and no other", async () => {
    const known = new Set(
      Object.entries(numbers).flatMap(([name, value]) => (name.startsWith("SYS_") ? [value] : [])),
    );
    expect(known.size).toBe(SYSCALL_SLOTS.length);
    const refused: number[] = [];
    await results(function* (p) {
      for (let number = -1; number <= 0x400; number++) {
        if (number === numbers.SYS_EXIT || number === numbers.SYS_POWEROFF) continue;
        const result = yield* p.call("sysSyscall", number, -1n, -1n, 0n, 0n, 0n);
        if (result === -E_BADCALL) refused.push(number);
      }
      return [];
    });
    const expected = Array.from({ length: 0x402 }, (_, i) => i - 1).filter(
      (number) => !known.has(number) || number === numbers.SYS_SYSCALL,
    );
    expect(refused).toEqual(expected);
  });
});

describe("pointers", () => {
  type Call = [name: string, make: (at: number, length: number) => (number | bigint)[], fixed?: number];
  const PATH = 0x100;
  // Every call with a pointer: its arguments from an address and a length. `fixed`: the length is not an argument.
  const CALLS: Call[] = [
    ["random", (at, length) => [at, length]],
    ["open", (at, length) => [at, length, 0]],
    ["read", (at, length) => [3, at, length]],
    ["write", (at, length) => [2, at, length]],
    ["readdir", (at, length) => [at, length, 0, 0]],
    ["readdir", (at, length) => [PATH, 1, at, length]],
    ["stat", (at, length) => [at, length, 0]],
    ["stat", (at) => [PATH, 1, at], 32],
    ["fstat", (at) => [3, at], 32],
    ["mkdir", (at, length) => [at, length]],
    ["unlink", (at, length) => [at, length]],
    ["rename", (at, length) => [at, length, PATH, 1]],
    ["rename", (at, length) => [PATH, 1, at, length]],
    ["spawn", (at, length) => [0x40000000, at, length]],
    ["wait", (at) => [0, at, 0n], 4],
    ["args", (at) => [at, 64], 4],
    ["pkg_resolve", (at, length) => [at, length]],
    ["pkg_catalog", (at, length) => [at, length]],
  ];
  const RANGES: [string, number, number][] = [
    ["that ends one past the memory", MEMORY - 3, 4],
    ["that begins at the end", MEMORY, 4],
    ["past the end", MEMORY + 1, 4],
    ["far outside", 0x8000_0000, 4],
    ["that wraps to 0", 0xffff_fffc, 4],
    ["that wraps into the memory", 0xffff_fffe, 4],
    ["that is not aligned and ends outside", MEMORY - 1, 4],
  ];
  const cases = CALLS.flatMap(([name, make, fixed]) =>
    RANGES.map(([what, at, length]) => ({ name, what, make, at, length: fixed ?? length })),
  );

  test.each(cases)("$name refuses a range $what", async ({ name, make, at, length }) => {
    let found = 0;
    const machine = await load({
      commandLine: ["--", "abc"],
      *init(p) {
        p.write(PATH, "/");
        const handle = yield* p.call("sysOpen", 0x200, p.write(0x200, "/sys/mem"));
        expect(handle).toBe(3);
        const before = Buffer.from(p.read(0, MEMORY));
        found = yield* p.call(handler(name), ...make(at, length));
        expect(before.equals(Buffer.from(p.read(0, MEMORY)))).toBe(true);
        yield* rest(p);
      },
    });
    expect(machine.boot().reason).toBe("idle");
    expect(found).toBe(-E_FAULT);
  });

  test.each([0xffff_ffff, 0x8000_0000, MEMORY + 1])(
    "a length of %i is refused, not wrapped",
    async (length) => {
      const found = await results(function* (p) {
        const list: number[] = [];
        for (const at of [0, 1, MEMORY, 0xffff_ffff]) {
          list.push(yield* p.call("sysRead", 0, at, length));
          list.push(yield* p.call("sysWrite", 1, at, length));
          list.push(yield* p.call("sysReaddir", 16, p.write(16, "/"), at, length));
          list.push(yield* p.call("sysPkgCatalog", at, length));
        }
        return list;
      });
      expect(new Set(found)).toEqual(new Set([-E_FAULT]));
    },
  );

  test("of length 0 may be anywhere up to the end", async () => {
    const found = await results(function* (p) {
      const list: number[] = [];
      for (const at of [0, 1, 0xfff, MEMORY]) {
        list.push(yield* p.call("sysRandom", at, 0));
        list.push(yield* p.call("sysRead", 0, at, 0));
        list.push(yield* p.call("sysWrite", 1, at, 0));
      }
      list.push(yield* p.call("sysRandom", MEMORY + 1, 0), yield* p.call("sysWrite", 1, MEMORY + 1, 0));
      return list;
    });
    expect(found).toEqual([...Array.from({ length: 12 }, () => 0), -E_FAULT, -E_FAULT]);
  });

  test("the last bytes of the memory and page boundaries work", async () => {
    let bytes = new Uint8Array();
    const found = await results(function* (p) {
      const list = [yield* p.call("sysRandom", 0xff0, 0x1020), yield* p.call("sysRandom", MEMORY - 5, 5)];
      bytes = new Uint8Array([...p.read(0xff0, 0x1020), ...p.read(MEMORY - 5, 5)]);
      expect(p.read(0xfe0, 16)).toEqual(new Uint8Array(16));
      expect(p.read(0x2010, 16)).toEqual(new Uint8Array(16));
      const path = "/bin/none";
      list.push(yield* p.call("sysOpen", MEMORY - path.length, p.write(MEMORY - path.length, path)));
      list.push(yield* p.call("sysOpen", 0x2ffb, p.write(0x2ffb, path)));
      return list;
    });
    expect(found).toEqual([0, 0, -E_NOENT, -E_NOENT]);
    expect(bytes.filter((byte) => byte === 0).length).toBeLessThan(bytes.length / 64);
  });
});

describe("handles", () => {
  const BAD = [3, 63, 64, -1, 0x7fff_ffff, -0x8000_0000];

  test.each(BAD)("number %i names nothing", async (number) => {
    const found = await results(function* (p) {
      return [
        yield* p.call("sysRead", number, 0, 8),
        yield* p.call("sysRead", number, 0, 0),
        yield* p.call("sysWrite", number, 0, 8),
        yield* p.call("sysWrite", number, 0, 0),
        yield* p.call("sysClose", number),
      ];
    });
    expect(found).toEqual(Array.from({ length: 5 }, () => -E_BADF));
  });

  test("are given out lowest first, 64 at most", async () => {
    const found = await results(function* (p) {
      const length = p.write(16, "/sys/mem");
      const list: number[] = [];
      for (let i = 0; i < 62; i++) list.push(yield* p.call("sysOpen", 16, length));
      list.push(yield* p.call("sysTcpConnect", 1, 80));
      list.push(yield* p.call("sysClose", 7), yield* p.call("sysClose", 7));
      list.push(yield* p.call("sysOpen", 16, length));
      return list;
    });
    const opened = Array.from({ length: 61 }, (_, i) => i + 3);
    expect(found).toEqual([...opened, -E_LIMIT, -E_LIMIT, 0, -E_BADF, 7]);
  });

  test("of consoles and the log can be closed, and are one way", async () => {
    const found = await results(function* (p) {
      return [
        yield* p.call("sysRead", numbers.HANDLE_STDERR, 0, 4),
        yield* p.call("sysRead", numbers.HANDLE_STDIN, 0, 4), // no console: the end
        yield* p.call("sysWrite", numbers.HANDLE_STDOUT, 0, 4),
        yield* p.call("sysWrite", numbers.HANDLE_STDERR, 0, 4),
        yield* p.call("sysClose", numbers.HANDLE_STDOUT),
        yield* p.call("sysWrite", numbers.HANDLE_STDOUT, 0, 4),
      ];
    });
    expect(found).toEqual([-E_BADF, 0, 4, 4, 0, -E_BADF]);
  });

  test("of files are read only", async () => {
    const found = await results(function* (p) {
      const handle = yield* p.call("sysOpen", 16, p.write(16, "/sys/mem"));
      return [yield* p.call("sysWrite", handle, 0, 4)];
    });
    expect(found).toEqual([-E_BADF]);
  });
});

describe("arguments", () => {
  const CASES: [string, (number | bigint)[], number][] = [
    ["open", [16, 0], -E_INVAL],
    ["open", [16, 257], -E_INVAL],
    ["open", [16, 4, 32], -E_INVAL],
    ["stat", [16, 0, 0], -E_INVAL],
    ["mkdir", [16, 257], -E_INVAL],
    ["unlink", [16, 0], -E_INVAL],
    ["rename", [16, 0, 16, 1], -E_INVAL],
    ["fsync", [2], -E_BADF],
    ["fsync", [99], -E_BADF],
    ["readdir", [16, 0, 0, 0], -E_INVAL],
    ["random", [0, 65537], -E_INVAL],
    ["pkg_resolve", [16, 0], -E_INVAL],
    ["pkg_resolve", [16, 65], -E_INVAL],
    ["tcp_connect", [1, 0], -E_INVAL],
    ["tcp_connect", [1, 65536], -E_INVAL],
    ["tcp_connect", [0x0100_007f, 80], -E_NETDOWN],
    ["pkg_set_server", [1, 0], -E_INVAL],
    ["pkg_set_server", [1, 65536], -E_INVAL],
    ["pkg_evict", [5], -E_NOENT],
    ["pkg_evict", [0x40000000], -E_NOENT],
  ];
  test.each(CASES)("%s(%j) is %i", async (name, args, expected) => {
    const found = await results(function* (p) {
      return [yield* p.call(handler(name), ...args)];
    });
    expect(found).toEqual([expected]);
  });

  test("args tells its length and copies only what fits", async () => {
    const found: unknown[] = [];
    const machine = await load({
      commandLine: ["--", "ab", "c"],
      *init(p) {
        found.push(yield* p.call("sysArgs", 0x100, 4), p.text(0x100, 5));
        found.push(yield* p.call("sysArgs", 0x100, 5), p.text(0x100, 5));
        yield* rest(p);
      },
    });
    machine.boot();
    expect(found).toEqual([5, "\0\0\0\0\0", 5, "ab\0c\0"]);
  });

  test("readdir tells its length and copies only what fits", async () => {
    const found: unknown[] = [];
    const machine = await load({
      *init(p) {
        const length = p.write(16, "/bin");
        const all = yield* p.call("sysReaddir", 16, length, 0x100, 0);
        found.push(all, yield* p.call("sysReaddir", 16, length, 0x100, all - 1), p.text(0x100, 2));
        found.push(yield* p.call("sysReaddir", 16, length, 0x100, all), p.text(0x100, all));
        yield* rest(p);
      },
    });
    machine.boot();
    expect(found).toEqual([12, 12, "\0\0", 12, "child\0other\0"]);
  });

  test.each([
    [0, 0],
    [256 + 9, 9],
    [-1, 255],
  ])("poweroff(%i) ends the machine with status %i", async (status, expected) => {
    const machine = await load({
      *init(p) {
        yield* p.call("sysPoweroff", status);
      },
    });
    expect(machine.boot()).toMatchObject({ reason: "poweroff", status: expected });
    expect(machine.controls.at(-1)).toEqual([CONTROL_POWEROFF, expected]);
  });
});
