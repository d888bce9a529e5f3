import { expect, test } from "vitest";
import { formatNs, formatTable, summarize } from "./stats.ts";

test("summarizes by nearest rank", () => {
  const samples = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(summarize("s", "n", samples)).toEqual({
    subject: "s",
    name: "n",
    count: 100,
    min: 1,
    p50: 50,
    p90: 90,
    p99: 99,
  });
});

test.each([
  [12.34, "12.3 ns"],
  [1500, "1.50 us"],
  [2_500_000, "2.50 ms"],
])("formats %f", (ns, text) => {
  expect(formatNs(ns)).toBe(text);
});

test("lines the table up", () => {
  const lines = formatTable([summarize("a", "b", [1]), summarize("subject two", "b", [1e6])]).split("\n");
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
});
