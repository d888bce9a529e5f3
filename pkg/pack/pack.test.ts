import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeLineTable, lineAt } from "../../guest-kernel/image/lines.ts";
import { type Bundle, decodeBundle } from "../bundle.ts";
import { CompileError, ModuleError, ProjectError } from "../errors.ts";
import { SOURCE_ROOT } from "../source-root.ts";
import { readModuleShape } from "./module-reader.ts";
import { packProject } from "./pack.ts";

const SDK = join(SOURCE_ROOT, "tests/fixtures/pack/sdk");
const APP = join(SOURCE_ROOT, "tests/fixtures/pack/app");

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "oscortex-pack-"));
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** A copy of the fixture outside of the checkout, with another main.ts and other fields in its oscortex.json. */
function variant(name: string, source: string | undefined, fields: object = {}): string {
  const folder = join(scratch, name);
  cpSync(APP, folder, { recursive: true });
  if (source !== undefined) writeFileSync(join(folder, "main.ts"), source);
  const project: unknown = JSON.parse(readFileSync(join(APP, "oscortex.json"), "utf8"));
  writeFileSync(join(folder, "oscortex.json"), JSON.stringify(Object.assign(Object(project), fields)));
  return folder;
}

describe("a packed project", () => {
  let file: Uint8Array;
  let bundle: Bundle;

  beforeAll(async () => {
    ({ file } = await packProject(APP, { sdkFolder: SDK }));
    bundle = decodeBundle(file);
  }, 60_000);

  test("has the manifest of its oscortex.json", () => {
    expect(bundle.manifest).toEqual({
      name: "org.oscortex.fixture",
      version: "1.0.0",
      entry: "main",
      capabilities: 3,
      memoryPages: 64,
    });
  });

  test("runs", () => {
    const writes: [handle: number, at: number, length: number][] = [];
    const write = (...args: [number, number, number]): number => {
      writes.push(args);
      return args[2];
    };
    const module = new WebAssembly.Module(new Uint8Array(bundle.wasm));
    const { exports } = new WebAssembly.Instance(module, { oscortex: { write, exit: () => {} } });
    const { memory, main } = exports;
    if (!(memory instanceof WebAssembly.Memory) || typeof main !== "function") throw new Error("exports");
    expect(Reflect.apply(main, undefined, [])).toBe(19);
    const texts = writes.map(([handle, at, length]) => [
      handle,
      Buffer.from(memory.buffer, at, length).toString(),
    ]);
    expect(texts).toEqual([[1, "Hello from fixture\n"]]);
  });

  test("exports its entry and its memory alone, and keeps to its memory limit", () => {
    const { exports, memory } = readModuleShape(bundle.wasm);
    expect(exports.map(({ name, type }) => [name, type])).toEqual([
      ["main", "->i32"],
      ["memory", undefined],
    ]);
    expect(memory).toEqual({ min: 1, max: 64 });
  });

  test("keeps function names and has lines, but no source text", () => {
    expect(
      WebAssembly.Module.customSections(new WebAssembly.Module(new Uint8Array(bundle.wasm)), "name"),
    ).toHaveLength(1);
    const table = decodeLineTable(bundle.lines!);
    const files = new Set<string>();
    for (let offset = 0; offset < bundle.wasm.length; offset++) files.add(lineAt(table, offset)?.file ?? "");
    expect(files).toContain("tests/fixtures/pack/app/main.ts");
    expect(files).toContain("~lib/string.ts");
    expect(Buffer.from(file).includes("Writes a greeting")).toBe(false);
  });

  test("has the same bytes when packed again, and short paths when packed from elsewhere", async () => {
    expect((await packProject(APP, { sdkFolder: SDK })).file).toEqual(file);
    const copy = decodeBundle((await packProject(variant("copy", undefined), { sdkFolder: SDK })).file);
    expect(Buffer.from(copy.lines!).includes("org.oscortex.fixture/main.ts\0")).toBe(true);
  }, 60_000);
});

describe("packProject", () => {
  test.each<[string, string, object, unknown, RegExp]>([
    [
      "a foreign import",
      `@external("env", "now") declare function now(): i32; export function main(): i32 { return now(); }`,
      {},
      ModuleError,
      /env\.now/,
    ],
    [
      "an unknown system call",
      `@external("oscortex", "reboot") declare function f(): i32; export function main(): i32 { return f(); }`,
      {},
      ModuleError,
      /oscortex\.reboot: no such system call/,
    ],
    [
      "an entry with parameters",
      "export function main(a: i32): i32 { return a; }",
      {},
      ModuleError,
      /got \(i32->i32\)/,
    ],
    [
      "an entry with a 64-bit result",
      "export function main(): i64 { return 1; }",
      {},
      ModuleError,
      /got \(->i64\)/,
    ],
    [
      "an entry that is no function",
      "export const main: i32 = 1;",
      {},
      ModuleError,
      /no exported function main/,
    ],
    [
      "more static data than memory",
      "export function main(): i32 { return memory.data(0x200000) as i32; }",
      { memory: 1 },
      CompileError,
      /memory/i,
    ],
    ["a type error", 'export function main(): i32 { return "text"; }', {}, CompileError, /main\.ts.*1,38/s],
    [
      "a missing entry",
      "export function start(): void {}",
      {},
      CompileError,
      /has no exported member 'main'/,
    ],
    ["a missing source", "", { source: "other.ts" }, CompileError, /other\.ts' not found/],
  ])("refuses %s", async (title, source, fields, error, message) => {
    const packing = packProject(variant(title.replaceAll(" ", "-"), source, fields), { sdkFolder: SDK });
    const failure: unknown = await packing.catch((reason: unknown) => reason);
    expect(failure).toBeInstanceOf(error);
    expect(String(failure)).toMatch(message);
  });

  test("refuses a folder without oscortex.json", async () => {
    await expect(packProject(join(scratch, "nothing"), { sdkFolder: SDK })).rejects.toThrow(ProjectError);
  });
});
