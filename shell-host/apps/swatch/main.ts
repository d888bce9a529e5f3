// org.oscortex.swatch: a window of colours, drawn without the UI engine: what the calls of the window system look like.
// It follows its size; a click draws a square; `q` or the close button ends it.

import { E_NOSYS } from "../../../guest-kernel/abi/errors.ts";
import {
  POINTER_LEFT,
  TITLE_BAR_HEIGHT,
  TITLE_BUTTON_WIDTH,
  WINDOW_EVENT_CLOSE,
  WINDOW_EVENT_KEY_DOWN,
  WINDOW_EVENT_POINTER_DOWN,
  WINDOW_EVENT_POINTER_MOVE,
  WINDOW_EVENT_RESIZE,
  WINDOW_EVENT_SCREEN,
} from "../../../guest-kernel/abi/window.ts";
import { printError } from "../../sdk/console.ts";
import { errorText } from "../../sdk/error-text.ts";
import { Window } from "../../sdk/window.ts";

const BRUSH: i32 = 8;
const KEY_Q: u32 = 16;

let pixels = new StaticArray<u32>(0);
let width: i32 = 0;
let height: i32 = 0;
let scale: i32 = 100;

export function main(): i32 {
  const window = Window.open(480, 320);
  if (window.error != 0) {
    printError("swatch: " + (window.error == -E_NOSYS ? "there is no screen" : errorText(window.error)));
    return 1;
  }
  window.setTitle("Swatch");
  while (window.waitEvent() == 0) {
    if (!serve(window)) return 0;
    if (!window.hasEvent) window.submit(changetype<usize>(pixels), width * 4, width, height);
  }
  return 1;
}

/** Serves the event; false at the end. */
function serve(window: Window): bool {
  switch (window.type) {
    case WINDOW_EVENT_CLOSE:
      return false;
    case WINDOW_EVENT_KEY_DOWN:
      return window.code != KEY_Q;
    case WINDOW_EVENT_SCREEN:
      scale = <i32>window.code;
      return true;
    case WINDOW_EVENT_RESIZE:
      draw(window, window.x, window.y);
      return true;
    case WINDOW_EVENT_POINTER_DOWN:
    case WINDOW_EVENT_POINTER_MOVE:
      if ((window.buttons & POINTER_LEFT) != 0) dab(window);
      return true;
    default:
      return true;
  }
}

function draw(window: Window, newWidth: i32, newHeight: i32): void {
  width = newWidth;
  height = newHeight;
  pixels = new StaticArray<u32>(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) unchecked((pixels[y * width + x] = colorAt(x, y)));
  }
  window.damage(0, 0, width, height);
}

function colorAt(x: i32, y: i32): u32 {
  const title = (<i32>TITLE_BAR_HEIGHT * scale) / 100;
  if (y >= title) return 0xff000040 | ((<u32>((x * 255) / width)) << 16) | ((<u32>((y * 255) / height)) << 8);
  const button = (width - 1 - x) / ((<i32>TITLE_BUTTON_WIDTH * scale) / 100);
  return button == 0 ? 0xffd05050 : button == 1 ? 0xff50a050 : button == 2 ? 0xffd0a040 : 0xff303640;
}

function dab(window: Window): void {
  const left = max(window.x - BRUSH, 0);
  const top = max(window.y - BRUSH, 0);
  const right = min(window.x + BRUSH, width);
  const bottom = min(window.y + BRUSH, height);
  if (left >= right || top >= bottom) return;
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) pixels[y * width + x] = 0xffffffff;
  window.damage(left, top, right - left, bottom - top);
}
