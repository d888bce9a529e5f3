// What keys type: the US layout. Codes of <linux/input-event-codes.h>.

export const KEY_ESC: u32 = 1;
export const KEY_BACKSPACE: u32 = 14;
export const KEY_TAB: u32 = 15;
export const KEY_ENTER: u32 = 28;
export const KEY_LEFTCTRL: u32 = 29;
export const KEY_F: u32 = 33;
export const KEY_LEFTSHIFT: u32 = 42;
export const KEY_RIGHTSHIFT: u32 = 54;
export const KEY_LEFTALT: u32 = 56;
export const KEY_SPACE: u32 = 57;
export const KEY_CAPSLOCK: u32 = 58;
export const KEY_F4: u32 = 62;
export const KEY_KPENTER: u32 = 96;
export const KEY_RIGHTCTRL: u32 = 97;
export const KEY_KPSLASH: u32 = 98;
export const KEY_RIGHTALT: u32 = 100;
export const KEY_UP: u32 = 103;
export const KEY_LEFT: u32 = 105;
export const KEY_RIGHT: u32 = 106;
export const KEY_DOWN: u32 = 108;
export const KEY_LEFTMETA: u32 = 125;
export const KEY_RIGHTMETA: u32 = 126;

// By code from 2 (the 1) to 53 (the slash). A space: that key types nothing.
const FIRST: u32 = 2;
const PLAIN = "1234567890-=  qwertyuiop[]  asdfghjkl;'` \\zxcvbnm,./";
const SHIFTED = '!@#$%^&*()_+  QWERTYUIOP{}  ASDFGHJKL:"~ |ZXCVBNM<>?';

// The number pad, from 71 to 83, num lock always on.
const FIRST_PAD: u32 = 71;
const PAD = "789-456+1230.";

const KEY_KPASTERISK: u32 = 55;

/** The code point that a key types; 0 if it types none. Enter types U+000A, the tabulator U+0009. */
export function keyText(code: u32, shift: bool, capsLock: bool): u32 {
  if (code == KEY_SPACE) return 32;
  if (code == KEY_ENTER || code == KEY_KPENTER) return 10;
  if (code == KEY_TAB) return 9;
  if (code == KEY_KPASTERISK) return 42;
  if (code == KEY_KPSLASH) return 47;
  const pad = textOf(PAD, code - FIRST_PAD);
  if (pad != 0) return pad;
  const plain = textOf(PLAIN, code - FIRST);
  const letter = plain >= 97 && plain <= 122;
  return shift != (capsLock && letter) ? textOf(SHIFTED, code - FIRST) : plain;
}

function textOf(keys: string, index: u32): u32 {
  if (index >= <u32>keys.length) return 0;
  const text = <u32>keys.charCodeAt(<i32>index);
  return text == 32 ? 0 : text;
}
