import { createMemoryStream, main } from "assemblyscript/asc";
import { beforeAll, describe, expect, test } from "vitest";
import { mutations } from "../../tests/support/mutate.ts";
import { LineTableError, decodeLineTable, encodeLineTable, lineAt } from "./lines.ts";
import { SourceMapError } from "./source-map.ts";

const SAME = (path: string): string => path;

function sourceMap(mappings: string, sources = ["a.ts", "b.ts"]): string {
  return JSON.stringify({ version: 3, sources, names: [], mappings });
}

// Segments "offset, source, line, column" as differences: 5 -> a:1:1, 8 -> a:1:3, 10 -> a:2:1, 16 -> b:7:2, 20 -> b:7:2
const SMALL = sourceMap("KAAA,GAAE,EACF,MCKC,IAAA");

describe("encodeLineTable", () => {
  test("writes the golden bytes, neighbours in one line merged", () => {
    const words = [3, 2, 10, 5, 1, 0x1_0000, 10, 2, 0x1_0000, 16, 7, 0x2_0001, 0, 5];
    const bytes = new Uint8Array(Uint32Array.from(words).buffer);
    expect(encodeLineTable(SMALL, SAME)).toEqual(Uint8Array.of(...bytes, ...Buffer.from("a.ts\0b.ts\0")));
  });

  test("leaves out files without code and shortens paths", () => {
    const table = decodeLineTable(encodeLineTable(sourceMap("KCAA"), (path) => `x/${path}`));
    expect(lineAt(table, 5)).toEqual({ file: "x/b.ts", line: 1, column: 1 });
    expect(Buffer.from(table.bytes.subarray(table.namesAt)).toString()).toBe("x/b.ts\0");
  });

  test("ignores segments without a source", () => {
    expect(encodeLineTable(sourceMap("KAAA,C,CACA"), SAME)).toEqual(
      encodeLineTable(sourceMap("KAAA,EACA"), SAME),
    );
  });

  test.each([
    ["no JSON", "mappings"],
    ["a list", "[]"],
    ["version 2", JSON.stringify({ version: 2, sources: [], mappings: "" })],
    ["no sources", JSON.stringify({ version: 3, mappings: "" })],
    ["a bad digit", sourceMap("KA*A")],
    ["a number without an end", sourceMap("gggggggggg")],
    ["an unended number", sourceMap("KAAg")],
    ["a second line", sourceMap("KAAA;KAAA")],
    ["a source that is not there", sourceMap("KEAA")],
    ["a negative line", sourceMap("KADA,CADA")],
  ])("refuses %s", (_, text) => {
    expect(() => encodeLineTable(text, SAME)).toThrow(SourceMapError);
  });
});

describe("lineAt", () => {
  test.each([
    [4, undefined],
    [5, "a.ts:1:1"],
    [9, "a.ts:1:1"],
    [10, "a.ts:2:1"],
    [16, "b.ts:7:2"],
    [0xffffffff, "b.ts:7:2"],
  ])("finds what byte %i belongs to", (offset, expected) => {
    const found = lineAt(decodeLineTable(encodeLineTable(SMALL, SAME)), offset);
    expect(found && `${found.file}:${found.line}:${found.column}`).toBe(expected);
  });

  test("finds nothing in an empty table", () => {
    expect(lineAt(decodeLineTable(encodeLineTable(sourceMap(""), SAME)), 1)).toBeUndefined();
  });
});

describe("decodeLineTable", () => {
  test("throws nothing but its own error on mutated tables, and lookups in what passes are safe", () => {
    for (const bytes of mutations(encodeLineTable(SMALL, SAME), { seed: 3, count: 5000 })) {
      try {
        lineAt(decodeLineTable(bytes), 12);
      } catch (error) {
        if (!(error instanceof LineTableError)) throw error;
      }
    }
  });
});

describe("the line table of a compiled module", () => {
  let trap: (kind: number) => void;
  let table: ReturnType<typeof decodeLineTable>;

  beforeAll(async () => {
    const { wasm, map } = await compileFixture();
    table = decodeLineTable(encodeLineTable(map, SAME));
    const module = new WebAssembly.Module(wasm);
    const { exports } = new WebAssembly.Instance(module, { env: { abort: () => {} } });
    const exported = exports["trap"];
    if (typeof exported !== "function") throw new Error("no export");
    trap = (kind) => Reflect.apply(exported, undefined, [kind, 0]);
  });

  // V8 says in its stack trace at which byte of the module it trapped.
  test.each([
    ["unreachable", 0, "main.ts:6"],
    ["a division in another file", 1, "nested/divide.ts:5"],
    ["a load out of bounds", 2, "main.ts:12"],
    ["a bounds check of the standard library", 3, "~lib/staticarray.ts"],
  ])("names the line of %s", (_, kind, expected) => {
    const { file, line } = lineAt(
      table,
      trapOffset(() => trap(kind)),
    )!;
    expect(`${file}:${line}`.replace("tests/fixtures/lines/", "")).toContain(expected);
  });
});

async function compileFixture(): Promise<{ wasm: Uint8Array<ArrayBuffer>; map: string }> {
  let wasm = new Uint8Array(0);
  let map = "";
  const stderr = createMemoryStream();
  const args = [
    "tests/fixtures/lines/main.ts",
    "--outFile",
    "m.wasm",
    "--runtime",
    "minimal",
    "--sourceMap",
    "-O1",
  ];
  const { error } = await main(args, {
    stderr,
    writeFile(_, contents) {
      if (typeof contents !== "string") wasm = new Uint8Array(contents);
      else map = contents;
    },
  });
  if (error) throw new Error(stderr.toString());
  return { wasm, map };
}

/** The module offset at which a call traps. */
function trapOffset(call: () => void): number {
  try {
    call();
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    const frame = /wasm-function\[\d+\]:(?<offset>0x[0-9a-f]+)/.exec(error.stack ?? "");
    if (frame?.groups) return Number(frame.groups["offset"]);
  }
  throw new Error("no trap");
}
