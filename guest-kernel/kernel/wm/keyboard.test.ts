// The keyboard, in V8: what keys type, who hears of them, and what the window manager takes for itself.
import { beforeAll, describe, expect, test } from "vitest";
import { Desk } from "../../../tests/support/desk.ts";
import { compileKernel } from "../../../tests/support/kernel-machine.ts";
import type { WindowEvent } from "../../../tests/support/screen-world.ts";
import { EV_MSC, EV_SYN, MSC_TEXT } from "../../abi/virtio-input.ts";
import * as w from "../../abi/window.ts";

beforeAll(compileKernel, 60_000);

const KEY = {
  escape: 1,
  one: 2,
  minus: 12,
  tab: 15,
  q: 16,
  enter: 28,
  control: 29,
  a: 30,
  s: 31,
  apostrophe: 40,
  shift: 42,
  backslash: 43,
  slash: 53,
  rightShift: 54,
  alt: 56,
  space: 57,
  capsLock: 58,
  f4: 62,
  pad7: 71,
  up: 103,
  left: 105,
  right: 106,
  down: 108,
  meta: 125,
};
const ALL = [
  { title: "desktop", colour: 0xff20507c, flags: w.WINDOW_BACKGROUND },
  { title: "A", colour: 0xffd04040 },
  { title: "B", colour: 0xff3060c0 },
  { title: "C", colour: 0xff40a060 },
];
const SECOND = 1_000_000_000n;

function keys(events: WindowEvent[]): WindowEvent[] {
  return events.filter(({ type }) => type >= w.WINDOW_EVENT_KEY_DOWN && type <= w.WINDOW_EVENT_KEY_UP);
}

/** What was typed, as text. */
function typed(events: WindowEvent[]): string {
  return String.fromCodePoint(...keys(events).flatMap(({ text }) => (text === 0 ? [] : [text])));
}

/** The shortcuts that the desktop heard of: which, and at which window's title. */
function shortcuts(desk: Desk): (number | string | undefined)[][] {
  const titleOf = (id: number): string | undefined =>
    desk.world.windows().find((window) => window.id === id)?.title;
  return desk
    .window("desktop")
    .take()
    .flatMap(({ type, code, text }) => (type === w.WINDOW_EVENT_SHORTCUT ? [[code, titleOf(text)]] : []));
}

test("characters that no key has are typed, if they are characters and nothing but Shift is held", async () => {
  const desk = await Desk.open(ALL);
  const type = (...codePoints: number[]): string => {
    for (const value of codePoints)
      desk.world.input.send([
        { type: EV_MSC, code: MSC_TEXT, value },
        { type: EV_SYN, code: 0, value: 0 },
      ]);
    desk.run();
    const events = desk.window("C").take();
    expect(
      keys(events).filter(({ code }) => code !== 0 && code !== KEY.control && code !== KEY.shift),
    ).toEqual([]);
    return typed(events);
  };
  expect(type(0xfc, 0x20ac, 0x1f600)).toBe("ü€😀");
  expect(type(0, 0x1b, 0x7f, 0x9f, 0xd800, 0xdfff, 0x110000, -1)).toBe("");
  desk.world.key(KEY.control, true);
  expect(type(0xfc)).toBe("");
  desk.world.key(KEY.control, false);
  desk.world.key(KEY.shift, true);
  expect(type(0xdc)).toBe("Ü");
});

describe("keys", () => {
  test("type what the US layout says", async () => {
    const desk = await Desk.open(ALL);
    for (const key of [KEY.q, KEY.a, KEY.one, KEY.minus, KEY.apostrophe, KEY.backslash, KEY.slash, KEY.space])
      desk.chord(key);
    for (const key of [KEY.q, KEY.one, KEY.minus, KEY.apostrophe, KEY.slash]) desk.chord(KEY.shift, key);
    desk.chord(KEY.rightShift, KEY.s);
    for (const key of [KEY.pad7, KEY.enter, KEY.tab, KEY.escape]) desk.chord(key);
    expect(typed(desk.window("C").take())).toBe("qa1-'\\/ Q!_\"?S7\n\t");
  });

  test("type capitals with caps lock, but for shift", async () => {
    const desk = await Desk.open(ALL);
    desk.chord(KEY.capsLock);
    desk.chord(KEY.a);
    desk.chord(KEY.one);
    desk.chord(KEY.shift, KEY.a);
    desk.chord(KEY.shift, KEY.one);
    desk.chord(KEY.capsLock);
    desk.chord(KEY.a);
    expect(typed(desk.window("C").take())).toBe("A1a!a");
  });

  test("tell the modifiers, and type nothing with control", async () => {
    const desk = await Desk.open(ALL);
    desk.chord(KEY.control, KEY.shift, KEY.a);
    const told = keys(desk.window("C").take()).map(({ type, code, text, modifiers }) => [
      type,
      code,
      text,
      modifiers,
    ]);
    const both = w.MODIFIER_CONTROL | w.MODIFIER_SHIFT;
    expect(told).toEqual([
      [w.WINDOW_EVENT_KEY_DOWN, KEY.control, 0, w.MODIFIER_CONTROL],
      [w.WINDOW_EVENT_KEY_DOWN, KEY.shift, 0, both],
      [w.WINDOW_EVENT_KEY_DOWN, KEY.a, 0, both],
      [w.WINDOW_EVENT_KEY_UP, KEY.a, 0, both],
      [w.WINDOW_EVENT_KEY_UP, KEY.shift, 0, w.MODIFIER_CONTROL],
      [w.WINDOW_EVENT_KEY_UP, KEY.control, 0, 0],
    ]);
  });

  test("keep a modifier while one of its two keys is held", async () => {
    const desk = await Desk.open(ALL);
    for (const [key, down] of [
      [KEY.shift, true],
      [KEY.rightShift, true],
      [KEY.shift, false],
    ] as const)
      desk.world.key(key, down);
    desk.chord(KEY.a);
    desk.world.key(KEY.rightShift, false);
    desk.chord(KEY.a);
    expect(typed(desk.window("C").take())).toBe("Aa");
  });

  test("repeat while they are held, the newest one", async () => {
    const desk = await Desk.open(ALL);
    const { world } = desk;
    world.key(KEY.a, true);
    world.machine.until = world.machine.now + SECOND;
    desk.run();
    const held = keys(desk.window("C").take());
    expect(held[0]).toMatchObject({ type: w.WINDOW_EVENT_KEY_DOWN, code: KEY.a, text: 97 });
    const repeats = held.filter(({ type }) => type === w.WINDOW_EVENT_KEY_REPEAT);
    expect(repeats.length).toBeGreaterThan(14); // 450 ms, then every 33 ms
    expect(repeats.length).toBeLessThan(19);
    expect(repeats.every(({ code, text }) => code === KEY.a && text === 97)).toBe(true);
    world.key(KEY.s, true);
    world.machine.until = world.machine.now + SECOND;
    desk.run();
    expect(new Set(keys(desk.window("C").take()).map(({ code }) => code))).toEqual(new Set([KEY.s]));
    world.key(KEY.s, false);
    world.machine.until = world.machine.now + 10n * SECOND;
    desk.run();
    expect(keys(desk.window("C").take()).map(({ type }) => type)).toEqual([w.WINDOW_EVENT_KEY_UP]);
  });

  test("go up where they went down", async () => {
    const desk = await Desk.open(ALL);
    desk.world.key(KEY.a, true);
    desk.world.click(170, 120); // A
    desk.world.key(KEY.a, false);
    desk.run();
    expect(desk.focus).toBe("A");
    expect(keys(desk.window("C").take()).map(({ type }) => type)).toEqual([
      w.WINDOW_EVENT_KEY_DOWN,
      w.WINDOW_EVENT_KEY_UP,
    ]);
    expect(keys(desk.window("A").take())).toEqual([]);
  });

  test("go nowhere when the background was clicked", async () => {
    const desk = await Desk.open(ALL);
    desk.click(5, 470);
    expect(desk.focus).toBeUndefined();
    desk.chord(KEY.a);
    expect(
      desk
        .window("C")
        .take()
        .map(({ type }) => type),
    ).toEqual([w.WINDOW_EVENT_BLUR]);
  });
});

describe("shortcuts", () => {
  test("meta alone asks for the launcher", async () => {
    const desk = await Desk.open(ALL);
    desk.chord(KEY.meta);
    expect(shortcuts(desk)).toEqual([[w.SHORTCUT_LAUNCHER, undefined]]);
    desk.chord(KEY.meta, KEY.a);
    desk.world.key(KEY.meta, true);
    desk.world.click(300, 200);
    desk.world.key(KEY.meta, false);
    desk.run();
    expect(shortcuts(desk)).toEqual([]);
  });

  test.each([
    ["left", KEY.left, [0, 0, 320, 480], ["focused", "snapped"]],
    ["right", KEY.right, [320, 0, 320, 480], ["focused", "snapped"]],
    ["up", KEY.up, [0, 0, 640, 480], ["focused", "maximised"]],
    ["down", KEY.down, [220, 165, 200, 150], ["minimised"]],
  ])("meta and %s place the window", async (_, key, place, states) => {
    const desk = await Desk.open(ALL.slice(0, 4));
    expect(desk.shown("C")!.place).toEqual([220, 165, 200, 150]);
    desk.chord(KEY.meta, key);
    expect(desk.shown("C")).toMatchObject({ place, states });
    if (key === KEY.down) return;
    desk.chord(KEY.meta, KEY.down);
    expect(desk.shown("C")).toMatchObject({ place: [220, 165, 200, 150], states: ["focused"] });
  });

  test("alt and the tabulator go through the windows by their last use", async () => {
    const desk = await Desk.open(ALL);
    desk.chord(KEY.alt, KEY.tab);
    expect([desk.focus, desk.titles]).toEqual(["B", "B C A desktop"]);
    expect(shortcuts(desk)).toEqual([
      [w.SHORTCUT_SWITCH, "B"],
      [w.SHORTCUT_SWITCH, undefined],
    ]);
    desk.chord(KEY.alt, KEY.tab);
    expect(desk.focus).toBe("C");
    desk.world.key(KEY.alt, true);
    for (let i = 0; i < 2; i++) desk.chord(KEY.tab);
    expect(desk.focus).toBe("C");
    desk.chord(KEY.shift, KEY.tab);
    desk.world.key(KEY.alt, false);
    desk.run();
    expect(desk.focus).toBe("B");
    expect(keys(desk.window("C").take()).some(({ code }) => code === KEY.tab)).toBe(false);
  });

  test("alt and the tabulator end where they began with escape", async () => {
    const desk = await Desk.open(ALL);
    desk.world.key(KEY.alt, true);
    desk.chord(KEY.tab);
    desk.chord(KEY.escape);
    desk.world.key(KEY.alt, false);
    desk.run();
    expect(desk.focus).toBe("C");
    expect(shortcuts(desk)).toEqual([
      [w.SHORTCUT_SWITCH, "B"],
      [w.SHORTCUT_SWITCH, undefined],
    ]);
  });

  test("alt and the tabulator bring a minimised window back", async () => {
    const desk = await Desk.open(ALL);
    desk.chord(KEY.meta, KEY.down);
    expect([desk.focus, desk.shown("C")!.states]).toEqual(["B", ["minimised"]]);
    desk.chord(KEY.alt, KEY.tab);
    expect([desk.focus, desk.shown("C")!.states]).toEqual(["C", ["focused"]]);
  });

  test("alt and F4 ask the window to close", async () => {
    const desk = await Desk.open(ALL);
    desk.chord(KEY.alt, KEY.f4);
    expect(desk.shown("C")).toBeUndefined();
    expect(desk.focus).toBe("B");
  });
});
