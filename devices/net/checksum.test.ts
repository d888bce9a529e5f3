import { describe, expect, test } from "vitest";
import { checksumFits, completeChecksum } from "./checksum.ts";

describe("a checksum", () => {
  test("agrees with the example of RFC 1071 §3", () => {
    // 00 01 f2 03 f4 f5 f6 f7 add up to ddf2; the field before them holds no sum of its own.
    const frame = Uint8Array.of(0xff, 0, 0, 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    completeChecksum(frame, 1, 0);
    expect([...frame.subarray(0, 3)]).toEqual([0xff, 0x22, 0x0d]);
  });

  test("counts an odd last byte as the high half of a word", () => {
    const frame = Uint8Array.of(0, 0, 0x12);
    completeChecksum(frame, 0, 0);
    expect([...frame]).toEqual([0xed, 0xff, 0x12]);
  });

  test("takes what the field holds as the pseudo-header's sum", () => {
    const frame = Uint8Array.of(0x10, 0x00, 0x02, 0x34);
    completeChecksum(frame, 0, 0);
    expect([...frame.subarray(0, 2)]).toEqual([0xed, 0xcb]); // ~0x1234
  });

  test("is never zero", () => {
    const frame = Uint8Array.of(0, 0, 0xff, 0xff);
    completeChecksum(frame, 0, 0);
    expect([...frame.subarray(0, 2)]).toEqual([0xff, 0xff]);
  });

  test("survives the longest frame of the largest words", () => {
    const frame = new Uint8Array(65_554).fill(0xff);
    completeChecksum(frame, 0, 0);
    expect([...frame.subarray(0, 2)]).toEqual([0xff, 0xff]);
  });

  test("must lie in the frame", () => {
    expect(checksumFits(34, 16, 52)).toBe(true);
    expect(checksumFits(34, 16, 51)).toBe(false);
    expect(checksumFits(0xffff, 0xffff, 65_554)).toBe(false);
  });
});
