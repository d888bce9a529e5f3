// The fuzzer's short form, and whether it would notice.

import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { AotError, type CompiledModule } from "../../guest-kernel/image/aot.ts";
import { lacksKvm } from "../support/kvm.ts";
import { HEADER, name, section, u32 } from "../support/random-module.ts";
import { CaseRunner } from "./case.ts";
import { Comparison } from "./compare.ts";
import { reduceBytes, reduceModule } from "./reduce.ts";
import { caseSeed } from "./run.ts";
import { verdictOn } from "./verdict.ts";

const COMPILE_TIMEOUT_MS = 60_000;
const CASES = 40;
const MUTANTS = 20;
const SEED = 1;
const CORPUS = fileURLToPath(new URL("corpus", import.meta.url));

/** A module whose function `f` has two parameters and these instructions, and whose function `g` is empty. */
function moduleOf(...instructions: number[]): Uint8Array<ArrayBuffer> {
  const body = [0, ...instructions, 0x0b];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [2, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 0x60, 0, 0]),
    ...section(3, [2, 0, 1]),
    ...section(7, [2, ...name("f"), 0, 0, ...name("g"), 0, 1]),
    ...section(10, [2, ...u32(body.length), ...body, 3, 0, 0x01, 0x0b]),
  ]);
}

describe.skipIf(lacksKvm())("the fuzzer", () => {
  let runner: CaseRunner;

  beforeAll(async () => {
    runner = await CaseRunner.create();
  }, COMPILE_TIMEOUT_MS);

  afterAll(() => runner.close());

  test("finds nothing in its first cases", { timeout: 60_000 }, async () => {
    const failures: string[] = [];
    let same = 0;
    for (let i = 0; i < CASES; i++) {
      const report = await runner.run(caseSeed(SEED, i), MUTANTS);
      failures.push(...report.failures.map(({ seed, what }) => `seed ${seed}: ${what}`));
      same += report.modules["the same"] ?? 0;
    }
    expect(failures).toEqual([]);
    expect(same).toBeGreaterThan(CASES * 0.9);
  });

  test("makes the same case of the same seed", async () => {
    const first = await runner.run(77, MUTANTS);
    expect(await runner.run(77, MUTANTS)).toEqual(first);
  });

  test.each(readdirSync(CORPUS).filter((file) => file.endsWith(".wasm")))(
    "passes %s, which it once found",
    (file) => {
      const bytes = new Uint8Array(readFileSync(join(CORPUS, file)));
      expect(runner.wrongVerdict(bytes)).toBeUndefined();
      if (WebAssembly.validate(bytes)) expect(runner.difference(bytes, SEED)).toBeUndefined();
    },
  );
});

describe.skipIf(lacksKvm())("a comparison", () => {
  const subtract = moduleOf(0x20, 0, 0x20, 1, 0x6b);

  test("notices a wrong result", async () => {
    // A compiler that takes a subtraction for an addition.
    const { loadAot } = await import("../support/compiler.ts");
    const aot = await loadAot();
    const wrong = { compile: () => aot.compile(moduleOf(0x20, 0, 0x20, 1, 0x6a)) };
    const comparison = new Comparison(wrong);
    expect(comparison.difference(subtract, SEED)).toMatch(/^call 0, f: \[\w+\], V8 \[\w+\]$/);
    comparison.close();
  });
});

describe("a verdict", () => {
  const valid = moduleOf(0x20, 0);
  const tailCall = moduleOf(0x20, 0, 0x20, 1, 0x12, 0); // return_call, of a later version
  const refuses = (offset: number, reason: string): { compile: () => never; memoryBytes: number } => ({
    compile: () => {
      throw new AotError(offset, reason);
    },
    memoryBytes: 0,
  });
  const accepts = { compile: () => ({ free: () => {} }) as CompiledModule, memoryBytes: 0 };

  test("is a failure where only one side takes a module", () => {
    expect(verdictOn(refuses(valid.length - 6, "type mismatch"), valid)).toEqual({
      failure: expect.stringContaining("refused, although valid"),
    });
    expect(verdictOn(accepts, valid.subarray(0, valid.length - 1))).toEqual({
      failure: "accepted, although V8 refuses it",
    });
  });

  test("is a failure where the compiler takes much memory", () => {
    const failure = `the compiler has ${2 ** 30} bytes`;
    expect(verdictOn({ ...accepts, memoryBytes: 2 ** 30 }, valid)).toEqual({ failure });
  });

  test("names the version that V8 is ahead by", () => {
    const at = tailCall.indexOf(0x12);
    expect(verdictOn(refuses(at, "illegal opcode"), tailCall)).toEqual({
      group: "refused: exceptions and tail calls",
    });
  });
});

describe("reducing", () => {
  const opcode = 0x6c; // i32.mul
  const bytes = moduleOf(0x20, 0, 0x41, 3, 0x6a, 0x20, 1, opcode, 0x41, 5, 0x6b, 0x41, 7, 0x73);

  test("keeps what fails, and a valid module", () => {
    const reduced = reduceModule(bytes, (some) => some.includes(opcode));
    expect(WebAssembly.validate(reduced)).toBe(true);
    expect(reduced).toContain(opcode);
    expect(reduced.length).toBeLessThan(bytes.length - 6);
  });

  test("of bytes ends with those that matter", () => {
    expect(reduceBytes(bytes, (some) => some.includes(opcode))).toEqual(Uint8Array.of(opcode));
  });
});

describe.skipIf(lacksKvm())("npm run fuzz:aot", () => {
  const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ["vmm/cli/bootstrap.js", "tests/fuzz/main.js", ...args], {
      cwd: SOURCE_ROOT,
      encoding: "utf8",
    });

  test("counts, and ends with a line", { timeout: 60_000 }, () => {
    const { status, stdout } = run("--cases", "2", "--mutants", "3", "--seed", "9");
    expect(stdout).toMatch(/^fuzz: seed 9, 2 cases, \d+ s: 2 modules, 6 mutants, 0 failed$/m);
    expect(status).toBe(0);
  });

  test("explains itself, and refuses what it does not know", () => {
    expect(run("--help")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("usage: npm run fuzz:aot"),
    });
    expect(run("--seconds", "soon")).toMatchObject({
      status: 2,
      stderr: "fuzz:aot: --seconds: expected a whole number, got soon\n",
    });
  });
});
