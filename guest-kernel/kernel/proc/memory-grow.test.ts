import { beforeAll, expect, test } from "vitest";
import { compileKernel } from "../../../tests/support/kernel-machine.ts";
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
