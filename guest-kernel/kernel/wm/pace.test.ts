// When pictures show and when apps hear that it is time for the next one, in virtual time.
import { beforeAll, expect, test } from "vitest";
import { compileKernel } from "../../../tests/support/kernel-machine.ts";
import { rest } from "../../../tests/support/kernel-world.ts";
import { ScreenWorld, ScriptedWindow } from "../../../tests/support/screen-world.ts";
import * as w from "../../abi/window.ts";

beforeAll(compileKernel, 60_000);

const MS = 1_000_000n;
const FRAME = 16n * MS;
const RED = 0xffd04040;

/** Reads events until the app is told to draw. */
function* untilFrame(window: ScriptedWindow): ReturnType<ScriptedWindow["fill"]> {
  while (!(yield* window.read()).some(({ type }) => type === w.WINDOW_EVENT_FRAME));
  return 0;
}

test("an app that draws for 3 ms is told every 16 ms, and shows what it drew at once", async () => {
  const ticks: bigint[] = [];
  const waits: bigint[] = []; // from the submit to the screen
  const world = await ScreenWorld.load(
    {},
    {
      *init(p) {
        const window = yield* ScriptedWindow.show(p, 200, 100, RED);
        for (let i = 0; i < 10; i++) {
          yield* untilFrame(window);
          ticks.push(world.machine.now);
          yield* window.control(w.WINDOW_DRAW);
          world.machine.now += 3n * MS;
          const before = world.framebuffer.frames;
          yield* window.fill(RED + i);
          const submitted = world.machine.now;
          while (world.framebuffer.frames === before) yield* p.call("sysSleep", MS / 10n);
          waits.push(world.machine.now - submitted);
        }
        yield* rest(p);
      },
    },
  );
  world.boot();
  const periods = ticks.slice(1).map((tick, i) => tick - ticks[i]!);
  for (const period of periods.slice(1)) {
    expect(period).toBeGreaterThan(FRAME - MS);
    expect(period).toBeLessThan(FRAME + MS);
  }
  for (const wait of waits.slice(1)) expect(wait).toBeLessThan(MS);
});

test("an app that draws for longer than a frame goes on soon after", async () => {
  const ticks: bigint[] = [];
  const world = await ScreenWorld.load(
    {},
    {
      *init(p) {
        const window = yield* ScriptedWindow.show(p, 200, 100, RED);
        for (let i = 0; i < 6; i++) {
          yield* untilFrame(window);
          ticks.push(world.machine.now);
          yield* window.control(w.WINDOW_DRAW);
          world.machine.now += 20n * MS;
          yield* window.fill(RED + i);
        }
        yield* rest(p);
      },
    },
  );
  world.boot();
  for (const [i, tick] of ticks.slice(2).entries()) expect(tick - ticks[i + 1]!).toBeLessThan(26n * MS);
});

test("the two parts of a frame are told, and how many were late", async () => {
  let text = "";
  let times = "";
  const world = await ScreenWorld.load(
    {},
    {
      *init(p) {
        const window = yield* ScriptedWindow.show(p, 200, 100, RED);
        for (const ms of [3n, 3n, 3n, 25n]) {
          yield* untilFrame(window);
          yield* window.control(w.WINDOW_DRAW);
          world.machine.now += ms * MS;
          yield* window.fill(RED);
        }
        yield* untilFrame(window);
        text = yield* p.file("/sys/ui/frames");
        times = yield* p.file("/sys/ui/frame-times");
        yield* rest(p);
      },
    },
  );
  world.boot();
  const value = (name: string): number => Number(new RegExp(`^${name}=(\\d+)$`, "m").exec(text)![1]);
  expect([value("drawn"), value("late")]).toEqual([4, 1]);
  expect(value("draw_p50_us")).toBeGreaterThanOrEqual(3000);
  expect(value("draw_p50_us")).toBeLessThan(3500);
  expect(value("draw_p99_us")).toBeGreaterThanOrEqual(25_000);
  expect(value("frame_max_us")).toBeGreaterThanOrEqual(25_000);
  expect(value("frame_max_us")).toBe(value("frame_last_us"));
  const list = times.trim().split("\n").map(Number);
  expect(list).toHaveLength(value("frames"));
  expect(list.at(-1)).toBe(value("frame_last_us"));
});

test("who says that it began to draw long ago gets few frames more", async () => {
  let frames = 0;
  const world = await ScreenWorld.load(
    {},
    {
      *init(p) {
        const window = yield* ScriptedWindow.show(p, 200, 100, RED);
        for (let i = 0; i < 500; i++) {
          yield* window.control(w.WINDOW_DRAW);
          world.machine.now += 1n * MS;
          yield* p.preempted();
          yield* window.draw(() => RED, 200, 100, [[i % 200, 0, 1, 1]]);
        }
        frames = world.framebuffer.frames;
        yield* rest(p);
      },
    },
  );
  world.machine.until = 2000n * MS;
  world.boot();
  expect(frames).toBeGreaterThan(20);
  expect(frames).toBeLessThanOrEqual(130);
});
