// Which apps that need a library are refused, and which libraries: the log says why, and nothing is left behind.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { KernelMachine, compileKernel } from "../../../tests/support/kernel-machine.ts";
import { type Steps, rest } from "../../../tests/support/kernel-world.ts";
import { APP_PATH, loadWithLibrary } from "../../../tests/support/library-world.ts";
import {
  APP_TEXT,
  IDENTITY,
  LIBRARY_PATH,
  LIBRARY_TEXT,
  TABLE_ENTRIES,
  libraryBundle,
  linkedBundle,
} from "../../../tests/support/linked-modules.ts";
import { mutations } from "../../../tests/support/mutate.ts";
import { decodeBundle, encodeBundle } from "../../../pkg/bundle.ts";
import type { Manifest } from "../../../pkg/manifest.ts";
import { E_NOENT, E_NOMEM, E_PKG_LIBRARY, E_PKG_MODULE } from "../../abi/errors.ts";

const PAGE = 0x1000;
const PROGRAM_ID_BASE = 0x40000000;
const UNUSED = `(func (param i32 i32) ${"(drop (i32.div_u (local.get 0) (local.get 1)))".repeat(1000)})`;

beforeAll(compileKernel, 60_000);

describe("is refused:", () => {
  let machine: KernelMachine;

  beforeAll(async () => {
    machine = await loadWithLibrary();
    machine.boot();
    expect(install(linkedBundle())).toBe(0); // the library is there
  });

  beforeEach(() => machine.clearLog());

  /** Installs a bundle as the resolver does and frees it; what the last step returned. */
  function install(bundle: Uint8Array): number {
    const at = machine.call("framesAlloc", Math.ceil(bundle.length / PAGE));
    machine.guest.put(at, bundle);
    const handle = machine.call("installBegin", at, bundle.length);
    let result = 1;
    while (result > 0) result = machine.call("installStep", handle);
    machine.call("installFree", handle);
    return result;
  }

  function refuse(bundle: Uint8Array, reason: string, error = E_PKG_MODULE): void {
    expect(install(bundle)).toBe(-error);
    expect(machine.log).toEqual([`module refused: ${reason}`]);
    machine.call("__collect");
    const frames = machine.call("framesFreeCount");
    const room = machine.call("heapRoom");
    for (let round = 0; round < 10; round++) install(bundle);
    machine.call("__collect");
    expect(machine.call("framesFreeCount")).toBe(frames);
    expect(room - machine.call("heapRoom")).toBeLessThan(4096);
  }

  /** An app that imports this, beside its memory. */
  function importing(...imports: string[]): string {
    return `(module (import "env" "memory" (memory 1)) ${imports.join(" ")}
      (func (export "main") (result i32) (i32.const 0)))`;
  }

  test("nothing of an app that imports what there is", () => {
    expect(install(linkedBundle())).toBe(0);
    expect(install(linkedBundle(importing()))).toBe(0);
    expect(machine.log).toEqual([]);
  });

  test.each([
    [
      "a function that is not there",
      "(func (param i32) (result i32))",
      "nothing",
      "what its library does not export: nothing",
    ],
    [
      "a longer name",
      "(func (param i32) (result i32))",
      "twice2",
      "what its library does not export: twice2",
    ],
    ["a shorter name", "(func (param i32) (result i32))", "twic", "what its library does not export: twic"],
    ["no name", "(func (param i32) (result i32))", "", "what its library does not export: "],
    [
      "a function that takes more",
      "(func (param i32 i32) (result i32))",
      "twice",
      "another type of function twice",
    ],
    ["a function that returns nothing", "(func (param i32))", "twice", "another type of function twice"],
    [
      "a function of a type that the library has not",
      "(func (param f64))",
      "twice",
      "another type of function twice",
    ],
    ["a global as a function", "(func)", "count", "another kind of thing than its library exports as count"],
    [
      "a function as a global",
      "(global i32)",
      "twice",
      "another kind of thing than its library exports as twice",
    ],
    [
      "a function as a table",
      "(table 1 funcref)",
      "twice",
      "another kind of thing than its library exports as twice",
    ],
    ["a wider global", "(global (mut i64))", "count", "another type of global count"],
    ["a narrower global", "(global (mut i32))", "wide", "another type of global wide"],
    ["a global that it cannot change", "(global i32)", "count", "another type of global count"],
    ["a constant that it can change", "(global (mut i32))", "constant", "another type of global constant"],
    ["a larger table", `(table ${TABLE_ENTRIES + 1} funcref)`, "table", "a table of another size: table"],
    [
      "a table that ends before",
      `(table 1 ${TABLE_ENTRIES - 1} funcref)`,
      "table",
      "a table of another size: table",
    ],
    ["a table of other things", "(table 1 externref)", "table", "another type of table table"],
  ])("an import of %s", (_, type, name, reason) => {
    const wanted = `(import "library" "${name}" ${type})`;
    refuse(linkedBundle(importing(wanted)), `imports ${reason}`);
  });

  test("a memory of the library's", () => {
    const text = `(module (import "library" "table" (memory 1)) (func (export "main")))`;
    refuse(linkedBundle(text), "imports another kind of thing than its library exports as table");
  });

  test.each([
    [
      "another module",
      '(import "libraries" "twice" (func (param i32) (result i32)))',
      "no system call twice",
    ],
    ["an unknown system call", '(import "oscortex" "fly" (func))', "no system call fly"],
    ["another global", '(import "env" "count" (global (mut i32)))', "no system call count"],
  ])("an import from %s", (_, wanted, reason) => {
    refuse(linkedBundle(importing(wanted)), `imports ${reason}`);
  });

  const OWN = '(module (memory 1) (func (export "main")))';
  const MEMORY = "its memory is not imported, or larger than its manifest says";
  test.each<[string, string, Partial<Manifest>, string]>([
    ["a memory of its own", OWN, {}, MEMORY],
    ["no memory", '(module (func (export "main")))', {}, MEMORY],
    ["a larger memory than its manifest says", APP_TEXT, { memoryPages: 1 }, MEMORY],
    [
      "a memory of another name",
      '(module (import "env" "ram" (memory 1)) (func (export "main")))',
      {},
      "imports no system call ram",
    ],
    ["no entry", APP_TEXT, { entry: "start" }, "no entry start of type () -> i32 or () -> ()"],
    [
      "an entry of the library's",
      `(module (import "env" "memory" (memory 1)) (import "library" "more" (func $more)) (export "main" (func $more)))`,
      {},
      "no entry main of type () -> i32 or () -> ()",
    ],
    [
      "code that writes to tables",
      `(module (import "env" "memory" (memory 1)) (import "library" "table" (table 1 funcref))
        (func (export "main") (table.set (i32.const 0) (ref.null func))))`,
      {},
      "it writes to tables, and is a library or linked to one",
    ],
  ])("an app with %s", (_, text, manifest, reason) => refuse(linkedBundle(text, manifest), reason));

  test.each([
    [
      "another identity",
      LIBRARY_PATH,
      `it was packed for another build of ${LIBRARY_PATH}; pack it again with this version`,
    ],
    ["no library", "/bin/none", "there is no library /bin/none"],
    ["a program as its library", APP_PATH, `${APP_PATH} is no library`],
    ["a file of another file system", "/sys/mem", "there is no library /sys/mem"],
  ])("an app for %s", (_, path, reason) => {
    const identity = path === LIBRARY_PATH ? IDENTITY.toReversed() : IDENTITY;
    refuse(linkedBundle(APP_TEXT, {}, { identity, path }), reason, E_PKG_LIBRARY);
  });

  test("some of what a linked module can be mutated to, and none leaves a trace", () => {
    const bundle = linkedBundle();
    const { manifest, wasm, needs } = decodeBundle(bundle);
    machine.call("__collect");
    const frames = machine.call("framesFreeCount");
    const outcomes = new Set<number>();
    for (const mutated of mutations(wasm, { seed: 5, count: 1000 }))
      outcomes.add(install(encodeBundle({ manifest, wasm: mutated, needs })));
    expect(outcomes).toEqual(new Set([0, -E_PKG_MODULE]));
    machine.call("__collect");
    expect(machine.call("framesFreeCount")).toBe(frames);
  });

  test("a library that is a package", () => {
    refuse(libraryBundle(), "a library that is not in the initramfs");
  });
});

describe("an app never starts", () => {
  /** Spawns an app a hundred times, once every window has its tables; the log, and what is lost of memory. */
  async function spawns(parts: string): Promise<{ log: string[]; lost: number }> {
    const text = `(module (import "env" "memory" (memory 1))
      (import "library" "constant" (global $five i32)) (import "library" "table" (table $table 1 funcref))
      (func $f (export "main")) ${parts})`;
    let lost = 0;
    const machine = await loadWithLibrary({
      programs: { "/bin/other": linkedBundle(text, { name: "org.test.other" }) },
      *init(p) {
        const free = function* (rounds: number): Steps<number> {
          for (let i = 0; i < rounds; i++) expect(yield* p.spawn("/bin/other")).toBe(-E_PKG_MODULE);
          p.machine.call("__collect");
          return p.machine.call("framesFreeCount");
        };
        lost = (yield* free(70)) - (yield* free(100));
        yield* rest(p);
      },
    });
    machine.boot();
    return { log: machine.log, lost };
  }

  test.each([
    ["elements that begin past the library's table", `(elem (i32.const ${TABLE_ENTRIES}) func $f)`],
    ["elements that end past it", `(elem (i32.const ${TABLE_ENTRIES - 1}) func $f $f)`],
    ["elements that wrap round", "(elem (i32.const -1) func $f $f)"],
    ["more elements than there is room for anywhere", `(elem (i32.const 0) func ${"$f ".repeat(300_000)})`],
    ["elements past it where the library says", "(elem (global.get $five) func $f)"],
    ["data past the memory", '(data (i32.const 0xffff) "ab")'],
  ])("that has %s", async (_, parts) => {
    const { log, lost } = await spawns(parts);
    expect(new Set(log)).toEqual(new Set(["module refused: a segment does not fit"]));
    expect(lost).toBe(0);
  });
});

describe("a library", () => {
  test.each([
    [
      "with a memory of its own",
      "(module (memory 1))",
      "its memory is not imported, or larger than its manifest says",
    ],
    [
      "with a start function",
      '(module (import "env" "memory" (memory 1)) (func $f) (start $f))',
      "a library has a start function",
    ],
    [
      "whose exports are in disorder",
      '(module (import "env" "memory" (memory 1)) (func $f) (export "b" (func $f)) (export "a" (func $f)))',
      "the exports of a library are not sorted",
    ],
    [
      "whose exports' names go on in disorder",
      '(module (import "env" "memory" (memory 1)) (func $f) (export "ab" (func $f)) (export "a" (func $f)))',
      "the exports of a library are not sorted",
    ],
    [
      "that writes to tables",
      `(module (import "env" "memory" (memory 1)) (table 1 funcref)
        (func (table.set (i32.const 0) (ref.null func))))`,
      "it writes to tables, and is a library or linked to one",
    ],
    [
      "that imports from a library",
      '(module (import "env" "memory" (memory 1)) (import "library" "f" (func)))',
      "imports no system call f",
    ],
    ["without a memory", "(module)", "its memory is not imported, or larger than its manifest says"],
  ])("%s is refused once, and every app that needs it", async (_, text, reason) => {
    const results: number[] = [];
    const machine = await loadWithLibrary({
      library: libraryBundle(text),
      programs: { "/bin/other": linkedBundle(APP_TEXT, { name: "org.test.other" }) },
      *init(p) {
        for (const path of [APP_PATH, "/bin/other"]) results.push(yield* p.spawn(path));
        yield* rest(p);
      },
    });
    machine.boot();
    const [first, ...others] = machine.log;
    expect(results).toEqual([-E_PKG_MODULE, -E_PKG_MODULE]);
    expect(first).toContain(reason);
    const cannot = `module refused: its library ${LIBRARY_PATH} cannot be compiled`;
    expect(others).toEqual([cannot, cannot]);
  });

  test("that found no memory is compiled when there is some", async () => {
    const results: number[] = [];
    const machine = await loadWithLibrary({
      *init(p) {
        const held: number[] = [];
        const kept = 64;
        while (p.machine.call("framesFreeCount") > kept) held.push(p.machine.call("framesAlloc", 1));
        results.push(yield* p.spawn(APP_PATH));
        for (const frame of held) p.machine.call("framesFree", frame, 1);
        results.push(yield* p.spawn(APP_PATH));
        yield* rest(p);
      },
      library: libraryBundle(LIBRARY_TEXT.replace(/\)$/, `${UNUSED.repeat(20)})`)),
    });
    machine.boot();
    expect(results).toEqual([-E_NOMEM, 2]);
    expect(machine.log).toEqual([
      "module refused: there is no memory to compile it",
      `module refused: its library ${LIBRARY_PATH} cannot be compiled`,
    ]);
  });

  test("is no program: neither by its path nor by its number", async () => {
    const results: number[] = [];
    const machine = await loadWithLibrary({
      *init(p) {
        results.push(yield* p.spawn(LIBRARY_PATH), yield* p.spawn(APP_PATH));
        // 0 is /init
        for (const number of [1, 2, 3])
          results.push(yield* p.call("sysSpawn", PROGRAM_ID_BASE + number, 0, 0));
        results.push(yield* p.spawn(LIBRARY_PATH));
        yield* rest(p);
      },
    });
    machine.boot();
    expect(results).toEqual([-E_PKG_MODULE, 2, -E_NOENT, 3, -E_NOENT, -E_PKG_MODULE]);
    const line = "module refused: a library cannot be started";
    expect(machine.log).toEqual([line, line]);
  });
});
