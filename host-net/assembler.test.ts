import { expect, test } from "vitest";
import { SeededRandom } from "../tests/support/seeded-random.ts";
import { Assembler, MAX_PIECES } from "./assembler.ts";

test("holds what is early until what is missing comes", () => {
  const assembler = new Assembler();
  assembler.add(10, 20);
  expect(assembler.takeFront()).toBe(0);
  assembler.add(0, 10);
  expect([assembler.takeFront(), assembler.isEmpty]).toEqual([20, true]);
});

test("moves later pieces up as it delivers", () => {
  const assembler = new Assembler();
  assembler.add(0, 5);
  assembler.add(8, 9);
  expect(assembler.takeFront()).toBe(5);
  assembler.add(0, 3);
  expect(assembler.takeFront()).toBe(4);
});

test("refuses a piece too many, but not one that joins others", () => {
  const assembler = new Assembler();
  for (let i = 1; i <= MAX_PIECES; i++) expect(assembler.add(3 * i, 3 * i + 1)).toBe(true);
  expect(assembler.add(1000, 1001)).toBe(false);
  expect(assembler.add(4, 6)).toBe(true);
  expect(assembler.add(1000, 1001)).toBe(true);
});

test("agrees with a bitmap on any pieces in any order", () => {
  const random = new SeededRandom(1);
  for (let round = 0; round < 300; round++) {
    const assembler = new Assembler();
    let bitmap: boolean[] = Array.from({ length: 60 }, () => false);
    for (let step = 0; step < 40; step++) {
      const start = random.below(55);
      const end = start + random.below(6);
      if (assembler.add(start, end)) bitmap.fill(true, start, end);
      if (random.chance(0.7)) continue;
      const missing = bitmap.indexOf(false);
      const expected = missing < 0 ? bitmap.length : missing;
      expect(assembler.takeFront()).toBe(expected);
      bitmap = [...bitmap.slice(expected), ...Array.from({ length: expected }, () => false)];
    }
  }
});
