import { beforeEach, describe, expect, test } from "vitest";
import { GuestModule } from "../../../tests/support/guest-module.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";

const ENTRY = "guest-kernel/kernel/mm/mm.exports.ts";
const START = 0x800000;
const PAGE = 0x1000;
const ARENA_PAGES = 512;
const LARGE_PAGES = 512;

let kernel: GuestModule;
const imports = { arch: { rdtsc: () => 0n, pause: () => {}, resume: () => 0, halt: () => {} } };

beforeEach(async () => {
  kernel = await GuestModule.load(ENTRY, imports, { memoryBase: 0x100000 }); // clear of the page tables
  kernel.call("framesInit", START, START + ARENA_PAGES * PAGE);
});

describe("frames", () => {
  test("gives out every page once, then 0, and takes them back", () => {
    const total = kernel.call("framesTotalCount");
    const seen = new Set<number>();
    for (let i = 0; i < total; i++) seen.add(kernel.call("framesAlloc", 1));
    expect(seen.size).toBe(total);
    expect(kernel.call("framesAlloc", 1)).toBe(0);
    for (const frame of seen) kernel.call("framesFree", frame, 1);
    expect(kernel.call("framesFreeCount")).toBe(total);
    expect(kernel.call("framesAlloc", total)).not.toBe(0);
  });

  test("zeroes what it gives out", () => {
    const frame = kernel.call("framesAlloc", 2);
    kernel.memory.fill(0xff, frame, frame + 2 * PAGE);
    kernel.call("framesFree", frame, 2);
    const total = kernel.call("framesFreeCount");
    const all = kernel.call("framesAlloc", total);
    expect(kernel.memory.subarray(all, all + total * PAGE).every((byte) => byte === 0)).toBe(true);
  });

  test("aligns by address", () => {
    kernel.call("framesAlloc", 3);
    const frame = kernel.call("framesAllocAligned", 16, 64);
    expect(frame % (64 * PAGE)).toBe(0);
  });

  test.each([
    ["a page that is free", START + 100 * PAGE, 1],
    ["a page below the arena", START - PAGE, 1],
    ["pages past the arena", START + (ARENA_PAGES - 1) * PAGE, 2],
  ])("refuses to free %s", (_, address, pages) => {
    expect(() => kernel.call("framesFree", address, pages)).toThrow("abort");
  });

  test.each([1, 2, 3, 4])("agrees with a model over random operations, seed %i", (seed) => {
    const random = new SeededRandom(seed);
    const held: { at: number; pages: number }[] = [];
    const owner = new Map<number, number>();
    let free = kernel.call("framesFreeCount");
    for (let step = 0; step < 2000; step++) {
      if (random.below(2) === 0 && held.length > 0) {
        const [run] = held.splice(random.below(held.length), 1);
        if (run === undefined) continue;
        for (let i = 0; i < run.pages; i++) owner.delete(run.at + i * PAGE);
        kernel.call("framesFree", run.at, run.pages);
        free += run.pages;
      } else {
        const pages = 1 + random.below(12);
        const at = kernel.call("framesAlloc", pages);
        if (at === 0) continue;
        for (let i = 0; i < pages; i++) {
          expect(owner.has(at + i * PAGE)).toBe(false);
          owner.set(at + i * PAGE, step);
        }
        held.push({ at, pages });
        free -= pages;
      }
      expect(kernel.call("framesFreeCount")).toBe(free);
    }
  });
});

describe("frames, lowest first", () => {
  test("are given out again before those that nobody had", () => {
    const frames = Array.from({ length: 8 }, () => kernel.call("framesAlloc", 1));
    for (const i of [6, 1, 3]) kernel.call("framesFree", frames[i]!, 1);
    const again = Array.from({ length: 4 }, () => kernel.call("framesAlloc", 1));
    expect(again).toEqual([frames[1], frames[3], frames[6], frames[7]! + PAGE]);
  });

  test("large ones are where the CPU wants them, and leave the kernel its reserve", () => {
    kernel.call("framesInit", START + PAGE, START + 4 * LARGE_PAGES * PAGE);
    const seen: number[] = [];
    for (let at = kernel.call("framesAllocLarge"); at !== 0; at = kernel.call("framesAllocLarge"))
      seen.push(at);
    const starts = [1, 2, 3].map((i) => START + i * LARGE_PAGES * PAGE);
    expect(seen).toEqual(starts);
    expect(kernel.call("framesAlloc", 1)).toBeLessThan(starts[0]!);
  });

  test("there is no large one in memory that is in pieces", () => {
    kernel.call("framesInit", START, START + 4 * LARGE_PAGES * PAGE);
    const held: number[] = [];
    for (let at = kernel.call("framesAlloc", 1); at !== 0; at = kernel.call("framesAlloc", 1)) held.push(at);
    for (const [i, at] of held.entries()) if (i % 500 !== 0) kernel.call("framesFree", at, 1);
    expect(kernel.call("framesAllocLarge")).toBe(0);
    expect(kernel.call("framesAlloc", 1)).not.toBe(0);
  });
});

describe("contexts", () => {
  test("come back zeroed and never return to the frame allocator", () => {
    const context = kernel.call("contextAlloc", 2);
    const free = kernel.call("framesFreeCount");
    kernel.memory.fill(0xff, context, context + 2 * PAGE);
    kernel.call("contextFree", context, 2);
    expect(kernel.call("framesFreeCount")).toBe(free);
    expect(kernel.call("contextAlloc", 1)).not.toBe(context);
    expect(kernel.call("contextAlloc", 2)).toBe(context);
    expect(kernel.bytes(context, 2 * PAGE).every((byte) => byte === 0)).toBe(true);
  });
});

describe("windows", () => {
  const LIBRARY_PAGE = 64 * 256;
  const MEMORY_PAGE = 512 * 256;
  const PRESENT_DATA = 0x67n | (1n << 63n);
  const PRESENT_CODE = 0x25n;

  /** Walks the page tables as the CPU does; undefined if the address is not mapped. */
  function translate(gva: bigint): bigint | undefined {
    let table = 0x10000;
    for (const shift of [39n, 30n, 21n, 12n]) {
      const entry = kernel.view.getBigUint64(table + Number((gva >> shift) & 511n) * 8, true);
      if ((entry & 1n) === 0n) return undefined;
      if (shift === 12n) return entry;
      table = Number(entry & 0x000ffffffffff000n);
    }
    return undefined;
  }

  function address(window: number, page: number): bigint {
    return (2048n << 30n) + BigInt(window) * (16n << 30n) + (BigInt(page) << 12n);
  }

  test("map data not executable and code not writable, once committed", () => {
    const window = kernel.call("acquire");
    const data = kernel.call("framesAlloc", 1);
    const code = kernel.call("framesAlloc", 1);
    expect(kernel.call("mapData", window, MEMORY_PAGE + 3, data)).toBe(1);
    expect(kernel.call("mapCode", window, 0, code)).toBe(1);
    expect(translate(address(0, MEMORY_PAGE + 3))).toBeUndefined();
    kernel.call("commit", window);
    expect(translate(address(0, MEMORY_PAGE + 3))).toBe(BigInt(data) | PRESENT_DATA);
    expect(translate(address(0, 0))).toBe(BigInt(code) | PRESENT_CODE);
    expect(translate(address(0, MEMORY_PAGE + 4))).toBeUndefined();
    expect(kernel.call("frame", window, MEMORY_PAGE + 3)).toBe(data);
    expect(kernel.call("unmap", window, MEMORY_PAGE + 3)).toBe(data);
    expect(translate(address(0, MEMORY_PAGE + 3))).toBeUndefined();
    expect(kernel.call("unmap", window, MEMORY_PAGE + 3)).toBe(0);
  });

  test("have a library's code by tables that are common to them", () => {
    const pages = LARGE_PAGES + 3;
    const code = kernel.call("framesAlloc", pages);
    const tables = kernel.call("codeTablesCreate", code, pages);
    expect(kernel.call("codeTablesCount", pages)).toBe(2);
    const windows = [kernel.call("acquire"), kernel.call("acquire")];
    for (const window of windows) {
      kernel.call("mapCode", window, 0, code);
      kernel.call("commit", window);
    }
    const free = kernel.call("framesFreeCount");
    for (const window of windows) kernel.call("hookCode", window, LIBRARY_PAGE, tables, pages);
    expect(kernel.call("framesFreeCount")).toBe(free);
    for (const index of [0, 1]) {
      for (const page of [0, 1, LARGE_PAGES - 1, LARGE_PAGES, pages - 1])
        expect(translate(address(index, LIBRARY_PAGE + page))).toBe(
          BigInt(code + page * PAGE) | PRESENT_CODE,
        );
      for (const page of [-1, pages, 2 * LARGE_PAGES])
        expect(translate(address(index, LIBRARY_PAGE + page))).toBeUndefined();
    }
    kernel.call("unhookCode", windows[0]!, LIBRARY_PAGE, pages);
    for (const page of [0, LARGE_PAGES, pages - 1]) {
      expect(translate(address(0, LIBRARY_PAGE + page))).toBeUndefined();
      expect(translate(address(1, LIBRARY_PAGE + page))).toBe(BigInt(code + page * PAGE) | PRESENT_CODE);
    }
    expect(translate(address(0, 0))).toBe(BigInt(code) | PRESENT_CODE);
  });

  test("have large pages where there is no table yet", () => {
    kernel.call("framesInit", START, START + 4 * LARGE_PAGES * PAGE);
    const window = kernel.call("acquire");
    const large = kernel.call("framesAllocLarge");
    const page = MEMORY_PAGE + LARGE_PAGES;
    expect(kernel.call("mapLarge", window, page, large)).toBe(1);
    kernel.call("commit", window);
    for (const i of [0, 1, LARGE_PAGES - 1])
      expect(kernel.call("frame", window, page + i)).toBe(large + i * PAGE);
    const pdpt = kernel.view.getBigUint64(0x10000 + Number((address(0, page) >> 39n) & 511n) * 8, true);
    const directory = kernel.view.getBigUint64(Number(pdpt & 0x000ffffffffff000n), true);
    const entry = Number(directory & 0x000ffffffffff000n) + Number((address(0, page) >> 21n) & 511n) * 8;
    expect(kernel.view.getBigUint64(entry, true)).toBe(BigInt(large) | PRESENT_DATA | 0x80n);
    expect(kernel.call("unmapLarge", window, page + 7)).toBe(large);
    expect(kernel.call("frame", window, page)).toBe(0);
    expect(kernel.call("unmapLarge", window, page)).toBe(0);

    kernel.call("mapData", window, page + 3, kernel.call("framesAlloc", 1));
    kernel.call("unmap", window, page + 3);
    expect(kernel.call("takesLarge", window, page)).toBe(0);
    expect(kernel.call("mapLarge", window, page, large)).toBe(0);
    expect(kernel.call("takesLarge", window, page + LARGE_PAGES)).toBe(1);
    expect(kernel.call("takesLarge", window, page + LARGE_PAGES + 1)).toBe(0);
  });

  test("are 16 GiB apart, and one that was left is not used again before a flush", () => {
    const first = kernel.call("acquire");
    const second = kernel.call("acquire");
    expect(kernel.call("address", second, 0) - kernel.call("address", first, 0)).toBe(2 ** 34);
    kernel.call("release", first);
    const third = kernel.call("acquire");
    expect([first, second]).not.toContain(third);
  });
});

describe("timers", () => {
  test.each([1, 2, 3])("expire in order of their deadlines, seed %i", (seed) => {
    kernel.call("processesInit");
    const random = new SeededRandom(seed);
    const deadlines = new Map<number, number>();
    for (let i = 0; i < 300; i++) {
      const pid = kernel.call("take");
      deadlines.set(pid, random.below(1000));
      kernel.call("start", pid, BigInt(deadlines.get(pid) ?? 0));
    }
    for (const pid of Array.from(deadlines.keys())) {
      if (random.below(3) !== 0) continue;
      kernel.call("stop", pid);
      deadlines.delete(pid);
    }
    for (let now = 0; now < 1000; now += 50) {
      let pid = kernel.call("expired", BigInt(now));
      let last = -1;
      while (pid !== 0) {
        const deadline = deadlines.get(pid) ?? Number.NaN;
        expect(deadline).toBeLessThanOrEqual(now);
        expect(deadline).toBeGreaterThanOrEqual(last);
        last = deadline;
        deadlines.delete(pid);
        pid = kernel.call("expired", BigInt(now));
      }
      expect([...deadlines.values()].every((deadline) => deadline > now)).toBe(true);
    }
  });

  test("with no deadline never start", () => {
    kernel.call("processesInit");
    kernel.call("start", kernel.call("take"), 2n ** 63n - 1n);
    expect(kernel.call("expired", 2n ** 63n - 2n)).toBe(0);
  });
});

describe("the run queue", () => {
  test("is round robin, and lets go of a process wherever it stands", () => {
    kernel.call("processesInit");
    const pids = [1, 2, 3, 4, 5].map(() => kernel.call("take"));
    for (const pid of pids) kernel.call("push", pid);
    for (const gone of [pids[0], pids[2], pids[4]]) kernel.call("remove", gone ?? 0);
    expect(kernel.call("pop")).toBe(pids[1]);
    kernel.call("push", pids[0] ?? 0);
    expect([kernel.call("pop"), kernel.call("pop"), kernel.call("pop")]).toEqual([pids[3], pids[0], 0]);
  });

  test("gives every other turn to those whose wait has ended, and so starves nobody", () => {
    kernel.call("processesInit");
    const [spin = 0, loop = 0, clock = 0, shell = 0] = [1, 2, 3, 4].map(() => kernel.call("take"));
    kernel.call("push", spin);
    kernel.call("push", loop);
    kernel.call("wake", clock);
    kernel.call("wake", shell);
    const order: number[] = [];
    for (let i = 0; i < 6; i++) {
      const pid = kernel.call("pop");
      order.push(pid);
      kernel.call(pid === spin || pid === loop ? "push" : "wake", pid);
    }
    expect(order).toEqual([clock, spin, shell, loop, clock, spin]);
    for (const gone of [spin, loop, clock]) kernel.call("remove", gone);
    expect([kernel.call("pop"), kernel.call("pop")]).toEqual([shell, 0]);
  });
});
