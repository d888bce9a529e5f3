// Every limit of limits.ts: a module at it is compiled, one beyond it is refused for that reason.

import { beforeAll, describe, expect, test } from "vitest";
import { HEADER, name, section, u32 } from "../../tests/support/random-module.ts";
import { loadAot } from "../../tests/support/compiler.ts";
import { type Aot, AotError } from "../image/aot.ts";

const COMPILE_TIMEOUT_MS = 60_000;
const TEST_TIMEOUT_MS = 60_000;
const I32 = 0x7f;
const FUNCREF = 0x70;
const END = 0x0b;
const NOP = 0x01;

let aot: Aot;

beforeAll(async () => {
  aot = await loadAot();
}, COMPILE_TIMEOUT_MS);

/** `count` copies of some bytes. */
function repeat(count: number, ...bytes: number[]): number[] {
  return Array.from({ length: count }, () => bytes).flat();
}

/** A vector of `count` equal items. */
function many(count: number, ...item: number[]): number[] {
  return [...u32(count), ...repeat(count, ...item)];
}

function moduleOf(...sections: number[][]): Uint8Array {
  return Uint8Array.from([...HEADER, ...sections.flat()]);
}

/** A module with one function of type [] -> [i32]. */
function functionOf(body: number[], locals: number[] = [0]): Uint8Array {
  const code = [...locals, ...body, END];
  return moduleOf(
    section(1, [1, 0x60, 0, 1, I32]),
    section(3, [1, 0]),
    section(10, [1, ...u32(code.length), ...code]),
  );
}

/** A module of so many bytes. */
function customSectionOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([...HEADER, 0, ...u32(length - 13)]);
  return bytes;
}

/** Why a module is refused; undefined if it is compiled. */
function refusal(bytes: Uint8Array): string | undefined {
  try {
    aot.compile(bytes).free();
    return undefined;
  } catch (error) {
    if (error instanceof AotError) return error.reason;
    throw error;
  }
}

const EMPTY_TYPE = [0x60, 0, 0];

describe("a module at a limit is compiled, one beyond it refused:", () => {
  test.each<[string, number, string, (count: number) => Uint8Array]>([
    ["bytes of the module", 2 ** 24 - 1, "module too large", customSectionOf],
    ["types", 65536, "too many types", (n) => moduleOf(section(1, many(n, ...EMPTY_TYPE)))],
    ["parameters", 128, "too many parameters", (n) => moduleOf(section(1, [1, 0x60, ...many(n, I32), 0]))],
    ["results", 128, "too many results", (n) => moduleOf(section(1, [1, 0x60, 0, ...many(n, I32)]))],
    [
      "functions",
      131072,
      "too many functions",
      (n) =>
        moduleOf(section(1, [1, ...EMPTY_TYPE]), section(3, many(n, 0)), section(10, many(n, 2, 0, END))),
    ],
    [
      "imports",
      131072,
      "too many imports",
      (n) => moduleOf(section(1, [1, ...EMPTY_TYPE]), section(2, many(n, 0, 0, 0, 0))),
    ],
    ["globals", 16384, "too many globals", (n) => moduleOf(section(6, many(n, I32, 0, 0x41, 0, END)))],
    ["tables", 64, "too many tables", (n) => moduleOf(section(4, many(n, FUNCREF, 0, 0)))],
    [
      "entries of a table",
      2 ** 20,
      "table too large",
      (n) => moduleOf(section(4, [1, FUNCREF, 0, ...u32(n)])),
    ],
    [
      "pages of memory",
      65536,
      "memory size must be at most 65536 pages (4GiB)",
      (n) => moduleOf(section(5, [1, 0, ...u32(n)])),
    ],
    ["element segments", 32768, "too many element segments", (n) => moduleOf(section(9, many(n, 1, 0, 0)))],
    ["data segments", 32768, "too many data segments", (n) => moduleOf(section(11, many(n, 1, 0)))],
    [
      "nested blocks",
      2047,
      "nesting too deep",
      (n) => functionOf([...repeat(n, 0x02, 0x40), ...repeat(n, END), 0x41, 0]),
    ],
    [
      "operands",
      16384,
      "too many operands",
      (n) => functionOf([...repeat(n, 0x41, 0), ...repeat(n - 1, 0x6a)]),
    ],
    ["locals", 8192, "too many locals", (n) => functionOf([0x41, 0], [1, ...u32(n), I32])],
    [
      "bytes of a function",
      2 ** 20,
      "function body too large",
      (n) => functionOf([...repeat(n - 4, NOP), 0x41, 0]), // and its locals and end
    ],
  ])("%s", { timeout: TEST_TIMEOUT_MS }, (_, limit, reason, make) => {
    expect(refusal(make(limit))).toBeUndefined();
    expect(refusal(make(limit + 1))).toBe(reason);
  });
});

describe("what a module makes of few bytes is limited, too:", () => {
  test("exports", () => {
    const exports = (count: number): number[] => [...u32(count), ...repeat(count, ...name(""), 0, 0)];
    const module = moduleOf(section(1, [1, ...EMPTY_TYPE]), section(3, [1, 0]), section(7, exports(131073)));
    expect(refusal(module)).toBe("too many exports");
  });

  test("the instance context", () => {
    // Passive segments of function references, 16 bytes each in the context.
    const functions = (count: number): Uint8Array =>
      moduleOf(
        section(1, [1, ...EMPTY_TYPE]),
        section(3, [1, 0]),
        section(9, [1, 1, 0, ...many(count, 0)]),
        section(10, [1, 2, 0, END]),
      );
    expect(refusal(functions(250_000))).toBeUndefined();
    expect(refusal(functions(270_000))).toBe("instance context too large");
  });

  test("locals whose number overflows", () => {
    expect(refusal(functionOf([0x41, 0], [1, ...u32(0xffffffff), I32]))).toBe("too many locals");
    expect(refusal(functionOf([0x41, 0], [2, ...u32(8000), I32, ...u32(8000), I32]))).toBe("too many locals");
  });

  test("code", { timeout: TEST_TIMEOUT_MS }, () => {
    // Each branch takes four bytes, and moves 128 values past the one below them.
    const body = [
      0x02,
      1, // a block that leaves 128 values
      ...repeat(129, 0x41, 1),
      ...repeat(2000, 0x20, 0, 0x0d, 0), // local.get 0, br_if 0
      0x0c,
      0,
      END,
      ...repeat(128, 0x1a),
      END,
    ];
    const code = [1, 1, I32, ...body];
    const module = moduleOf(
      section(1, [2, ...EMPTY_TYPE, 0x60, 0, ...many(128, I32)]),
      section(3, [1, 0]),
      section(10, [1, ...u32(code.length), ...code]),
    );
    expect(refusal(module)).toBe("code too large");
  });

  test("counts that the bytes cannot hold", () => {
    const count = [0xff, 0xff, 0xff, 0xff, 0x0f];
    for (const id of [1, 2, 3, 4, 5, 6, 7, 9, 10, 11])
      expect(refusal(moduleOf(section(id, count)))).toBe("unexpected end");
  });
});
