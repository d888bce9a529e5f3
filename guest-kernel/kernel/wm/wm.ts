// The window manager's part of the kernel's loop.

import { STATUS_KILLED, STATUS_TRAPPED } from "../../abi/syscall.ts";
import { WINDOW_EVENT_CRASHED, WINDOW_EVENT_FRAME } from "../../abi/window.ts";
import { frameDeadline, frameDone, framesStart, frameStep } from "../compositor/frame.ts";
import { screenPixels } from "../compositor/screen.ts";
import { frameStatistics } from "../compositor/statistics.ts";
import {
  framebufferDamage,
  framebufferPresent,
  framebufferShow,
  framebufferTakeWanted,
} from "../drivers/framebuffer.ts";
import { sysfsRegister } from "../vfs/sysfs.ts";
import { windowAt, windowsInit, WINDOWS_MAX } from "./app-window.ts";
import { tellDesktop } from "./broadcast.ts";
import { hungDeadline, hungPoll } from "./closing.ts";
import { eventPost } from "./events.ts";
import { inputPoll } from "./input.ts";
import { keyboardDeadline, keyboardPoll } from "./keyboard.ts";
import { screenTakeWanted } from "./screen-mode.ts";
import { treeText, windowsText } from "./window-info.ts";

let shown: u32 = 0; // the newest frame whose windows were told

/** Sets the first mode, if there is a screen. Once, at boot. */
export function wmInit(): void {
  if (!framebufferPresent()) return;
  wmStart();
  screenTakeWanted();
}

/** Prepares all but the mode. */
export function wmStart(): void {
  windowsInit();
  framesStart(damaged, framebufferShow);
  sysfsRegister("ui/frames", frameStatistics);
  sysfsRegister("ui/windows", windowsText);
  sysfsRegister("ui/tree", treeText);
}

/** One look: input, the screen's mode, timers, a part of a frame. True if there is more to do at once. */
export function wmPoll(now: i64): bool {
  if (screenPixels == 0) return false;
  if (framebufferTakeWanted()) screenTakeWanted();
  inputPoll(now);
  keyboardPoll(now);
  hungPoll(now);
  const busy = frameStep(now);
  if (frameDone() != shown) tellFrame();
  return busy;
}

/** When wmPoll has something to do without an event, i64.MAX_VALUE for never. */
export function wmDeadline(): i64 {
  if (screenPixels == 0) return i64.MAX_VALUE;
  return min(frameDeadline(), min(keyboardDeadline(), hungDeadline()));
}

/** A process ends: the desktop is told if it had windows and did not mean to. They still are. */
export function wmProcessEnds(pid: i32, status: i32): void {
  if (screenPixels == 0 || (status & (STATUS_TRAPPED | STATUS_KILLED)) == 0) return;
  for (let slot = 0; slot < WINDOWS_MAX; slot++) {
    if (windowAt(slot).id == 0 || windowAt(slot).pid != pid) continue;
    return tellDesktop(WINDOW_EVENT_CRASHED, <u32>pid, <u32>status);
  }
}

/** A frame is done: the windows whose pictures it shows hear of it, if they are on the screen. */
function tellFrame(): void {
  shown = frameDone();
  for (let slot = 0; slot < WINDOWS_MAX; slot++) {
    const window = windowAt(slot);
    if (window.id == 0 || window.frame == 0 || window.frame > shown || !window.surface.visible) continue;
    window.frame = 0;
    eventPost(window, WINDOW_EVENT_FRAME, 0, 0, shown, 0);
  }
}

function damaged(left: i32, top: i32, right: i32, bottom: i32): void {
  framebufferDamage(left, top, right - left, bottom - top);
}
