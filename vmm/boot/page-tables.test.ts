import { beforeAll, describe, expect, test } from "vitest";
import {
  EVENT_PAGE_GPA,
  KERNEL_CODE_END,
  KERNEL_CODE_GIB,
  KERNEL_CODE_GPA,
  KERNEL_WINDOW_GIB,
  MMIO_END,
  MMIO_GPA,
  PAGE_SIZE,
  PAGE_TABLES_END,
  PAGE_TABLES_GPA,
  PROCESS_WINDOWS_GIB,
} from "../../guest-kernel/abi/memory-map.ts";
import { writePageTables } from "./page-tables.ts";

const RAM_BYTES = 64 * 1024 * 1024;
const WINDOW = BigInt(KERNEL_WINDOW_GIB) << 30n;
const CODE = BigInt(KERNEL_CODE_GIB) << 30n;

describe("page tables", () => {
  const ram = new DataView(new ArrayBuffer(RAM_BYTES));

  beforeAll(() => writePageTables(ram));

  /** What a processor finds, as "gpa rights", checking what it checks; written apart from the code under test. */
  function walk(address: bigint): string {
    let table = PAGE_TABLES_GPA;
    let rights = ["u", "w", "x"];
    for (const shift of [39n, 30n, 21n, 12n]) {
      const entry = ram.getBigUint64(table + 8 * Number((address >> shift) & 511n), true);
      if ((entry & 1n) === 0n) return "unmapped";
      if ((entry & 0x20n) === 0n) return "not accessed";
      if ((entry & 4n) === 0n) rights = rights.filter((right) => right !== "u");
      if ((entry & 2n) === 0n) rights = rights.filter((right) => right !== "w");
      if (entry >> 63n) rights = rights.filter((right) => right !== "x");
      const base = entry & 0xffffffffff000n;
      if (shift === 12n || (shift === 21n && (entry & 0x80n) !== 0n)) {
        if ((entry & 0x40n) === 0n) return "not dirty";
        return `0x${(base + (address & ((1n << shift) - 1n))).toString(16)} ${rights.join("")}`;
      }
      table = Number(base);
    }
    return "too deep";
  }

  test.each([
    ["page 0", WINDOW, "unmapped"],
    ["the end of page 0", WINDOW + 0xfffn, "unmapped"],
    ["page 1", WINDOW + 0x1000n, "0x1000 uw"],
    ["the event page", WINDOW + BigInt(EVENT_PAGE_GPA), "0x5000 uw"],
    ["the last small page", WINDOW + 0x1ff123n, "0x1ff123 uw"],
    ["the first large page", WINDOW + 0x200000n, "0x200000 uw"],
    ["the end of RAM", WINDOW + BigInt(RAM_BYTES) - 1n, "0x3ffffff uw"],
    ["beyond RAM", WINDOW + BigInt(RAM_BYTES), "unmapped"],
    ["the MMIO hole", WINDOW + BigInt(MMIO_GPA) + 0xff004n, "0xd00ff004 uw"],
    ["before the MMIO hole", WINDOW + BigInt(MMIO_GPA) - 1n, "unmapped"],
    ["beyond the MMIO hole", WINDOW + BigInt(MMIO_END), "unmapped"],
    ["the kernel's code", CODE + 0x10n, `0x${(KERNEL_CODE_GPA + 0x10).toString(16)} ux`],
    ["the end of the code", CODE + BigInt(KERNEL_CODE_END - KERNEL_CODE_GPA - 1), "0x5fffff ux"],
    ["beyond the code", CODE + BigInt(KERNEL_CODE_END - KERNEL_CODE_GPA), "unmapped"],
    ["before the code", CODE - 1n, "unmapped"],
    ["a process's window", BigInt(PROCESS_WINDOWS_GIB) << 30n, "unmapped"],
    ["the null address", 0n, "unmapped"],
  ])("maps %s as it should", (_, address, expected) => {
    expect(walk(address)).toBe(expected);
  });

  test("have a table for the first processes hooked in, and it is empty", () => {
    const entry = ram.getBigUint64(PAGE_TABLES_GPA + 8 * (PROCESS_WINDOWS_GIB / 512), true);
    expect(entry & 7n).toBe(7n);
    const table = Number(entry & 0xffffff000n);
    expect(table).toBeGreaterThanOrEqual(PAGE_TABLES_GPA);
    expect(table + PAGE_SIZE).toBeLessThanOrEqual(PAGE_TABLES_END);
    expect(new Uint8Array(ram.buffer, table, PAGE_SIZE).every((byte) => byte === 0)).toBe(true);
  });

  test("clear what RAM held in their place", () => {
    const dirty = new DataView(new ArrayBuffer(0x200000));
    new Uint8Array(dirty.buffer).fill(0xff);
    writePageTables(dirty);
    expect(dirty.getBigUint64(PAGE_TABLES_GPA, true)).toBe(0n);
  });
});
