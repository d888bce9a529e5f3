// The window manager's part of the kernel's loop.

import { STATUS_KILLED, STATUS_TRAPPED } from "../../abi/syscall.ts";
import { WINDOW_EVENT_CRASHED } from "../../abi/window.ts";
import {
  frameDeadline,
  frameNextBegin,
  frameReady,
  framesStart,
  framesWatch,
  frameStep,
} from "../compositor/frame.ts";
import { motionsActive, motionsStep } from "../compositor/motion.ts";
import { screenPixels } from "../compositor/screen.ts";
import { frameStatistics, frameTimesText } from "../compositor/statistics.ts";
import {
  framebufferBegin,
  framebufferCopy,
  framebufferDamage,
  framebufferPresent,
  framebufferShow,
  framebufferTakeWanted,
  framebufferWantsCopies,
} from "../drivers/framebuffer.ts";
import { sysfsRegister } from "../vfs/sysfs.ts";
import { windowAt, windowsInit, WINDOWS_MAX } from "./app-window.ts";
import { tellDesktop } from "./broadcast.ts";
import { clipboardInit, clipboardPoll } from "./clipboard.ts";
import { hungDeadline, hungPoll } from "./closing.ts";
import { inputPoll } from "./input.ts";
import { keyboardDeadline, keyboardPoll } from "./keyboard.ts";
import { paceDeadline, paceTell } from "./pace.ts";
import { screenTakeWanted } from "./screen-mode.ts";
import { treeText, windowsText } from "./window-info.ts";

/** Sets the first mode, if there is a screen. Once, at boot. */
export function wmInit(): void {
  if (!framebufferPresent()) return;
  wmStart();
  screenTakeWanted();
}

/** Prepares all but the mode. */
export function wmStart(): void {
  windowsInit();
  clipboardInit();
  framesStart(damaged, framebufferShow);
  framesWatch(framebufferBegin, shifted);
  sysfsRegister("ui/frames", frameStatistics);
  sysfsRegister("ui/frame-times", frameTimesText);
  sysfsRegister("ui/windows", windowsText);
  sysfsRegister("ui/tree", treeText);
}

/** One look: input, the screen's mode, timers, a part of a frame. True if there is more to do at once. */
export function wmPoll(now: i64): bool {
  if (screenPixels == 0) return false;
  if (framebufferTakeWanted()) screenTakeWanted();
  clipboardPoll();
  inputPoll(now);
  keyboardPoll(now);
  hungPoll(now);
  if (motionsActive() && frameReady(now)) motionsStep(now);
  const busy = frameStep(now);
  paceTell(now);
  return busy;
}

/** When wmPoll has something to do without an event, i64.MAX_VALUE for never. */
export function wmDeadline(): i64 {
  if (screenPixels == 0) return i64.MAX_VALUE;
  const frame = motionsActive() ? frameNextBegin() : frameDeadline();
  return min(min(frame, paceDeadline()), min(keyboardDeadline(), hungDeadline()));
}

/** A process ends: the desktop is told if it had windows and did not mean to. They still are. */
export function wmProcessEnds(pid: i32, status: i32): void {
  if (screenPixels == 0 || (status & (STATUS_TRAPPED | STATUS_KILLED)) == 0) return;
  for (let slot = 0; slot < WINDOWS_MAX; slot++) {
    if (windowAt(slot).id == 0 || windowAt(slot).pid != pid) continue;
    return tellDesktop(WINDOW_EVENT_CRASHED, <u32>pid, <u32>status);
  }
}

function shifted(left: i32, top: i32, right: i32, bottom: i32, byX: i32, byY: i32): bool {
  if (!framebufferWantsCopies()) return false;
  framebufferCopy(left - byX, top - byY, left, top, right - left, bottom - top);
  return true;
}

function damaged(left: i32, top: i32, right: i32, bottom: i32): void {
  framebufferDamage(left, top, right - left, bottom - top);
}
