// Who has the keyboard: one window at a time.

import {
  WINDOW_EVENT_BLUR,
  WINDOW_EVENT_FOCUS,
  WINDOW_LAYER_MASK,
  WINDOW_OVERLAY,
  WINDOW_STATE_FOCUSED,
  WINDOW_STATE_MAXIMISED,
  WINDOW_STATE_MINIMISED,
  WINDOW_STATE_SNAPPED,
} from "../../abi/window.ts";
import { surfaceDamage } from "../compositor/frame.ts";
import { stackRaise } from "../compositor/stack.ts";
import { SHADOW_NONE, SHADOW_STRONG, SHADOW_WEAK } from "../compositor/surface.ts";
import { AppWindow, windowAt, windowIs, windowNormal, WINDOWS_MAX } from "./app-window.ts";
import { tellWindows } from "./broadcast.ts";
import { eventPost } from "./events.ts";

let focused: AppWindow | null = null;
let uses: u32 = 0;

/** The window that has the focus; null if none has. */
export function focusWindow(): AppWindow | null {
  return focused;
}

/** Gives the focus to a window on the screen, or to none. */
export function focusSet(window: AppWindow | null): void {
  const before = focused;
  if (before === window) return;
  focused = window;
  if (before !== null) {
    before.state &= ~WINDOW_STATE_FOCUSED;
    eventPost(before, WINDOW_EVENT_BLUR, 0, 0, 0, 0);
    windowLook(before);
  }
  if (window !== null) {
    window.state |= WINDOW_STATE_FOCUSED;
    window.usedAt = ++uses;
    eventPost(window, WINDOW_EVENT_FOCUS, 0, 0, 0, 0);
    windowLook(window);
  }
  tellWindows();
}

/** Raises a window on top of its layer. */
export function windowRaise(window: AppWindow): void {
  if (!window.mapped) return;
  stackRaise(window.surface);
  surfaceDamage(window.surface);
  tellWindows();
}

/** Gives the focus to who had it last, of those that show and the user moves. */
export function focusFallBack(): void {
  focusSet(lastUsed(null));
}

/** The window that had the focus last, without `other`. */
export function lastUsed(other: AppWindow | null): AppWindow | null {
  let best: AppWindow | null = null;
  for (let slot = 0; slot < WINDOWS_MAX; slot++) {
    const window = windowAt(slot);
    if (window.id == 0 || !window.mapped || !windowNormal(window) || window === other) continue;
    if (windowIs(window, WINDOW_STATE_MINIMISED)) continue;
    if (best === null || window.usedAt > best.usedAt) best = window;
  }
  return best;
}

/** Forgets a window that closes. */
export function focusForget(window: AppWindow): void {
  if (focused !== window) return;
  focused = null;
  focusFallBack();
}

/** Makes a window look as its state is: corners, shadow. */
export function windowLook(window: AppWindow): void {
  const surface = window.surface;
  const normal = windowNormal(window);
  const whole = windowIs(window, WINDOW_STATE_MAXIMISED);
  const radius = normal && !whole && !windowIs(window, WINDOW_STATE_SNAPPED) ? 1 : 0;
  let shadow = normal && !whole ? SHADOW_WEAK : SHADOW_NONE;
  if (shadow != SHADOW_NONE && windowIs(window, WINDOW_STATE_FOCUSED)) shadow = SHADOW_STRONG;
  if (surface.radius == radius && surface.shadow == shadow) return;
  surfaceDamage(surface); // with the shadow that it had
  surface.radius = radius;
  surface.shadow = shadow;
  surfaceDamage(surface);
}

/** True if a click gives the window the focus. */
export function focusByClick(window: AppWindow): bool {
  return windowNormal(window) || (window.flags & WINDOW_LAYER_MASK) == WINDOW_OVERLAY;
}
