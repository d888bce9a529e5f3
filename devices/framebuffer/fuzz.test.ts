// A guest that says anything to the framebuffer.
import { expect, test } from "vitest";
import * as f from "../../guest-kernel/abi/framebuffer.ts";
import { SeededRandom } from "../../tests/support/seeded-random.ts";
import { GuestMemory } from "../guest-memory.ts";
import { FramebufferDevice } from "./device.ts";

const RAM_BYTES = 0x200000;
const STEPS = 100_000;
const EDGES = [
  0,
  1,
  4,
  0xfff,
  0x1000,
  0x7fff,
  0x1ff000,
  RAM_BYTES - 4,
  RAM_BYTES,
  0x7fffffff,
  0x80000000,
  0xffffffff,
];

test.each([1, 2, 3])("no register and no damage leads out of RAM or off the screen, seed %d", (seed) => {
  const random = new SeededRandom(seed);
  const memory = new GuestMemory(new SharedArrayBuffer(RAM_BYTES));
  const device = new FramebufferDevice({ width: 64, height: 64, scale: 100 });
  device.connect(memory, () => {});
  let modes = 0;
  let rects = 0;
  let overruns = 0;
  const look = (): void => {
    const { mode } = device;
    if (mode === undefined) return;
    const last = device.row(mode, 0, mode.height - 1, mode.width);
    expect(last.byteOffset + last.byteLength).toBeLessThanOrEqual(RAM_BYTES);
    const all = device.takeDamage(({ x, y, width, height }) => {
      rects++;
      const inside = x >= 0 && y >= 0 && width > 0 && height > 0;
      if (!inside || x + width > mode.width || y + height > mode.height)
        throw new Error(`${width}x${height} at ${x},${y} of ${mode.width}x${mode.height}`);
    });
    if (all) overruns++;
  };
  device.listener = { onMode: () => modes++, onDamage: look, onCursor() {}, onClipboard() {} };

  const edge = (): number => EDGES[random.below(EDGES.length)]!;
  const any = (): number => (random.below(3) === 0 ? edge() : random.below(0x2000));
  const sensible: [number, () => number][] = [
    [f.FRAMEBUFFER_ADDRESS, () => 0x1000 * random.below(0x210)],
    [f.FRAMEBUFFER_WIDTH, () => 1 + random.below(300)],
    [f.FRAMEBUFFER_HEIGHT, () => 1 + random.below(300)],
    [f.FRAMEBUFFER_STRIDE, () => 4 * random.below(400)],
    [f.FRAMEBUFFER_DAMAGE, () => (random.below(8) === 0 ? edge() : 0x1000 * random.below(4))],
  ];
  for (let i = 0; i < STEPS; i++) {
    switch (random.below(8)) {
      case 0:
        device.writeMmio(4 * random.below(14), any(), random.below(8) === 0 ? random.below(9) : 4);
        break;
      case 1:
      case 2: {
        const [offset, value] = sensible[random.below(sensible.length)]!;
        device.writeMmio(offset, value());
        break;
      }
      case 3:
        if (random.below(4) === 0) device.writeMmio(f.FRAMEBUFFER_ENABLE, random.below(8) === 0 ? any() : 1);
        break;
      case 4: // into where the damage pages may be, and the pictures
        memory.view.setUint32(4 * random.below(0x1400), any(), true);
        break;
      case 5: {
        const page = device.readMmio(f.FRAMEBUFFER_DAMAGE);
        if (!memory.contains(page, f.DAMAGE_PAGE_SIZE)) break;
        const rect = page + f.DAMAGE_RECTS + f.DAMAGE_RECT_SIZE * random.below(f.DAMAGE_RECT_COUNT);
        for (let at = rect; at < rect + f.DAMAGE_RECT_SIZE; at += 4)
          memory.view.setUint32(at, random.below(8) === 0 ? edge() : random.below(200), true);
        memory.view.setUint32(page, memory.view.getUint32(page, true) + random.below(140), true);
        break;
      }
      case 6:
        device.writeMmio(f.FRAMEBUFFER_DOORBELL, 1);
        look();
        break;
      default: {
        if (random.below(2) === 0) device.watch();
        device.writeMmio(f.FRAMEBUFFER_CURSOR, random.below(2) === 0 ? any() : 4 * random.below(0x1400));
        if (random.below(4) === 0) device.paste("text".repeat(random.below(30)));
        device.writeMmio(
          random.below(2) === 0 ? f.FRAMEBUFFER_CLIPBOARD : f.FRAMEBUFFER_PASTE,
          random.below(2) === 0 ? any() : 4 * random.below(0x1400),
        );
        const { cursor } = device;
        if (cursor !== undefined) expect(cursor.pixels.length).toBe(cursor.width * cursor.height);
        const value = device.readMmio(random.below(80), random.below(9));
        expect(value).toBe(value >>> 0);
      }
    }
  }
  // It got somewhere.
  expect(modes).toBeGreaterThan(100);
  expect(rects).toBeGreaterThan(1000);
  expect(overruns).toBeGreaterThan(10);
});
