// What the tests of the desktop and its apps call.

import { Rect } from "../engine/foundation/geometry.ts";
import { KeyEvent, PointerEvent } from "../engine/gestures/events.ts";
import { Bitmap } from "../engine/painting/bitmap.ts";
import { AppRoot } from "../engine/widgets/app-root.ts";
import { ThemeData } from "../engine/widgets/theme.ts";
import { UiWindow } from "../engine/widgets/window.ts";
import { appNamed } from "./local-apps.ts";

let window: UiWindow | null = null;
let rects: Rect[] = [];

/** Shows an app of local-apps.ts in its frame. */
export function open(index: i32, dark: bool, state: u32): void {
  const app = appNamed(NAMES[index]);
  assert(app !== null);
  if (app === null) return;
  const root = new AppRoot(app.create(), null);
  root.title = app.title;
  root.icon = app.icon;
  root.state = state;
  const widget = root.build(dark ? ThemeData.dark() : ThemeData.light());
  const shown = window;
  if (shown === null) window = new UiWindow(widget);
  else shown.setWidget(widget);
}

const NAMES: string[] = ["clock", "files", "terminal", "monitor", "canvas", "settings"];

/** Draws a frame. The number of rectangles that were painted. */
export function frame(now: f64, pixels: usize, width: i32, height: i32, scale: f64): i32 {
  rects = (window as UiWindow).frame(now, Bitmap.over(pixels, width, height, width * 4), scale);
  return rects.length;
}

export function pointer(kind: i32, x: f64, y: f64, buttons: u32, time: f64, wheel: f64): void {
  (window as UiWindow).pointer(new PointerEvent(kind, x, y, buttons, time, wheel));
}

/** A key; `codePoint` is what it types, 0 for nothing. */
export function key(key: i32, codePoint: i32, modifiers: u32): bool {
  const text = codePoint == 0 ? "" : String.fromCodePoint(codePoint);
  return (window as UiWindow).key(new KeyEvent(key, text, modifiers));
}

export function nextFrame(now: f64): f64 {
  return (window as UiWindow).nextFrame(now);
}

/** The lines of rendering/semantics.ts; a string of UTF-16. */
export function describe(): string {
  return (window as UiWindow).describe();
}

export function collect(): void {
  __collect();
}
