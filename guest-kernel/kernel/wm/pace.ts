// When a window's pictures show, and when its app hears that it is time for the next one.
//
// Each window has ticks of its own, FRAME_NS apart. WINDOW_EVENT_FRAME comes at a tick; the picture that answers it is
// composed at once and not at the next tick, so input shows a frame earlier. Who draws more often waits for the frame clock.

import { WINDOW_EVENT_FRAME } from "../../abi/window.ts";
import { FRAME_NS, frameDone, frameInput, frameNext, frameUrge, frameWork } from "../compositor/frame.ts";
import { nowNs } from "../time/clock.ts";
import { AppWindow, windowAt, WINDOWS_MAX } from "./app-window.ts";
import { eventPost } from "./events.ts";

/** From an urgent picture of a window to the next at least, whatever its app says of when it began to draw. */
const URGENT_NS: i64 = FRAME_NS / 4;

let told: u32 = 0; // the newest frame whose windows were looked at
let nextTell: i64 = i64.MAX_VALUE; // when a window whose frame is done has its tick

/** The app begins to draw. */
export function paceDraw(window: AppWindow): void {
  window.drawNs = nowNs();
}

/** The window has a new picture, all of it damaged: it shows at once if its tick has come. */
export function paceSubmit(window: AppWindow): void {
  const now = nowNs();
  if (window.drawNs != 0) frameWork(now - window.drawNs);
  frameInput(window.inputNs);
  window.inputNs = 0;
  window.frame = frameNext();
  if (now >= window.nextNs) {
    frameUrge();
    const began = window.drawNs == 0 ? now : window.drawNs;
    // It answers its tick, or begins anew after a pause.
    const tick = began - window.nextNs < FRAME_NS ? window.nextNs : began;
    window.nextNs = max(tick + FRAME_NS, now + URGENT_NS);
  }
  window.drawNs = 0;
}

/** Tells the windows whose pictures are on the screen and whose ticks have come. */
export function paceTell(now: i64): void {
  if (frameDone() == told && now < nextTell) return;
  told = frameDone();
  nextTell = i64.MAX_VALUE;
  for (let slot = 0; slot < WINDOWS_MAX; slot++) {
    const window = windowAt(slot);
    if (window.id == 0 || window.frame == 0 || window.frame > told || !window.surface.visible) continue;
    if (now < window.nextNs) {
      nextTell = min(nextTell, window.nextNs);
      continue;
    }
    window.frame = 0;
    eventPost(window, WINDOW_EVENT_FRAME, 0, 0, told, 0);
  }
}

/** When paceTell has something to do, as far as no frame is done before. */
export function paceDeadline(): i64 {
  return nextTell;
}
