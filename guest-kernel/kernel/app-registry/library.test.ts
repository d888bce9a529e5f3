// Libraries: what an app that is linked to one gets, and which apps and libraries are refused. That the code works together is
// for tests/boot/library.test.ts.
import { beforeAll, describe, expect, test } from "vitest";
import { loadAot } from "../../../tests/support/compiler.ts";
import { KernelMachine, type ScriptedProcess, compileKernel } from "../../../tests/support/kernel-machine.ts";
import { type Steps, rest } from "../../../tests/support/kernel-world.ts";
import { APP_PATH, loadWithLibrary } from "../../../tests/support/library-world.ts";
import {
  APP_TEXT,
  LIBRARY_PATH,
  LIBRARY_TEXT,
  SLOT_BACK,
  SLOT_TWICE,
  TABLE_ENTRIES,
  assemble,
  libraryBundle,
  linesOf,
  linkedBundle,
} from "../../../tests/support/linked-modules.ts";
import { tinyBundle } from "../../../tests/support/tiny-wasm.ts";
import { STUB_SYSCALL_BASE } from "../../abi/arch.ts";
import * as ctx from "../../abi/instance.ts";
import { EVENT_PROCESSES_GPA } from "../../abi/event-page.ts";
import {
  EVENT_PAGE_GPA,
  KERNEL_WINDOW_GIB,
  WINDOW_LIBRARY_MIB,
  WINDOW_MEMORY_MIB,
} from "../../abi/memory-map.ts";
import { PROCESS_LIBRARY, PROCESS_SIZE } from "../../abi/process-table.ts";
import { SYSCALL_SLOTS } from "../../abi/syscall-table.ts";
import type { CompiledModule } from "../../image/aot.ts";

const MIB = 1n << 20n;
const KERNEL_BASE = BigInt(KERNEL_WINDOW_GIB) << 30n;

let modules: { library: CompiledModule; app: CompiledModule };

beforeAll(async () => {
  await compileKernel();
  const aot = await loadAot();
  const library = aot.compile(assemble(LIBRARY_TEXT), { preemptible: true });
  const app = aot.compile(assemble(APP_TEXT), { preemptible: true, library });
  app.free();
  library.free();
  modules = { library, app };
}, 60_000);

describe("a process of an app that is linked to a library", () => {
  /** Looks at a process of the app. */
  async function look(at: (p: ScriptedProcess, read: (offset: number) => bigint) => void): Promise<void> {
    let looked = false;
    const machine = await loadWithLibrary({
      *init(p) {
        expect(yield* p.spawn(APP_PATH)).toBe(2);
        yield* p.wait();
        yield* rest(p);
      },
      *app(p) {
        at(p, (offset) => p.machine.view.getBigUint64(p.context + offset, true));
        looked = true;
        yield* p.call("sysExit", 0);
      },
    });
    machine.boot();
    expect(machine.log).toEqual([]);
    expect(looked).toBe(true);
  }

  /** Code address of a function of the app or the library. */
  function codeOf(read: (offset: number) => bigint, { functions }: CompiledModule, index: number): bigint {
    const window = read(ctx.CTX_MEMORY_BASE) - BigInt(WINDOW_MEMORY_MIB) * MIB;
    const base = functions === modules.library.functions ? BigInt(WINDOW_LIBRARY_MIB) * MIB : 0n;
    return window + base + BigInt(functions[index]!.offset!);
  }

  /** Index of what the library exports under a name. */
  function exported(name: string): number {
    return modules.library.exports.find((found) => found.name === name)!.index;
  }

  test("calls the library and the kernel through its own slots", () =>
    look((_, read) => {
      const { app, library } = modules;
      for (const { module, name, kind, index } of app.imports) {
        if (kind !== "function") continue;
        const slot = SYSCALL_SLOTS.findIndex((text) => text.startsWith(`${name} `));
        const address =
          module === "library"
            ? codeOf(read, library, exported(name))
            : KernelMachine.stub(STUB_SYSCALL_BASE + slot);
        expect([name, read(app.context.imports + 8 * index)]).toEqual([name, address]);
      }
    }));

  test("has the library's globals and table by their addresses, and those of its own behind", () =>
    look((p, read) => {
      const { app, library } = modules;
      const inContext = (offset: number): bigint => KERNEL_BASE + BigInt(p.context + offset);
      expect(read(app.context.globals)).toBe(inContext(library.context.globals + 16 * exported("count")));
      expect(read(app.context.globals + 16)).toBe(inContext(library.context.globals + 16 * exported("wide")));
      expect(read(app.context.tables)).toBe(inContext(library.context.tables));
      expect(read(library.context.globals + 16 * exported("count"))).toBe(7n);
      expect(read(library.context.globals + 16 * exported("wide"))).toBe(0x123456789n);
      expect(read(app.context.globals + 32)).toBe(100n);
    }));

  test("has its functions and the library's in the library's table, by types common to both", () =>
    look((p, read) => {
      const { app, library } = modules;
      const unary = [...library.types].find(([, signature]) => signature === "i>i")![0];
      const table = Number(read(library.context.tables + ctx.TABLE_BASE) - KERNEL_BASE);
      expect(Number(read(library.context.tables + ctx.TABLE_LENGTH) & 0xffffffffn)).toBe(TABLE_ENTRIES);
      const entries = Array.from({ length: TABLE_ENTRIES }, (_, i) => [
        p.machine.view.getBigUint64(table + ctx.ENTRY_SIZE * i + ctx.ENTRY_CODE, true),
        p.machine.view.getUint32(table + ctx.ENTRY_SIZE * i + ctx.ENTRY_TYPE, true),
      ]);
      const called = app.imports.filter(({ kind }) => kind === "function").length + 1; // behind $start
      expect(SLOT_TWICE).toBe(1);
      expect(SLOT_BACK).toBe(2);
      expect(entries).toEqual([
        [0n, 0],
        [codeOf(read, library, exported("twice")), unary],
        [codeOf(read, app, called), unary],
        [codeOf(read, app, 0), unary], // the import's thunk
      ]);
    }));

  test("has a memory of the larger minimum, with the data of both", () =>
    look((p) => {
      expect(p.pages).toBe(2);
      expect(p.text(64, 16)).toBe("from the library");
      expect(p.text(65536, 12)).toBe("from the app");
    }));

  test("has its segments where constants of the library say", async () => {
    const text = `(module (import "env" "memory" (memory 1)) (import "library" "constant" (global $five i32))
      (func (export "main")) (data (global.get $five) "at five"))`;
    let found = "";
    const machine = await loadWithLibrary({
      bundle: linkedBundle(text),
      *init(p) {
        yield* p.spawn(APP_PATH);
        yield* p.wait();
        yield* rest(p);
      },
      *app(p) {
        found = p.text(5, 7);
        yield* p.call("sysExit", 0);
      },
    });
    machine.boot();
    expect(found).toBe("at five");
  });

  test("shares the library's code with others, read only, and tells debuggers its name", async () => {
    const frames: bigint[][] = [];
    const names: string[] = [];
    const other = linkedBundle(APP_TEXT, { name: "org.test.other" });
    const machine = await KernelMachine.load({
      programs: {
        "/init": {
          bundle: tinyBundle({}, { name: "org.test.init", capabilities: 31 }),
          *script(p) {
            for (const path of [APP_PATH, "/bin/other", "/bin/alone"]) yield* p.spawn(path);
            yield* rest(p);
          },
        },
        [LIBRARY_PATH]: { bundle: libraryBundle() },
        [APP_PATH]: { bundle: linkedBundle(), script: note },
        "/bin/other": { bundle: other, script: note },
        "/bin/alone": { bundle: tinyBundle({}, { name: "org.test.alone" }), script: note },
      },
    });
    function* note(p: ScriptedProcess): Steps {
      const base = p.machine.view.getBigUint64(p.context + ctx.CTX_MEMORY_BASE, true);
      const window = base - BigInt(WINDOW_MEMORY_MIB) * MIB;
      frames.push([
        p.machine.translate(window),
        p.machine.translate(window + BigInt(WINDOW_LIBRARY_MIB) * MIB),
      ]);
      const entry =
        p.machine.view.getUint32(EVENT_PAGE_GPA + EVENT_PROCESSES_GPA, true) + PROCESS_SIZE * p.pid;
      const name = p.machine.view.getUint32(entry + PROCESS_LIBRARY, true);
      names.push(name === 0 ? "" : p.machine.guest.text(name, 64).replace(/\0+$/, ""));
      yield* p.call("sysExit", 0);
    }
    machine.boot();
    const [first, second, alone] = frames;
    expect(first![0]).not.toBe(second![0]);
    expect(first![1]).toBe(second![1]);
    expect(first![1]! & 0x8000_0000_0000_0fffn).toBe(0x25n); // execute only
    expect(alone![1]).toBe(0n);
    expect(names).toEqual(["org.test.library", "org.test.library", ""]);
  });

  test("costs what it had when it ends", async () => {
    const free: number[] = [];
    const machine = await loadWithLibrary({
      *init(p) {
        for (let round = 0; round < 100; round++) {
          yield* p.spawn(APP_PATH);
          yield* p.wait();
          p.machine.call("__collect");
          free.push(p.machine.call("framesFreeCount"));
        }
        yield* rest(p);
      },
    });
    machine.boot();
    expect(new Set(free.slice(70)).size).toBe(1); // once every window has its tables
  });

  test("faults in the library at a line of the library", async () => {
    const { library } = modules;
    const divide = library.functions[exported("divide")]!.offset!;
    const machine = await loadWithLibrary({
      library: libraryBundle(LIBRARY_TEXT, { lines: linesOf("library/divide.ts", 77) }),
      *init(p) {
        yield* p.spawn(APP_PATH);
        yield* p.wait();
        yield* rest(p);
      },
      *app(p) {
        const install = p.machine.call("libraryOf", p.pid);
        const sites = Array.from({ length: 256 }, (_, i) => divide + i);
        const isSite = (at: number, call: number): boolean =>
          p.machine.call("installSite", install, at, call) !== -1;
        const at = sites.find((offset) => isSite(offset, 0))!;
        const call = Array.from({ length: library.code.length }, (_, i) => i).find((i) => isSite(i, 1))!;
        const inLibrary = WINDOW_LIBRARY_MIB << 20;
        yield* p.fault(0, inLibrary + at, [inLibrary + call]);
      },
    });
    machine.boot();
    expect(machine.log).toEqual([
      "org.test.app (pid 2): integer divide by zero at library/divide.ts:77",
      "    called from library/divide.ts:77",
    ]);
  });
});
