// What the window manager calls a key, as the engine knows it. Codes: <linux/input-event-codes.h>.

import {
  WINDOW_EVENT_CODE,
  WINDOW_EVENT_MODIFIERS,
  WINDOW_EVENT_TEXT,
} from "../../../guest-kernel/abi/window.ts";
import { Key, KeyEvent, MODIFIER_CONTROL, MODIFIER_SHIFT } from "../gestures/events.ts";

const KEY_ESC: u32 = 1;
const KEY_BACKSPACE: u32 = 14;
const KEY_TAB: u32 = 15;
const KEY_Q: u32 = 16;
const KEY_ENTER: u32 = 28;
const KEY_A: u32 = 30;
const KEY_Z: u32 = 44;
const KEY_F10: u32 = 68;
const KEY_KPENTER: u32 = 96;
const KEY_HOME: u32 = 102;
const KEY_UP: u32 = 103;
const KEY_PAGEUP: u32 = 104;
const KEY_LEFT: u32 = 105;
const KEY_RIGHT: u32 = 106;
const KEY_END: u32 = 107;
const KEY_DOWN: u32 = 108;
const KEY_PAGEDOWN: u32 = 109;
const KEY_DELETE: u32 = 111;
const KEY_COMPOSE: u32 = 127; // the one with a menu on it

// The letters of the three rows, from the codes KEY_Q, KEY_A and KEY_Z on.
const TOP_ROW = "qwertyuiop";
const HOME_ROW = "asdfghjkl";
const BOTTOM_ROW = "zxcvbnm";

/** The key of a WINDOW_EVENT_KEY_DOWN or _REPEAT at an address. */
export function keyEventAt(event: usize): KeyEvent {
  const code = load<u32>(event, WINDOW_EVENT_CODE);
  const modifiers = load<u32>(event, WINDOW_EVENT_MODIFIERS);
  const codePoint = load<u32>(event, WINDOW_EVENT_TEXT);
  const key = code == KEY_F10 && modifiers == MODIFIER_SHIFT ? Key.Menu : keyOf(code);
  if (key != Key.Other) return new KeyEvent(key, "", modifiers);
  // With Control a key types nothing, but means its letter.
  if (modifiers & MODIFIER_CONTROL) {
    const letter = letterOf(code);
    return new KeyEvent(letter.length > 0 ? Key.Character : Key.Other, letter, modifiers);
  }
  if (codePoint < 0x20 || codePoint == 0x7f || codePoint > 0x10ffff)
    return new KeyEvent(Key.Other, "", modifiers);
  return new KeyEvent(Key.Character, String.fromCodePoint(<i32>codePoint), modifiers);
}

function keyOf(code: u32): Key {
  switch (code) {
    case KEY_ESC:
      return Key.Escape;
    case KEY_BACKSPACE:
      return Key.Backspace;
    case KEY_TAB:
      return Key.Tab;
    case KEY_ENTER:
    case KEY_KPENTER:
      return Key.Enter;
    case KEY_HOME:
      return Key.Home;
    case KEY_UP:
      return Key.Up;
    case KEY_PAGEUP:
      return Key.PageUp;
    case KEY_LEFT:
      return Key.Left;
    case KEY_RIGHT:
      return Key.Right;
    case KEY_END:
      return Key.End;
    case KEY_DOWN:
      return Key.Down;
    case KEY_PAGEDOWN:
      return Key.PageDown;
    case KEY_DELETE:
      return Key.Delete;
    case KEY_COMPOSE:
      return Key.Menu;
    default:
      return Key.Other;
  }
}

function letterOf(code: u32): string {
  if (code >= KEY_Q && code < KEY_Q + TOP_ROW.length) return TOP_ROW.charAt(code - KEY_Q);
  if (code >= KEY_A && code < KEY_A + HOME_ROW.length) return HOME_ROW.charAt(code - KEY_A);
  if (code >= KEY_Z && code < KEY_Z + BOTTOM_ROW.length) return BOTTOM_ROW.charAt(code - KEY_Z);
  return "";
}
