// What the kernel makes of bundles: installed with the real compiler, or refused with a reason and without a trace.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { packApp } from "../../../tests/support/app.ts";
import { compileKernel, KernelMachine } from "../../../tests/support/kernel-machine.ts";
import { exitsWith, rest } from "../../../tests/support/kernel-world.ts";
import { mutations } from "../../../tests/support/mutate.ts";
import { bundleOf, tinyBundle, tinyWasm, type TinyModule } from "../../../tests/support/tiny-wasm.ts";
import { decodeBundle } from "../../../pkg/bundle.ts";
import type { Manifest } from "../../../pkg/manifest.ts";
import { STUB_EXIT, STUB_MEMORY_GROW, STUB_SAFEPOINT, STUB_SYSCALL_BASE } from "../../abi/arch.ts";
import { E_NOMEM, E_PKG_BUNDLE, E_PKG_MODULE } from "../../abi/errors.ts";
import * as ctx from "../../abi/instance.ts";
import { SYSCALL_SLOTS } from "../../abi/syscall-table.ts";

const PAGE = 0x1000;
const ROUNDS = 100;
const PROBES = [16, 64, 256, 1024, 4096, 65536];

beforeAll(compileKernel, 60_000);

let machine: KernelMachine;

beforeEach(async () => {
  machine = await KernelMachine.load({
    programs: {
      "/init": { bundle: tinyBundle({}, { name: "org.test.init", capabilities: 31 }), script: rest },
    },
  });
  machine.boot();
  machine.clearLog();
});

/** Installs a bundle as the resolver does and frees it; what the last step returned. */
function install(bundle: Uint8Array): number {
  const pages = Math.ceil(bundle.length / PAGE);
  const at = machine.call("framesAlloc", pages);
  machine.guest.put(at, bundle);
  const handle = machine.call("installBegin", at, bundle.length);
  expect(handle).toBeGreaterThan(0);
  let result = 1;
  while (result > 0) result = machine.call("installStep", handle);
  machine.call("installFree", handle);
  return result;
}

/** What there is of memory: free frames, and where the heap puts blocks of several sizes. */
function memory(): number[] {
  machine.call("__collect");
  return [machine.call("framesFreeCount"), ...PROBES.map((size) => machine.call("heapProbe", size))];
}

const FUNCTION = ">i";
const DROP_ALL = [0x41, 0];
const REFUSED: [string, TinyModule, Partial<Manifest>, string][] = [
  ["an unknown call", { imports: [["oscortex", "fly", FUNCTION]] }, {}, "no system call fly"],
  ["a call's prefix", { imports: [["oscortex", "pkg", FUNCTION]] }, {}, "no system call pkg"],
  ["more than a call's name", { imports: [["oscortex", "null >i", FUNCTION]] }, {}, "no system call null >i"],
  ["a call without a name", { imports: [["oscortex", "", FUNCTION]] }, {}, "no system call "],
  ["a call of another module", { imports: [["env", "null", FUNCTION]] }, {}, "no system call null"],
  [
    "another parameter type",
    { imports: [["oscortex", "sleep", "i>i"]] },
    {},
    "another type of system call sleep",
  ],
  ["another result type", { imports: [["oscortex", "null", ">I"]] }, {}, "another type of system call null"],
  ["too few parameters", { imports: [["oscortex", "read", "ii>i"]] }, {}, "another type of system call read"],
  ["no result", { imports: [["oscortex", "null", ">"]] }, {}, "another type of system call null"],
  [
    "a memory",
    { memory: null, otherImports: [["oscortex", "memory", [2, 0, 1]]] },
    {},
    "its memory is not its own, or larger than its manifest says",
  ],
  ["a table", { otherImports: [["oscortex", "table", [1, 0x70, 0, 1]]] }, {}, "no system call table"],
  ["a global", { otherImports: [["oscortex", "null", [3, 0x7f, 0]]] }, {}, "no system call null"],
];
const WRONG: [string, TinyModule, Partial<Manifest>, string][] = [
  ["no memory", { memory: null }, {}, "its memory is not its own, or larger than its manifest says"],
  ["more memory than its manifest says", { memory: [17] }, {}, "larger than its manifest says"],
  ["no such entry", {}, { entry: "start" }, "no entry start of type () -> i32 or () -> ()"],
  ["only an entry with a longer name", { exports: ["main2"] }, {}, "no entry main of type"],
  ["only an entry with a shorter name", { exports: ["mai"] }, {}, "no entry main of type"],
  ["an entry with parameters", { type: "i>i" }, {}, "no entry main of type"],
  ["an entry with a wide result", { type: ">I", body: [0x42, 0] }, {}, "no entry main of type"],
];

describe("a module is refused that imports", () => {
  test.each(REFUSED)("%s", (_, module, manifest, reason) => refuse(module, manifest, reason));
});

describe("a module is refused that has", () => {
  test.each(WRONG)("%s", (_, module, manifest, reason) => refuse(module, manifest, reason));

  test("an entry that is an import", () => {
    const wasm = tinyWasm({ imports: [["oscortex", "null", ">i"]] });
    // The export is the only place of "main", its kind and its index: make it function 0.
    const at = Buffer.from(wasm).indexOf("main") + 5;
    expect(wasm[at]).toBe(1);
    wasm[at] = 0;
    expect(install(bundleOf(wasm))).toBe(-E_PKG_MODULE);
    expect(machine.log[0]).toContain("no entry main of type");
  });
});

function refuse(module: TinyModule, manifest: Partial<Manifest>, reason: string): void {
  const bundle = tinyBundle(module, manifest);
  for (let round = 0; round < 5; round++) expect(install(bundle)).toBe(-E_PKG_MODULE);
  expect(machine.log).toHaveLength(5);
  expect(machine.log[0]).toMatch(/^module refused: /);
  expect(machine.log[0]).toContain(reason);
  const before = memory();
  for (let round = 0; round < ROUNDS; round++) install(bundle);
  expect(memory()).toEqual(before);
}

describe("what is no module", () => {
  const valid = tinyWasm();
  test.each([
    ["nothing", new Uint8Array(0)],
    ["another magic number", Uint8Array.of(1, ...valid.subarray(1))],
    ["another version", Uint8Array.of(...valid.subarray(0, 4), 2, ...valid.subarray(5))],
    ["a module cut short", valid.subarray(0, -3)],
    ["a body of another type", tinyWasm({ body: [0x42, 0] })],
    ["an unknown instruction", tinyWasm({ body: [0xff, ...DROP_ALL] })],
  ])("is refused: %s", (_, wasm) => {
    const bundle = bundleOf(wasm);
    for (let round = 0; round < 5; round++) expect(install(bundle)).toBe(-E_PKG_MODULE);
    expect(machine.log[0]).toMatch(/^module refused at byte \d+: [a-z]/);
    const before = memory();
    for (let round = 0; round < ROUNDS; round++) install(bundle);
    expect(memory()).toEqual(before);
  });

  test("and mutated modules of a real app leave no trace, accepted or not", async () => {
    const { manifest, wasm } = decodeBundle(await packApp("shell-host/apps/crash"));
    expect(install(bundleOf(wasm, manifest))).toBe(0);
    const outcomes = new Set<number>();
    const frames = memory()[0];
    for (const mutated of mutations(wasm, { seed: 7, count: 300 }))
      outcomes.add(install(bundleOf(mutated, manifest)));
    expect(outcomes).toEqual(new Set([0, -E_PKG_MODULE]));
    expect(memory()[0]).toBe(frames);
  }, 30_000);
});

test("a module whose code finds no memory fails alone", () => {
  const bundle = tinyBundle();
  const pages = Math.ceil(bundle.length / PAGE);
  const before = memory();
  const held: number[] = [];
  while (machine.call("framesFreeCount") > pages) held.push(machine.call("framesAlloc", 1));
  expect(install(bundle)).toBe(-E_NOMEM);
  for (const frame of held) machine.call("framesFree", frame, 1);
  expect(memory()).toEqual(before);
});

describe("a program", () => {
  /** Spawns /bin/child a hundred times; the results, and whether memory is as before. */
  async function spawns(bundle: Uint8Array): Promise<{ results: Set<number>; same: boolean; log: string[] }> {
    const results = new Set<number>();
    let same = false;
    const world = await KernelMachine.load({
      programs: {
        "/init": {
          bundle: tinyBundle({}, { name: "org.test.init", capabilities: 31 }),
          *script(p) {
            machine = p.machine;
            // Once every window has been used, their tables are complete.
            for (let round = 0; round < 70; round++) results.add(yield* p.spawn("/bin/child"));
            const before = memory();
            for (let round = 0; round < ROUNDS; round++) results.add(yield* p.spawn("/bin/child"));
            same = JSON.stringify(memory()) === JSON.stringify(before);
            yield* rest(p);
          },
        },
        "/bin/child": { bundle, script: exitsWith(0) },
      },
    });
    world.boot();
    return { results, same, log: world.log };
  }

  test.each([
    ["a data segment past the memory", { data: [[0xffff, [1, 2]]] }],
    ["a data segment that wraps", { data: [[0xffff_ffff, [1, 2]]] }],
    ["an empty data segment past the memory", { data: [[0x10001, []]] }],
    [
      "a data segment of which the first fits",
      {
        data: [
          [0, [1]],
          [0x10000, [1]],
        ],
      },
    ],
    ["elements past the table", { table: 2, elements: [[2, [0]]] }],
  ] as [string, TinyModule][])("with %s never starts", async (_, module) => {
    const { results, same, log } = await spawns(tinyBundle(module));
    expect(results).toEqual(new Set([-E_PKG_MODULE]));
    expect(log[0]).toBe("module refused: a segment does not fit");
    expect(same).toBe(true);
  });

  test("that is refused stays refused", async () => {
    const { results, same, log } = await spawns(tinyBundle({ imports: [["oscortex", "fly", ">i"]] }));
    expect(results).toEqual(new Set([-E_PKG_MODULE]));
    expect(log).toEqual(["module refused: imports no system call fly"]); // compiled once
    expect(same).toBe(true);
  });

  test("that is no bundle does not use the table up", async () => {
    const results: number[] = [];
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`/etc/${i}`, new Uint8Array(100 + i)]),
    );
    const world = await KernelMachine.load({
      programs: {
        "/init": {
          bundle: tinyBundle({}, { name: "org.test.init", capabilities: 31 }),
          *script(p) {
            for (const path of Object.keys(files)) results.push(yield* p.spawn(path));
            results.push(yield* p.spawn("/bin/child"));
            yield* rest(p);
          },
        },
        "/bin/child": { bundle: tinyBundle(), script: exitsWith(0) },
      },
      files,
    });
    world.boot();
    expect(results).toEqual([...Array.from({ length: 20 }, () => -E_PKG_BUNDLE), 2]);
  });

  test("of a real app is laid out as compiled code expects it", async () => {
    const bundle = await packApp("shell-host/apps/hello");
    const { manifest } = decodeBundle(bundle);
    let checked = false;
    const world = await KernelMachine.load({
      programs: {
        "/init": {
          bundle: tinyBundle({}, { name: "org.test.init", capabilities: 31 }),
          *script(p) {
            yield* p.spawn("/bin/app");
            yield* p.wait();
            yield* rest(p);
          },
        },
        "/bin/app": {
          bundle,
          *script(p) {
            const { view } = p.machine;
            const field = (offset: number): bigint => view.getBigUint64(p.context + offset, true);
            const window = field(ctx.CTX_MEMORY_BASE) - (512n << 20n);
            expect(p.name).toBe(manifest.name);
            expect(field(ctx.CTX_ENTRY) - window).toBeLessThan(1n << 27n);
            expect(p.machine.translate(field(ctx.CTX_ENTRY)) & 0x8000_0000_0000_0fffn).toBe(0x25n); // execute only
            expect(p.machine.translate(field(ctx.CTX_MEMORY_BASE)) >> 63n).toBe(1n); // no execute
            expect(p.machine.translate(field(ctx.CTX_STACK_LIMIT)) >> 63n).toBe(1n);
            expect(field(ctx.CTX_STACK_LIMIT)).toBe(field(ctx.CTX_LIMIT));
            const end = field(ctx.CTX_MEMORY_BASE) + field(ctx.CTX_MEMORY_BYTES);
            expect(p.machine.translate(end - 1n)).not.toBe(0n);
            expect(p.machine.translate(end)).toBe(0n); // the guard
            const stack = window + (256n << 20n);
            expect(p.machine.translate(stack - 1n)).not.toBe(0n);
            expect(p.machine.translate(stack)).toBe(0n);
            expect(p.machine.translate(stack - 32n * 4096n - 1n)).toBe(0n);
            for (const [offset, stub] of [
              [ctx.CTX_SAFEPOINT, STUB_SAFEPOINT],
              [ctx.CTX_MEMORY_GROW, STUB_MEMORY_GROW],
              [ctx.CTX_EXIT, STUB_EXIT],
            ] as const)
              expect(field(offset)).toBe(KernelMachine.stub(stub));
            const write = SYSCALL_SLOTS.findIndex((slot) => slot.startsWith("write "));
            const words = Array.from({ length: 32 }, (_, i) => field(ctx.CTX_HEADER_SIZE + 8 * i));
            expect(words).toContain(KernelMachine.stub(STUB_SYSCALL_BASE + write));
            checked = true;
            yield* p.call("sysExit", 0);
          },
        },
      },
    });
    world.boot();
    expect(checked).toBe(true);
  }, 30_000);
});
