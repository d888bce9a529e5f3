// Windows that the user wants closed, and apps that do not answer.

import { WINDOW_EVENT_CLOSE, WINDOW_EVENT_HUNG, WINDOW_STATE_HUNG } from "../../abi/window.ts";
import { surfaceDamage } from "../compositor/frame.ts";
import { DIM_NONE } from "../compositor/surface.ts";
import { nowNs } from "../time/clock.ts";
import { AppWindow, windowAt, windowIs, windowNormal, WINDOWS_MAX } from "./app-window.ts";
import { tellDesktop, tellWindows } from "./broadcast.ts";
import { eventPost } from "./events.ts";

/** An app that leaves an event unread for so long is hung. */
const HUNG_NS: i64 = 4_000_000_000;
const DIM_HUNG: u32 = 150; // of 256

/** The user wants a window closed. Of one that is hung, the desktop is told at once. */
export function windowAskClose(window: AppWindow): void {
  eventPost(window, WINDOW_EVENT_CLOSE, 0, 0, 0, 0);
  if (window.closeNs == 0) window.closeNs = nowNs();
  if (windowIs(window, WINDOW_STATE_HUNG)) tellDesktop(WINDOW_EVENT_HUNG, window.id, 0);
}

/** Marks the windows whose apps do not read their events. */
export function hungPoll(now: i64): void {
  if (now < nextLook) return;
  nextLook = i64.MAX_VALUE;
  for (let slot = 0; slot < WINDOWS_MAX; slot++) {
    const window = windowAt(slot);
    if (window.id == 0 || window.unreadNs == 0 || windowIs(window, WINDOW_STATE_HUNG)) continue;
    if (now - window.unreadNs >= HUNG_NS) setHung(window, true);
    else nextLook = min(nextLook, window.unreadNs + HUNG_NS);
  }
}

/** When hungPoll has something to do. */
export function hungDeadline(): i64 {
  return nextLook;
}

/** An event waits to be read since `since`. */
export function hungWatch(since: i64): void {
  nextLook = min(nextLook, since + HUNG_NS);
}

/** The app has read events of a window, all or some. */
export function hungEnd(window: AppWindow): void {
  window.unreadNs = window.count == 0 ? 0 : nowNs();
  if (window.unreadNs != 0) hungWatch(window.unreadNs);
  window.closeNs = 0;
  if (windowIs(window, WINDOW_STATE_HUNG)) setHung(window, false);
}

let nextLook: i64 = i64.MAX_VALUE;

function setHung(window: AppWindow, hung: bool): void {
  if (hung) window.state |= WINDOW_STATE_HUNG;
  else window.state &= ~WINDOW_STATE_HUNG;
  if (windowNormal(window)) {
    window.surface.dim = hung ? DIM_HUNG : DIM_NONE;
    surfaceDamage(window.surface);
  }
  if (hung && window.closeNs != 0) tellDesktop(WINDOW_EVENT_HUNG, window.id, 0);
  tellWindows();
}
