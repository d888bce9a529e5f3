// Windows through the system calls, in V8: on the screen, focus, events.
import { beforeAll, describe, expect, test } from "vitest";
import { compileKernel } from "../../../tests/support/kernel-machine.ts";
import { rest } from "../../../tests/support/kernel-world.ts";
import { ScreenWorld, ScriptedWindow } from "../../../tests/support/screen-world.ts";
import * as w from "../../abi/window.ts";

beforeAll(compileKernel, 60_000);

const RED = 0xffff0000;

describe("a window", () => {
  test("shows once it has a picture, and hears of it", async () => {
    const types: number[][] = [];
    const world = await ScreenWorld.load(
      {},
      {
        *init(p) {
          const window = yield* ScriptedWindow.open(p, 200, 100);
          types.push(window.events.map(({ type }) => type));
          yield* window.fill(RED);
          types.push((yield* window.read()).map(({ type }) => type));
          types.push((yield* window.read()).map(({ type }) => type));
          yield* rest(p);
        },
      },
    );
    world.boot();
    expect(types).toEqual([
      [w.WINDOW_EVENT_SCREEN, w.WINDOW_EVENT_RESIZE],
      [w.WINDOW_EVENT_FOCUS],
      [w.WINDOW_EVENT_FRAME],
    ]);
    expect(world.pixel(300, 200)).toBe(0xff0000);
  });
});
