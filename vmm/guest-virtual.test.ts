import { beforeEach, describe, expect, test } from "vitest";
import { PAGE_TABLES_GPA } from "../guest-kernel/abi/memory-map.ts";
import { writePageTables } from "./boot/page-tables.ts";
import { readVirtualU64, translate } from "./guest-virtual.ts";

const WINDOW = 1024n << 30n;

describe("guest-virtual addresses", () => {
  let ram: DataView;

  beforeEach(() => {
    ram = new DataView(new ArrayBuffer(0x400000));
    writePageTables(ram);
  });

  test.each([
    ["a small page", WINDOW + 0x5123n, 0x5123],
    ["a large page", WINDOW + 0x3fffffn, 0x3fffff],
    ["the code alias", (1088n << 30n) + 0x10n, 0x200010],
    ["page 0", WINDOW, undefined],
    ["the MMIO hole, which is no RAM", WINDOW + 0xd0000000n, undefined],
    ["a window without a process", 2048n << 30n, undefined],
    ["an address that is not canonical", 1n << 47n, undefined],
    ["a negative address", -1n, undefined],
  ])("translate as the processor does: %s", (_, gva, expected) => {
    expect(translate(ram, gva)).toBe(expected);
  });

  test("survive tables that lead out of RAM or to themselves", () => {
    ram.setBigUint64(PAGE_TABLES_GPA + 8 * 5, 0xffff_ffff_f000n | 7n, true);
    ram.setBigUint64(PAGE_TABLES_GPA + 8 * 6, BigInt(PAGE_TABLES_GPA) | 7n, true);
    expect(translate(ram, 5n << 39n)).toBe(undefined);
    const self = (6n << 39n) | (6n << 30n) | (6n << 21n) | (6n << 12n);
    expect(translate(ram, self)).toBe(PAGE_TABLES_GPA);
  });

  test("read aligned words only", () => {
    ram.setBigUint64(0x200008, 77n, true);
    expect(readVirtualU64(ram, WINDOW + 0x200008n)).toBe(77n);
    expect(readVirtualU64(ram, WINDOW + 0x200009n)).toBe(undefined);
  });
});
