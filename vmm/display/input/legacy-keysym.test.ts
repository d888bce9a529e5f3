// What viewers call the letters of other scripts, as noVNC has it from X11's keysymdef.h.
import { expect, test } from "vitest";
import { characterOf } from "./keysym.ts";

const TABLE = "../../../node_modules/@novnc/novnc/core/input/keysymdef.js";

test.each([
  ["Latin", 0xa0, 0x17f],
  ["Greek", 0x391, 0x3a9],
  ["Greek, small", 0x3b1, 0x3c9],
  ["Cyrillic", 0x410, 0x44f],
  ["Hebrew", 0x5d0, 0x5ea],
  ["Arabic", 0x621, 0x63a],
  ["Thai", 0xe01, 0xe2e],
  ["Georgian", 0x10d0, 0x10f6],
  ["symbols", 0x20ac, 0x20ac],
  ["pictures", 0x1f600, 0x1f64f],
])("%s", async (_, first, last) => {
  const table = (await import(TABLE)) as { default: { lookup(codePoint: number): number } };
  const wrong: string[] = [];
  for (let codePoint = first; codePoint <= last; codePoint++) {
    if (codePoint === 0x3a2) continue; // not assigned
    const keysym = table.default.lookup(codePoint);
    if (characterOf(keysym) !== codePoint)
      wrong.push(
        `${String.fromCodePoint(codePoint)} ${keysym.toString(16)}: ${characterOf(keysym)?.toString(16)}`,
      );
  }
  expect(wrong).toEqual([]);
});

test("what is no character is none", () => {
  for (const keysym of [
    0, 0x1b, 0x41, 0x7e, 0x100, 0x1a0, 0x7d3, 0x6a1, 0x4a1, 0x8fb, 0xff0d, 0xfe50, 0x00ffffff,
  ])
    expect(characterOf(keysym)).toBeUndefined();
});
