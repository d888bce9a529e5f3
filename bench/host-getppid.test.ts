import { expect, test } from "vitest";
import { measureHostGetppid } from "./host-getppid.ts";

test("a system call of the host takes between 10 ns and 100 us", () => {
  const row = measureHostGetppid();
  expect(row.count).toBe(1000);
  expect(row.p50).toBeGreaterThan(10);
  expect(row.p50).toBeLessThan(100_000);
});
