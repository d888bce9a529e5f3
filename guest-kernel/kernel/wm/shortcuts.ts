// Keys that the window manager takes for itself.

import {
  MODIFIER_ALT,
  MODIFIER_CONTROL,
  MODIFIER_META,
  MODIFIER_SHIFT,
  SHORTCUT_FRAMES,
  WINDOW_EVENT_SHORTCUT,
  WINDOW_STATE_MAXIMISED,
  WINDOW_STATE_SNAPPED,
} from "../../abi/window.ts";
import { AppWindow, windowIs, windowNormal } from "./app-window.ts";
import { tellDesktop } from "./broadcast.ts";
import { windowAskClose } from "./closing.ts";
import { modifiers } from "./input-state.ts";
import { KEY_DOWN, KEY_ESC, KEY_F, KEY_F4, KEY_LEFT, KEY_RIGHT, KEY_TAB, KEY_UP } from "./keymap.ts";
import { SNAP_LEFT, SNAP_RIGHT, SNAP_TOP, windowMinimise, windowRestore, windowSnap } from "./layout.ts";
import { switcherEnd, switcherNext, switching } from "./switcher.ts";

/** Serves a key that went down, if it is a shortcut; `focused` is the window that it would go to. True if it was one. */
export function shortcut(code: u32, focused: AppWindow | null): bool {
  if (code == KEY_ESC && switching()) {
    switcherEnd(false);
    return true;
  }
  if ((modifiers & MODIFIER_ALT) != 0 && code == KEY_TAB) {
    switcherNext((modifiers & MODIFIER_SHIFT) != 0);
    return true;
  }
  if (modifiers == (MODIFIER_CONTROL | MODIFIER_ALT) && code == KEY_F) {
    tellDesktop(WINDOW_EVENT_SHORTCUT, SHORTCUT_FRAMES, 0);
    return true;
  }
  if (focused === null || !windowNormal(focused)) return false;
  if ((modifiers & MODIFIER_ALT) != 0 && code == KEY_F4) {
    windowAskClose(focused);
    return true;
  }
  return (modifiers & MODIFIER_META) != 0 && arrow(code, focused);
}

/** Meta and an arrow: places a window. */
function arrow(code: u32, window: AppWindow): bool {
  if (code == KEY_LEFT) windowSnap(window, SNAP_LEFT);
  else if (code == KEY_RIGHT) windowSnap(window, SNAP_RIGHT);
  else if (code == KEY_UP) windowSnap(window, SNAP_TOP);
  else if (code != KEY_DOWN) return false;
  else if (windowIs(window, WINDOW_STATE_MAXIMISED | WINDOW_STATE_SNAPPED)) windowRestore(window);
  else windowMinimise(window);
  return true;
}
