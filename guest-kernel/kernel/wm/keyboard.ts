// The keyboard: modifiers, repetition, shortcuts of the window manager; the rest goes to the window with the focus.

import {
  MODIFIER_ALT,
  MODIFIER_CONTROL,
  MODIFIER_META,
  MODIFIER_SHIFT,
  SHORTCUT_LAUNCHER,
  WINDOW_EVENT_KEY_DOWN,
  WINDOW_EVENT_KEY_REPEAT,
  WINDOW_EVENT_KEY_UP,
  WINDOW_EVENT_SHORTCUT,
} from "../../abi/window.ts";
import { AppWindow, windowAt } from "./app-window.ts";
import { tellDesktop } from "./broadcast.ts";
import { eventPost, HELD_MAX } from "./events.ts";
import { focusWindow } from "./focus.ts";
import { inputNow, modifiers, pointerX, pointerY, setModifiers } from "./input-state.ts";
import {
  KEY_CAPSLOCK,
  KEY_LEFTALT,
  KEY_LEFTCTRL,
  KEY_LEFTMETA,
  KEY_LEFTSHIFT,
  KEY_RIGHTALT,
  KEY_RIGHTCTRL,
  KEY_RIGHTMETA,
  KEY_RIGHTSHIFT,
  keyText,
} from "./keymap.ts";
import { shortcut } from "./shortcuts.ts";
import { switcherEnd } from "./switcher.ts";

const KEYS: u32 = 256; // codes behind are no keys that a keyboard has

const REPEAT_DELAY_NS: i64 = 450_000_000;
const REPEAT_NS: i64 = 33_000_000;

// Per key: 0 up; HELD: down, and nobody knows; else 1 + the slot of the window that was told.
const HELD: u8 = 255;
const held = memory.data(256);
let heldCount: i32 = 0;
let capsLock: bool = false;
let metaAlone: bool = false; // meta went down, and nothing else happened

let repeated: u32 = 0; // the key that repeats, 0 for none
let repeatAt: i64 = i64.MAX_VALUE;

/** A key went down, or up. */
export function keyChange(code: u32, down: bool): void {
  if (code == 0 || code >= KEYS || down == (load<u8>(held + code) != 0)) return;
  if (down && heldCount >= HELD_MAX) return; // more than hands have
  heldCount += down ? 1 : -1;
  const teller = load<u8>(held + code);
  store<u8>(held + code, down ? HELD : 0);
  const modifier = modifierOf(code);
  if (modifier != 0) changeModifier(code, modifier);
  if (down) keyDown(code, modifier);
  else keyUp(code, modifier, teller);
}

/** Somebody types a character that no key of the US layout has: it comes as a key without a code. */
export function keyboardType(codePoint: u32): void {
  metaAlone = false;
  repeatAt = i64.MAX_VALUE;
  const isControl = codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0);
  const isSurrogate = codePoint >= 0xd800 && codePoint < 0xe000;
  if (isControl || isSurrogate || codePoint > 0x10ffff) return;
  const window = focusWindow();
  if (window === null || (modifiers & (MODIFIER_CONTROL | MODIFIER_ALT | MODIFIER_META)) != 0) return;
  if (eventPost(window, WINDOW_EVENT_KEY_DOWN, pointerX, pointerY, 0, codePoint))
    eventPost(window, WINDOW_EVENT_KEY_UP, pointerX, pointerY, 0, 0);
}

/** Something other than a key happened: meta is not alone any more. */
export function keyboardOther(): void {
  metaAlone = false;
}

/** Repeats the key that is held, when it is time. */
export function keyboardPoll(now: i64): void {
  if (now < repeatAt) return;
  const window = told(load<u8>(held + repeated));
  if (window === null || window !== focusWindow()) {
    repeatAt = i64.MAX_VALUE;
    return;
  }
  eventPost(window, WINDOW_EVENT_KEY_REPEAT, pointerX, pointerY, repeated, textOf(repeated));
  repeatAt = now + REPEAT_NS;
}

/** When keyboardPoll has something to do. */
export function keyboardDeadline(): i64 {
  return repeatAt;
}

/** Forgets a window that closes. */
export function keyboardForget(window: AppWindow): void {
  for (let code: u32 = 0; code < KEYS; code++) {
    if (load<u8>(held + code) == <u8>(window.slot + 1)) store<u8>(held + code, HELD);
  }
}

function keyDown(code: u32, modifier: u32): void {
  metaAlone = modifier == MODIFIER_META;
  if (code == KEY_CAPSLOCK) capsLock = !capsLock;
  repeatAt = i64.MAX_VALUE;
  const window = focusWindow();
  if (shortcut(code, window) || window === null) return;
  const text = textOf(code);
  if (!eventPost(window, WINDOW_EVENT_KEY_DOWN, pointerX, pointerY, code, text)) return;
  store<u8>(held + code, <u8>(window.slot + 1));
  if (modifier != 0 || code == KEY_CAPSLOCK) return;
  repeated = code;
  repeatAt = inputNow + REPEAT_DELAY_NS;
}

function keyUp(code: u32, modifier: u32, teller: u8): void {
  if (code == repeated) repeatAt = i64.MAX_VALUE;
  const window = told(teller);
  if (window !== null) eventPost(window, WINDOW_EVENT_KEY_UP, pointerX, pointerY, code, 0);
  if (modifier == MODIFIER_META && metaAlone) tellDesktop(WINDOW_EVENT_SHORTCUT, SHORTCUT_LAUNCHER, 0);
  if (modifier == MODIFIER_META) metaAlone = false;
  if (modifier == MODIFIER_ALT) switcherEnd(true);
}

function told(teller: u8): AppWindow | null {
  return teller == 0 || teller == HELD ? null : windowAt(<i32>teller - 1);
}

/** What a key types with the modifiers that are held. */
function textOf(code: u32): u32 {
  if ((modifiers & (MODIFIER_CONTROL | MODIFIER_ALT | MODIFIER_META)) != 0) return 0;
  return keyText(code, (modifiers & MODIFIER_SHIFT) != 0, capsLock);
}

function changeModifier(code: u32, modifier: u32): void {
  const either = load<u8>(held + code) != 0 || load<u8>(held + otherSide(code)) != 0;
  setModifiers(either ? modifiers | modifier : modifiers & ~modifier);
}

function modifierOf(code: u32): u32 {
  switch (code) {
    case KEY_LEFTSHIFT:
    case KEY_RIGHTSHIFT:
      return MODIFIER_SHIFT;
    case KEY_LEFTCTRL:
    case KEY_RIGHTCTRL:
      return MODIFIER_CONTROL;
    case KEY_LEFTALT:
    case KEY_RIGHTALT:
      return MODIFIER_ALT;
    case KEY_LEFTMETA:
    case KEY_RIGHTMETA:
      return MODIFIER_META;
    default:
      return 0;
  }
}

/** The same modifier on the other side of the keyboard. */
function otherSide(code: u32): u32 {
  switch (code) {
    case KEY_LEFTSHIFT:
      return KEY_RIGHTSHIFT;
    case KEY_RIGHTSHIFT:
      return KEY_LEFTSHIFT;
    case KEY_LEFTCTRL:
      return KEY_RIGHTCTRL;
    case KEY_RIGHTCTRL:
      return KEY_LEFTCTRL;
    case KEY_LEFTALT:
      return KEY_RIGHTALT;
    case KEY_RIGHTALT:
      return KEY_LEFTALT;
    case KEY_LEFTMETA:
      return KEY_RIGHTMETA;
    default:
      return KEY_LEFTMETA;
  }
}
