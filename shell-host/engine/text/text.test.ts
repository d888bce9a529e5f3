import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { create, type Font } from "fontkit";
import { beforeAll, describe, expect, test } from "vitest";
import { compileGuest } from "../../../tests/support/asc.ts";
import { compareWithGolden } from "../../../tests/support/golden.ts";
import { guestImports, guestMemory, pictureOf } from "../../../tests/support/guest-pixels.ts";
import { TIME_FACTOR } from "../../../tests/support/time-factor.ts";

interface Text {
  drawText(pixels: number, width: number, height: number, scale: number): void;
  layOut(address: number, length: number, maxWidth: number, maxLines: number): void;
  lineCount(): number;
  lineFirst(line: number): number;
  lineEnd(line: number): number;
  lineWidth(line: number): number;
  lineHasEllipsis(line: number): number;
  indexAt(x: number, y: number): number;
  caretX(index: number): number;
  caretLine(index: number): number;
  kern(left: number, right: number): number;
  advance(codePoint: number): number;
}

const PIXELS = 16 << 20; // above the heap
const INTER = "@fontsource/inter/files/inter-latin-400-normal.woff";
const WIDTH = 6; // of a character

let memory: WebAssembly.Memory;
let text: Text;

beforeAll(async () => {
  const module = await compileGuest("shell-host/engine/text/text.exports.ts", {
    flags: ["--enable", "simd"],
  });
  memory = guestMemory();
  memory.grow(256);
  text = new WebAssembly.Instance(module, guestImports(memory)).exports as unknown as Text;
}, 60_000 * TIME_FACTOR);

/** The lines of a text in a box so many characters wide. */
function linesOf(source: string, columns: number, maxLines = 0): string[] {
  const bytes = Buffer.from(source, "utf8");
  new Uint8Array(memory.buffer, PIXELS).set(bytes);
  text.layOut(PIXELS, bytes.length, columns * WIDTH, maxLines);
  const characters = Array.from(source);
  return Array.from({ length: text.lineCount() }, (_, line) => {
    const shown = characters.slice(text.lineFirst(line), text.lineEnd(line)).join("");
    return shown + (text.lineHasEllipsis(line) ? "…" : "");
  });
}

describe("text", () => {
  test("is drawn with kerning, wrapping, alignment and ellipsis, dark on light and light on dark", () => {
    for (const scale of [1, 2]) {
      const width = 420 * scale;
      const height = 300 * scale;
      text.drawText(PIXELS, width, height, scale);
      compareWithGolden(`text-${scale}x`, pictureOf(memory, PIXELS, width, height));
    }
  });

  test("has the widths and the kerning of the font", () => {
    const font = create(readFileSync(createRequire(import.meta.url).resolve(INTER))) as Font;
    const toUnit = 1000 / font.unitsPerEm;
    for (const pair of ["AV", "To", "Ty", "LT", "r.", "ab", "Pä", "11", "“A", "fi"]) {
      const [left = 0, right = 0] = Array.from(pair, (character) => character.codePointAt(0) ?? 0);
      const run = font.layout(pair, { liga: false, calt: false, clig: false });
      const advance = font.glyphForCodePoint(left).advanceWidth;
      expect(text.advance(left), pair).toBeCloseTo(advance * toUnit, 6);
      expect(text.kern(left, right), pair).toBeCloseTo(
        ((run.positions[0]?.xAdvance ?? 0) - advance) * toUnit,
        6,
      );
    }
    expect(text.kern(0x41, 0x56)).toBeLessThan(-50);
  });
});

describe("a layout", () => {
  test.each<[string, string, number, string[]]>([
    ["nothing", "", 10, [""]],
    ["what fits", "one two", 7, ["one two"]],
    ["words", "one two three", 8, ["one two ", "three"]],
    ["blanks at the end of a line", "one    two", 3, ["one    ", "two"]],
    ["a word longer than a line", "abcdefgh ij", 3, ["abc", "def", "gh ", "ij"]],
    ["behind a hyphen", "well-known", 6, ["well-", "known"]],
    ["new lines", "a\n\nb\n", 10, ["a\n", "\n", "b\n", ""]],
    ["characters of several bytes", "äöü €€€", 4, ["äöü ", "€€€"]],
    ["a line narrower than a character", "abc", 0.5, ["a", "b", "c"]],
  ])("breaks %s", (_, source, columns, expected) => {
    expect(linesOf(source, columns)).toEqual(expected);
  });

  test.each<[string, number, number, string[]]>([
    ["one two three", 8, 1, ["one two…"]],
    ["one two three four", 8, 2, ["one two ", "three f…"]],
    ["one two", 8, 1, ["one two"]],
    ["a\nb", 8, 1, ["a…"]],
  ])(
    "puts an ellipsis for what is too much: %j in %i columns, %i lines",
    (source, columns, lines, expected) => {
      expect(linesOf(source, columns, lines)).toEqual(expected);
      for (let line = 0; line < expected.length; line++)
        expect(text.lineWidth(line)).toBeLessThanOrEqual(columns * WIDTH + 1e-6);
    },
  );

  test("finds the caret of a point, and the point of a caret", () => {
    linesOf("hello world", 6);
    expect(text.indexAt(-5, 0)).toBe(0);
    expect(text.indexAt(2.9, 0)).toBe(0);
    expect(text.indexAt(3.1, 0)).toBe(1);
    expect(text.indexAt(6.2, 20)).toBe(7);
    expect(text.indexAt(500, 500)).toBe(11);
    for (let index = 0; index < 11; index++) {
      const row = index < 6 ? 0 : 1;
      expect([text.caretLine(index), text.caretX(index)]).toEqual([row, (index - row * 6) * WIDTH]);
    }
  });

  test("survives any text", () => {
    for (const source of ["\u{1f600}\u{1f600}", "\t\t", "\n", "a\u0301", "\ufeff", "x".repeat(5000)])
      for (const columns of [0, 1, 7, 1e9]) linesOf(source, columns, 3);
  });
});
