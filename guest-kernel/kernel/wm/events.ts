// The queue of a window's events: bounded. Moves are joined; when many wait, moves go first and keys that go down are
// refused, so that there is always room for keys that go up.

import {
  WINDOW_EVENT_BLUR,
  WINDOW_EVENT_BUTTONS,
  WINDOW_EVENT_CLOSE,
  WINDOW_EVENT_CODE,
  WINDOW_EVENT_FOCUS,
  WINDOW_EVENT_FRAME,
  WINDOW_EVENT_KEY_REPEAT,
  WINDOW_EVENT_KEY_UP,
  WINDOW_EVENT_MODIFIERS,
  WINDOW_EVENT_POINTER_LEAVE,
  WINDOW_EVENT_POINTER_MOVE,
  WINDOW_EVENT_POINTER_UP,
  WINDOW_EVENT_RESIZE,
  WINDOW_EVENT_SCREEN,
  WINDOW_EVENT_SIZE,
  WINDOW_EVENT_TEXT,
  WINDOW_EVENT_TIME_MS,
  WINDOW_EVENT_TYPE,
  WINDOW_EVENT_WHEEL,
  WINDOW_EVENT_WINDOWS,
  WINDOW_EVENT_X,
  WINDOW_EVENT_Y,
} from "../../abi/window.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { waitNotify, WAKE_WINDOWS } from "../sched/wait.ts";
import { nowNs } from "../time/clock.ts";
import { AppWindow } from "./app-window.ts";
import { hungWatch } from "./closing.ts";
import { inputNow, modifiers, pointerButtons } from "./input-state.ts";

/** Later than this after input an app answers something else, if it waits for events meanwhile. */
const ANSWER_NS: i64 = 100_000_000;

/** Events that a queue holds. */
export const EVENTS_MAX: u32 = 128;
if (<usize>EVENTS_MAX * WINDOW_EVENT_SIZE != PAGE_SIZE) ERROR("EVENTS_MAX");

/** From here on only what may not be lost is queued: at most HELD_MAX keys and buttons that go up, and each kind of KINDS_ONCE. */
const EVENTS_SOFT: u32 = 96;

/** Keys and buttons that can be held at a time. */
export const HELD_MAX: i32 = 24;

// Of these the newest says all: one is queued at most, and none is lost. BLUR takes the place of FOCUS.
const KINDS_ONCE: u32 =
  (1 << WINDOW_EVENT_FOCUS) |
  (1 << WINDOW_EVENT_RESIZE) |
  (1 << WINDOW_EVENT_CLOSE) |
  (1 << WINDOW_EVENT_FRAME) |
  (1 << WINDOW_EVENT_SCREEN) |
  (1 << WINDOW_EVENT_WINDOWS);

const KINDS_UP: u32 = (1 << WINDOW_EVENT_KEY_UP) | (1 << WINDOW_EVENT_POINTER_UP);

const KINDS_MINOR: u32 =
  (1 << WINDOW_EVENT_POINTER_MOVE) |
  (1 << WINDOW_EVENT_POINTER_LEAVE) |
  (1 << WINDOW_EVENT_WHEEL) |
  (1 << WINDOW_EVENT_KEY_REPEAT);

/** Queues an event for a window. False if it was refused because the window does not read. */
export function eventPost(window: AppWindow, type: u32, x: i32, y: i32, code: u32, text: u32): bool {
  const kind = kindOf(type);
  let event: usize = 0;
  if ((kind & KINDS_ONCE & window.kinds) != 0) event = findKind(window, kind);
  else if (type == WINDOW_EVENT_POINTER_MOVE) event = joinMove(window);
  else if (type == WINDOW_EVENT_WHEEL && window.count != 0) {
    const last = eventAt(window, window.count - 1);
    if (load<u32>(last, WINDOW_EVENT_TYPE) == WINDOW_EVENT_WHEEL) {
      event = last;
      code += load<u32>(last, WINDOW_EVENT_CODE);
      text += load<u32>(last, WINDOW_EVENT_TEXT);
    }
  }
  if (event == 0) {
    if (!makeRoom(window, kind)) return false;
    event = eventAt(window, window.count++);
    window.kinds |= kind & KINDS_ONCE;
  }
  const now = inputNow == 0 ? nowNs() : inputNow;
  store<u32>(event, type, WINDOW_EVENT_TYPE);
  store<u32>(event, <u32>(now / 1000000), WINDOW_EVENT_TIME_MS);
  store<i32>(event, x, WINDOW_EVENT_X);
  store<i32>(event, y, WINDOW_EVENT_Y);
  store<u32>(event, pointerButtons, WINDOW_EVENT_BUTTONS);
  store<u32>(event, code, WINDOW_EVENT_CODE);
  store<u32>(event, text, WINDOW_EVENT_TEXT);
  store<u32>(event, modifiers, WINDOW_EVENT_MODIFIERS);
  if (window.unreadNs == 0) {
    window.unreadNs = now;
    hungWatch(now);
  }
  // Input that the app has read, and drew nothing for, is not what its next picture answers.
  if (inputNow != 0 && (window.inputNs == 0 || (window.count == 1 && inputNow - window.inputNs > ANSWER_NS)))
    window.inputNs = inputNow;
  waitNotify(WAKE_WINDOWS);
  return true;
}

/** True if a window has an event to read. */
export function windowReady(window: AppWindow): bool {
  return window.count != 0;
}

/** The oldest event, which stays where it is; 0 if there is none. */
export function eventPeek(window: AppWindow): usize {
  return window.count == 0 ? 0 : eventAt(window, 0);
}

/** Drops the oldest event, which there must be. */
export function eventPop(window: AppWindow): void {
  window.kinds &= ~kindOf(load<u32>(eventAt(window, 0), WINDOW_EVENT_TYPE));
  window.head = (window.head + 1) & (EVENTS_MAX - 1);
  window.count--;
}

function eventAt(window: AppWindow, index: u32): usize {
  return window.events + <usize>((window.head + index) & (EVENTS_MAX - 1)) * WINDOW_EVENT_SIZE;
}

/** The kind of a type: one bit. */
function kindOf(type: u32): u32 {
  return 1 << (type == WINDOW_EVENT_BLUR ? WINDOW_EVENT_FOCUS : type);
}

function findKind(window: AppWindow, kind: u32): usize {
  for (let i: u32 = 0; i < window.count; i++) {
    if (kindOf(load<u32>(eventAt(window, i), WINDOW_EVENT_TYPE)) == kind) return eventAt(window, i);
  }
  return 0;
}

/** The newest event, if it is a move with the same buttons. */
function joinMove(window: AppWindow): usize {
  if (window.count == 0) return 0;
  const last = eventAt(window, window.count - 1);
  const same =
    load<u32>(last, WINDOW_EVENT_TYPE) == WINDOW_EVENT_POINTER_MOVE &&
    load<u32>(last, WINDOW_EVENT_BUTTONS) == pointerButtons;
  return same ? last : 0;
}

/** True if an event of this kind can be added; may drop one that matters less. */
function makeRoom(window: AppWindow, kind: u32): bool {
  if (window.count < EVENTS_SOFT || dropMinor(window)) return true;
  return (kind & (KINDS_ONCE | KINDS_UP)) != 0 && window.count < EVENTS_MAX;
}

/** Drops the oldest move, or another event of little weight. False if there is none. */
function dropMinor(window: AppWindow): bool {
  let index = findMinor(window, 1 << WINDOW_EVENT_POINTER_MOVE);
  if (index < 0) index = findMinor(window, KINDS_MINOR);
  if (index < 0) return false;
  for (let i = <u32>index; i > 0; i--)
    memory.copy(eventAt(window, i), eventAt(window, i - 1), WINDOW_EVENT_SIZE);
  window.head = (window.head + 1) & (EVENTS_MAX - 1);
  window.count--;
  return true;
}

function findMinor(window: AppWindow, kinds: u32): i32 {
  for (let i: u32 = 0; i < window.count; i++) {
    if ((kindOf(load<u32>(eventAt(window, i), WINDOW_EVENT_TYPE)) & kinds) != 0) return <i32>i;
  }
  return -1;
}
