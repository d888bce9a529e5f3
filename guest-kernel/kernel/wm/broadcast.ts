// Events for many windows at once.

import {
  WINDOW_BACKGROUND,
  WINDOW_EVENT_SCREEN,
  WINDOW_EVENT_WINDOWS,
  WINDOW_LAYER_MASK,
} from "../../abi/window.ts";
import { screenHeight, screenScale, screenWidth } from "../compositor/screen.ts";
import { AppWindow, windowAt, WINDOWS_MAX } from "./app-window.ts";
import { eventPost } from "./events.ts";

/** THEME_* of the screen. */
export let theme: u32 = 0;

/** Sets the theme, and tells every window. */
export function setTheme(newTheme: u32): void {
  theme = newTheme;
  tellScreen();
}

/** Tells every window of the screen's size, scale and theme. */
export function tellScreen(): void {
  for (let slot = 0; slot < WINDOWS_MAX; slot++) {
    if (windowAt(slot).id != 0) tellScreenTo(windowAt(slot));
  }
}

/** Tells one window of the screen. */
export function tellScreenTo(window: AppWindow): void {
  eventPost(window, WINDOW_EVENT_SCREEN, screenWidth, screenHeight, <u32>screenScale, theme);
}

/** Tells the desktop, whoever has a background, of something. */
export function tellDesktop(type: u32, code: u32, text: u32): void {
  for (let slot = 0; slot < WINDOWS_MAX; slot++) {
    const window = windowAt(slot);
    if (window.id != 0 && (window.flags & WINDOW_LAYER_MASK) == WINDOW_BACKGROUND)
      eventPost(window, type, 0, 0, code, text);
  }
}

/** Tells the desktop that the list of windows has changed. */
export function tellWindows(): void {
  tellDesktop(WINDOW_EVENT_WINDOWS, 0, 0);
}
