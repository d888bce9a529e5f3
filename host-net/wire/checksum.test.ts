import { expect, test } from "vitest";
import { SeededRandom } from "../../tests/support/seeded-random.ts";
import { addWords, checksum, fold, pseudoHeaderSum } from "./checksum.ts";

test("agrees with the example of RFC 1071 §3", () => {
  const bytes = new Uint8Array([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
  const sum = addWords(0, bytes, 0, bytes.length);
  expect([sum, fold(sum), checksum(sum)]).toEqual([0x2ddf0, 0xddf2, 0x220d]);
});

test("pads an odd last byte with zero", () => {
  expect(fold(addWords(0, new Uint8Array([0x12, 0x34, 0x56]), 0, 3))).toBe(0x1234 + 0x5600);
});

test("agrees with end-around carry at every step, for any bytes", () => {
  const random = new SeededRandom(1);
  for (let round = 0; round < 200; round++) {
    const bytes = random.bytes(random.below(2000));
    const start = random.below(bytes.length + 1);
    let slow = 0;
    for (let at = start; at < bytes.length; at += 2) {
      slow += (bytes[at]! << 8) + (bytes[at + 1] ?? 0);
      if (slow > 0xffff) slow -= 0xffff;
    }
    expect(fold(addWords(0, bytes, start, bytes.length))).toBe(slow);
  }
});

test("does not overflow on the largest frame", () => {
  const bytes = new Uint8Array(65534).fill(0xff);
  expect(checksum(addWords(0, bytes, 0, bytes.length))).toBe(0);
});

test("sums the pseudo-header of 192.168.0.1 to 10.0.2.15", () => {
  expect(pseudoHeaderSum(0xc0a8_0001, 0x0a00_020f, 6, 20)).toBe(0xc0a8 + 0x0001 + 0x0a00 + 0x020f + 6 + 20);
});
