// The frame clock: damage is composed at once after a pause or when it is urgent, else at most every FRAME_NS; much of it
// in bands, one a turn of the kernel's loop.

import { TRACE_FRAME } from "../../abi/trace.ts";
import { nowNs } from "../time/clock.ts";
import { trace } from "../trace.ts";
import { compose, composedPixels } from "./compose.ts";
import { Damage, damageAdd, damageCreate, damageRect, damageRemove } from "./damage.ts";
import { screenHeight, screenPixels, screenWidth } from "./screen.ts";
import { frameMeasured } from "./statistics.ts";
import { shadowAbove, shadowBelow, shadowMargin } from "./shadow.ts";
import {
  shiftDamaged,
  shiftMoved,
  shiftMoves,
  shiftSpoil,
  shiftTake,
  shiftTarget,
  shiftX,
  shiftY,
} from "./shift.ts";
import { SHADOW_NONE, Surface } from "./surface.ts";

/** From one frame to the next, unless something is urgent. */
export const FRAME_NS: i64 = 16_000_000;

/** Pixels that one turn composes, about half a millisecond's work. */
const BAND_PIXELS: i32 = 200_000;
let bandPixels: i32 = BAND_PIXELS;

let pending: Damage = changetype<Damage>(0); // for the next frame
let composing: Damage = changetype<Damage>(0); // what is left of this one
let begun: u32 = 0; // frames, the one in work included
let nextBegin: i64 = 0;
let urgent: bool = false; // the next frame does not wait for nextBegin
let composeNs: i64 = 0; // spent on this frame
let pixelsBefore: u64 = 0; // composed before this frame
let inputNs: i64 = 0; // when the input came that the next frame shows, 0 if there is none
let composingInputNs: i64 = 0;
let workNs: i64 = 0; // the longest that an app has drawn for the next frame
let composingWorkNs: i64 = 0;

let onDamage: (left: i32, top: i32, right: i32, bottom: i32) => void = ignoreDamage;
let onShow: () => void = ignoreShow;
let onBegin: () => void = ignoreShow;
let onShift: (left: i32, top: i32, right: i32, bottom: i32, byX: i32, byY: i32) => bool = ignoreShift;
let isShift: bool = false; // what is in shiftTarget need not be told in this frame

/** Prepares the clock. `damaged` is told of each rectangle that was composed, `show` of the end of a band. */
export function framesStart(
  damaged: (left: i32, top: i32, right: i32, bottom: i32) => void,
  show: () => void,
): void {
  if (changetype<usize>(pending) == 0) {
    pending = damageCreate();
    composing = damageCreate();
  }
  onDamage = damaged;
  onShow = show;
}

/**
 * Has the beginning of each frame told, before its first pixel is drawn, and then that a rectangle is what was `byX`, `byY`
 * before it: false if nobody wants to know, and it is to be told as damage like everything else.
 */
export function framesWatch(
  began: () => void,
  shift: (left: i32, top: i32, right: i32, bottom: i32, byX: i32, byY: i32) => bool,
): void {
  onBegin = began;
  onShift = shift;
}

/** Says that a part of the screen is to be composed again. It may reach out of the screen. */
export function screenDamage(left: i32, top: i32, right: i32, bottom: i32): void {
  if (screenPixels == 0) return;
  shiftDamaged(left, top, right, bottom);
  damageAdd(pending, max(left, 0), max(top, 0), min(right, screenWidth), min(bottom, screenHeight));
}

/** Damages all of the screen; what of the frame before is left is part of that. */
export function screenDamageAll(): void {
  if (screenPixels == 0) return;
  pending.count = 0;
  composing.count = 0;
  shiftSpoil();
  screenDamage(0, 0, screenWidth, screenHeight);
}

/** Moves a surface. */
export function surfaceMove(surface: Surface, left: i32, top: i32): void {
  shiftMoves(surface, !busy() && !damageMeets(pending, surface));
  surfaceDamage(surface);
  surface.left = left;
  surface.top = top;
  surfaceDamage(surface);
  shiftMoved();
}

/** True if a part of a surface is damaged. */
function damageMeets(list: Damage, surface: Surface): bool {
  const right = surface.left + surface.width;
  const bottom = surface.top + surface.height;
  for (let i: u32 = 0; i < list.count; i++) {
    const rect = damageRect(list, i);
    const meets =
      rect.left < right && rect.right > surface.left && rect.top < bottom && rect.bottom > surface.top;
    if (meets) return true;
  }
  return false;
}

/** Damages all that a surface shows, its shadow included. */
export function surfaceDamage(surface: Surface): void {
  if (!surface.visible) return;
  const shadow = surface.shadow != SHADOW_NONE;
  const margin = shadow ? shadowMargin() : 0;
  screenDamage(
    surface.left - margin,
    surface.top - (shadow ? max(shadowAbove(), 0) : 0),
    surface.left + surface.width + margin,
    surface.top + surface.height + (shadow ? shadowBelow() : 0),
  );
}

/** Says whether pixels take some four times as long as usual: then a turn composes fewer. */
export function frameHeavy(heavy: bool): void {
  bandPixels = heavy ? BAND_PIXELS / 4 : BAND_PIXELS;
}

/** Notes when the input came, ns, whose effect is in the damage. The earliest one counts. */
export function frameInput(ns: i64): void {
  if (ns != 0 && (inputNs == 0 || ns < inputNs)) inputNs = ns;
}

/** Has what is damaged composed as soon as the frame in work is done. */
export function frameUrge(): void {
  urgent = true;
}

/** Notes how long an app has drawn what is damaged, ns. Of the apps that one frame shows the longest counts. */
export function frameWork(ns: i64): void {
  workNs = max(workNs, ns);
}

/** The frame that shows what is damaged from here on: frameDone tells when. */
export function frameNext(): u32 {
  return begun + 1;
}

/** The newest frame that is on the screen as a whole. */
export function frameDone(): u32 {
  return busy() ? begun - 1 : begun;
}

/** Composes a band, if it is time. True if there is more to do at once. */
export function frameStep(now: i64): bool {
  if (screenPixels == 0) return false;
  if (!busy()) {
    if (pending.count == 0 || (now < nextBegin && !urgent)) return false;
    begin(now);
  }
  composeBand();
  const end = nowNs();
  composeNs += end - now;
  onShow();
  if (busy()) return true;
  trace(TRACE_FRAME, 0, 0, <i64>(composedPixels() - pixelsBefore));
  frameMeasured(composeNs, composingWorkNs, composingInputNs == 0 ? 0 : end - composingInputNs);
  return false;
}

/** True if a frame could begin now: what moves is to be put in its place. */
export function frameReady(now: i64): bool {
  return screenPixels != 0 && !busy() && now >= nextBegin;
}

/** When the next frame could begin. */
export function frameNextBegin(): i64 {
  return busy() ? 0 : nextBegin;
}

/** When frameStep has something to do, i64.MAX_VALUE for not until there is damage. */
export function frameDeadline(): i64 {
  if (screenPixels == 0) return i64.MAX_VALUE;
  if (busy()) return 0;
  if (pending.count == 0) return i64.MAX_VALUE;
  return urgent ? 0 : nextBegin;
}

function busy(): bool {
  return composing.count != 0;
}

function begin(now: i64): void {
  const swapped = pending;
  pending = composing;
  composing = swapped;
  begun++;
  pixelsBefore = composedPixels();
  trace(TRACE_FRAME, 1, 0);
  nextBegin = now + FRAME_NS;
  urgent = false;
  onBegin();
  const target = shiftTarget;
  isShift = shiftTake() && onShift(target.left, target.top, target.right, target.bottom, shiftX, shiftY);
  composeNs = 0;
  composingInputNs = inputNs;
  inputNs = 0;
  composingWorkNs = workNs;
  workNs = 0;
}

/** Composes as many rectangles as one turn may; of one that is too large, the upper rows. */
function composeBand(): void {
  let room = bandPixels;
  while (composing.count != 0 && room > 0) {
    const last = composing.count - 1;
    const rect = damageRect(composing, last);
    const left = rect.left;
    const right = rect.right;
    const top = rect.top;
    const bottom = min(rect.bottom, top + max(room / (right - left), 1));
    if (bottom == rect.bottom) damageRemove(composing, last);
    else rect.top = bottom;
    compose(left, top, right, bottom);
    tell(left, top, right, bottom);
    room -= (right - left) * (bottom - top);
  }
}

/** Tells of a rectangle that was composed, but for what has only shifted. */
function tell(left: i32, top: i32, right: i32, bottom: i32): void {
  const target = shiftTarget;
  const apart = left >= target.right || right <= target.left || top >= target.bottom || bottom <= target.top;
  if (!isShift || apart) return onDamage(left, top, right, bottom);
  const upper = max(top, target.top);
  const lower = min(bottom, target.bottom);
  if (top < upper) onDamage(left, top, right, upper);
  if (bottom > lower) onDamage(left, lower, right, bottom);
  if (left < target.left) onDamage(left, upper, target.left, lower);
  if (right > target.right) onDamage(target.right, upper, right, lower);
}

function ignoreShift(_l: i32, _t: i32, _r: i32, _b: i32, _x: i32, _y: i32): bool {
  return false;
}

function ignoreDamage(_left: i32, _top: i32, _right: i32, _bottom: i32): void {}

function ignoreShow(): void {}
