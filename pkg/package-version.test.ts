import { expect, test } from "vitest";
import { compareVersions } from "./package-version.ts";

// In order, with the examples of Semantic Versioning 2.0.0 §11.
const ORDERED = [
  "0.9.9",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "1.0.0",
  "1.0.10",
  "1.2.0",
  "2.0.0",
  "10.0.0",
];

test("versions come in the order of the specification", () => {
  expect(ORDERED.toReversed().toSorted(compareVersions)).toEqual(ORDERED);
});

test.each([
  ["1.0.0", "1.0.0+build.7"],
  ["1.0.0-rc.1+a", "1.0.0-rc.1+b"],
])("%s and %s have the same precedence", (a, b) => {
  expect(compareVersions(a, b)).toBe(0);
});
