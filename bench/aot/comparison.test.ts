import { expect, test } from "vitest";
import { Comparison, ComparisonError } from "./comparison.ts";

test("compares minima with those of the baseline, over all turns", () => {
  const comparison = new Comparison();
  comparison.add("base", "a 1f 20 30\nb 2 5\n");
  comparison.add("fast", "a 1f 5\n");
  comparison.add("base", "a 1f 25\n");
  comparison.add("fast", "b 2 20\n");
  const rows = comparison
    .rows("s", "base")
    .map(({ name, count, min, ratio }) => [name, count, Math.round(min), ratio]);
  expect(rows).toEqual([
    ["a, base", 3, 20, 1],
    ["a, fast", 1, 5, 0.25],
    ["b, base", 1, 5, 1],
    ["b, fast", 1, 20, 4],
    ["geometric mean, base", 4, 10, 1],
    ["geometric mean, fast", 2, 10, 1],
  ]);
});

test("refuses an engine that computes something else", () => {
  const comparison = new Comparison();
  comparison.add("base", "a 1f 10\n");
  expect(() => comparison.add("wrong", "a 1e 10\n")).toThrow(
    new ComparisonError("wrong: a gave 1e instead of 1f"),
  );
});

test.each(["", "a 1f", "a 1f 10 x"])("refuses %j", (printed) => {
  expect(() => new Comparison().add("base", printed)).toThrow(ComparisonError);
});
