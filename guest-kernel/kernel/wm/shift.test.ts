// Windows that only move are told as copies: who makes them sees what is on the screen, whatever else happens meanwhile.
import { beforeAll, expect, test } from "vitest";
import type { Copy, Rect } from "../../../devices/framebuffer/damage.ts";
import { compileKernel } from "../../../tests/support/kernel-machine.ts";
import { rest } from "../../../tests/support/kernel-world.ts";
import { ScreenWorld, ScriptedWindow } from "../../../tests/support/screen-world.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";
import { BTN_LEFT } from "../../abi/virtio-input.ts";
import * as w from "../../abi/window.ts";

beforeAll(compileKernel, 60_000);

const COLOURS = [0xffd04040, 0xff3060c0, 0xff40a060];
const [KEY_TAB, KEY_LEFTALT, KEY_DOWN, KEY_LEFTMETA] = [15, 56, 108, 125];
const TITLE = 12; // pixels from a window's top

/** Somebody who copies what is told as a copy, and reads the rest. */
class Copier {
  readonly pixels: Uint32Array;
  copies: Copy[] = [];
  readPixels = 0;
  readonly #world: ScreenWorld;
  readonly #width: number;

  constructor(world: ScreenWorld) {
    this.#world = world;
    const { width, height } = world.framebuffer.mode!;
    this.#width = width;
    this.pixels = new Uint32Array(width * height);
    this.#read({ x: 0, y: 0, width, height });
    world.framebuffer.takeDamage(() => {});
    world.framebuffer.copies = true;
    // Each part of a frame as it is told: what is read later may be of a later frame, and is not to be copied.
    const onDamage = (): void => this.#follow();
    world.framebuffer.listener = { onMode() {}, onDamage, onCursor() {}, onClipboard() {} };
    world.framebuffer.watch();
  }

  #follow(): void {
    this.#world.framebuffer.watch();
    this.#world.framebuffer.takeDamage(
      (rect) => this.#read(rect),
      (copy) => this.#copy(copy),
    );
  }

  /** The first pixel that differs from the screen. */
  get difference(): string | undefined {
    const mode = this.#world.framebuffer.mode!;
    for (let y = 0; y < mode.height; y++) {
      const row = this.#world.framebuffer.row(mode, 0, y, mode.width);
      for (let x = 0; x < mode.width; x++)
        if (this.pixels[y * this.#width + x] !== row[x]) return `${x},${y}`;
    }
    return undefined;
  }

  #read({ x, y, width, height }: Rect): void {
    this.readPixels += width * height;
    for (let row = y; row < y + height; row++) {
      const { framebuffer } = this.#world;
      this.pixels.set(framebuffer.row(framebuffer.mode!, x, row, width), row * this.#width + x);
    }
  }

  #copy(copy: Copy): void {
    this.copies.push(copy);
    const { from, to } = copy;
    const before = this.pixels.slice();
    for (let row = 0; row < to.height; row++) {
      const at = (from.y + row) * this.#width + from.x;
      this.pixels.set(before.subarray(at, at + to.width), (to.y + row) * this.#width + to.x);
    }
  }
}

/** A screen with three windows that draw something else for each turn of the wheel. */
async function open(count = COLOURS.length): Promise<ScreenWorld> {
  let next = 0;
  const world = await ScreenWorld.load(
    {},
    {
      *init(p) {
        for (let i = 0; i < count; i++) yield* p.spawn("/bin/child");
        yield* rest(p);
      },
      *child(p) {
        const number = next++;
        const window = yield* ScriptedWindow.open(p, 240, 160);
        let turns = 0;
        const draw = (rects?: number[][]): ReturnType<ScriptedWindow["fill"]> =>
          window.draw(
            (x, y) => (COLOURS[number]! ^ (turns * 0x3311)) + ((x * 7 + y * 3) & 63),
            window.width,
            window.height,
            rects ?? [[0, 0, window.width, window.height]],
          );
        yield* draw();
        for (;;) {
          const events = yield* window.read();
          if (events.some(({ type }) => type === w.WINDOW_EVENT_WHEEL)) {
            turns++;
            yield* draw([[20, 30 + (turns % 5) * 10, 50, 20]]);
          }
          if (events.some(({ type }) => type === w.WINDOW_EVENT_RESIZE)) yield* draw();
        }
      },
    },
  );
  world.boot();
  return world;
}

test("a window that is dragged is copied, but for its corners and what it uncovers", async () => {
  const world = await open(1);
  const copier = new Copier(world);
  const [left = 0, top = 0, width = 0, height = 0] = world.windows()[0]!.place;
  world.move(left + 50, top + TITLE);
  world.key(BTN_LEFT, true);
  world.run();
  copier.readPixels = 0;
  world.move(left + 70, top + TITLE + 10);
  world.run();
  expect(copier.copies).toHaveLength(1);
  const [{ from, to }] = copier.copies as [Copy];
  expect([to.x - from.x, to.y - from.y]).toEqual([20, 10]);
  expect(to.width * to.height).toBeGreaterThan(0.8 * width * height);
  expect(copier.readPixels).toBeGreaterThan(0);
  expect(copier.difference).toBeUndefined();
});

test("nothing is copied for who does not want it, nor of a window that draws, or is covered", async () => {
  const world = await open(2);
  const copier = new Copier(world);
  const drag = (): void => {
    world.move(world.windows()[0]!.place[0]! + 60, world.windows()[0]!.place[1]! + TITLE);
    world.key(BTN_LEFT, true);
    world.run();
  };
  const step = (by: number): void => {
    const [left = 0, top = 0] = world.windows()[0]!.place;
    world.move(left + 60 + by, top + TITLE + by);
  };
  drag();
  world.framebuffer.copies = false;
  step(9);
  world.run();
  expect(copier.copies).toEqual([]);
  world.framebuffer.copies = true;
  step(9);
  world.run();
  expect(copier.copies).toHaveLength(1);
  expect(copier.difference).toBeUndefined();
});

test.each([1, 2, 3, 4])("whatever happens while windows move, seed %d", async (seed) => {
  const random = new SeededRandom(seed);
  const world = await open();
  const copier = new Copier(world);
  const chord = (...codes: number[]): void => {
    for (const code of codes) world.key(code, true);
    for (const code of codes.toReversed()) world.key(code, false);
  };
  for (let i = 0; i < 150; i++) {
    const windows = world.windows().filter(({ states }) => !states.includes("minimised"));
    const window = windows[random.below(windows.length)];
    switch (random.below(8)) {
      case 0:
        chord(KEY_LEFTALT, KEY_TAB);
        break;
      case 1:
        if (random.below(4) === 0) chord(KEY_LEFTMETA, KEY_DOWN);
        break;
      case 2:
        world.wheel(1);
        break;
      default: {
        if (window === undefined) break;
        const [left = 0, top = 0] = window.place;
        let [x, y] = [left + 60, top + TITLE];
        world.move(x, y);
        world.key(BTN_LEFT, true);
        for (let steps = random.below(8); steps > 0; steps--) {
          [x, y] = [x + random.below(31) - 15, y + random.below(31) - 15];
          world.move(Math.max(20, Math.min(620, x)), Math.max(0, y));
          if (random.below(3) > 0) world.run();
          if (random.below(4) === 0) world.wheel(1);
        }
        world.key(BTN_LEFT, false);
      }
    }
    world.run();
    if (copier.difference !== undefined) throw new Error(`step ${i}: ${copier.difference}`);
  }
  expect(copier.copies.length).toBeGreaterThan(50);
});
