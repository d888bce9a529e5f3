// Keysyms of X11 → keys of a US keyboard, as codes of <linux/input-event-codes.h>.

import { legacyCharacter } from "./legacy-keysym.ts";

/** A key, and whether Shift has to be down with it; undefined: it makes no difference. */
export interface Key {
  readonly code: number;
  readonly shift: boolean | undefined;
}

export const KEY_LEFTCTRL = 29;
export const KEY_LEFTSHIFT = 42;
export const KEY_RIGHTSHIFT = 54;
export const KEY_LEFTALT = 56;
export const KEY_CAPSLOCK = 58;
export const KEY_RIGHTCTRL = 97;
export const KEY_RIGHTALT = 100;
export const KEY_LEFTMETA = 125;
export const KEY_RIGHTMETA = 126;

const UNICODE = 0x01000000; // keysyms of code points, from here on

// Rows of the keyboard: the first key's code, what its keys type, and what they type with Shift.
const ROWS: readonly (readonly [first: number, plain: string, shifted: string])[] = [
  [2, "1234567890-=", "!@#$%^&*()_+"],
  [16, "qwertyuiop[]", "QWERTYUIOP{}"],
  [30, "asdfghjkl;'`", 'ASDFGHJKL:"~'],
  [43, "\\zxcvbnm,./", "|ZXCVBNM<>?"],
  [57, " ", " "],
];

// Runs of keysyms from the first on
const RUNS: readonly (readonly [keysym: number, ...codes: number[]])[] = [
  [0xfe20, 15], // ISO_Left_Tab: Shift is down
  [0xff08, 14, 15], // BackSpace, Tab
  [0xff0d, 28],
  [0xff13, 119, 70, 99], // Pause, Scroll_Lock, Sys_Req
  [0xff1b, 1],
  [0xff50, 102, 105, 103, 106, 108, 104, 109, 107], // Home, Left, Up, Right, Down, Prior, Next, End
  [0xff61, 99],
  [0xff63, 110],
  [0xff67, 127],
  [0xff7f, 69],
  [0xff80, 57],
  [0xff89, 15],
  [0xff8d, 96],
  [0xff95, 71, 75, 72, 77, 80, 73, 81, 79, 76, 82, 83], // KP_Home, Left, Up, Right, Down, Prior, Next, End, Begin, Insert, Delete
  [0xffaa, 55, 78, 121, 74, 83, 98], // KP_Multiply, Add, Separator, Subtract, Decimal, Divide
  [0xffb0, 82, 79, 80, 81, 75, 76, 77, 71, 72, 73], // KP_0 to KP_9
  [0xffbd, 117],
  [0xffbe, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 87, 88], // F1 to F12
  [0xffe1, KEY_LEFTSHIFT, KEY_RIGHTSHIFT, KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_CAPSLOCK],
  [0xffe7, KEY_LEFTMETA, KEY_RIGHTMETA, KEY_LEFTALT, KEY_RIGHTALT, KEY_LEFTMETA, KEY_RIGHTMETA], // Meta, Alt, Super
  [0xffff, 111],
];

const KEYS: ReadonlyMap<number, Key> = new Map([...typed(), ...named()]);

/** The key for a keysym; undefined if a US keyboard has none. */
export function keyOfKeysym(keysym: number): Key | undefined {
  return KEYS.get(keysym);
}

/** True for ISO_Level3_Shift, AltGr: what it types is in the keysyms that come with it, and a US keyboard has none. */
export function isLevelShift(keysym: number): boolean {
  return keysym === 0xfe03;
}

/** The character that a keysym types and no key of a US keyboard does; undefined if it is none. */
export function characterOf(keysym: number): number | undefined {
  if (keysym >= 0xa0 && keysym <= 0xff) return keysym;
  if (keysym < UNICODE) return legacyCharacter(keysym);
  const codePoint = keysym - UNICODE;
  return codePoint >= 0xa0 && codePoint <= 0x10ffff ? codePoint : undefined;
}

/** True for a character of ASCII. */
export function isText(keysym: number): boolean {
  return keysym >= 0x20 && keysym <= 0x7e;
}

/** True for what Caps Lock changes. */
export function isLetter(keysym: number): boolean {
  return (keysym >= 0x41 && keysym <= 0x5a) || (keysym >= 0x61 && keysym <= 0x7a);
}

function typed(): [number, Key][] {
  return ROWS.flatMap(([first, plain, shifted]) =>
    Array.from(plain, (_, i): [number, Key][] => [
      [shifted.charCodeAt(i), { code: first + i, shift: true }],
      // After it: the space is the same with Shift.
      [plain.charCodeAt(i), { code: first + i, shift: plain[i] === shifted[i] ? undefined : false }],
    ]).flat(),
  );
}

function named(): [number, Key][] {
  return RUNS.flatMap(([keysym, ...codes]) =>
    codes.map((code, i): [number, Key] => [keysym + i, { code, shift: undefined }]),
  );
}
