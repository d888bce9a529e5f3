// What the keyboard and tablet say, virtio 1.2 §5.8: events up to one of EV_SYN belong together.

import {
  ABS_MAX_VALUE,
  ABS_X,
  ABS_Y,
  BTN_LEFT,
  BTN_MIDDLE,
  BTN_RIGHT,
  EV_ABS,
  EV_KEY,
  EV_MSC,
  EV_REL,
  EV_SYN,
  MSC_TEXT,
  REL_HWHEEL,
  REL_WHEEL,
} from "../../abi/virtio-input.ts";
import { POINTER_LEFT, POINTER_MIDDLE, POINTER_RIGHT } from "../../abi/window.ts";
import { screenHeight, screenWidth } from "../compositor/screen.ts";
import { inputCode, inputNext, inputPending, inputType, inputValue } from "../drivers/virtio-input.ts";
import { pointerButtons, pointerX, pointerY, setInputNow } from "./input-state.ts";
import { keyboardOther, keyboardType, keyChange } from "./keyboard.ts";
import { pointerDown, pointerMove, pointerUp, pointerWheel } from "./pointer.ts";

const NOTCH: i32 = 120;
const NOTCHES_MAX: i32 = 100; // in one event

let absoluteX: i32 = 0; // 0..ABS_MAX_VALUE
let absoluteY: i32 = 0;
let moved: bool = false;

/** Serves what has come. */
export function inputPoll(now: i64): void {
  if (!inputPending()) return;
  setInputNow(now);
  while (inputNext()) inputEvent(inputType(), inputCode(), inputValue());
  settle();
  setInputNow(0);
}

/** Serves one event of the device. */
export function inputEvent(type: u32, code: u32, value: i32): void {
  if (type == EV_ABS) {
    moved = true;
    if (code == ABS_X) absoluteX = value;
    else if (code == ABS_Y) absoluteY = value;
    return;
  }
  settle();
  if (type == EV_SYN) return;
  if (type == EV_MSC) {
    if (code == MSC_TEXT) keyboardType(<u32>value);
    return;
  }
  if (type == EV_REL) return wheel(code, max(-NOTCHES_MAX, min(value, NOTCHES_MAX)));
  if (type != EV_KEY || <u32>value > 1) return;
  const button = buttonOf(code);
  if (button == 0) keyChange(code, value == 1);
  else press(button, value == 1);
}

/** Where the pointer went comes before what it does there. */
function settle(): void {
  if (!moved) return;
  moved = false;
  const x = place(absoluteX, screenWidth);
  const y = place(absoluteY, screenHeight);
  if (x != pointerX || y != pointerY) pointerMove(x, y);
}

function place(absolute: i32, size: i32): i32 {
  const value = max(0, min(absolute, <i32>ABS_MAX_VALUE));
  return (value * (size - 1) + <i32>ABS_MAX_VALUE / 2) / <i32>ABS_MAX_VALUE;
}

function wheel(code: u32, notches: i32): void {
  keyboardOther();
  if (code == REL_WHEEL) pointerWheel(-notches * NOTCH, 0);
  else if (code == REL_HWHEEL) pointerWheel(0, notches * NOTCH);
}

function press(button: u32, down: bool): void {
  keyboardOther();
  if (down == ((pointerButtons & button) != 0)) return;
  if (down) pointerDown(button);
  else pointerUp(button);
}

function buttonOf(code: u32): u32 {
  switch (code) {
    case BTN_LEFT:
      return POINTER_LEFT;
    case BTN_RIGHT:
      return POINTER_RIGHT;
    case BTN_MIDDLE:
      return POINTER_MIDDLE;
    default:
      return 0;
  }
}
