// Windows in a real guest: an app draws by the calls themselves, the test points and types.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StreamConsole } from "../../devices/console/streams.ts";
import type { InputEvent } from "../../devices/input/events.ts";
import * as input from "../../guest-kernel/abi/virtio-input.ts";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { System } from "../../vmm/compose.ts";
import { encodeCpio } from "../../vmm/image/cpio.ts";
import { packApp } from "../support/app.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS } from "../support/oscortex-command.ts";

const [WIDTH, HEIGHT] = [640, 480];
const KEY_Q = 16;
// Where swatch's first window is, of 480 x 320: the middle, less two steps of the cascade.
const [LEFT, TOP] = [80 - 56, 80 - 56];

describe.skipIf(lacksKvm())("a window in the guest", { timeout: BOOT_TIMEOUT_MS }, () => {
  let system: System;
  let run: Promise<unknown>;

  beforeAll(async () => {
    const swatch = await packApp("shell-host/apps/swatch");
    system = System.create({
      kernel: readFileSync(join(SOURCE_ROOT, "build/kernel.elf")),
      initramfs: encodeCpio([{ path: "init", contents: swatch, executable: true }]),
      kernelOptions: [],
      initArguments: [],
      ramBytes: 128 * 1024 * 1024,
      allow: [],
      console: new StreamConsole(new PassThrough()),
      log: new StreamConsole(new PassThrough()),
      screen: { width: WIDTH, height: HEIGHT, scale: 100 },
    });
    run = system.run();
  }, BOOT_TIMEOUT_MS);

  afterAll(async () => {
    await system.stop();
    await run;
  });

  function send(...events: [type: number, code: number, value: number][]): void {
    const list: InputEvent[] = events.map(([type, code, value]) => ({ type, code, value }));
    system.screen!.input.send([...list, { type: input.EV_SYN, code: 0, value: 0 }]);
  }

  function move(x: number, y: number): void {
    const absolute = (at: number, size: number): number =>
      Math.round((at * input.ABS_MAX_VALUE) / (size - 1));
    send([input.EV_ABS, input.ABS_X, absolute(x, WIDTH)], [input.EV_ABS, input.ABS_Y, absolute(y, HEIGHT)]);
  }

  function button(down: boolean): void {
    send([input.EV_KEY, input.BTN_LEFT, Number(down)]);
  }

  /** A pixel of the screen, 0xRRGGBB; undefined before there is one. */
  function pixel(x: number, y: number): number | undefined {
    const { framebuffer } = system.screen!;
    if (framebuffer.mode === undefined) return undefined;
    return framebuffer.row(framebuffer.mode, x, y, 1)[0]! & 0xffffff;
  }

  /** Waits for damage until a pixel of the screen has a colour. */
  async function shows(x: number, y: number, colour: number): Promise<void> {
    const { framebuffer } = system.screen!;
    for (;;) {
      framebuffer.takeDamage(() => {}); // what comes from here on wakes
      if (pixel(x, y) === colour) return;
      await new Promise<void>((resolve) => {
        framebuffer.listener = { onMode: resolve, onDamage: resolve, onCursor() {}, onClipboard() {} };
        framebuffer.watch();
      });
    }
  }

  test("shows, is moved, drawn into, sized, snapped and closed", async () => {
    const title = 0x303640;
    await shows(LEFT + 100, TOP + 10, title);
    expect(pixel(630, 470)).toBe(0x20242c);

    move(LEFT + 100, TOP + 10);
    button(true);
    move(LEFT + 160, TOP + 60);
    await shows(LEFT + 400, TOP + 60, title);
    button(false);

    move(LEFT + 160, TOP + 160); // 100, 110 in the window
    button(true);
    button(false);
    await shows(LEFT + 160, TOP + 160, 0xffffff);

    move(LEFT + 60 + 480, TOP + 200);
    button(true);
    move(LEFT + 60 + 400, TOP + 200);
    button(false);
    await shows(LEFT + 60 + 390, TOP + 60, 0xd05050); // the close button is where the edge is

    move(LEFT + 100, TOP + 60);
    button(true);
    move(2, 200);
    button(false);
    await shows(310, 5, 0xd05050);
    await shows(420, 200, 0x20242c);

    send([input.EV_KEY, KEY_Q, 1]);
    send([input.EV_KEY, KEY_Q, 0]);
    const reason: unknown = expect.stringContaining("init ended, status 0");
    expect(await run).toMatchObject({ kind: "panic", report: { reason } });
  });
});
