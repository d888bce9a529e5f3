// Windows that come, go and change their size, in V8: what is seen on the way, and that it ends.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Desk } from "../../../tests/support/desk.ts";
import { compileKernel } from "../../../tests/support/kernel-machine.ts";
import { rest } from "../../../tests/support/kernel-world.ts";
import * as w from "../../abi/window.ts";

beforeAll(compileKernel, 60_000);

const BLUE = 0xff20507c;
const RED = 0xffd04040;
const RGB = 0xffffff;
const MILLISECOND = 1_000_000n;
const LONG = 1000n * MILLISECOND;

let desk: Desk;

/** Lets `ms` pass. */
function pass(ns: bigint): void {
  const { machine } = desk.world;
  machine.until = machine.now + ns;
  desk.run();
}

/** Presses a button of a window's title bar, the close button is 0; what was to be done has begun. */
function pressTitle(title: string, button: number): void {
  const [left = 0, top = 0, width = 0] = desk.shown(title)!.place;
  const { world } = desk;
  world.machine.until = world.machine.now + 30n * MILLISECOND;
  world.click(left + width - 40 * button - 20, top + 18);
  desk.run();
}

async function open(flags = w.WINDOW_BACKGROUND, theme = w.THEME_LIGHT): Promise<void> {
  const windows = [
    { title: "desktop", colour: BLUE, flags, width: 640, height: 480 },
    { title: "A", colour: RED },
  ];
  desk = await Desk.open(
    windows,
    {},
    {
      *other(p) {
        expect(yield* p.call("sysScreenSetTheme", theme)).toBe(0);
        yield* rest(p);
      },
    },
  );
  pass(LONG);
}

describe("with a desktop", () => {
  beforeEach(() => open());

  test("a window that is minimised fades away downwards", () => {
    pressTitle("A", 2);
    expect(desk.shown("A")!.states).toContain("minimised");
    const underway = desk.world.picture();
    pass(LONG);
    const { rgba } = desk.world.picture();
    expect(Buffer.compare(underway.rgba, rgba)).not.toBe(0);
    for (let at = 0; at < rgba.length; at += 4 * 997)
      expect([...rgba.subarray(at, at + 3)]).toEqual([0x20, 0x50, 0x7c]);
  });

  test("a window that is maximised grows to its place, and answers there at once", () => {
    pressTitle("A", 1);
    expect(desk.shown("A")!.place).toEqual([0, 0, 640, 480]);
    expect(desk.world.pixel(639, 479)).toBe(BLUE & RGB); // it is not there yet
    pass(LONG);
    expect(desk.world.pixel(639, 479)).toBe(RED & RGB);
    desk.forget();
    desk.world.move(600, 400);
    desk.run();
    expect(desk.window("A").takeTypes()).toContain(w.WINDOW_EVENT_POINTER_MOVE);
  });
});

test.each([
  ["without a desktop", w.WINDOW_NORMAL, w.THEME_DARK],
  ["where less motion is wanted", w.WINDOW_BACKGROUND, w.THEME_DARK | w.THEME_STILL],
])("%s a window is at once where it goes", async (_, flags, theme) => {
  await open(flags, theme);
  pressTitle("A", 1);
  expect(desk.world.pixel(639, 479)).toBe(RED & RGB);
});
