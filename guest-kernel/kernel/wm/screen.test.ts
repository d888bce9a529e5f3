// The screen's size, scale and theme, panels and the desktop's calls, in V8.
import { beforeAll, describe, expect, test } from "vitest";
import { Desk } from "../../../tests/support/desk.ts";
import { compileKernel } from "../../../tests/support/kernel-machine.ts";
import { rest, run } from "../../../tests/support/kernel-world.ts";
import { ScreenWorld, ScriptedWindow } from "../../../tests/support/screen-world.ts";
import { E_INVAL, E_NOSYS, E_SRCH } from "../../abi/errors.ts";
import * as w from "../../abi/window.ts";

beforeAll(compileKernel, 60_000);

const RED = 0xffd04040;
const BLUE = 0xff3060c0;
const DESKTOP = { title: "desktop", colour: 0xff20507c, flags: w.WINDOW_BACKGROUND };
const SECOND = 1_000_000_000n;

describe("another size of the screen", () => {
  test("fits the background and maximised windows, keeps the others within reach", async () => {
    const desk = await Desk.open([
      DESKTOP,
      { title: "A", colour: RED },
      { title: "B", colour: BLUE },
      { title: "C", colour: BLUE },
    ]);
    desk.drag([260, 180], [600, 460]); // C
    desk.click(170, 120); // A
    desk.chord(125, 103); // meta, up
    desk.click(320, 10);
    desk.forget();
    desk.world.framebuffer.wanted = { width: 400, height: 300, scale: 100 };
    desk.run();
    expect(desk.world.framebuffer.mode).toMatchObject({ width: 400, height: 300 });
    expect(desk.shown("desktop")!.place).toEqual([0, 0, 400, 300]);
    expect(desk.shown("A")).toMatchObject({ place: [0, 0, 400, 300], states: ["focused", "maximised"] });
    expect(desk.shown("B")!.place).toEqual([192, 137, 200, 150]);
    const [left, top] = desk.shown("C")!.place;
    expect([left! <= 400 - 72, top! <= 300 - 36]).toEqual([true, true]);
    const told = desk
      .window("B")
      .take()
      .find(({ type }) => type === w.WINDOW_EVENT_SCREEN);
    expect(told).toMatchObject({ x: 400, y: 300, code: 100 });
    expect(desk.world.pixel(399, 299)).toBe(RED & 0xffffff);
    desk.world.framebuffer.wanted = { width: 800, height: 600, scale: 100 };
    desk.run();
    expect(desk.shown("A")!.place).toEqual([0, 0, 800, 600]);
    expect(desk.world.pixel(799, 599)).toBe(RED & 0xffffff);
  });

  test("with another scale sizes windows with it", async () => {
    const desk = await Desk.open([DESKTOP, { title: "A", colour: RED }]);
    desk.world.framebuffer.wanted = { width: 960, height: 720, scale: 200 };
    desk.run();
    expect(desk.shown("A")!.place.slice(2)).toEqual([400, 300]);
    expect(desk.window("A").take()).toContainEqual(
      expect.objectContaining({ type: w.WINDOW_EVENT_SCREEN, code: 200 }),
    );
    // The title bar is as many pixels higher.
    const [left, top] = desk.shown("A")!.place as [number, number];
    desk.drag([left + 30, top + 70], [left + 130, top + 90]);
    expect(desk.shown("A")!.place.slice(0, 2)).toEqual([left + 100, top + 20]);
  });

  test.each([
    [1, 1, 100, [320, 240, 100]],
    [8192, 300, 100, [4096, 300, 100]],
    [1000, 5000, 50, [1000, 4096, 50]],
  ])("is bounded: %i x %i at %i", async (width, height, scale, expected) => {
    const info: number[] = [];
    const world = await ScreenWorld.load(
      { width: 320, height: 240 },
      {
        ramBytes: 0x10000000,
        *init(p) {
          yield* ScriptedWindow.open(p, 100, 100);
          yield* p.call("sysSleep", SECOND);
          yield* p.call("sysScreenInfo", 0x100);
          info.push(p.word(0x100), p.word(0x104), p.word(0x108));
          yield* rest(p);
        },
      },
    );
    world.machine.until = SECOND / 2n;
    world.boot();
    world.framebuffer.wanted = { width, height, scale };
    world.machine.until = 2n * SECOND;
    world.run();
    expect(info).toEqual(expected);
  });
});

test("a panel's rows stay free, and it is above all windows", async () => {
  const desk = await Desk.open([
    DESKTOP,
    { title: "A", colour: RED },
    { title: "bar", colour: BLUE, width: 640, height: 40, flags: w.WINDOW_PANEL },
  ]);
  const bar = desk.window("bar").process;
  // From outside of its script: the calls do not wait.
  const control = (action: number, a: number, b: number): number =>
    desk.world.machine.call("controlAs", bar.pid, desk.window("bar").handle, action, a, b);
  expect(control(w.WINDOW_SET_PLACE, 0, 440)).toBe(0);
  expect(control(w.WINDOW_SET_RESERVED, 0, 40)).toBe(0);
  desk.chord(125, 103);
  expect(desk.shown("A")!.place).toEqual([0, 0, 640, 440]);
  expect([desk.focus, desk.titles]).toEqual(["A", "bar A desktop"]);
  desk.click(300, 460);
  expect(desk.focus).toBe("A");
  expect(desk.window("bar").takeTypes()).toContain(w.WINDOW_EVENT_POINTER_DOWN);
  expect(control(w.WINDOW_SET_RESERVED, 0, 0)).toBe(0);
  desk.run();
  expect(desk.shown("A")!.place).toEqual([0, 0, 640, 480]);
});

test("the desktop lists windows, sets mode and theme", async () => {
  const found: unknown[] = [];
  const world = await ScreenWorld.load(
    {},
    {
      *init(p) {
        const window = yield* ScriptedWindow.show(p, 100, 90, RED, w.WINDOW_PANEL);
        yield* window.setTitle("Ü");
        found.push(yield* p.call("sysWindowList", 0x200, 10));
        found.push(yield* p.call("sysWindowList", 0x200, 1000));
        found.push(p.text(0x200 + w.WINDOW_INFO_TITLE, 3));
        found.push(
          [w.WINDOW_INFO_PID, w.WINDOW_INFO_FLAGS, w.WINDOW_INFO_WIDTH].map((at) => p.word(0x200 + at)),
        );
        window.take();
        for (const args of [
          [100, 600, 100],
          [800, 5000, 100],
          [800, 600, 20],
          [800, 600, 150],
        ])
          found.push(yield* p.call("sysScreenSetMode", ...args));
        found.push(yield* p.call("sysScreenSetTheme", 4), yield* p.call("sysScreenSetTheme", w.THEME_DARK));
        yield* window.read();
        found.push(window.take().filter(({ type }) => type === w.WINDOW_EVENT_SCREEN));
        yield* rest(p);
      },
    },
  );
  world.boot();
  expect(found).toEqual([
    160,
    160,
    "Ü\0",
    [1, w.WINDOW_PANEL, 100],
    -E_INVAL,
    -E_INVAL,
    -E_INVAL,
    0,
    -E_INVAL,
    0,
    [expect.objectContaining({ x: 800, y: 600, code: 150, text: w.THEME_DARK })],
  ]);
  expect(world.framebuffer.mode).toMatchObject({ width: 800, height: 600 });
});

test("without a screen there are no windows", async () => {
  const found: number[] = [];
  await run({
    *init(p) {
      found.push(yield* p.call("sysWindowCreate", 100, 100, 0));
      found.push(yield* p.call("sysWindowList", 0, 0));
      found.push(yield* p.call("sysWindowManage", 1, w.WINDOW_CLOSE));
      found.push(yield* p.call("sysScreenSetMode", 800, 600, 100), yield* p.call("sysScreenSetTheme", 0));
      found.push(yield* p.call("sysScreenInfo", 0x100), p.word(0x100));
      yield* rest(p);
    },
  });
  expect(found).toEqual([-E_NOSYS, 0, -E_SRCH, -E_NOSYS, -E_NOSYS, 0, 0]);
});

test("the clipboard is shared with whoever looks", async () => {
  const found: string[] = [];
  const world = await ScreenWorld.load(
    {},
    {
      *init(p) {
        const window = yield* ScriptedWindow.show(p, 200, 100, RED);
        yield* p.call("sysClipboardSet", 0x100, p.write(0x100, "from the guest"));
        found.push(world.framebuffer.clipboard?.text ?? "");
        for (;;) {
          yield* window.read();
          found.push(Buffer.from(p.read(0x100, yield* p.call("sysClipboardGet", 0x100, 65536))).toString());
        }
      },
    },
  );
  world.boot();
  found.splice(1);
  for (const text of ["Grüße", "x".repeat(65536), ""]) {
    world.framebuffer.paste(text);
    world.run();
    world.move(300 + text.length / 1000, 200); // something to read
    world.run();
    expect(found.at(-1)).toBe(text);
  }
  expect(found[0]).toBe("from the guest");
  expect(world.framebuffer.clipboard?.text).toBe("from the guest"); // what comes from there does not go back
});

test("frames and their times are told", async () => {
  const world = await ScreenWorld.load(
    {},
    {
      *init(p) {
        yield* p.call("sysSleep", SECOND);
        const window = yield* ScriptedWindow.show(p, 200, 100, RED);
        for (let i = 0; i < 5; i++) {
          yield* window.read();
          yield* window.fill(BLUE);
        }
        const text = yield* p.file("/sys/ui/frames");
        expect(
          Object.fromEntries(
            text
              .trim()
              .split("\n")
              .map((line) => line.split("=")),
          ),
        ).toMatchObject({
          frames: expect.stringMatching(/^[1-9]/),
          pixels: expect.stringMatching(/^[1-9]\d{5}/),
        });
        yield* rest(p);
      },
    },
  );
  world.boot();
});
