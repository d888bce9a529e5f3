import { beforeAll, describe, expect, test } from "vitest";
import { tinyBundle } from "../../../tests/support/tiny-wasm.ts";
import { CAP_ALL } from "../../abi/capabilities.ts";
import { CTX_MEMORY_BASE } from "../../abi/instance.ts";
import { compileKernel, KernelMachine, type Script } from "../../../tests/support/kernel-machine.ts";
import { load, rest, run } from "../../../tests/support/kernel-world.ts";

beforeAll(compileKernel, 60_000);

test("memory of a process grows up to its limits", async () => {
  const seen: number[] = [];
  const kernel = await load({
    ramBytes: 0x3000000,
    *init(p) {
      seen.push(yield* p.call("sysMemoryGrow", 0), yield* p.call("sysMemoryGrow", 3), p.pages);
      p.write(0x3fff0, "the last bytes: ");
      expect(p.read(0x20000, 0x10000).every((byte) => byte === 0)).toBe(true);
      seen.push(yield* p.call("sysMemoryGrow", 13), p.pages); // its manifest says 16
      seen.push(yield* p.call("sysMemoryGrow", 0xffff_fffc), p.pages);
      seen.push(yield* p.call("sysMemoryGrow", 12), p.pages);
      yield* rest(p);
    },
  });
  kernel.boot();
  expect(seen).toEqual([1, 1, 4, -1, 4, -1, 4, 4, 16]);
});

test("memory of a process does not grow without frames, and nothing is lost", async () => {
  const seen: number[] = [];
  await run({
    ramBytes: 0x3000000,
    *init(p) {
      const { machine: kernel } = p;
      yield* p.call("sysMemoryGrow", 1); // the tables are there
      const held: number[] = [];
      while (kernel.call("framesUserCount") > 20) held.push(kernel.call("framesAlloc", 1));
      seen.push(yield* p.call("sysMemoryGrow", 2), p.pages, kernel.call("framesUserCount"));
      seen.push(yield* p.call("sysMemoryGrow", 1), p.pages, kernel.call("framesUserCount"));
      for (const frame of held) kernel.call("framesFree", frame, 1);
      yield* rest(p);
    },
  });
  expect(seen).toEqual([-1, 2, 20, 2, 3, 4]);
});

test("calls reach memory whose frames are apart", async () => {
  const content = Uint8Array.from({ length: 60_000 }, (_, i) => i * 31 + (i >> 8));
  let found = new Uint8Array(0);
  await run({
    ramBytes: 0x3000000,
    files: { "/bytes": content },
    *init(p) {
      const held = Array.from({ length: 40 }, () => p.machine.call("framesAlloc", 1));
      for (const [i, frame] of held.entries()) if (i % 2 === 0) p.machine.call("framesFree", frame, 1);
      expect(yield* p.call("sysMemoryGrow", 1)).toBe(1);
      const base = p.machine.view.getBigUint64(p.context + CTX_MEMORY_BASE, true);
      const physical = (page: bigint): number => p.machine.physical(base + 0x10000n + page * 0x1000n);
      expect(physical(1n) - physical(0n)).toBe(0x2000); // with another between them
      const file = yield* p.call("sysOpen", 16, p.write(16, "/bytes"), 0);
      expect(yield* p.call("sysRead", file, 0x10011, content.length)).toBe(content.length);
      found = Uint8Array.from(p.read(0x10011, content.length));
      yield* rest(p);
    },
  });
  expect(found).toEqual(content);
});

describe("a process that has much", () => {
  const MUCH = 600; // 64 KiB pages, 37.5 MiB: several slices
  const SECOND = 1_000_000_000n;

  /** Boots /init and /bin/child, which may have much, until nothing happens any more. */
  async function boot(init: Script, child: Script): Promise<KernelMachine> {
    const program = (name: string, script: Script): { bundle: Uint8Array; script: Script } => ({
      bundle: tinyBundle({}, { name: `org.test.${name}`, capabilities: CAP_ALL, memoryPages: 4096 }),
      script,
    });
    const programs = { "/init": program("init", init), "/bin/child": program("child", child) };
    const machine = await KernelMachine.load({ programs, ramBytes: 0x8000000 });
    expect(machine.boot().reason).toBe("idle");
    return machine;
  }

  test("gets it and gives it back in slices, between which others run", async () => {
    const turns = { growing: 0, closing: 0 };
    const found: unknown[] = [];
    let growing = false;
    await boot(
      function* (p) {
        const free = p.machine.call("framesFreeCount");
        const pid = yield* p.spawn("/bin/child");
        for (let ended = false; !ended;) {
          yield* p.call("sysYield");
          const [waited] = yield* p.wait(pid, 0n);
          ended = waited === pid;
          if (growing) turns.growing++;
          else if (found.length > 0) turns.closing++;
        }
        found.push(free - p.machine.call("framesFreeCount") < 64); // but for the tables of its window
        yield* rest(p);
      },
      function* (p) {
        growing = true;
        const old = yield* p.call("sysMemoryGrow", MUCH);
        growing = false;
        p.write((MUCH << 16) + 0xfffc, "last");
        const zero = p.read(1 << 16, 0x20000).every((byte) => byte === 0);
        found.push(old, p.pages, zero);
      },
    );
    expect(found).toEqual([1, MUCH + 1, true, true]);
    expect(turns.growing).toBeGreaterThanOrEqual(Math.floor(MUCH / 32) - 1);
    expect(turns.closing).toBeGreaterThanOrEqual(Math.floor(MUCH / 256));
  });

  test("can be killed while it gets it, at any slice, and while it gives it back", async () => {
    const free: number[] = [];
    await boot(
      function* (p) {
        for (let yields = 0; yields < 26; yields++) {
          const pid = yield* p.spawn("/bin/child");
          for (let i = 0; i < yields; i++) yield* p.call("sysYield");
          const killed = yield* p.call("sysKill", pid);
          expect(killed).toBe(0);
          expect(yield* p.call("sysKill", pid)).toBeLessThan(0); // it is ending, or has ended
          expect((yield* p.wait(pid))[0]).toBe(pid);
          free.push(p.machine.call("framesFreeCount"));
        }
        yield* rest(p);
      },
      function* (p) {
        yield* p.call("sysMemoryGrow", MUCH);
        yield* p.call("sysSleep", SECOND);
      },
    );
    // Each window keeps its tables: of those that were not used before, there are fewer each time at most.
    expect(Math.max(...free) - Math.min(...free)).toBeLessThan(26 * (MUCH / 32 + 4));
  });

  test("gets nothing, and nothing is lost, when the memory ends on the way", async () => {
    const found: number[] = [];
    await boot(
      function* (p) {
        yield* p.spawn("/bin/child");
        yield* p.call("sysYield");
        const held: number[] = [];
        while (p.machine.call("framesUserCount") > 1000) held.push(p.machine.call("framesAlloc", 1));
        const before = p.machine.call("framesUserCount");
        yield* p.call("sysSleep", SECOND);
        found.push(p.machine.call("framesUserCount") - before);
        for (const frame of held) p.machine.call("framesFree", frame, 1);
        yield* rest(p);
      },
      function* (p) {
        const first = yield* p.call("sysMemoryGrow", 1200);
        // As much as it had when init looked: up to a large page's end.
        found.push(first, p.pages, yield* p.call("sysMemoryGrow", 31), p.pages);
        yield* rest(p);
      },
    );
    const [result, pages, second, then, back] = found;
    expect([result, pages, second, then]).toEqual([-1, 1, 1, 32]);
    expect(back).toBeGreaterThan(-4); // what it had got by then went back; a table stays with its window
  });
});
