import { expect, test } from "vitest";
import { parseGuestRows } from "./guest-rows.ts";

test("parses the lines of the guest's benchmark", () => {
  expect(parseGuestRows("syscall", "getpid 1000 3.07 3.08 3.1 3.06\n")).toEqual([
    { subject: "syscall", name: "getpid()", count: 1000, p50: 3.07, p90: 3.08, p99: 3.1, min: 3.06 },
  ]);
});

test("labels the parts of a resolve", () => {
  const rows = parseGuestRows("pkg_resolve", "resolve_miss.hash 1 2 3 4 5\nresolve_anew 1 2 3 4 5\n");
  expect(rows.map(({ name }) => name)).toEqual(["  of it hash", "resolve miss, new connection"]);
});

test.each(["getpid 1 2 3", "getpid a b c d e", "run: not in the catalog"])("refuses %s", (line) => {
  expect(() => parseGuestRows("syscall", line)).toThrow(/not a measurement/);
});
