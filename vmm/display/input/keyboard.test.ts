import { beforeEach, describe, expect, test } from "vitest";
import type { InputEvent } from "../../../devices/input/events.ts";
import * as v from "../../../guest-kernel/abi/virtio-input.ts";
import { HeldKeys } from "./held-keys.ts";
import { Keyboard } from "./keyboard.ts";
import { Pointer } from "./pointer.ts";

let events: string[];
let held: HeldKeys;

beforeEach(() => {
  events = [];
  held = new HeldKeys({ send: (group) => events.push(group.map(text).join(" ")) });
});

function text({ type, code, value }: InputEvent): string {
  if (type === v.EV_MSC) return `text${code}:${String.fromCodePoint(value)}`;
  if (type === v.EV_KEY) return `${value === 1 ? "+" : "-"}${code}`;
  return type === v.EV_ABS ? `${code === v.ABS_X ? "x" : "y"}${value}` : `wheel${code}:${value}`;
}

/** Types keysyms, one after the other. */
function typeKeys(keyboard: Keyboard, ...keysyms: number[]): void {
  for (const keysym of keysyms) {
    keyboard.key(keysym, true);
    keyboard.key(keysym, false);
  }
}

const SHIFT = 0xffe1;
const CONTROL = 0xffe3;
const CAPS = 0xffe5;
const LEVEL3 = 0xfe03;
const code = (character: string): number => character.charCodeAt(0);

describe("keysyms", () => {
  test.each([
    ["a", "+30 -30"],
    ["A", "+42 +30 -42 -30"],
    ["1", "+2 -2"],
    ["!", "+42 +2 -42 -2"],
    ["~", "+42 +41 -42 -41"],
    ["\\", "+43 -43"],
    [" ", "+57 -57"],
  ])("%s", (character, expected) => {
    typeKeys(new Keyboard(held), code(character));
    expect(events.join(" ")).toBe(expected);
  });

  test("need no help where Shift is down", () => {
    const keyboard = new Keyboard(held);
    keyboard.key(SHIFT, true);
    typeKeys(keyboard, code("A"));
    keyboard.key(SHIFT, false);
    expect(events).toEqual(["+42", "+30", "-30", "-42"]);
  });

  test("have Shift taken away where it types something else: / of a German keyboard", () => {
    const keyboard = new Keyboard(held);
    keyboard.key(SHIFT, true);
    typeKeys(keyboard, code("/"));
    keyboard.key(SHIFT, false);
    expect(events).toEqual(["+42", "-42", "+53", "+42", "-53", "-42"]);
  });

  test("come through with Caps Lock on", () => {
    const keyboard = new Keyboard(held);
    typeKeys(keyboard, CAPS, code("A"), code("a"), code("1"));
    expect(events).toEqual(["+58", "-58", "+30", "-30", "+42", "+30", "-42", "-30", "+2", "-2"]);
  });

  test("of shortcuts are left as they are", () => {
    const keyboard = new Keyboard(held);
    keyboard.key(CONTROL, true);
    typeKeys(keyboard, code("C"));
    keyboard.key(CONTROL, false);
    expect(events).toEqual(["+29", "+46", "-46", "-29"]);
  });

  test("that repeat are told once, and released once", () => {
    const keyboard = new Keyboard(held);
    for (let i = 0; i < 5; i++) keyboard.key(code("a"), true);
    keyboard.key(code("A"), false); // Shift went down meanwhile: the same key
    keyboard.key(code("a"), false);
    expect(events).toEqual(["+30", "-30"]);
  });

  test("that no key has are dropped", () => {
    typeKeys(new Keyboard(held), 0xfe51, 0x01110000, 0x0100001b, 0xffffffff, 0);
    expect(events).toEqual([]);
  });

  test("of characters that a US keyboard has not are typed without a key, each time", () => {
    const keyboard = new Keyboard(held);
    typeKeys(keyboard, 0xe4, 0x01000416, 0x20ac, 0x0101f600);
    keyboard.key(0xdf, true);
    keyboard.key(0xdf, true);
    keyboard.key(0xdf, false);
    expect(events).toEqual(["text7:ä", "text7:Ж", "text7:€", "text7:😀", "text7:ß", "text7:ß"]);
  });
});

describe("scan codes", () => {
  test("give the key where the keysym types nothing", () => {
    const keyboard = new Keyboard(held);
    keyboard.scanCode(0xc8, 0xff52, true); // Up
    keyboard.scanCode(0xc8, 0xff52, false);
    expect(events).toEqual(["+103", "-103"]);
  });

  test("give way to what is typed: y of a German keyboard", () => {
    const keyboard = new Keyboard(held);
    keyboard.scanCode(0x2c, code("y"), true);
    keyboard.scanCode(0x2c, 0, false); // whatever it is called when it goes up
    expect(events).toEqual(["+21", "-21"]);
  });

  test("give the key of a shortcut, and way to a character: ü of a German keyboard", () => {
    const keyboard = new Keyboard(held);
    keyboard.scanCode(0x1a, 0xfc, true);
    keyboard.scanCode(0x1a, 0, false);
    keyboard.scanCode(0x1d, CONTROL, true);
    keyboard.scanCode(0x1a, 0xfc, true);
    keyboard.scanCode(0x1d, CONTROL, false);
    keyboard.scanCode(0x1a, 0xfc, false); // what went down goes up
    expect(events).toEqual(["text7:ü", "+29", "+26", "-29", "-26"]);
  });

  test("type @ with AltGr", () => {
    const keyboard = new Keyboard(held);
    keyboard.scanCode(0xb8, LEVEL3, true);
    keyboard.scanCode(0x10, code("@"), true);
    keyboard.scanCode(0x10, code("@"), false);
    keyboard.scanCode(0xb8, LEVEL3, false);
    expect(events).toEqual(["+42", "+3", "-42", "-3"]);
  });
});

describe("several viewers", () => {
  test("hold a key together", () => {
    const [a, b] = [new Keyboard(held), new Keyboard(held)];
    a.key(SHIFT, true);
    b.key(SHIFT, true);
    a.key(SHIFT, false);
    expect(events).toEqual(["+42"]);
    b.key(SHIFT, false);
    expect(events).toEqual(["+42", "-42"]);
  });

  test("that leave let go of what they hold", () => {
    const keyboard = new Keyboard(held);
    const pointer = new Pointer(held);
    keyboard.key(code("a"), true);
    pointer.moved(0, 0, 1, { width: 2, height: 2 });
    keyboard.close();
    pointer.close();
    expect(events).toEqual(["+30", "x0 y0", "+272", "-30", "-272"]);
  });
});

describe("the pointer", () => {
  test("is at the pixel that the guest computes back, for every pixel", () => {
    for (const size of [1, 2, 640, 1280, 3840, 8192]) {
      const pointer = new Pointer(held);
      for (let x = 0; x < size; x++) {
        events.length = 0;
        pointer.moved(x, 0, 0, { width: size, height: 1 });
        const value = Number(/x(\d+)/.exec(events[0]!)![1]);
        if (Math.round((value * (size - 1)) / v.ABS_MAX_VALUE) !== x) throw new Error(`${x} of ${size}`);
      }
    }
  });

  test("stays on the screen", () => {
    new Pointer(held).moved(5000, 0xffff, 0, { width: 100, height: 100 });
    expect(events).toEqual(["x32767 y32767"]);
  });

  test("turns the wheel a notch for each press of its buttons", () => {
    const pointer = new Pointer(held);
    const screen = { width: 100, height: 100 };
    pointer.moved(0, 0, 0, screen);
    for (const buttons of [8, 0, 16, 16, 0, 32, 64, 0]) pointer.moved(0, 0, buttons, screen);
    const turns = events.join(" ").match(/wheel\S+/g);
    expect(turns).toEqual(["wheel8:1", "wheel8:-1", "wheel6:-1", "wheel6:1"]);
  });
});
