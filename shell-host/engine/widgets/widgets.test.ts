import { beforeEach, describe, expect, test } from "vitest";
import { compileGuest } from "../../../tests/support/asc.ts";
import { compareWithGolden } from "../../../tests/support/golden.ts";
import { guestImports, guestMemory, guestText, pictureOf } from "../../../tests/support/guest-pixels.ts";
import { TIME_FACTOR } from "../../../tests/support/time-factor.ts";

interface Widgets {
  show(dark: boolean): void;
  frame(now: number, pixels: number, width: number, height: number, scale: number): number;
  paintedPixels(): number;
  pointer(kind: number, x: number, y: number, buttons: number, time: number, wheel: number): void;
  key(key: number, codePoint: number, modifiers: number): number;
  nextFrame(now: number): number;
  takeLog(): number;
  counter(): number;
  editedText(): number;
  scrollOffset(): number;
  builtRows: WebAssembly.Global;
  collect(): void;
}

const PIXELS = 96 << 20; // above the heap
const WIDTH = 720;
const HEIGHT = 340;
const [DOWN, MOVE, UP, CANCEL, WHEEL] = [0, 1, 2, 3, 4]; // PointerKind
const KEYS = {
  character: 0,
  enter: 1,
  tab: 2,
  backspace: 4,
  delete: 5,
  left: 6,
  right: 7,
  home: 10,
  end: 11,
};
const SHIFT = 1;
const CONTROL = 2;
const ADD: Point = [60, 160]; // the button
const CARD: Point = [150, 250];
const FIELD: Point = [150, 100];
const LIST: Point = [540, 150];

type Point = [x: number, y: number];

let memory: WebAssembly.Memory;
let ui: Widgets;
let now: number;

beforeEach(async () => {
  const module = await compileGuest("shell-host/engine/widgets/widgets.exports.ts", {
    flags: ["--enable", "simd"],
  });
  memory = guestMemory();
  memory.grow(2048);
  ui = new WebAssembly.Instance(module, guestImports(memory)).exports as unknown as Widgets;
  now = 1000;
  ui.show(false);
  frame();
}, 60_000 * TIME_FACTOR);

function frame(scale = 1): number {
  const count = ui.frame(now, PIXELS, WIDTH * scale, HEIGHT * scale, scale);
  ui.collect();
  return count;
}

/** Frames of 16 ms until nothing moves any more, at most ten seconds of them. */
function settle(): void {
  for (let i = 0; i < 600 && ui.nextFrame(now) <= now; i++) {
    now += 16;
    frame();
  }
}

function point(kind: number | undefined, [x, y]: Point, buttons = 0, wheel = 0): void {
  ui.pointer(kind ?? 0, x, y, buttons, now, wheel);
}

function click(at: Point): void {
  point(MOVE, at);
  point(DOWN, at, 1);
  point(UP, at, 1);
  settle();
}

function type(text: string): void {
  for (const character of text) ui.key(KEYS.character, character.codePointAt(0) ?? 0, 0);
}

const log = (): string => guestText(memory, ui.takeLog()).trim();
const text = (): string => guestText(memory, ui.editedText());

function screen(scale = 1): Uint8Array {
  return pictureOf(memory, PIXELS, WIDTH * scale, HEIGHT * scale).rgba;
}

/** What is on the screen is what a window that is drawn from scratch shows. */
function expectNoTraces(): void {
  const shown = screen();
  ui.frame(now, PIXELS, WIDTH * 2, HEIGHT * 2, 2);
  frame();
  expect(Buffer.compare(shown, screen())).toBe(0);
}

describe("a window", () => {
  test.each([
    ["light", 1],
    ["light", 2],
    ["dark", 1],
    ["dark", 2],
  ])("shows text, buttons, a field, a card and a list: %s at %ix", (theme, scale) => {
    ui.show(theme === "dark");
    frame(scale);
    const width = WIDTH * scale;
    compareWithGolden(`widgets-${theme}-${scale}x`, { width, height: HEIGHT * scale, rgba: screen(scale) });
  });

  test("paints nothing and sleeps when nothing has changed", () => {
    expect(frame()).toBe(0);
    expect(ui.nextFrame(now)).toBe(Infinity);
  });

  test("paints only what has changed", () => {
    click(ADD);
    expect(ui.counter()).toBe(1);
    point(MOVE, [5, 5]);
    settle();
    click(ADD);
    expect(ui.counter()).toBe(2);
    expect(ui.paintedPixels()).toBeLessThan((WIDTH * HEIGHT) / 20);
    expectNoTraces();
  });

  test("leaves no traces of what was there before", () => {
    for (const at of [ADD, FIELD, CARD, LIST]) {
      click(at);
      type("Hello");
      point(WHEEL, LIST, 0, 97);
      settle();
      expectNoTraces();
    }
  });

  test("keeps the state of its widgets when the theme changes", () => {
    click(ADD);
    ui.show(true);
    frame();
    expect(ui.counter()).toBe(1);
    expectNoTraces();
  });
});

describe("the pointer", () => {
  test("presses a button only if it goes up on it", () => {
    point(DOWN, ADD, 1);
    point(MOVE, [60, 320]);
    point(UP, [60, 320], 1);
    settle();
    expect(ui.counter()).toBe(0);
    point(DOWN, ADD, 1);
    point(CANCEL, ADD);
    point(UP, ADD, 1);
    expect(ui.counter()).toBe(0);
  });

  test("lights up the button that it is over, and puts it out again", () => {
    const before = screen();
    point(MOVE, ADD);
    settle();
    expect(Buffer.compare(before, screen())).not.toBe(0);
    point(MOVE, [5, 5]);
    settle();
    expect(Buffer.compare(before, screen())).toBe(0);
  });

  test("taps, presses long, or drags, one of them", () => {
    click(CARD);
    expect(log()).toBe("tap");
    point(DOWN, CARD, 1);
    now += 600;
    frame();
    point(UP, CARD, 1);
    expect(log()).toBe("long");
    point(DOWN, CARD, 1);
    for (const x of [152, 160, 170]) point(MOVE, [x, 250], 1);
    point(UP, [170, 250], 1);
    expect(log()).toBe("drag by20 end");
  });

  test("scrolls a list by its wheel and by dragging, and goes on after a drag", () => {
    point(WHEEL, LIST, 0, 120);
    settle();
    expect(ui.scrollOffset()).toBe(120);
    point(DOWN, LIST, 1);
    for (let y = 150; y >= 100; y -= 10) {
      now += 16;
      point(MOVE, [540, y], 1);
      frame();
    }
    point(UP, [540, 100], 1);
    const offset = ui.scrollOffset();
    expect(offset).toBeGreaterThan(150);
    settle();
    expect(ui.scrollOffset()).toBeGreaterThan(offset + 20);
    expect(ui.nextFrame(now)).toBe(Infinity);
  });
});

describe("a list", () => {
  test("builds the rows that show, of a hundred thousand", () => {
    expect(ui.builtRows.value).toBe(8);
    point(WHEEL, LIST, 0, 1e9);
    settle();
    expect(ui.scrollOffset()).toBe(100_000 * 40 - (HEIGHT - 32));
    expect(ui.builtRows.value).toBeLessThan(300);
    expectNoTraces();
  });

  test("stays inside of its content", () => {
    point(WHEEL, LIST, 0, -500);
    settle();
    expect(ui.scrollOffset()).toBe(0);
  });
});

describe("a text field", () => {
  test("takes what is typed while it has the focus", () => {
    type("x");
    expect(text()).toBe("");
    click(FIELD);
    type("Grüße");
    expect(text()).toBe("Grüße");
    ui.key(KEYS.enter, 0, 0);
    expect(log()).toBe("submit:Grüße");
  });

  test("edits at its caret, by character and by word", () => {
    click(FIELD);
    type("one two");
    ui.key(KEYS.left, 0, CONTROL);
    type("and ");
    expect(text()).toBe("one and two");
    ui.key(KEYS.home, 0, 0);
    ui.key(KEYS.delete, 0, 0);
    expect(text()).toBe("ne and two");
    ui.key(KEYS.end, 0, SHIFT);
    type("A");
    expect(text()).toBe("A");
    ui.key(KEYS.backspace, 0, 0);
    ui.key(KEYS.backspace, 0, 0);
    expect(text()).toBe("");
    type("\u{1f600}b");
    ui.key(KEYS.left, 0, 0);
    ui.key(KEYS.backspace, 0, 0);
    expect(text()).toBe("b");
  });

  test("selects all, and what the pointer drags over", () => {
    click(FIELD);
    type("hello");
    ui.key(KEYS.character, 0x61, CONTROL);
    type("world");
    expect(text()).toBe("world");
    point(DOWN, [60, 100], 1);
    for (const x of [70, 90, 300]) point(MOVE, [x, 100], 1);
    point(UP, [300, 100], 1);
    type("!");
    expect(text().length).toBeLessThan(5);
  });

  test("blinks, and asks for a frame only then", () => {
    click(FIELD);
    const on = screen();
    const next = ui.nextFrame(now);
    expect(next - now).toBeGreaterThan(400);
    expect(next - now).toBeLessThanOrEqual(530);
    now = next;
    frame();
    expect(Buffer.compare(on, screen())).not.toBe(0);
    expect(ui.paintedPixels()).toBeLessThan(WIDTH * 60);
  });
});

describe("the tabulator key", () => {
  test("goes through what takes keys, in order and back", () => {
    ui.key(KEYS.tab, 0, 0);
    type("a");
    expect(text()).toBe("a");
    ui.key(KEYS.tab, 0, 0);
    ui.key(KEYS.enter, 0, 0);
    expect(ui.counter()).toBe(1);
    ui.key(KEYS.tab, 0, 0);
    type(" ");
    expect(log()).toBe("cancel");
    ui.key(KEYS.tab, 0, SHIFT);
    ui.key(KEYS.enter, 0, 0);
    expect(ui.counter()).toBe(2);
  });
});
