import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { loadAot } from "../../../tests/support/compiler.ts";
import type { Aot } from "../aot.ts";
import { checkModule } from "./module.ts";

let aot: Aot;
beforeAll(async () => {
  aot = await loadAot();
}, 60_000);

test("the kernel", { timeout: 60_000 }, () => {
  const module = aot.compile(readFileSync("build/kernel.wasm"));
  const t = performance.now();
  console.log(checkModule(module, { preemptible: false, kernel: true }), performance.now() - t);
  expect(1).toBe(1);
});
