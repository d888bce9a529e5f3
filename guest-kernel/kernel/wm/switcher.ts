// Alt and the tabulator: goes through the windows in the order of their last use, and to the one it is at when alt goes up.

import { SHORTCUT_SWITCH, WINDOW_EVENT_SHORTCUT } from "../../abi/window.ts";
import { AppWindow, windowAt, windowNormal, WINDOWS_MAX } from "./app-window.ts";
import { tellDesktop } from "./broadcast.ts";
import { windowActivate } from "./activate.ts";

let at: AppWindow | null = null;

/** True while it goes on. */
export function switching(): bool {
  return at !== null;
}

/** Goes one window further, or back. */
export function switcherNext(back: bool): void {
  const before = at === null ? neighbour(u32.MAX_VALUE, false) : at;
  if (before === null) return;
  let next = neighbour(before.usedAt, back);
  if (next === null) next = back ? neighbour(0, true) : neighbour(u32.MAX_VALUE, false);
  at = next;
  tellDesktop(WINDOW_EVENT_SHORTCUT, SHORTCUT_SWITCH, next!.id);
}

/** Ends it: at the window that it is at, or where it began. */
export function switcherEnd(chosen: bool): void {
  const window = at;
  if (window === null) return;
  at = null;
  if (chosen) windowActivate(window);
  tellDesktop(WINDOW_EVENT_SHORTCUT, SHORTCUT_SWITCH, 0);
}

/** Forgets a window that closes. */
export function switcherForget(window: AppWindow): void {
  if (at === window) switcherEnd(false);
}

/** The window used last before `usedAt`, or first after it; null if there is none. */
function neighbour(usedAt: u32, later: bool): AppWindow | null {
  let best: AppWindow | null = null;
  for (let slot = 0; slot < WINDOWS_MAX; slot++) {
    const window = windowAt(slot);
    if (window.id == 0 || !window.mapped || !windowNormal(window)) continue;
    if (later ? window.usedAt <= usedAt : window.usedAt >= usedAt) continue;
    if (best === null || (later ? window.usedAt < best.usedAt : window.usedAt > best.usedAt)) best = window;
  }
  return best;
}
