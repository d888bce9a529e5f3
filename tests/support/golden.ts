import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Picture, decodePng, encodePng } from "./png.ts";

const FOLDER = fileURLToPath(new URL("../golden/", import.meta.url));
const ACTUAL = fileURLToPath(new URL("../../build/golden/", import.meta.url));

// Sines and square roots may differ in their last bit between engines; then coverage differs by a step or two.
const CHANNEL_TOLERANCE = 3; // of 255
const PIXELS_TOLERANCE = 0.0005; // part of the pixels that may differ by more

/**
 * Compares a picture with tests/golden/NAME.png. With the environment variable UPDATE_GOLDEN=1 it is stored there.
 *
 * @throws Error that names the first pixel that differs, and where the picture that was drawn is kept
 */
export function compareWithGolden(name: string, picture: Picture): void {
  const golden = `${FOLDER}${name}.png`;
  if (process.env["UPDATE_GOLDEN"] === "1") return write(golden, picture);
  if (!existsSync(golden)) throw new Error(`no ${golden}: run with UPDATE_GOLDEN=1, then look at it`);
  const difference = differenceOf(decodePng(readFileSync(golden)), picture);
  if (difference === undefined) return;
  const actual = `${ACTUAL}${name}.png`;
  write(actual, picture);
  throw new Error(`${name}: ${difference}; drawn: ${actual}`);
}

function write(path: string, picture: Picture): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, encodePng(picture));
}

function differenceOf(golden: Picture, actual: Picture): string | undefined {
  if (golden.width !== actual.width || golden.height !== actual.height)
    return `expected ${golden.width}x${golden.height}, got ${actual.width}x${actual.height}`;
  let count = 0;
  let first = -1;
  for (let at = 0; at < golden.rgba.length; at += 4) {
    if (!pixelDiffers(golden.rgba, actual.rgba, at)) continue;
    if (count++ === 0) first = at / 4;
  }
  if (count <= (golden.rgba.length / 4) * PIXELS_TOLERANCE) return undefined;
  return `${count} pixels differ, the first at (${first % golden.width}, ${Math.floor(first / golden.width)})`;
}

function pixelDiffers(a: Uint8Array, b: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 4; i++) if (Math.abs((a[i] ?? 0) - (b[i] ?? 0)) > CHANNEL_TOLERANCE) return true;
  return false;
}
