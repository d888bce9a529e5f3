import { beforeAll, describe, expect, test } from "vitest";
import { compileGuest } from "../../../tests/support/asc.ts";
import { compareWithGolden } from "../../../tests/support/golden.ts";
import { guestImports, guestMemory, pictureOf } from "../../../tests/support/guest-pixels.ts";
import { TIME_FACTOR } from "../../../tests/support/time-factor.ts";

type Draw = (pixels: number, width: number, height: number, scale: number) => void;

interface Painting {
  drawBoxes: Draw;
  drawPaths: Draw;
  drawSvgPath: Draw;
  drawBoxesInParts(pixels: number, width: number, height: number, columns: number, rows: number): void;
  scalePixel(pixel: number, by: number): number;
}

const PIXELS = 8 << 20; // above the heap that the drawings use

let memory: WebAssembly.Memory;
let painting: Painting;

describe.each([
  ["with SIMD", ["--enable", "simd"]],
  ["without SIMD", []],
])("%s", (_, flags) => {
  beforeAll(async () => {
    const module = await compileGuest("shell-host/engine/painting/painting.exports.ts", { flags });
    memory = guestMemory();
    memory.grow(256);
    painting = new WebAssembly.Instance(module, guestImports(memory)).exports as unknown as Painting;
  }, 60_000 * TIME_FACTOR);

  function pixelsAfter(width: number, height: number, draw: () => void): Uint8Array {
    new Uint8Array(memory.buffer, PIXELS, width * height * 4).fill(0);
    draw();
    return pictureOf(memory, PIXELS, width, height).rgba;
  }

  function compare(name: string, draw: Draw, width: number, height: number): void {
    for (const scale of [1, 2]) {
      const rgba = pixelsAfter(width * scale, height * scale, () =>
        draw(PIXELS, width * scale, height * scale, scale),
      );
      compareWithGolden(`${name}-${scale}x`, { width: width * scale, height: height * scale, rgba });
    }
  }

  describe("a canvas", () => {
    test("draws boxes with shadows, gradients, borders, opacity and clips", () => {
      compare("painting-boxes", painting.drawBoxes, 360, 240);
    });

    test("fills and strokes paths", () => {
      compare("painting-paths", painting.drawPaths, 360, 120);
    });

    test("draws icons of SVG path data", () => {
      compare("painting-svg-path", painting.drawSvgPath, 24, 24);
    });

    test.each([
      [2, 2],
      [7, 5],
    ])("draws in %i x %i clipped parts what it draws at once", (columns, rows) => {
      const whole = pixelsAfter(360, 240, () => painting.drawBoxesInParts(PIXELS, 360, 240, 1, 1));
      const parts = pixelsAfter(360, 240, () => painting.drawBoxesInParts(PIXELS, 360, 240, columns, rows));
      expect(Buffer.compare(whole, parts)).toBe(0);
    });

    test("scales each channel of a pixel with rounding", () => {
      for (let by = 0; by < 256; by += 5) {
        for (let value = 0; value < 256; value++) {
          const channel = Math.round((value * by) / 255);
          const pixel = painting.scalePixel(value * 0x01010101, by) >>> 0;
          expect(pixel).toBe((channel * 0x01010101) >>> 0);
        }
      }
    });
  });
});
