// The inner loops: with SIMD they do what they do without.
import { beforeAll, expect, test } from "vitest";
import { compileGuest } from "../../../tests/support/asc.ts";
import { guestImports, guestMemory } from "../../../tests/support/guest-pixels.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";
import { TIME_FACTOR } from "../../../tests/support/time-factor.ts";

const TO = 8 << 20; // above the heap
const FROM = TO + 65536;
const BYTES = FROM + 65536;
const OTHER_BYTES = BYTES + 65536;
const PIXELS_MAX = 70;

/** One side: a module and its memory. */
class Side {
  readonly memory = guestMemory();
  readonly #exports: Record<string, (...args: (number | bigint)[]) => void>;

  constructor(module: WebAssembly.Module) {
    this.memory.grow(256);
    this.#exports = new WebAssembly.Instance(module, guestImports(this.memory)).exports as never;
  }

  put(at: number, bytes: Uint8Array): void {
    new Uint8Array(this.memory.buffer, at, bytes.length).set(bytes);
  }

  call(name: string, ...args: (number | bigint)[]): void {
    this.#exports[name]!(...args);
  }

  /** All that a row may have touched, and what is around it. */
  get touched(): Buffer {
    return Buffer.from(this.memory.buffer, TO, OTHER_BYTES + 256 - TO);
  }
}

let sides: Side[];

beforeAll(async () => {
  const entry = "shell-host/engine/painting/painting.exports.ts";
  const modules = [await compileGuest(entry, { flags: ["--enable", "simd"] }), await compileGuest(entry)];
  sides = modules.map((module) => new Side(module));
}, 60_000 * TIME_FACTOR);

/** Premultiplied pixels; of some no channel, of some all. */
function somePixels(random: SeededRandom): Uint8Array {
  const bytes = new Uint8Array(PIXELS_MAX * 4);
  for (let at = 0; at < bytes.length; at += 4) {
    const alpha = random.chance(0.3) ? 0 : random.chance(0.3) ? 255 : random.below(256);
    for (let i = 0; i < 3; i++) bytes[at + i] = random.below(alpha + 1);
    bytes[at + 3] = alpha;
  }
  return bytes;
}

/** Coverage: much of it none or full. */
function someCoverage(random: SeededRandom): Uint8Array {
  return Uint8Array.from({ length: PIXELS_MAX }, () =>
    random.chance(0.4) ? 0 : random.chance(0.4) ? 255 : random.below(256),
  );
}

/** Wide pixels: each channel at most the alpha. */
function someWide(random: SeededRandom): Uint8Array {
  const lanes = new Uint16Array(PIXELS_MAX * 4);
  for (let at = 0; at < lanes.length; at += 4) {
    const alpha = random.chance(0.3) ? 0 : random.chance(0.3) ? 255 * 128 : random.below(255 * 128);
    for (let i = 0; i < 3; i++) lanes[at + i] = random.below(alpha + 1);
    lanes[at + 3] = alpha;
  }
  return new Uint8Array(lanes.buffer);
}

const pixelOf = (bytes: Uint8Array): number => new DataView(bytes.buffer).getUint32(0, true);
const wideOf = (bytes: Uint8Array): bigint => new DataView(bytes.buffer).getBigUint64(0, true);

type Arguments = (count: number, random: SeededRandom) => (number | bigint)[];

const ROWS: [name: string, isWide: boolean, args: Arguments][] = [
  ["fillRow", false, (count, random) => [TO, count, pixelOf(somePixels(random))]],
  ["blendRow", false, (count, random) => [TO, count, pixelOf(somePixels(random))]],
  ["blendPixels", false, (count) => [TO, FROM, count]],
  ["maskRow", false, (count, random) => [TO, BYTES, count, pixelOf(somePixels(random))]],
  ["maskPixels", false, (count) => [TO, FROM, BYTES, count]],
  ["multiplyCoverage", false, (count) => [BYTES, OTHER_BYTES, count]],
  ["scaleCoverage", false, (count, random) => [BYTES, count, random.below(256)]],
  ["subtractCoverage", false, (count) => [BYTES, OTHER_BYTES, count]],
  ["wideLay", true, (count) => [TO, FROM, count]],
  ["wideTint", true, (count, random) => [TO, count, wideOf(someWide(random))]],
  ["wideMask", true, (count, random) => [TO, BYTES, count, wideOf(someWide(random))]],
  ["wideDither", true, (count, random) => [TO, FROM, random.below(16), random.below(16), count]],
];

test.each(ROWS)("%s", (name, isWide, argumentsOf) => {
  const random = new SeededRandom(name.length);
  const some = isWide ? someWide : somePixels;
  for (let round = 0; round < 300; round++) {
    const count = random.below(PIXELS_MAX - 1);
    const [to, from, bytes, other] = [some(random), some(random), someCoverage(random), someCoverage(random)];
    const args = argumentsOf(count, random);
    for (const side of sides) {
      side.put(TO, to);
      side.put(FROM, from);
      side.put(BYTES, bytes);
      side.put(OTHER_BYTES, other);
      side.call(name, ...args);
    }
    expect(Buffer.compare(sides[0]!.touched, sides[1]!.touched)).toBe(0);
  }
});
