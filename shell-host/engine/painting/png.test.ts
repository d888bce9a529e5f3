import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { constants, deflateSync, inflateSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { compileGuest } from "../../../tests/support/asc.ts";
import { guestImports, guestMemory, pictureOf } from "../../../tests/support/guest-pixels.ts";
import { decodePng, emitPng } from "../../../tests/support/png.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";
import { TIME_FACTOR } from "../../../tests/support/time-factor.ts";

interface Png {
  decode(address: number, length: number): number;
  width(): number;
  height(): number;
  pixels(): number;
  encode(): number;
  encodedLength(): number;
  collect(): void;
}

const FILE = 48 << 20; // above the heap
const GOLDEN = fileURLToPath(new URL("../../../tests/golden/", import.meta.url));

let memory: WebAssembly.Memory;
let png: Png;

beforeAll(async () => {
  const module = await compileGuest("shell-host/engine/painting/png.exports.ts");
  memory = guestMemory();
  memory.grow(1024);
  png = new WebAssembly.Instance(module, guestImports(memory)).exports as unknown as Png;
}, 60_000 * TIME_FACTOR);

/** Red, green, blue, alpha of each pixel, or undefined for a file that is refused. */
function decode(file: Uint8Array): number[] | undefined {
  new Uint8Array(memory.buffer, FILE, file.length).set(file);
  png.collect();
  if (!png.decode(FILE, file.length)) return undefined;
  return Array.from(pictureOf(memory, png.pixels(), png.width(), png.height()).rgba);
}

describe("a PNG file", () => {
  test.each(readdirSync(GOLDEN).filter((name) => /^(painting|text)/.test(name)))("is read: %s", (name) => {
    const file = readFileSync(GOLDEN + name);
    const actual = decode(file);
    expect(Buffer.compare(Buffer.from(actual ?? []), decodePng(file).rgba)).toBe(0);
  });

  test.each<[string, number, number[], number[]]>([
    ["grey", 0, [0, 128, 1, 255], [0, 0, 0, 255, 128, 128, 128, 255, 1, 1, 1, 255, 255, 255, 255, 255]],
    ["colour", 2, [1, 2, 3, 250, 251, 252], [1, 2, 3, 255, 250, 251, 252, 255]],
    ["a palette", 3, [1, 0, 2], [0, 255, 0, 255, 255, 0, 0, 255, 0, 0, 0, 0]],
    ["grey with alpha", 4, [9, 255, 7, 0], [9, 9, 9, 255, 0, 0, 0, 0]],
    ["colour with alpha", 6, [10, 20, 30, 255, 0, 0, 0, 0], [10, 20, 30, 255, 0, 0, 0, 0]],
  ])("may be of %s", (_, kind, row, expected) => {
    expect(decode(emitPng(expected.length / 4, 1, kind, deflateSync(Buffer.from([0, ...row]))))).toEqual(
      expected,
    );
  });

  test.each([0, 1, 2, 3, 4])("may have rows with filter %i", (filter) => {
    const random = new SeededRandom(filter + 1);
    const width = 9;
    const raw = Buffer.from(Array.from({ length: 5 * width * 3 }, () => random.below(256)));
    const filtered: number[] = [];
    const at = (x: number, y: number): number => (x < 0 || y < 0 ? 0 : (raw[y * width * 3 + x] ?? 0));
    for (let y = 0; y < 5; y++) {
      filtered.push(filter);
      for (let x = 0; x < width * 3; x++)
        filtered.push((at(x, y) - predict(filter, at(x - 3, y), at(x, y - 1), at(x - 3, y - 1))) & 255);
    }
    const rgb = decode(emitPng(width, 5, 2, deflateSync(Buffer.from(filtered))))?.filter(
      (_, i) => i % 4 !== 3,
    );
    expect(Buffer.compare(Buffer.from(rgb ?? []), raw)).toBe(0);
  });

  test.each([
    ["stored", { level: 0 }],
    ["with fixed codes", { strategy: constants.Z_FIXED }],
    ["with Huffman codes only", { strategy: constants.Z_HUFFMAN_ONLY }],
    ["with run lengths", { strategy: constants.Z_RLE }],
    ["as small as it gets", { level: 9 }],
  ])("may be packed: %s", (_, options) => {
    const random = new SeededRandom(7);
    const rows = Buffer.alloc(120 * 481);
    for (let i = 0; i < rows.length; i++)
      rows[i] = i % 481 === 0 ? 0 : random.below(random.below(20) + 1) * 12;
    for (let y = 0; y < 120; y++) for (let x = 4; x < 481; x += 4) rows[y * 481 + x] = 255;
    const expected = Array.from(rows).filter((_byte, i) => i % 481 !== 0);
    expect(decode(emitPng(120, 120, 6, deflateSync(rows, options)))).toEqual(expected);
  });

  test("that is damaged anywhere is refused or read, and never breaks the reader", () => {
    const file = readFileSync(`${GOLDEN}painting-svg-path-1x.png`);
    const random = new SeededRandom(99);
    for (let length = 0; length < file.length; length++) decode(file.subarray(0, length));
    for (let i = 0; i < 3000; i++) {
      const damaged = Buffer.from(file);
      for (let n = 0; n < 3; n++) damaged[random.below(file.length)] = random.below(256);
      decode(damaged);
    }
    expect(decode(Buffer.from("GIF89a, which is no PNG"))).toBeUndefined();
    expect(decode(file)).toBeDefined();
  });
});

/** §9 of the specification. */
function predict(filter: number, a: number, b: number, c: number): number {
  const p = a + b - c;
  const nearest = [a, b, c].toSorted((x, y) => Math.abs(p - x) - Math.abs(p - y))[0] ?? 0;
  return [0, a, b, (a + b) >> 1, nearest][filter] ?? 0;
}

describe("a picture", () => {
  /** The file that the engine writes of what it has read; its packed data is sound for zlib. */
  function written(): Buffer {
    const at = png.encode();
    const file = Buffer.from(new Uint8Array(memory.buffer, at, png.encodedLength()));
    const length = file.readUInt32BE(33); // of IDAT, behind the signature and IHDR
    expect(inflateSync(file.subarray(41, 41 + length)).length).toBe((png.width() * 3 + 1) * png.height());
    return file;
  }

  test("is written as it was read", () => {
    const before = Buffer.from(decode(readFileSync(`${GOLDEN}widgets-light-1x.png`)) ?? []);
    expect(Buffer.compare(Buffer.from(decode(written()) ?? []), before)).toBe(0);
  });

  test("is written whatever is on it", () => {
    const random = new SeededRandom(7);
    for (const [width, height] of [
      [1, 1],
      [3, 200],
      [300, 2],
      [64, 64],
    ] as const) {
      const rows = Buffer.alloc(height * (width * 4 + 1));
      let run = 0;
      let value = 0;
      for (let y = 0; y < height; y++) {
        for (let x = 1; x <= width * 4; x++) {
          // Long runs, short ones, and none at all.
          if (run-- <= 0) {
            run = random.chance(0.25) ? random.below(2000) : random.below(3);
            value = random.below(256);
          }
          rows[y * (width * 4 + 1) + x] = x % 4 === 0 ? 255 : value;
        }
      }
      const before = decode(emitPng(width, height, 6, deflateSync(rows)));
      expect(decode(written())).toEqual(before);
    }
  });
});
