import { describe, expect, test } from "vitest";
import { GuestMemory } from "./guest-memory.ts";

const LENGTH = 0x1000;

describe("GuestMemory", () => {
  const memory = new GuestMemory(new SharedArrayBuffer(LENGTH + 64), 64, LENGTH);

  test.each([
    [0, 0, true],
    [0, LENGTH, true],
    [LENGTH, 0, true],
    [LENGTH - 1, 1, true],
    [LENGTH - 1, 2, false],
    [LENGTH, 1, false],
    [0, LENGTH + 1, false],
    [1, 0xffffffff, false],
    [2 ** 64 - 1, 2, false],
    [Infinity, 0, false],
    [NaN, 1, false],
    [-1, 1, false],
    [0, -1, false],
  ])("contains(%d, %d) is %s", (gpa, len, expected) => {
    expect(memory.contains(gpa, len)).toBe(expected);
  });

  test.each([
    [0n, 0],
    [0xffffffffn, 0xffffffff],
    [0x1_0000_0000n, Infinity],
    [0xffff_ffff_ffff_ffffn, Infinity],
  ])("readAddress of %d is %d", (stored, expected) => {
    memory.view.setBigUint64(24, stored, true);
    expect(memory.readAddress(24)).toBe(expected);
  });

  test("shares its bytes with the buffer from byteOffset on", () => {
    memory.storeU16(2, 0xabcd);
    expect(new Uint8Array(memory.bytes.buffer, 64 + 2, 2)).toEqual(Uint8Array.of(0xcd, 0xab));
    expect(memory.view.getUint16(2, true)).toBe(0xabcd);
    expect(memory.loadU16(2)).toBe(0xabcd);
  });

  test("refuses bytes that the buffer does not have", () => {
    expect(() => new GuestMemory(new ArrayBuffer(16), 8, 16)).toThrow(RangeError);
  });
});
