import { expect, test } from "vitest";
import { tinyWasm } from "../../tests/support/tiny-wasm.ts";
import { repeatFunctions } from "./large-module.ts";

test("repeats the functions of a module", () => {
  const wasm = tinyWasm();
  const large = repeatFunctions(wasm, 1000);
  expect(WebAssembly.validate(Uint8Array.from(large))).toBe(true);
  expect(large.length).toBeGreaterThan(3000);
  expect(repeatFunctions(wasm, 1).length).toBeLessThanOrEqual(wasm.length);
});
