// The reader of line tables, on tables that are right and on tables that lie.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { packApp } from "../../../tests/support/app.ts";
import { GuestModule } from "../../../tests/support/guest-module.ts";
import { compileKernel } from "../../../tests/support/kernel-machine.ts";
import { mutations } from "../../../tests/support/mutate.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";
import { decodeBundle } from "../../../pkg/bundle.ts";
import { decodeLineTable, lineAt } from "../../image/lines.ts";
import {
  LINE_FILE,
  LINE_SIZE,
  LINES_ENTRY_COUNT,
  LINES_FILE_COUNT,
  LINES_HEADER_SIZE,
  LINES_NAMES_LEN,
} from "../../abi/line-table.ts";

const RAM_PAGES = 1024;
const RAM = RAM_PAGES * 65536;
const TARGET = 0x700000;
const END_OF_RAM = RAM; // a table that ends here traps the reader that goes past it

let module: WebAssembly.Module;
let guest: GuestModule;

beforeAll(async () => {
  module = await compileKernel();
}, 60_000);

beforeEach(() => {
  const nothing = (): number => 0;
  const imports = {
    arch: { rdtsc: () => 0n, pause: nothing, resume: nothing, halt: nothing },
    mmio: { mmio_read: nothing, mmio_write: nothing },
  };
  guest = new GuestModule(module, imports, 608, RAM_PAGES);
});

/** What the kernel says of a wasm offset; the table lies at the very end of memory. */
function where(table: Uint8Array, offset: number): string {
  const at = END_OF_RAM - table.length;
  guest.put(at, table);
  return guest.text(TARGET, guest.call("lineAt", at, table.length, offset, TARGET));
}

interface Entry {
  offset: number;
  line: number;
  file: number;
}

/** A table as the linker makes it, unchecked. */
function tableOf(entries: Entry[], names: string[]): Uint8Array {
  const text = Buffer.from(names.map((name) => `${name}\0`).join(""));
  const bytes = Buffer.alloc(LINES_HEADER_SIZE + entries.length * LINE_SIZE + names.length * 4 + text.length);
  bytes.writeUInt32LE(entries.length, LINES_ENTRY_COUNT);
  bytes.writeUInt32LE(names.length, LINES_FILE_COUNT);
  bytes.writeUInt32LE(text.length, LINES_NAMES_LEN);
  let at = LINES_HEADER_SIZE;
  for (const { offset, line, file } of entries) {
    bytes.writeUInt32LE(offset, at);
    bytes.writeUInt32LE(line, at + 4);
    bytes.writeUInt16LE(file, at + LINE_FILE);
    at += LINE_SIZE;
  }
  let start = 0;
  for (const name of names) {
    at = bytes.writeUInt32LE(start, at);
    start += Buffer.byteLength(name) + 1;
  }
  text.copy(bytes, at);
  return bytes;
}

const table = tableOf(
  [
    { offset: 10, line: 1, file: 0 },
    { offset: 20, line: 4_000_000_000, file: 1 },
    { offset: 20, line: 7, file: 1 },
    { offset: 30, line: 9, file: 2 },
  ],
  ["a.ts", "größe.ts"],
);

describe("a line table", () => {
  test.each([
    [0, "wasm offset 0"],
    [9, "wasm offset 9"],
    [10, "a.ts:1"],
    [19, "a.ts:1"],
    [20, "größe.ts:7"],
    [29, "größe.ts:7"],
    [30, "?:9"], // a file that is none
    [0xffff_ffff, "?:9"],
  ])("at %i says %s", (offset, text) => {
    expect(where(table, offset)).toBe(text);
  });

  test("that is empty, or shorter than it says, says nothing", () => {
    expect(where(new Uint8Array(0), 10)).toBe("wasm offset 10");
    expect(where(tableOf([], []), 10)).toBe("wasm offset 10");
    for (let length = 0; length < table.length; length++)
      expect(where(table.subarray(0, length), 10)).toBe("wasm offset 10");
  });

  test.each([
    [LINES_ENTRY_COUNT, 0xffff_ffff],
    [LINES_ENTRY_COUNT, 0x1555_5556], // * 12 wraps to a small number
    [LINES_FILE_COUNT, 0xffff_ffff],
    [LINES_FILE_COUNT, 0x4000_0000],
    [LINES_NAMES_LEN, 0xffff_ffff],
    [LINES_NAMES_LEN, 0xffff_fff0],
  ])("whose count at %i is %i says nothing", (field, value) => {
    const copy = Buffer.from(table);
    copy.writeUInt32LE(value, field);
    expect(where(copy, 10)).toBe("wasm offset 10");
  });

  test("with a name that does not end, or begins past the names, is read no further", () => {
    const copy = Buffer.from(table);
    copy[copy.length - 1] = 0x78;
    expect(where(copy, 20)).toBe("größe.tsx:7");
    copy.writeUInt32LE(1000, LINES_HEADER_SIZE + 4 * LINE_SIZE);
    expect(where(copy, 10)).toBe("?:1");
  });

  test("with an endless name is cut off", () => {
    const text = where(tableOf([{ offset: 0, line: 3, file: 0 }], ["n".repeat(5000)]), 0);
    expect(text).toBe(`${"n".repeat(160)}:3`);
  });

  test("of a real app agrees with the host's reader everywhere", async () => {
    const { lines, wasm } = decodeBundle(await packApp("shell-host/apps/crash"));
    const decoded = decodeLineTable(lines!);
    for (let offset = 0; offset < wasm.length; offset += 7) {
      const line = lineAt(decoded, offset);
      expect(where(lines!, offset)).toBe(
        line === undefined ? `wasm offset ${offset}` : `${line.file}:${line.line}`,
      );
    }
  }, 30_000);

  test("that was mutated never makes the reader leave it", () => {
    const random = new SeededRandom(3);
    for (const mutated of mutations(table, { seed: 11, count: 3000 })) {
      const text = where(mutated, random.below(40));
      expect(text).toMatch(/^(?:wasm offset \d+|[\s\S]{0,160}:\d+)$/);
    }
  });
});
