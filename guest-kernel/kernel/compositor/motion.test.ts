// Surfaces on their way, in V8: what every frame must show, and that nothing of it stays.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compileGuest } from "../../../tests/support/asc.ts";
import { GuestModule } from "../../../tests/support/guest-module.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";

const WIDTH = 320;
const HEIGHT = 240;
const STRIDE = WIDTH * 4;
const SCREEN = 0x800000;
const FRAMES = 0xa00000;
const FRAMES_END = 0x1000000;
const BOOT_INFO = 0x780000;
const MILLISECOND = 1_000_000n;
const LENGTH = 160n * MILLISECOND;
const BASE = 0x20242c;
const GREY = 0xff808080;
const BACK = 0;
const WINDOW = 1;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileGuest("guest-kernel/kernel/compositor/compositor.exports.ts", {
    flags: ["--use", "MMIO_IMPORTED=1", "--enable", "simd"],
  });
}, 60_000);

let guest: GuestModule;
let now: bigint;

beforeEach(() => {
  now = 0n;
  const unused = (): number => 0;
  guest = new GuestModule(module, {
    arch: { rdtsc: () => now, pause: unused, resume: unused, halt: unused },
    mmio: { mmio_read: unused, mmio_write: unused },
  });
  guest.view.setUint32(BOOT_INFO + 16, 1_000_000, true);
  guest.call("framesInit", FRAMES, FRAMES_END);
  guest.call("start", SCREEN, WIDTH, HEIGHT, STRIDE, 100);
  add(BACK, WIDTH, HEIGHT, () => 0xff000000 | BASE);
  add(WINDOW, 160, 120, () => GREY);
  guest.call("look", WINDOW, 1, 1, 2, 256, 1);
  guest.call("place", WINDOW, 80, 60);
  settle();
});

function add(number: number, width: number, height: number, colour: (x: number, y: number) => number): void {
  const at = guest.call("add", number, width, height, number);
  const pixels = new Uint32Array(width * height).map((_, i) => colour(i % width, Math.floor(i / width)));
  guest.put(at, new Uint8Array(pixels.buffer));
  guest.call("look", number, 1, 0, 0, 256, 1);
  guest.call("damage", number);
}

/** A frame, 16 ms after the one before. */
function frame(): void {
  now += 16n * MILLISECOND;
  while (guest.call("stepMoving", now) !== 0);
}

/** Frames until nothing is to be done; how many there were. */
function settle(): number {
  let frames = 0;
  for (; guest.call("motionsActive") !== 0 || frames < 2; frames++) frame();
  return frames;
}

function pixel(x: number, y: number): number {
  return guest.view.getUint32(SCREEN + y * STRIDE + 4 * x, true) & 0xffffff;
}

function screen(): Buffer {
  return Buffer.from(guest.bytes(SCREEN, STRIDE * HEIGHT));
}

/** What the screen has is what composing all of it gives, with everything where this frame has it. */
function expectWhole(): void {
  const shown = screen();
  guest.call("compose", 0, 0, WIDTH, HEIGHT);
  expect(Buffer.compare(shown, screen())).toBe(0);
}

function arrive(left: number, top: number, width: number, height: number, opacity = 0): void {
  guest.call("arrive", WINDOW, left, top, width, height, opacity, LENGTH);
}

describe("a surface that arrives", () => {
  test("fades in frame by frame, and is what it is when it has come", () => {
    const before = screen();
    arrive(88, 66, 144, 108);
    const seen: number[] = [];
    for (let i = 0; i < 9; i++) {
      frame();
      expectWhole();
      seen.push(pixel(160, 120) & 0xff);
    }
    expect(seen[0]).toBe(BASE & 0xff);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(new Set(seen).size).toBeGreaterThan(5);
    settle();
    expect(Buffer.compare(before, screen())).toBe(0);
    expect(guest.call("motionsActive")).toBe(0);
  });

  test("takes as long as it was told, however many frames there are", () => {
    arrive(88, 66, 144, 108);
    expect(settle()).toBe(11); // the first begins it
    arrive(88, 66, 144, 108);
    frame();
    now += LENGTH;
    frame();
    expect(guest.call("motionsActive")).toBe(0);
  });

  test("follows its surface", () => {
    arrive(0, 0, 40, 30, 256);
    frame();
    expect([pixel(20, 15), pixel(100, 100)]).toEqual([GREY & 0xffffff, BASE]);
    guest.call("place", WINDOW, 120, 90);
    settle();
    expect(pixel(270, 200)).toBe(GREY & 0xffffff);
    expect(pixel(20, 15)).toBe(BASE);
    expectWhole();
  });

  test("is interpolated between its pixels", () => {
    const at = guest.call("resize", WINDOW, 160, 120);
    const ramp = new Uint32Array(160 * 120).map((_, i) => 0xff000000 | ((i % 160) * 0x010101));
    guest.put(at, new Uint8Array(ramp.buffer));
    guest.call("look", WINDOW, 1, 0, 0, 256, 1);
    guest.call("place", WINDOW, 0, 0);
    arrive(0, 0, 320, 240, 256);
    frame();
    for (let x = 0; x < WIDTH; x++) {
      const expected = Math.min(159, Math.max(0, (x + 0.5) / 2 - 0.5));
      expect(Math.abs((pixel(x, 100) & 0xff) - expected)).toBeLessThanOrEqual(1);
    }
  });
});

describe("a surface that leaves", () => {
  test.each([
    [false, "for good"],
    [true, "for a while"],
  ])("fades where it was, and leaves nothing: keeps its pixels %s", (keeps) => {
    const free = guest.call("framesFreeCount");
    guest.call("leave", WINDOW, 100, 200, 40, 30, LENGTH, Number(keeps));
    if (keeps) guest.call("look", WINDOW, 1, 1, 2, 256, 0);
    else guest.call("remove", WINDOW);
    const seen: number[] = [];
    for (let i = 0; i < 6; i++) {
      frame();
      expectWhole();
      seen.push(pixel(160, 150) & 0xff);
    }
    expect(seen[0]).toBe(GREY & 0xff);
    expect(new Set(seen).size).toBeGreaterThan(3);
    settle();
    for (let y = 0; y < HEIGHT; y += 7) expect(pixel(160, y)).toBe(BASE);
    expect(guest.call("framesFreeCount") > free).toBe(!keeps);
  });

  test("is gone at once when its pixels are about to change", () => {
    guest.call("leave", WINDOW, 100, 200, 40, 30, LENGTH, 1);
    guest.call("look", WINDOW, 1, 1, 2, 256, 0);
    frame();
    guest.call("cancel", WINDOW);
    expect(guest.call("motionsActive")).toBe(0);
    frame();
    expect(pixel(160, 120)).toBe(BASE);
    expectWhole();
  });

  test("goes on from where it was when it had not arrived yet", () => {
    arrive(88, 66, 144, 108);
    for (let i = 0; i < 3; i++) frame();
    const faint = pixel(160, 120) & 0xff;
    expect(faint).toBeGreaterThan(BASE & 0xff);
    expect(faint).toBeLessThan(GREY & 0xff);
    guest.call("leave", WINDOW, 88, 66, 144, 108, LENGTH, 0);
    guest.call("remove", WINDOW);
    frame();
    expect(pixel(160, 120) & 0xff).toBe(faint);
    settle();
    expect(pixel(160, 120)).toBe(BASE);
  });
});

test.each([1, 2, 3])("a hundred surfaces that come and go leave no trace (seed %i)", (seed) => {
  const random = new SeededRandom(seed);
  const free = guest.call("framesFreeCount");
  for (let i = 0; i < 100; i++) {
    const number = 2 + (i % 8);
    const width = random.below(200) + 1;
    const height = random.below(150) + 1;
    add(number, width, height, (x, y) => 0xff000000 | (x * 0x010003 + y * 0x000501));
    guest.call("look", number, random.below(2), random.below(2), random.below(3), 100 + random.below(157), 1);
    guest.call("place", number, random.below(WIDTH + 100) - 100, random.below(HEIGHT + 100) - 100);
    const rect = [random.below(WIDTH) - 50, random.below(HEIGHT) - 50, random.below(300), random.below(300)];
    guest.call("arrive", number, ...rect, random.below(257), LENGTH);
    for (let frames = random.below(12); frames > 0; frames--) {
      frame();
      expectWhole();
    }
    guest.call("damage", number);
    guest.call("leave", number, ...rect, LENGTH, 0);
    guest.call("cancel", number);
    guest.call("remove", number);
    frame();
    expectWhole();
  }
  settle();
  expect(pixel(160, 120)).toBe(GREY & 0xffffff);
  expect(guest.call("framesFreeCount")).toBe(free);
});
