// The boot order and the memory map in guest-kernel/README.md are those of the code.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as memoryMap from "../abi/memory-map.ts";

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
}

/** A section of the README, by its heading. */
function section(heading: string): string {
  return (
    read("README.md")
      .split(/^## /m)
      .find((text) => text.startsWith(`${heading}\n`)) ?? ""
  );
}

test("the boot order is that of main", () => {
  const main =
    /^export function main\(\): void \{\n(?<body>.*?)^\}/ms.exec(read("kernel/main.ts"))?.groups?.["body"] ??
    "";
  const steps = section("Boot")
    .split("\n")
    .filter((line) => /^\d+\. /.test(line));
  const named = steps.flatMap((step) =>
    [...step.split(":")[0]!.matchAll(/`(\w+)`/g)].map((match) => match[1]!),
  );
  const places = [...named, "loop"].map((name) => main.search(new RegExp(`\\b${name}\\(`)));
  expect(named.length).toBeGreaterThan(12);
  expect(places.filter((place) => place < 0)).toEqual([]);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test("the memory map is abi/memory-map.ts", () => {
  const rows = [...section("Memory").matchAll(/^\| `(?<from>0x[0-9a-f]+)`\s+\| `(?<name>\w+)`/gm)];
  const listed = rows.map(({ groups }) => [groups?.["name"], Number(groups?.["from"])]);
  const constants = Object.entries(memoryMap).filter(([name]) => name.endsWith("_GPA"));
  const behindAnother = new Set(["IDT_GPA", "TSS_GPA"]); // named in the row before
  expect(new Map(listed.map(([name, from]) => [String(name), Number(from)]))).toEqual(
    new Map(constants.filter(([name]) => !behindAnother.has(name))),
  );
});
