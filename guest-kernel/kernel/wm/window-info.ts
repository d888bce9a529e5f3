// What others may know of windows: window_list and /sys/ui/windows.

import {
  WINDOW_INFO_APP,
  WINDOW_INFO_FLAGS,
  WINDOW_INFO_HEIGHT,
  WINDOW_INFO_ID,
  WINDOW_INFO_PID,
  WINDOW_INFO_SIZE,
  WINDOW_INFO_STATE,
  WINDOW_INFO_TITLE,
  WINDOW_INFO_WIDTH,
  WINDOW_INFO_X,
  WINDOW_INFO_Y,
  WINDOW_LAYER_MASK,
  WINDOW_BACKGROUND,
  WINDOW_OVERLAY,
  WINDOW_PANEL,
  WINDOW_STATE_FOCUSED,
  WINDOW_STATE_HUNG,
  WINDOW_STATE_MAXIMISED,
  WINDOW_STATE_MINIMISED,
  WINDOW_STATE_SNAPPED,
} from "../../abi/window.ts";
import { stackCount, stackSurface } from "../compositor/stack.ts";
import { textBegin, textByte, textBytes, textEnd, textNumber, textPut, textSigned } from "../vfs/text.ts";
import { descriptionText } from "./description.ts";
import { AppWindow, TEXT_SIZE, windowApp, windowIs, windowOf, windowTitle } from "./app-window.ts";

const SPACE: u8 = 32;
const NEWLINE: u8 = 10;
const info = memory.data(160, 8);
if (WINDOW_INFO_SIZE != 160) ERROR("info");

/** Windows that have had a picture. */
export function windowCount(): u32 {
  let count: u32 = 0;
  for (let place = 0; place < stackCount(); place++) if (windowOf(stackSurface(place)) !== null) count++;
  return count;
}

/** What window_list tells of window `index`, the topmost first: WINDOW_INFO_SIZE bytes; valid to the next call. */
export function windowInfo(index: u32): usize {
  const window = fromTop(index)!;
  const surface = window.surface;
  store<u32>(info, window.id, WINDOW_INFO_ID);
  store<u32>(info, window.pid, WINDOW_INFO_PID);
  store<u32>(info, window.state, WINDOW_INFO_STATE);
  store<u32>(info, window.flags, WINDOW_INFO_FLAGS);
  store<i32>(info, surface.left, WINDOW_INFO_X);
  store<i32>(info, surface.top, WINDOW_INFO_Y);
  store<u32>(info, surface.width, WINDOW_INFO_WIDTH);
  store<u32>(info, surface.height, WINDOW_INFO_HEIGHT);
  memory.copy(info + WINDOW_INFO_TITLE, windowTitle(window), TEXT_SIZE);
  memory.copy(info + WINDOW_INFO_APP, windowApp(window), TEXT_SIZE);
  return info;
}

/** The text of /sys/ui/windows: a line a window, the topmost first: id pid x y width height state app title. */
export function windowsText(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  for (let index: u32 = 0; index < windowCount(); index++) line(fromTop(index)!);
  return textEnd();
}

/**
 * The text of /sys/ui/tree: for each window its line as in /sys/ui/windows, then what it shows as its app has described it, places
 * counted from the window's corner. The topmost comes first.
 */
export function treeText(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  for (let index: u32 = 0; index < windowCount(); index++) {
    const window = fromTop(index)!;
    textPut("window ");
    line(window);
    descriptionText(window);
  }
  return textEnd();
}

function line(window: AppWindow): void {
  const surface = window.surface;
  textNumber(window.id);
  textByte(SPACE);
  textNumber(window.pid);
  number(surface.left);
  number(surface.top);
  number(surface.width);
  number(surface.height);
  textByte(SPACE);
  textPut(layerText(window.flags & WINDOW_LAYER_MASK));
  state(window, WINDOW_STATE_FOCUSED, ",focused");
  state(window, WINDOW_STATE_MINIMISED, ",minimised");
  state(window, WINDOW_STATE_MAXIMISED, ",maximised");
  state(window, WINDOW_STATE_SNAPPED, ",snapped");
  state(window, WINDOW_STATE_HUNG, ",hung");
  textByte(SPACE);
  text(windowApp(window));
  textByte(SPACE);
  text(windowTitle(window));
  textByte(NEWLINE);
}

function fromTop(index: u32): AppWindow | null {
  for (let place = stackCount() - 1; place >= 0; place--) {
    const window = windowOf(stackSurface(place));
    if (window !== null && index-- == 0) return window;
  }
  return null;
}

function number(value: i32): void {
  textByte(SPACE);
  textSigned(value);
}

function state(window: AppWindow, bit: u32, name: string): void {
  if (windowIs(window, bit)) textPut(name);
}

function layerText(layer: u32): string {
  if (layer == WINDOW_BACKGROUND) return "background";
  if (layer == WINDOW_PANEL) return "panel";
  return layer == WINDOW_OVERLAY ? "overlay" : "normal";
}

function text(at: usize): void {
  let length: u32 = 0;
  while (length < <u32>TEXT_SIZE && load<u8>(at + <usize>length) != 0) length++;
  textBytes(at, length);
}
