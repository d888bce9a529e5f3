// Variables of debug builds, as gdb and readelf find them in the files.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadAot } from "../../../tests/support/compiler.ts";
import { lacksProgram, pathOf } from "../../../tests/support/programs.ts";
import { decodeBundle } from "../../../pkg/bundle.ts";
import { packProject } from "../../../pkg/pack/pack.ts";
import { linkAppImage } from "../app-image.ts";
import { decodeDebugTypes, type DebugTypes, DebugTypesError, encodeDebugTypes } from "../debug-types.ts";

const FIXTURE = "tests/fixtures/debug-app";

let folder: string;
let file: string;
let types: DebugTypes;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oscortex-debug-"));
  file = join(folder, "shapes.elf");
  const aot = await loadAot();
  const image = async () => {
    const bundle = decodeBundle((await packProject(FIXTURE, { debug: true })).file);
    return { bundle, elf: linkAppImage({ name: "shapes", ...bundle }, aot) };
  };
  const [first, second] = [await image(), await image()];
  expect(Buffer.compare(first.elf, second.elf)).toBe(0); // equal sources, equal bytes
  types = decodeDebugTypes(first.bundle.types!);
  writeFileSync(file, first.elf);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

function gdb(...commands: string[]): string {
  const args = ["-nx", "-batch", ...commands.flatMap((command) => ["-ex", command]), file];
  return execFileSync(pathOf("gdb"), args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

test("asc's classes come with the offsets of their fields", () => {
  expect(types.classes.find(({ name }) => name === "Shape")).toMatchObject({
    bytes: 20,
    fields: [
      ["name", 0, expect.stringMatching(/^#\d+$/)],
      ["sides", 4, "u8"],
      ["area", 8, "f64"],
      ["next", 16, expect.stringMatching(/^#\d+$/)],
    ],
  });
  expect(types.classes.find(({ name }) => name === "Square")?.fields.at(-1)).toEqual(["side", 20, "i32"]);
});

test("types survive their encoding", () => {
  expect(decodeDebugTypes(encodeDebugTypes(types))).toEqual(types);
});

test.each([
  ["no JSON", "{"],
  ["a list", "[]"],
  ["a class that is not there", '{"classes":[],"functions":[["f","#0",[]]],"globals":[]}'],
  ["a type of no known form", '{"classes":[],"functions":[],"globals":[["g","**"]]}'],
  [
    "a field before its object",
    '{"classes":[{"name":"C","bytes":4,"fields":[["f",-1,"i32"]]}],"functions":[],"globals":[]}',
  ],
  [
    "a field of a class that is not there",
    '{"classes":[{"name":"C","bytes":4,"fields":[["f",0,"#7"]]}],"functions":[],"globals":[]}',
  ],
])("refuses types that are %s", (_, text) => {
  expect(() => decodeDebugTypes(Buffer.from(text))).toThrow(DebugTypesError);
});

test.skipIf(lacksProgram("readelf"))("readelf has no complaint", () => {
  const { stderr, status } = spawnSync(pathOf("readelf"), ["--all", "--debug-dump", file], {
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

describe.skipIf(lacksProgram("gdb"))("gdb", () => {
  test("knows where parameters and locals are, and their types", () => {
    const out = gdb(
      "info scope total",
      "whatis total",
      "info line total",
      "list total",
      "disassemble /s total",
    );
    for (const name of ["shapes", "weight", "big", "flag", "sum"])
      expect(out).toMatch(new RegExp(`Symbol ${name} is a variable at frame base reg \\$rbp offset`));
    expect(out).toMatch(/type = f64 \(struct Array<Shape> \*, f32, i64, bool\)/);
    expect(out).toMatch(/Line \d+ of ".*debug-app\/main\.ts" starts at address/);
    expect(out).toContain("function total(shapes: Shape[], weight: f32, big: i64, flag: bool): f64 {");
    expect(out).toMatch(/sum \+= shapes\[i\]\.area;\n(?:.*\n)*?.*call/);
  });

  test("keeps variables of equal names apart", () => {
    const [outside = "", first = "", second = ""] = ["main.ts:36", "main.ts:38", "main.ts:41"].map((line) =>
      gdb(`info scope ${line}`),
    );
    const place = /Symbol i is a variable at frame base reg \$rbp offset (\S+),/;
    expect(outside).not.toMatch(place);
    expect(place.exec(first)?.[1]).toBeDefined();
    expect(place.exec(second)?.[1]).toBeDefined();
    expect(place.exec(first)?.[1]).not.toBe(place.exec(second)?.[1]);
  });

  test("knows the fields of classes", () => {
    const out = gdb("ptype Square", "ptype String", "ptype counter", "print sizeof(Shape)");
    expect(out).toMatch(
      /struct Square \{\s+struct String \*name;\s+u8 sides;\s+f64 area;\s+struct Shape \*next;\s+i32 side;\s+\}/,
    );
    expect(out).toMatch(/struct String \{\s+char16_t text\[variable length\];/);
    expect(out).toContain("type = u32");
    expect(out).toContain("= 20");
  });
});
