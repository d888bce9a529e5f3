// The compositor in V8, on a screen in plain memory, against a slow model of what it must show.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compileGuest } from "../../../tests/support/asc.ts";
import { GuestModule } from "../../../tests/support/guest-module.ts";
import { type ModelSurface, modelPixel } from "../../../tests/support/screen-model.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";

const WIDTH = 320;
const HEIGHT = 240;
const STRIDE = WIDTH * 4 + 64;
const SCREEN = 0x800000;
const FRAMES = 0xa00000;
const FRAMES_END = 0x1000000;
const BOOT_INFO = 0x780000;
const MILLISECOND = 1_000_000n;

// Every surface rounds the channels of a pixel once or twice, the model never.
const TOLERANCE = 8;

const STRONG = 0.42;
const WEAK = 0.24;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileGuest("guest-kernel/kernel/compositor/compositor.exports.ts", {
    flags: ["--use", "MMIO_IMPORTED=1", "--enable", "simd"],
  });
}, 60_000);

/** The compositor, and beside it what its screen must be. */
class Screen {
  readonly guest: GuestModule;
  readonly surfaces = new Map<number, ModelSurface>();
  /** Numbers from the bottom up. */
  order: number[] = [];
  readonly layers = new Map<number, number>();
  now = 0n;

  constructor() {
    const unused = (): number => 0;
    this.guest = new GuestModule(module, {
      arch: { rdtsc: () => this.now, pause: unused, resume: unused, halt: unused },
      mmio: { mmio_read: unused, mmio_write: unused },
    });
    this.guest.view.setUint32(BOOT_INFO + 16, 1_000_000, true);
    this.guest.call("framesInit", FRAMES, FRAMES_END);
    this.guest.call("start", SCREEN, WIDTH, HEIGHT, STRIDE, 100);
    this.guest.call("screenDamageAll");
    this.compose();
  }

  add(number: number, surface: Partial<ModelSurface> & { width: number; height: number }, layer = 1): void {
    const whole: ModelSurface = {
      left: 0,
      top: 0,
      pixels: new Uint32Array(surface.width * surface.height).fill(0xff808080),
      opaque: true,
      rounded: false,
      shadow: 0,
      dim: 256,
      visible: true,
      ...surface,
    };
    this.surfaces.set(number, whole);
    this.layers.set(number, layer);
    const tinted = typeof whole.pixels === "number";
    this.guest.call("add", number, tinted ? 0 : whole.width, tinted ? 0 : whole.height, layer);
    if (typeof whole.pixels === "number")
      this.guest.call("tint", number, whole.width, whole.height, whole.pixels);
    else this.upload(number);
    this.place(number, whole.left, whole.top, false);
    this.look(number, false);
    const at = this.order.findIndex((other) => this.layers.get(other)! > layer);
    this.order.splice(at < 0 ? this.order.length : at, 0, number);
    this.damage(number);
  }

  /** Gives a surface pixels for its size, without damage. */
  upload(number: number): void {
    const { width, height, pixels } = this.surfaces.get(number)!;
    if (typeof pixels === "number") return;
    const at = this.guest.call("resize", number, width, height);
    this.guest.put(at, new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
  }

  place(number: number, left: number, top: number, damaged = true): void {
    if (damaged) this.damage(number);
    Object.assign(this.surfaces.get(number)!, { left, top });
    this.guest.call("place", number, left, top);
    if (damaged) this.damage(number);
  }

  look(number: number, damaged = true, change: Partial<ModelSurface> = {}): void {
    if (damaged) this.damage(number);
    const surface = Object.assign(this.surfaces.get(number)!, change);
    const shadow = surface.shadow === 0 ? 0 : surface.shadow === WEAK ? 1 : 2;
    const { opaque, rounded, dim, visible } = surface;
    this.guest.call("look", number, Number(opaque), Number(rounded), shadow, dim, Number(visible));
    if (damaged) this.damage(number);
  }

  raise(number: number): void {
    const layer = this.layers.get(number)!;
    this.order = this.order.filter((other) => other !== number);
    const at = this.order.findIndex((other) => this.layers.get(other)! > layer);
    this.order.splice(at < 0 ? this.order.length : at, 0, number);
    this.guest.call("raise", number);
    this.damage(number);
  }

  remove(number: number): void {
    this.damage(number);
    this.order = this.order.filter((other) => other !== number);
    this.surfaces.delete(number);
    this.guest.call("remove", number);
  }

  damage(number: number): void {
    this.guest.call("damage", number);
  }

  /** Composes until nothing is left; turns that it took. */
  compose(): number {
    this.now += 20n * MILLISECOND;
    let turns = 1;
    while (this.guest.call("step", this.now) !== 0) turns++;
    return turns;
  }

  get painted(): number {
    return this.guest.call("paintedPixels");
  }

  /** The rectangles that were told since the last call. */
  told(): number[][] {
    const count = this.guest.call("takeTold");
    const at = this.guest.call("toldAt");
    return Array.from({ length: count }, (_, i) =>
      [0, 4, 8, 12].map((offset) => this.guest.view.getInt32(at + 16 * i + offset, true)),
    );
  }

  pixel(x: number, y: number): number {
    return this.guest.view.getUint32(SCREEN + y * STRIDE + 4 * x, true) & 0xffffff;
  }

  /** A copy of the screen's memory. */
  copy(): Buffer {
    return Buffer.from(this.guest.bytes(SCREEN, STRIDE * HEIGHT));
  }

  /** The first pixel that is not as it must be; undefined if all are. */
  wrong(step = 1): string | undefined {
    const surfaces = this.order.map((number) => this.surfaces.get(number)!);
    for (let y = 0; y < HEIGHT; y += step) {
      for (let x = (y / step) % 2; x < WIDTH; x += step) {
        const actual = this.pixel(x, y);
        const expected = modelPixel(surfaces, x, y);
        const differs = expected.some(
          (channel, i) => Math.abs(channel - ((actual >> (16 - 8 * i)) & 255)) > TOLERANCE,
        );
        if (differs) return `(${x}, ${y}) is ${actual.toString(16)}, not ${expected.map(Math.round).join()}`;
      }
    }
    return undefined;
  }
}

let screen: Screen;
beforeEach(() => {
  screen = new Screen();
});

describe("a surface", () => {
  test("covers what is below, with its shadow around and its corners cut", () => {
    screen.add(0, { width: WIDTH, height: HEIGHT, pixels: gradient(WIDTH, HEIGHT) }, 0);
    screen.add(1, { left: 60, top: 40, width: 150, height: 120, rounded: true, shadow: STRONG });
    screen.compose();
    expect(screen.wrong()).toBeUndefined();
    expect(screen.pixel(61, 41)).not.toBe(0x808080);
    expect(screen.pixel(70, 41)).toBe(0x808080);
  });

  test("that is transparent is laid over what is below", () => {
    screen.add(0, { width: WIDTH, height: HEIGHT, pixels: gradient(WIDTH, HEIGHT) }, 0);
    screen.add(1, { left: 33, top: 21, width: 103, height: 57, opaque: false, pixels: glass(103, 57) });
    screen.add(2, {
      left: 101,
      top: 50,
      width: 91,
      height: 80,
      opaque: false,
      rounded: true,
      pixels: 0x80402010,
    });
    screen.compose();
    expect(screen.wrong()).toBeUndefined();
  });

  test.each([
    [-50, -30],
    [WIDTH - 40, HEIGHT - 20],
    [-500, 0],
    [0, 4000],
  ])("may reach out of the screen, at (%i, %i)", (left, top) => {
    screen.add(1, { left, top, width: 120, height: 90, rounded: true, shadow: WEAK });
    screen.compose();
    expect(screen.wrong()).toBeUndefined();
  });

  test.each([1, 2, 19, 20, 21, 40])("may be small: %i pixels", (side) => {
    screen.add(1, { left: 90, top: 70, width: side, height: side, rounded: true, shadow: STRONG });
    screen.compose();
    expect(screen.wrong()).toBeUndefined();
  });

  test("that hangs is dimmed", () => {
    screen.add(1, {
      left: 20,
      top: 20,
      width: 101,
      height: 90,
      rounded: true,
      pixels: gradient(101, 90),
      dim: 150,
    });
    screen.compose();
    expect(screen.wrong()).toBeUndefined();
  });

  test("that is hidden shows what is below", () => {
    screen.add(1, { left: 20, top: 20, width: 100, height: 90, shadow: STRONG });
    screen.compose();
    screen.look(1, true, { visible: false });
    screen.damage(1); // hidden: nothing
    screen.guest.call("screenDamage", 0, 0, WIDTH, HEIGHT);
    screen.compose();
    expect(screen.wrong()).toBeUndefined();
  });
});

describe("only", () => {
  test("damaged pixels are touched", () => {
    screen.add(1, { left: 40, top: 40, width: 200, height: 150, pixels: gradient(200, 150) });
    screen.compose();
    const before = screen.copy();
    const { pixels } = screen.surfaces.get(1)!;
    (pixels as Uint32Array).fill(0xff00ff00);
    screen.upload(1);
    screen.guest.call("damageIn", 1, 10, 20, 30, 5);
    screen.compose();
    const after = screen.copy();
    const touched: string[] = [];
    for (let at = 0; at < before.length; at += 4) {
      if (before.readUInt32LE(at) === after.readUInt32LE(at)) continue;
      touched.push(`${(at % STRIDE) / 4},${Math.trunc(at / STRIDE)}`);
    }
    expect(touched).toHaveLength(30 * 5);
    expect([touched[0], touched.at(-1)]).toEqual(["50,60", "79,64"]);
  });

  test("pixels that nothing opaque covers are painted", () => {
    screen.add(0, { width: WIDTH, height: HEIGHT, pixels: gradient(WIDTH, HEIGHT) }, 0);
    for (let i = 1; i <= 8; i++)
      screen.add(i, { left: 10, top: 10, width: 300, height: 200, shadow: STRONG });
    screen.compose();
    const before = screen.painted;
    screen.guest.call("screenDamage", 10, 10, 310, 210);
    screen.compose();
    expect(screen.painted - before).toBe(300 * 200);
  });

  test("what changed is told, once and inside of the screen", () => {
    screen.add(1, { left: -20, top: 200, width: 100, height: 100 });
    screen.compose();
    screen.told();
    screen.damage(1);
    screen.damage(1);
    screen.compose();
    expect(screen.told()).toEqual([[0, 200, 80, HEIGHT]]);
  });
});

describe("the frame clock", () => {
  test("composes the first damage after a pause at once, what follows 16 ms later", () => {
    screen.add(1, { width: 10, height: 10 });
    screen.compose();
    screen.told();
    const start = screen.now + 100n * MILLISECOND;
    screen.damage(1);
    screen.guest.call("step", start);
    expect(screen.told()).toHaveLength(1);
    screen.damage(1);
    for (const after of [0n, 5n, 15n]) screen.guest.call("step", start + after * MILLISECOND);
    expect(screen.told()).toHaveLength(0);
    expect(screen.guest.call("frameDeadline")).toBe(Number(start + 16n * MILLISECOND));
    screen.guest.call("step", start + 16n * MILLISECOND);
    expect(screen.told()).toHaveLength(1);
  });

  test("has nothing to do without damage", () => {
    expect(screen.guest.call64("frameDeadline")).toBe(2n ** 63n - 1n);
  });

  test("cuts a large frame into bands, and takes damage meanwhile into the next", () => {
    const [width, height] = [2000, 500];
    const guest = new Screen().guest;
    guest.call("start", SCREEN, width, height, width * 4, 100);
    guest.call("screenDamageAll");
    const first = guest.call("frameNext");
    let turns = 1;
    while (guest.call("step", 1_000_000_000_000n) !== 0) {
      expect(guest.call("frameDone")).toBe(first - 1);
      guest.call("screenDamage", 0, 0, 1, 1);
      turns++;
    }
    expect(turns).toBe(5);
    expect(guest.call("frameDone")).toBe(first);
    expect(guest.call("step", 1_000_016_000_000n)).toBe(0);
    expect(guest.call("frameDone")).toBe(first + 1);
  });
});

test("pixels of a surface that goes away are free again", () => {
  const before = screen.guest.call("framesFreeCount");
  screen.add(1, { width: 200, height: 200 });
  expect(screen.guest.call("framesFreeCount")).toBe(before - 40);
  screen.remove(1);
  expect(screen.guest.call("framesFreeCount")).toBe(before);
});

describe("random operations", () => {
  test.each([1, 2, 3, 4, 5, 6])(
    "leave the screen as if it were composed at once (seed %i)",
    (seed) => {
      const random = new SeededRandom(seed);
      const below = (limit: number): number => random.below(limit);
      screen.add(0, { width: WIDTH, height: HEIGHT, pixels: gradient(WIDTH, HEIGHT) }, 0);
      for (let round = 0; round < 400; round++) {
        operate(below);
        if (below(3) === 0) screen.compose();
        if (round % 40 !== 39) continue;
        screen.compose();
        const kept = screen.copy();
        expect(screen.wrong(3)).toBeUndefined();
        screen.guest.call("screenDamageAll");
        screen.compose();
        // Bit for bit: what is composed in parts is what is composed at once.
        expect(kept.equals(screen.copy())).toBe(true);
      }
    },
    60_000,
  );

  function operate(below: (limit: number) => number): void {
    const number = 1 + below(9);
    const surface = screen.surfaces.get(number);
    if (surface === undefined) return create(number, below);
    switch (below(7)) {
      case 0:
        return screen.remove(number);
      case 1:
        return screen.raise(number);
      case 2:
        return screen.look(number, true, {
          dim: below(2) === 0 ? 256 : 100 + below(100),
          rounded: below(2) === 0,
          shadow: [0, WEAK, STRONG][below(3)]!,
        });
      case 3: {
        if (typeof surface.pixels === "number") return;
        const [x, y] = [below(surface.width), below(surface.height)];
        const [width, height] = [1 + below(surface.width - x), 1 + below(surface.height - y)];
        const colour = surface.opaque ? below(0xffffff) : 0x80000000 | (below(128) << 16) | below(128);
        for (let row = y; row < y + height; row++)
          surface.pixels.fill(colour, row * surface.width + x, row * surface.width + x + width);
        screen.upload(number);
        screen.guest.call("damageIn", number, x, y, width, height);
        return;
      }
      default:
        return screen.place(number, below(WIDTH + 100) - 100, below(HEIGHT + 100) - 100);
    }
  }

  function create(number: number, below: (limit: number) => number): void {
    const [width, height] = [1 + below(180), 1 + below(140)];
    const kind = below(6);
    const opaque = kind > 1;
    const colour = ((0xff << 24) | (below(256) << 16) | (below(256) << 8) | below(256)) >>> 0;
    screen.add(
      number,
      {
        left: below(WIDTH) - 40,
        top: below(HEIGHT) - 40,
        width,
        height,
        opaque,
        rounded: below(2) === 0,
        shadow: [0, WEAK, STRONG][below(3)]!,
        pixels:
          kind === 0
            ? 0x66304a70
            : opaque
              ? new Uint32Array(width * height).fill(colour)
              : glass(width, height),
      },
      kind === 1 ? 2 : 1,
    );
  }
});

function gradient(width: number, height: number): Uint32Array {
  return new Uint32Array(width * height).map(
    (_, i) => (0xff000000 | ((i % 256) << 16) | ((Math.trunc(i / width) % 256) << 8) | 0x33) >>> 0,
  );
}

/** Premultiplied pixels of all alphas. */
function glass(width: number, height: number): Uint32Array {
  return new Uint32Array(width * height).map((_, i) => {
    const alpha = i % 256;
    return ((alpha << 24) | ((alpha >> 1) << 16) | ((alpha >> 2) << 8) | alpha) >>> 0;
  });
}
