// What the tests of the compositor call: surfaces by number, on a screen in plain memory.

import { cornersMake } from "./corner.ts";
import { compose, composedPixels } from "./compose.ts";
import { frameReady, screenDamage, screenDamageAll, surfaceDamage, framesStart, frameStep } from "./frame.ts";
import { motionArrive, motionCancel, motionLeave, motionsActive, motionsStep } from "./motion.ts";
import { screenSet } from "./screen.ts";
import { shadowsMake } from "./shadow.ts";
import { stackInsert, stackLower, stackPlace, stackRaise, stackRemove } from "./stack.ts";
import { Surface, surfaceFree, surfaceResize } from "./surface.ts";

export { clockInit } from "../time/clock";
export { framesFreeCount, framesInit } from "../mm/frames";
export { compose, screenDamage, screenDamageAll };
export { frameDeadline, frameDone, frameNext } from "./frame";
export { motionsActive };

const COUNT: i32 = 16;
const SIZE: usize = 64;
if (offsetof<Surface>() > SIZE) ERROR("SIZE");
const surfaces = memory.data(1024, 8);
if (<usize>COUNT * SIZE != 1024) ERROR("surfaces");

// The damage that was told, the newest first; the test empties it.
const told = memory.data(65536, 8);
let toldCount: u32 = 0;

/** Begins with a screen at `pixels`. */
export function start(pixels: usize, width: i32, height: i32, stride: i32, scale: i32): void {
  screenSet(pixels, width, height, stride, scale);
  cornersMake();
  shadowsMake();
  framesStart(tell, nothing);
}

/** Puts a new surface on the screen: its pixels, all zero; 0 if there is no memory. */
export function add(number: i32, width: i32, height: i32, layer: u32): usize {
  const surface = surfaceOf(number);
  memory.fill(changetype<usize>(surface), 0, SIZE);
  surface.dim = 256;
  surface.layer = layer;
  surface.visible = true;
  if (width != 0 && surfaceResize(surface, width, height) < 0) return 0;
  stackInsert(surface);
  return surface.pixels;
}

/** Gives a surface its size: its pixels, or 0. */
export function resize(number: i32, width: i32, height: i32): usize {
  const surface = surfaceOf(number);
  return surfaceResize(surface, width, height) < 0 ? 0 : surface.pixels;
}

/** Sets the place. */
export function place(number: i32, left: i32, top: i32): void {
  surfaceOf(number).left = left;
  surfaceOf(number).top = top;
}

/** Sets the looks. */
export function look(number: i32, opaque: bool, radius: i32, shadow: u32, dim: u32, visible: bool): void {
  const surface = surfaceOf(number);
  surface.opaque = opaque;
  surface.radius = radius;
  surface.shadow = shadow;
  surface.dim = dim;
  surface.visible = visible;
}

/** Makes a surface a tint of a premultiplied colour. */
export function tint(number: i32, width: i32, height: i32, color: u32): void {
  const surface = surfaceOf(number);
  surface.width = width;
  surface.height = height;
  surface.color = color;
}

/** Takes a surface off the screen for good. */
export function remove(number: i32): void {
  stackRemove(surfaceOf(number));
  surfaceFree(surfaceOf(number));
}

export function raise(number: i32): void {
  stackRaise(surfaceOf(number));
}

export function lower(number: i32, below: i32): void {
  stackLower(surfaceOf(number), surfaceOf(below));
}

export function placeInStack(number: i32): i32 {
  return stackPlace(surfaceOf(number));
}

/** Damages all that a surface shows. */
export function damage(number: i32): void {
  surfaceDamage(surfaceOf(number));
}

/** Damages a rectangle of a surface. */
export function damageIn(number: i32, x: i32, y: i32, width: i32, height: i32): void {
  const surface = surfaceOf(number);
  if (surface.visible)
    screenDamage(surface.left + x, surface.top + y, surface.left + x + width, surface.top + y + height);
}

/** Composes a band of a frame. */
export function step(now: i64): bool {
  return frameStep(now);
}

/** Moves what is on its way, if a frame could begin, then composes a band. */
export function stepMoving(now: i64): bool {
  if (motionsActive() && frameReady(now)) motionsStep(now);
  return frameStep(now);
}

/** Lets a surface come from a rectangle. */
export function arrive(
  number: i32,
  left: i32,
  top: i32,
  width: i32,
  height: i32,
  opacity: i32,
  lengthNs: i64,
): void {
  motionArrive(surfaceOf(number), left, top, width, height, opacity, lengthNs);
}

/** Lets a surface, which is to be removed or hidden at once, go to a rectangle. */
export function leave(
  number: i32,
  left: i32,
  top: i32,
  width: i32,
  height: i32,
  lengthNs: i64,
  keeps: bool,
): void {
  motionLeave(surfaceOf(number), left, top, width, height, lengthNs, keeps);
}

export function cancel(number: i32): void {
  motionCancel(surfaceOf(number));
}

/** Pixels painted so far. */
export function paintedPixels(): i64 {
  return <i64>composedPixels();
}

/** Where the rectangles are that were composed, i32 left, top, right, bottom; their count is emptied. */
export function takeTold(): u32 {
  const count = toldCount;
  toldCount = 0;
  return count;
}

export function toldAt(): usize {
  return told;
}

function tell(left: i32, top: i32, right: i32, bottom: i32): void {
  const at = told + <usize>(toldCount++ & 4095) * 16;
  store<i32>(at, left);
  store<i32>(at, top, 4);
  store<i32>(at, right, 8);
  store<i32>(at, bottom, 12);
}

function nothing(): void {}

function surfaceOf(number: i32): Surface {
  return changetype<Surface>(surfaces + <usize>number * SIZE);
}
