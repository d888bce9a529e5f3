// What a process with windows does: wait for something to happen, handle it, draw what has changed.

import {
  POLL_EVENTS,
  POLL_HANDLE,
  POLL_MAX,
  POLL_READ,
  POLL_READY,
  POLL_SIZE,
} from "../../../guest-kernel/abi/poll.ts";
import { poll } from "../../sdk/oscortex.ts";
import { Action } from "../foundation/action.ts";
import { advanceTo, nextAlarm } from "../foundation/frame-clock.ts";
import { AppWindow, disposeClosed, openWindows } from "./app-window.ts";
import { now } from "./screen.ts";

const NO_TIMEOUT: i64 = -1;
const DESCRIBE_TIME: f64 = 250; // milliseconds between descriptions while something moves
const COLLECT_AFTER: i32 = 8; // frames in a row

const list = memory.data(512, 8);
if (<usize>POLL_MAX * POLL_SIZE > 512) ERROR("list");

/** Calls an action when a handle can be read. */
export class Watch {
  constructor(
    readonly handle: i32,
    readonly action: Action,
  ) {}
}

let watches: Watch[] = [];
let leaving: bool = false;
let describedAt: f64 = 0;

/** Calls an action whenever a handle, or POLL_CHILDREN, can be read or its other side is gone, until `unwatch`. */
export function watch(handle: i32, action: Action): Watch {
  const added = new Watch(handle, action);
  watches.push(added);
  return added;
}

export function unwatch(watch: Watch): void {
  const at = watches.indexOf(watch);
  if (at >= 0) watches.splice(at, 1);
}

/** Ends the loop. */
export function leave(): void {
  leaving = true;
}

/** Serves the windows until none is open, or `leave` was called. */
export function runLoop(): void {
  let busy = 0;
  while (openWindows().length > 0 && !leaving) {
    drawAll();
    const timeout = timeoutNs();
    if (timeout != 0 || now() - describedAt > DESCRIBE_TIME) describeAll();
    // PERF: a collection takes some tenths of a millisecond: not between the frames of an animation, if there are few.
    if (timeout != 0 || ++busy == COLLECT_AFTER) {
      busy = 0;
      __collect();
    }
    wait(timeout);
    disposeClosed();
  }
}

function drawAll(): void {
  const time = now();
  advanceTo(time);
  const windows = openWindows().slice();
  for (let i = 0; i < windows.length; i++) if (windows[i].isOpen) windows[i].draw(time);
}

function describeAll(): void {
  describedAt = now();
  const windows = openWindows();
  for (let i = 0; i < windows.length; i++) windows[i].describe();
}

function timeoutNs(): i64 {
  const time = now();
  let next = nextAlarm();
  const windows = openWindows();
  for (let i = 0; i < windows.length; i++) next = min(next, windows[i].nextFrame(time));
  if (next == Infinity) return NO_TIMEOUT;
  return max(<i64>0, <i64>ceil((next - time) * 1e6));
}

/** Waits for events, and has them handled. */
function wait(timeout: i64): void {
  const windows = openWindows();
  const count = min(windows.length, <i32>POLL_MAX);
  for (let i = 0; i < count; i++) ask(i, windows[i].handle);
  const watched = min(watches.length, <i32>POLL_MAX - count);
  for (let i = 0; i < watched; i++) ask(count + i, watches[i].handle);
  if (poll(list, count + watched, timeout) <= 0) return;
  serve(count, watched);
}

function ask(index: i32, handle: i32): void {
  const entry = list + <usize>index * POLL_SIZE;
  store<i32>(entry, handle, POLL_HANDLE);
  store<u16>(entry, <u16>POLL_READ, POLL_EVENTS);
  store<u16>(entry, 0, POLL_READY);
}

function isReady(index: i32): bool {
  return load<u16>(list + <usize>index * POLL_SIZE, POLL_READY) != 0;
}

function serve(count: i32, watched: i32): void {
  const ready: AppWindow[] = [];
  const actions: Action[] = [];
  const windows = openWindows();
  for (let i = 0; i < count; i++) if (isReady(i)) ready.push(windows[i]);
  for (let i = 0; i < watched; i++) if (isReady(count + i)) actions.push(watches[i].action);
  for (let i = 0; i < ready.length; i++) if (ready[i].isOpen) ready[i].serve();
  for (let i = 0; i < actions.length; i++) actions[i].run();
}
