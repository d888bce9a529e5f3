// Reports of faults: a real app compiled by the kernel, its fault record made up.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { packApp } from "../../../tests/support/app.ts";
import { compileKernel, KernelMachine, type ScriptedProcess } from "../../../tests/support/kernel-machine.ts";
import { rest, type Steps } from "../../../tests/support/kernel-world.ts";
import { tinyBundle } from "../../../tests/support/tiny-wasm.ts";
import { decodeBundle } from "../../../pkg/bundle.ts";
import { decodeLineTable, lineAt } from "../../image/lines.ts";
import { FAULT_RBP } from "../../abi/fault.ts";
import { FAULT_RECORD_GPA } from "../../abi/memory-map.ts";
import * as trap from "../../abi/instance.ts";
import { STATUS_TRAPPED } from "../../abi/syscall.ts";

const SOURCE = "shell-host/apps/crash/main.ts";
const NOT_FOUND = 0xffff_ffff;
const PAGE_FAULT = 14;
const INVALID_OPCODE = 6;
const FAULT_FRAME = FAULT_RECORD_GPA + FAULT_RBP;

let crash: Uint8Array;

beforeAll(async () => {
  await compileKernel();
  crash = await packApp("shell-host/apps/crash");
}, 60_000);

interface Site {
  code: number;
  kind: number;
  wasm: number;
}

/** The sites of the installation that a process is an instance of, in the order of its code. */
function sites(p: ScriptedProcess, call: boolean): Site[] {
  const install = p.machine.call("installOf", p.pid);
  const found: Site[] = [];
  for (let code = 0; code < 0x20000; code++) {
    const word = p.machine.call("installSite", install, code, call ? 1 : 0) >>> 0;
    if (word !== NOT_FOUND) found.push({ code, kind: word >>> 24, wasm: word & 0xffffff });
  }
  return found;
}

/** The log and the status of a process that does this. */
async function report(
  child: (p: ScriptedProcess) => Steps,
  bundle = crash,
): Promise<{ log: string[]; status: number }> {
  let status = 0;
  const machine = await KernelMachine.load({
    programs: {
      "/init": {
        bundle: tinyBundle({}, { name: "org.test.init", capabilities: 31 }),
        *script(p) {
          yield* p.spawn("/bin/child");
          [, status] = yield* p.wait();
          yield* rest(p);
        },
      },
      "/bin/child": { bundle, script: child },
    },
  });
  expect(machine.boot().reason).toBe("idle");
  return { log: machine.log, status };
}

function sourceLine(wasm: number): { file: string; line: number } {
  return lineAt(decodeLineTable(decodeBundle(crash).lines ?? new Uint8Array()), wasm)!;
}

describe("the report of a trap", () => {
  test("says what, and the line in the source where it is", async () => {
    let divisions: Site[] = [];
    const { log, status } = await report(function* (p) {
      divisions = sites(p, false).filter(
        ({ kind, wasm }) => kind === trap.TRAP_DIVISION_BY_ZERO && sourceLine(wasm).file === SOURCE,
      );
      yield* p.fault(0, divisions[0]!.code);
    });
    const match = /^org\.oscortex\.crash \(pid 2\): integer divide by zero at (?<file>.*):(?<line>\d+)$/.exec(
      log[0]!,
    );
    expect(match?.groups?.["file"]).toBe(SOURCE);
    const line = readFileSync(SOURCE, "utf8").split("\n")[Number(match?.groups?.["line"]) - 1];
    expect(line).toMatch(/ \/ (?:zero|minusOne);/);
    expect(status).toBe(STATUS_TRAPPED | trap.TRAP_DIVISION_BY_ZERO);
  });

  test("agrees with the line table at every site", async () => {
    const wanted: string[] = [];
    const machine = await KernelMachine.load({
      programs: {
        "/init": {
          bundle: tinyBundle({}, { name: "org.test.init", capabilities: 31 }),
          *script(p) {
            for (let i = 0; i < 40; i++) {
              yield* p.spawn("/bin/child");
              yield* p.wait();
            }
            yield* rest(p);
          },
        },
        "/bin/child": {
          bundle: crash,
          *script(p) {
            const all = sites(p, false);
            const site = all[Math.floor((wanted.length * all.length) / 40)]!;
            const { file, line } = sourceLine(site.wasm);
            wanted.push(`${file}:${line}`);
            yield* p.fault(INVALID_OPCODE, site.code);
          },
        },
      },
    });
    machine.boot();
    expect(machine.log).toHaveLength(40);
    expect(machine.log.map((line) => line.replace(/^.* at /, ""))).toEqual(wanted);
    expect(machine.log.every((line) => !line.includes("exception"))).toBe(true);
  }, 30_000);

  test("lists the callers, a recursion once", async () => {
    const { log } = await report(function* (p) {
      const calls = sites(p, true).filter(({ wasm }) => sourceLine(wasm).file === SOURCE);
      const [a, b] = [
        calls[0]!,
        calls.find(({ wasm }) => sourceLine(wasm).line !== sourceLine(calls[0]!.wasm).line)!,
      ];
      const fault = sites(p, false)[0]!;
      yield* p.fault(INVALID_OPCODE, fault.code, [a.code, b.code, b.code, b.code, a.code]);
    });
    expect(log.slice(1).map((line) => line.replace(/\d+$/, "N"))).toEqual([
      `    called from ${SOURCE}:N`,
      `    called from ${SOURCE}:N`,
      "    … 2 times more",
      `    called from ${SOURCE}:N`,
    ]);
    expect(log[1]).toBe(log[4]);
    expect(log[2]).not.toBe(log[1]);
  });

  test.each([0n, 1n, 8n, 0xffff_ffff_ffff_fff8n, 0x1234_5678n, 1n << 47n])(
    "stops where the chain of callers leaves the stack: %i",
    async (frame) => {
      const { log } = await report(function* (p) {
        const steps = p.fault(INVALID_OPCODE, sites(p, false)[0]!.code);
        const reason = steps.next().value; // the record is written
        p.machine.view.setBigUint64(FAULT_FRAME, frame, true);
        yield reason;
      });
      expect(log).toHaveLength(1);
    },
  );

  test("stops where the chain of callers loops", async () => {
    const { log } = await report(function* (p) {
      const steps = p.fault(INVALID_OPCODE, sites(p, false)[0]!.code, [sites(p, true)[0]!.code]);
      const reason = steps.next().value;
      const at = p.machine.view.getBigUint64(FAULT_FRAME, true);
      p.machine.view.setBigUint64(p.machine.physical(at), at, true); // its own caller
      yield reason;
    });
    expect(log).toHaveLength(2);
  });

  test.each([
    [PAGE_FAULT, 0x7fff_0000],
    [13, 3],
  ])("of an address that is none of its code is exception %i at an unknown place", async (vector, code) => {
    const { log, status } = await report(function* (p) {
      yield* p.fault(vector, code);
    });
    expect(log).toEqual([`org.oscortex.crash (pid 2): exception ${vector} at an unknown place`]);
    expect(status).toBe(STATUS_TRAPPED);
  });

  test("without a line table says the offset in the module", async () => {
    const { log } = await report(
      function* (p) {
        yield* p.fault(
          INVALID_OPCODE,
          sites(p, false).find(({ kind }) => kind === trap.TRAP_UNREACHABLE)!.code,
        );
      },
      tinyBundle({ body: [0x00] }),
    );
    expect(log[0]).toMatch(/^org\.oscortex\.tiny \(pid 2\): unreachable executed at wasm offset \d+$/);
  });

  test("names every kind of trap", async () => {
    const kinds = Object.entries(trap).filter(([name]) => name.startsWith("TRAP_") && name !== "TRAP_NONE");
    const { guest } = await KernelMachine.load({ programs: { "/init": { bundle: crash } } });
    const texts = kinds.map(([, kind]) => guest.text(0x700000, guest.call("trapTextOf", kind, 0x700000)));
    expect(new Set(texts).size).toBe(kinds.length);
    expect(texts.filter((text) => /^trap \d/.test(text))).toEqual([]);
  });

  test("ends that process alone, however often, while another never rests", async () => {
    const probes: number[] = [];
    let spins = 0;
    const machine = await KernelMachine.load({
      programs: {
        "/init": {
          bundle: tinyBundle({}, { name: "org.test.init", capabilities: 31 }),
          *script(p) {
            yield* p.spawn("/bin/spin");
            for (let i = 0; i < 2000; i++) {
              const pid = yield* p.spawn("/bin/child");
              p.machine.now += 50_000n;
              expect(yield* p.wait(pid)).toEqual([pid, STATUS_TRAPPED]);
              if (i % 100 === 99) probes.push(p.machine.call("heapProbe", 1 << 20));
            }
            yield* p.call("sysKill", 2);
            yield* rest(p);
          },
        },
        "/bin/child": {
          bundle: crash,
          *script(p) {
            yield* p.fault(PAGE_FAULT, 0x7fff_0000);
          },
        },
        "/bin/spin": {
          bundle: tinyBundle({}, { name: "org.test.spin" }),
          *script(p) {
            for (;;) {
              spins++;
              yield* p.preempted();
            }
          },
        },
      },
    });
    machine.boot();
    expect(spins).toBeGreaterThan(1000);
    expect(probes).toHaveLength(20);
    // What is logged is garbage soon: the heap's end moves no further than what comes between two collections.
    expect(Math.max(...probes) - Math.min(...probes)).toBeLessThan(8 << 20);
    expect(probes[19]! - probes[4]!).toBeLessThan(2 << 20);
  }, 30_000);
});
