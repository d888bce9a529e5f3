import { expect, test } from "vitest";
import { measureHostPipes, measureHostSpawn } from "./host-processes.ts";

test.each([
  ["a round trip through pipes", measureHostPipes],
  ["the start of a process", measureHostSpawn],
])("%s takes between 500 ns and 100 ms on the host", (_, measure) => {
  const row = measure();
  expect(row.count).toBe(1000);
  expect(row.p50).toBeGreaterThan(500);
  expect(row.p50).toBeLessThan(100_000_000);
});
