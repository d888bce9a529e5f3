// Each control as it looks and as it is used, by pointer and by keyboard.

import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compileGuest } from "../../../tests/support/asc.ts";
import { compareWithGolden } from "../../../tests/support/golden.ts";
import { guestImports, guestMemory, guestText, pictureOf } from "../../../tests/support/guest-pixels.ts";
import { placeAmong } from "../../../tests/support/shown-place.ts";
import { TIME_FACTOR } from "../../../tests/support/time-factor.ts";

interface Controls {
  show(dark: boolean): void;
  openMenu(): void;
  openDialog(asks: boolean): void;
  select(inArea: boolean, from: number, to: number): void;
  frame(now: number, pixels: number, width: number, height: number, scale: number): number;
  pointer(kind: number, x: number, y: number, buttons: number, time: number, wheel: number): void;
  key(key: number, codePoint: number, modifiers: number): number;
  nextFrame(now: number): number;
  describe(): number;
  takeLog(): number;
  collect(): void;
}

const PIXELS = 96 << 20; // above the heap
const WIDTH = 760;
const HEIGHT = 470;
const [DOWN, MOVE, UP] = [0, 1, 2]; // PointerKind
const KEY = { enter: 1, tab: 2, escape: 3, delete: 5, left: 6, right: 7, up: 8, down: 9 };
const SHIFT = 1;

let module: WebAssembly.Module;
let memory: WebAssembly.Memory;
let ui: Controls;
let now: number;

beforeAll(async () => {
  module = await compileGuest("shell-host/engine/widgets/controls.exports.ts", {
    flags: ["--enable", "simd"],
  });
}, 60_000 * TIME_FACTOR);

beforeEach(() => {
  memory = guestMemory();
  memory.grow(2048);
  ui = new WebAssembly.Instance(module, guestImports(memory)).exports as unknown as Controls;
  now = 1000;
  ui.show(false);
  frame();
});

function frame(scale = 1): void {
  ui.frame(now, PIXELS, WIDTH * scale, HEIGHT * scale, scale);
  ui.collect();
}

/** Frames of 16 ms until nothing moves any more. */
function settle(): void {
  for (let i = 0; i < 200 && ui.nextFrame(now) <= now; i++) {
    now += 16;
    frame();
  }
}

function expectPicture(name: string, scale = 1): void {
  const width = WIDTH * scale;
  const height = HEIGHT * scale;
  compareWithGolden(`controls-${name}`, {
    width,
    height,
    rgba: pictureOf(memory, PIXELS, width, height).rgba,
  });
}

/** The lines of what the window shows. */
function shown(): string[] {
  return guestText(memory, ui.describe())
    .split("\n")
    .map((line) => line.trim());
}

function placeOf(what: string): [x: number, y: number] {
  return placeAmong(shown(), what);
}

function point(kind: number | undefined, [x, y]: [number, number], buttons = 0): void {
  ui.pointer(kind ?? 0, x, y, buttons, now, 0);
}

function click(what: string): void {
  const at = placeOf(what);
  point(MOVE, at);
  point(DOWN, at, 1);
  point(UP, at, 1);
  settle();
}

function press(key: number, modifiers = 0): void {
  ui.key(key, 0, modifiers);
  settle();
}

function tab(times: number): void {
  for (let i = 0; i < times; i++) press(KEY.tab);
}

const log = (): string => guestText(memory, ui.takeLog()).trim();
const isShown = (what: string): boolean => shown().some((line) => line.startsWith(`${what} `));

describe("controls", () => {
  test.each([
    ["light", 1],
    ["dark", 2],
  ])("look as they should: %s at %ix", (theme, scale) => {
    ui.show(theme === "dark");
    frame(scale);
    expectPicture(`${theme}-${scale}x`, scale);
  });

  test("show what of a text is selected", () => {
    click('field "Selected text"');
    ui.select(false, 2, 8);
    settle();
    expectPicture("field-selection");
    click("textarea");
    ui.select(true, 6, 24);
    settle();
    expectPicture("area-selection");
  });

  test("tell their names when the pointer rests on them", () => {
    point(MOVE, placeOf('button "Refresh"'));
    settle();
    now += 600;
    frame();
    settle();
    expectPicture("tooltip");
    point(MOVE, [5, 5]);
    settle();
    now += 600;
    frame();
    expect(isShown('text "Refresh"')).toBe(false);
  });

  test("say where the keyboard is", () => {
    tab(2); // the second place of the side bar
    expectPicture("focus-place");
    tab(2); // the first tab
    expectPicture("focus-tab");
    tab(3); // the first switch
    expectPicture("focus-switch");
    tab(4); // the slider
    expectPicture("focus-slider");
  });
});

describe("the pointer", () => {
  test("switches, checks and chooses", () => {
    click('switch-on "sound"');
    expect(isShown('switch-off "sound"')).toBe(true);
    click('checkbox-on "Checked"');
    expect(isShown('checkbox-on "Not checked"')).toBe(true);
    click('tab "Month"');
    expect(isShown('tab-selected "Month"')).toBe(true);
    click('place "About"');
    expect(isShown('place-selected "About"')).toBe(true);
  });

  test("does nothing to what is fixed", () => {
    click('switch-on "fixed"');
    expect(isShown('switch-on "fixed"')).toBe(true);
  });

  test("drags a slider to its ends", () => {
    const [x, y] = placeOf('slider "level"');
    point(DOWN, [x, y], 1);
    for (const to of [x + 20, x + 60, x + 900]) point(MOVE, [to, y], 1);
    point(UP, [x + 900, y], 1);
    settle();
    expectPicture("slider-end");
    expect(isShown('progress "100 %"')).toBe(true);
  });

  test("drags the bar of what scrolls", () => {
    const [x] = placeOf('button "Line 1"');
    const bar: [number, number] = [737, 280];
    expect(x).toBeLessThan(bar[0]);
    point(DOWN, bar, 1);
    for (let y = 280; y <= 480; y += 10) point(MOVE, [bar[0], y], 1);
    point(UP, [bar[0], 480], 1);
    settle();
    expect(isShown('button "Line 20"')).toBe(true);
    expect(isShown('button "Line 1"')).toBe(false);
    expect(log()).toBe("");
  });
});

describe("the keyboard", () => {
  test("goes by the arrow keys to what is nearest on that side", () => {
    tab(1);
    press(KEY.down);
    press(KEY.enter);
    expect(isShown('place-selected "Screen"')).toBe(true);
    press(KEY.right); // the row of controls beside it
    press(KEY.enter);
    expect(isShown('place-selected "Screen"')).toBe(true);
    press(KEY.up);
    press(KEY.up);
    press(KEY.right);
    press(KEY.enter);
    expect(isShown('tab-selected "Week"') || isShown('tab-selected "Month"')).toBe(true);
  });

  test("moves a slider", () => {
    tab(11);
    press(KEY.right);
    press(KEY.right);
    press(KEY.left);
    expect(isShown('progress "45 %"')).toBe(true); // both show the slider's value
  });

  test("scrolls what it goes to into sight", () => {
    press(KEY.tab, SHIFT); // the last one there is
    expect(isShown('button "Line 20"')).toBe(true);
    for (let i = 0; i < 19; i++) press(KEY.up);
    expect(isShown('button "Line 1"')).toBe(true);
    press(KEY.enter);
    expect(log()).toBe("line");
  });
});

describe("a menu", () => {
  beforeEach(() => {
    ui.openMenu();
    settle();
  });

  test("shows its commands where it was asked for", () => {
    expectPicture("menu");
    const [x, y] = placeOf('menuitem "Open"');
    expect([x > 300 && x < 500, y > 120 && y < 160]).toEqual([true, true]);
  });

  test("is gone through by the arrow keys, without what is disabled", () => {
    press(KEY.down);
    press(KEY.down);
    expectPicture("menu-keyboard");
    press(KEY.down);
    press(KEY.enter);
    expect(log()).toBe("delete");
    expect(isShown('menuitem "Open"')).toBe(false);
  });

  test("goes away by Escape, or a tap beside it, which does nothing else", () => {
    press(KEY.escape);
    expect(isShown('menuitem "Open"')).toBe(false);
    ui.openMenu();
    settle();
    click('button "Save"');
    expect(isShown('menuitem "Open"')).toBe(false);
    expect(log()).toBe("");
    click('button "Save"');
    expect(log()).toBe("pressed");
  });
});

describe("a dialog", () => {
  test("asks, and Enter does not do what cannot be undone", () => {
    ui.openDialog(false);
    settle();
    expectPicture("dialog");
    press(KEY.enter);
    expect([isShown("dialog"), log()]).toEqual([false, ""]);
    ui.openDialog(false);
    settle();
    press(KEY.right);
    press(KEY.enter);
    expect(log()).toBe("deleted");
  });

  test("takes a text, all of it selected at first", () => {
    ui.openDialog(true);
    settle();
    expectPicture("dialog-text");
    for (const character of "b.txt") ui.key(0, character.codePointAt(0) ?? 0, 0);
    press(KEY.enter);
    expect(log()).toBe("b.txt");
  });

  test("keeps the keyboard to itself, and gives it back", () => {
    tab(1);
    press(KEY.enter);
    ui.openDialog(false);
    settle();
    for (let i = 0; i < 5; i++) press(KEY.tab);
    press(KEY.escape);
    press(KEY.down);
    press(KEY.enter);
    expect(isShown('place-selected "Screen"')).toBe(true);
  });
});
