// What users do to windows, in V8, on the machine's own screen and input devices.
import { beforeAll, describe, expect, test } from "vitest";
import { Desk } from "../../../tests/support/desk.ts";
import { compareWithGolden } from "../../../tests/support/golden.ts";
import { compileKernel } from "../../../tests/support/kernel-machine.ts";
import { rest } from "../../../tests/support/kernel-world.ts";
import { ScreenWorld, ScriptedWindow } from "../../../tests/support/screen-world.ts";
import { BTN_LEFT, BTN_RIGHT } from "../../abi/virtio-input.ts";
import * as w from "../../abi/window.ts";

beforeAll(compileKernel, 60_000);

const RED = 0xffd04040;
const BLUE = 0xff3060c0;
const GREEN = 0xff40a060;
const GREY = 0xff606060;
const RGB = 0xffffff;
const TWO = [
  { title: "A", colour: RED },
  { title: "B", colour: BLUE },
];
const SCREEN = [640, 480];

describe("a window", () => {
  test("shows once it has a picture, and hears of it", async () => {
    const types: number[][] = [];
    const world = await ScreenWorld.load(
      {},
      {
        *init(p) {
          const window = yield* ScriptedWindow.open(p, 200, 100);
          types.push(window.takeTypes());
          expect(world.windows()).toEqual([]);
          yield* window.fill(RED);
          for (let i = 0; i < 2; i++) types.push((yield* window.read()).map(({ type }) => type));
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
    expect(world.pixel(300, 200)).toBe(RED & RGB);
    expect(world.windows()).toEqual([
      {
        id: 1,
        pid: 1,
        place: [164, 134, 200, 100],
        layer: "normal",
        states: ["focused"],
        title: "org.test.init",
      },
    ]);
  });

  test("that is clicked comes to the front and has the keyboard", async () => {
    const desk = await Desk.open(TWO);
    expect([desk.titles, desk.focus]).toEqual(["B A", "B"]);
    expect(desk.shown("A")!.place).toEqual([164, 109, 200, 150]);
    expect(desk.shown("B")!.place).toEqual([192, 137, 200, 150]);
    expect(desk.world.pixel(250, 250)).toBe(BLUE & RGB);
    desk.click(170, 200);
    expect([desk.titles, desk.focus]).toEqual(["A B", "A"]);
    expect(desk.world.pixel(250, 250)).toBe(RED & RGB);
    expect(desk.window("B").takeTypes()).toEqual([w.WINDOW_EVENT_BLUR]);
    expect(
      desk
        .window("A")
        .take()
        .map(({ type, x, y }) => [type, x, y]),
    ).toEqual([
      [w.WINDOW_EVENT_POINTER_MOVE, 6, 91],
      [w.WINDOW_EVENT_FOCUS, 0, 0],
      [w.WINDOW_EVENT_POINTER_DOWN, 6, 91],
      [w.WINDOW_EVENT_POINTER_UP, 6, 91],
    ]);
  });

  test("keeps the pointer while a button is down, and then hears that it has left", async () => {
    const desk = await Desk.open(TWO);
    desk.drag([300, 200], [20, 30]);
    const events = desk.window("B").take();
    expect(events.at(-2)).toMatchObject({
      type: w.WINDOW_EVENT_POINTER_UP,
      x: 20 - 192,
      y: 30 - 137,
      buttons: 0,
    });
    expect(events.at(-1)).toMatchObject({ type: w.WINDOW_EVENT_POINTER_LEAVE });
    expect(desk.window("A").take()).toEqual([]);
  });

  test("has its buttons served one by one", async () => {
    const desk = await Desk.open(TWO);
    desk.world.move(300, 200);
    for (const [button, down] of [
      [BTN_LEFT, true],
      [BTN_RIGHT, true],
      [BTN_RIGHT, true], // again: not twice
      [BTN_LEFT, false],
      [BTN_RIGHT, false],
    ] as const)
      desk.world.key(button, down);
    desk.run();
    const told = desk
      .window("B")
      .take()
      .map(({ type, code, buttons }) => [type, code, buttons]);
    expect(told).toEqual([
      [w.WINDOW_EVENT_POINTER_MOVE, 0, 0],
      [w.WINDOW_EVENT_POINTER_DOWN, w.POINTER_LEFT, w.POINTER_LEFT],
      [w.WINDOW_EVENT_POINTER_DOWN, w.POINTER_RIGHT, w.POINTER_LEFT | w.POINTER_RIGHT],
      [w.WINDOW_EVENT_POINTER_UP, w.POINTER_LEFT, w.POINTER_RIGHT],
      [w.WINDOW_EVENT_POINTER_UP, w.POINTER_RIGHT, 0],
    ]);
  });

  test("under the pointer has the wheel", async () => {
    const desk = await Desk.open(TWO);
    desk.world.move(170, 200);
    desk.world.wheel(2);
    desk.world.wheel(-3);
    desk.run();
    const wheel = desk
      .window("A")
      .take()
      .filter(({ type }) => type === w.WINDOW_EVENT_WHEEL);
    expect(wheel.reduce((sum, { code }) => sum + code, 0)).toBe(120);
    expect(desk.focus).toBe("B");
  });
});

describe("the title bar", () => {
  test("moves the window, and never out of reach", async () => {
    const desk = await Desk.open(TWO);
    desk.drag([250, 150], [350, 250]);
    expect(desk.shown("B")!.place).toEqual([292, 237, 200, 150]);
    desk.drag([350, 250], [350, 479]);
    expect(desk.shown("B")!.place).toEqual([292, 480 - 36, 200, 150]);
    desk.drag([350, 460], [30, 300]);
    expect(desk.shown("B")!.place[0]).toBe(30 - 58);
    expect(desk.window("B").takeTypes()).not.toContain(w.WINDOW_EVENT_POINTER_DOWN);
  });

  test("maximises by a double click, and brings back", async () => {
    const desk = await Desk.open(TWO);
    desk.world.click(250, 150);
    desk.world.click(250, 150);
    desk.run();
    expect(desk.shown("B")).toMatchObject({ place: [0, 0, ...SCREEN], states: ["focused", "maximised"] });
    const resized = desk
      .window("B")
      .take()
      .find(({ type }) => type === w.WINDOW_EVENT_RESIZE);
    expect(resized).toMatchObject({
      x: 640,
      y: 480,
      code: w.WINDOW_STATE_FOCUSED | w.WINDOW_STATE_MAXIMISED,
    });
    desk.world.click(250, 10);
    desk.world.click(250, 10);
    desk.run();
    expect(desk.shown("B")).toMatchObject({ place: [192, 137, 200, 150], states: ["focused"] });
  });

  test.each([
    ["closes", 20, undefined, "A"],
    ["maximises", 60, ["focused", "maximised"], "B"],
    ["minimises", 100, ["minimised"], "A"],
  ])("has a button that %s", async (_, right, states, focus) => {
    const desk = await Desk.open(TWO);
    desk.click(192 + 200 - right, 150);
    expect(desk.shown("B")?.states).toEqual(states);
    expect(desk.focus).toBe(focus);
  });

  test("has a button that does nothing if the pointer lets go elsewhere", async () => {
    const desk = await Desk.open(TWO);
    desk.drag([372, 150], [372, 250]);
    expect(desk.titles).toBe("B A");
  });

  test("of a window of a fixed size closes and minimises only", async () => {
    const desk = await Desk.open([{ title: "A", colour: RED, flags: w.WINDOW_FIXED_SIZE }]);
    const [left, top] = desk.shown("A")!.place;
    desk.world.click(left! + 50, top! + 10);
    desk.world.click(left! + 50, top! + 10);
    desk.run();
    expect(desk.shown("A")!.states).toEqual(["focused"]);
    desk.click(left! + 200 - 60, top! + 10);
    expect(desk.shown("A")!.states).toEqual(["minimised"]);
  });
});

describe("edges", () => {
  test.each([
    ["right", [393, 200], [450, 230], [192, 137, 257, 150]],
    ["left", [190, 200], [140, 230], [142, 137, 250, 150]],
    ["top", [300, 135], [310, 100], [192, 102, 200, 185]],
    ["bottom", [300, 288], [310, 320], [192, 137, 200, 182]],
    ["lower right", [393, 288], [413, 318], [192, 137, 220, 180]],
    ["upper left", [190, 135], [170, 105], [172, 107, 220, 180]],
  ] as const)("size the window: %s", async (_, from, to, place) => {
    const desk = await Desk.open(TWO);
    desk.drag([...from], [...to]);
    expect(desk.shown("B")!.place).toEqual(place);
  });

  test("make it no smaller than it may be", async () => {
    const desk = await Desk.open(TWO);
    desk.drag([190, 135], [500, 400]);
    expect(desk.shown("B")!.place).toEqual([232, 207, 160, 80]);
  });

  test("are shown by the pointer's shape", async () => {
    const desk = await Desk.open(TWO);
    const shapes = [
      [300, 200],
      [393, 200],
      [300, 288],
      [393, 288],
      [190, 288],
    ].map(([x, y]) => {
      desk.world.move(x!, y!);
      desk.run();
      return desk.world.machine.call("cursorShape");
    });
    expect(shapes).toEqual([0, 5, 6, 7, 8]);
    expect(desk.world.framebuffer.cursor).toBeDefined();
  });
});

describe("snapping", () => {
  test.each([
    ["left", [2, 300], [0, 0, 320, 480], "snapped"],
    ["right", [638, 300], [320, 0, 320, 480], "snapped"],
    ["top", [300, 1], [0, 0, 640, 480], "maximised"],
  ] as const)("to the %s", async (_, to, place, state) => {
    const desk = await Desk.open(TWO);
    desk.drag([250, 150], [...to], true);
    expect(desk.shown("B")!.states).toEqual(["focused"]);
    desk.world.key(BTN_LEFT, false);
    desk.run();
    expect(desk.shown("B")).toMatchObject({ place, states: ["focused", state] });
    desk.drag([place[0] + 80, 10], [300, 200]);
    expect(desk.shown("B")).toMatchObject({ states: ["focused"] });
    expect(desk.shown("B")!.place.slice(2)).toEqual([200, 150]);
    const [left, top] = desk.shown("B")!.place;
    expect(left! < 300 && left! + 200 > 300 && top! <= 200 && top! + 36 > 200).toBe(true);
  });
});

describe("a picture of the screen", () => {
  test.each([100, 200])("at scale %i", async (scale) => {
    const by = scale / 100;
    const desk = await Desk.open(
      [
        { title: "back", colour: 0xff20507c, flags: w.WINDOW_BACKGROUND },
        { title: "A", colour: RED, width: 240 * by, height: 150 * by },
        { title: "B", colour: 0xfff4f4f6, width: 260 * by, height: 160 * by },
        { title: "C", colour: GREEN, width: 200 * by, height: 120 * by },
        { title: "bar", colour: GREY, width: 640 * by, height: 32 * by, flags: w.WINDOW_PANEL },
      ],
      { width: 640 * by, height: 400 * by, scale },
    );
    const [left, top] = desk.shown("C")!.place;
    desk.drag([left! + 30, top! + 10], [1, 200 * by], true);
    compareWithGolden(`wm-windows@${by}x`, desk.world.picture());
  });
});
