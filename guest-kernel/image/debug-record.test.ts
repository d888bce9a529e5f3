import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { loadAot } from "../../tests/support/compiler.ts";
import type { Aot } from "./aot.ts";

let aot: Aot;
const wasm = readFileSync("build/kernel.wasm");

beforeAll(async () => {
  aot = await loadAot();
});

test("recording leaves the code as it is", () => {
  const plain = aot.compile(wasm);
  const recorded = aot.compile(wasm, { debug: true });
  expect(Buffer.compare(plain.code, recorded.code)).toBe(0);
  expect(plain.debug).toBeUndefined();
  plain.free();
  recorded.free();
});

test("positions ascend and frames lie in their functions", () => {
  const module = aot.compile(wasm, { debug: true });
  const { positions, frames } = module.debug!;
  for (let i = 1; i < positions.length; i++)
    expect(positions[i]!.codeOffset).toBeGreaterThan(positions[i - 1]!.codeOffset);
  const imported = module.imports.filter(({ kind }) => kind === "function").length;
  expect(frames.length).toBe(module.functions.length - imported);
  frames.forEach((frame, i) => {
    const { offset = 0, size } = module.functions[imported + i]!;
    expect(frame.savedEnd).toBeGreaterThan(offset);
    expect(frame.bodyStart).toBeGreaterThanOrEqual(frame.savedEnd);
    expect(frame.returnEnd).toBeGreaterThan(frame.bodyStart);
    expect(frame.returnEnd).toBeLessThanOrEqual(offset + size);
    expect(module.code[frame.returnEnd - 1]).toBe(0xc3);
  });
  module.free();
});

test("locals can be kept in the frame", () => {
  const module = aot.compile(wasm, { debug: true, localsInFrame: true });
  for (const { locals, savedRegisters } of module.debug!.frames) {
    expect(savedRegisters).toEqual([]);
    for (const { home } of locals) expect(home < 0 || home >= 16).toBe(true);
  }
  module.free();
});
