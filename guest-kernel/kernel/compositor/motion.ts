// Surfaces on their way: while one moves, its picture is drawn at a rectangle and with an opacity between where it comes from and where
// it goes. A surface that arrives is where it goes to all along, to everybody but the compositor. What leaves is a picture of its own,
// a ghost, for the surface is gone.

import { frameHeavy, screenDamage } from "./frame.ts";
import { shadowBelow, shadowMargin } from "./shadow.ts";
import { stackInsert, stackLower, stackPlace, stackRemove } from "./stack.ts";
import { OPACITY_FULL, Surface, surfaceFree } from "./surface.ts";

const MOTIONS_MAX: i32 = 8;
const GHOST_SIZE: usize = 64;
const PROGRESS_ONE: i32 = 4096;

/** A picture on its way. Lives in a table; `surface` 0 means that the entry is free. */
@unmanaged
export class Motion {
  surface: usize; // Surface
  leaves: bool; // the surface is a ghost
  begun: bool;
  beginNs: i64;
  lengthNs: i64;
  fromLeft: i32;
  fromTop: i32;
  fromWidth: i32;
  fromHeight: i32;
  fromOpacity: i32;
  toLeft: i32; // of a ghost; what arrives goes to where its surface is
  toTop: i32;
  toWidth: i32;
  toHeight: i32;
  left: i32; // what the frame shows
  top: i32;
  width: i32;
  height: i32;
  opacity: i32; // 0..OPACITY_FULL
}

const motions = memory.data(640, 8);
if (<usize>MOTIONS_MAX * offsetof<Motion>() != 640) ERROR("motions");
const ghosts = memory.data(512, 8);
if (<usize>MOTIONS_MAX * GHOST_SIZE != 512) ERROR("ghosts");
if (offsetof<Surface>() > GHOST_SIZE) ERROR("GHOST_SIZE");

let active: i32 = 0;

/** True while anything moves: every frame is to begin with motionsStep. */
export function motionsActive(): bool {
  return active != 0;
}

/** Lets a surface of the stack come from a rectangle to where it is. */
export function motionArrive(
  surface: Surface,
  left: i32,
  top: i32,
  width: i32,
  height: i32,
  opacity: i32,
  lengthNs: i64,
): void {
  if (tooSmall(surface)) return;
  let motion = motionOf(surface);
  if (motion === null) motion = take();
  if (motion === null) return;
  motion.surface = changetype<usize>(surface);
  surface.motion = changetype<usize>(motion);
  motion.lengthNs = lengthNs;
  motion.begun = false;
  damageAround(surface.left, surface.top, surface.width, surface.height);
  from(motion, left, top, width, height, opacity);
}

/**
 * Lets the picture of a surface of the stack go to a rectangle and fade, at its place in the stack. The surface is to leave the screen
 * before the next frame; `keeps`: its pixels stay its own, and motionCancel is called before they change.
 */
export function motionLeave(
  surface: Surface,
  left: i32,
  top: i32,
  width: i32,
  height: i32,
  lengthNs: i64,
  keeps: bool,
): void {
  if (tooSmall(surface)) return;
  const before = motionOf(surface);
  const motion = take();
  if (motion === null) return;
  const own = ghostOf(motion);
  memory.copy(changetype<usize>(own), changetype<usize>(surface), offsetof<Surface>());
  motion.surface = changetype<usize>(own);
  motion.leaves = true;
  motion.lengthNs = lengthNs;
  if (before === null) from(motion, surface.left, surface.top, surface.width, surface.height, OPACITY_FULL);
  else from(motion, before.left, before.top, before.width, before.height, before.opacity);
  motion.toLeft = left;
  motion.toTop = top;
  motion.toWidth = width;
  motion.toHeight = height;
  if (before !== null) drop(before);
  own.motion = changetype<usize>(motion); // drop() cleared the surface's, not this copy's
  own.visible = true;
  if (keeps) own.pages = 0;
  else {
    surface.pixels = 0;
    surface.pages = 0;
  }
  stackInsert(own);
  if (stackPlace(surface) >= 0) stackLower(own, surface);
}

/** Shows a surface where it is, and drops ghosts that show its pixels. They may change from here on. */
export function motionCancel(surface: Surface): void {
  for (let i = 0; i < MOTIONS_MAX && active != 0; i++) {
    const motion = motionAt(i);
    if (motion.surface == 0) continue;
    const moved = changetype<Surface>(motion.surface);
    if (moved === surface || (motion.leaves && surface.pixels != 0 && moved.pixels == surface.pixels))
      end(motion);
  }
}

/** The place of everything that moves in the frame that is about to begin. */
export function motionsStep(now: i64): void {
  for (let i = 0; i < MOTIONS_MAX && active != 0; i++) {
    const motion = motionAt(i);
    if (motion.surface != 0) step(motion, now);
  }
}

function step(motion: Motion, now: i64): void {
  damage(motion);
  if (!motion.begun) {
    motion.begun = true;
    motion.beginNs = now;
  }
  const passed = now - motion.beginNs;
  if (passed >= motion.lengthNs) return end(motion);
  const done = eased(<i32>((passed * PROGRESS_ONE) / motion.lengthNs));
  const surface = changetype<Surface>(motion.surface);
  const leaves = motion.leaves;
  motion.left = between(motion.fromLeft, leaves ? motion.toLeft : surface.left, done);
  motion.top = between(motion.fromTop, leaves ? motion.toTop : surface.top, done);
  motion.width = max(1, between(motion.fromWidth, leaves ? motion.toWidth : surface.width, done));
  motion.height = max(1, between(motion.fromHeight, leaves ? motion.toHeight : surface.height, done));
  motion.opacity = between(motion.fromOpacity, leaves ? 0 : OPACITY_FULL, done);
  damage(motion);
}

/** Fast at first, then slower: 1 - (1 - t)^3. */
function eased(t: i32): i32 {
  const left = PROGRESS_ONE - t;
  return PROGRESS_ONE - ((((left * left) >> 12) * left) >> 12);
}

function between(a: i32, b: i32, done: i32): i32 {
  return a + (((b - a) * done + PROGRESS_ONE / 2) >> 12);
}

function from(motion: Motion, left: i32, top: i32, width: i32, height: i32, opacity: i32): void {
  motion.fromLeft = motion.left = left;
  motion.fromTop = motion.top = top;
  motion.fromWidth = motion.width = max(width, 1);
  motion.fromHeight = motion.height = max(height, 1);
  motion.fromOpacity = motion.opacity = opacity;
  damage(motion);
}

/** Damages all that the picture shows, its shadow included. */
function damage(motion: Motion): void {
  damageAround(motion.left, motion.top, motion.width, motion.height);
}

function damageAround(left: i32, top: i32, width: i32, height: i32): void {
  const margin = shadowMargin();
  screenDamage(left - margin, top - margin, left + width + margin, top + height + shadowBelow());
}

function end(motion: Motion): void {
  damage(motion);
  const surface = changetype<Surface>(motion.surface);
  if (motion.leaves) {
    stackRemove(surface);
    surfaceFree(surface);
  } else if (surface.visible) damageAround(surface.left, surface.top, surface.width, surface.height);
  drop(motion);
}

function drop(motion: Motion): void {
  changetype<Surface>(motion.surface).motion = 0;
  motion.surface = 0;
  active--;
  frameHeavy(active != 0);
}

/** A free entry, which is to get its surface at once; null if too much moves already. */
function take(): Motion | null {
  for (let i = 0; i < MOTIONS_MAX; i++) {
    const motion = motionAt(i);
    if (motion.surface != 0) continue;
    memory.fill(changetype<usize>(motion), 0, offsetof<Motion>());
    active++;
    frameHeavy(true);
    return motion;
  }
  return null;
}

function motionOf(surface: Surface): Motion | null {
  return surface.motion == 0 ? null : changetype<Motion>(surface.motion);
}

function motionAt(index: i32): Motion {
  return changetype<Motion>(motions + <usize>index * offsetof<Motion>());
}

/** The ghost of an entry. */
function ghostOf(motion: Motion): Surface {
  return changetype<Surface>(
    ghosts + ((changetype<usize>(motion) - motions) / offsetof<Motion>()) * GHOST_SIZE,
  );
}

/** True if a surface has no picture, or one smaller than the zoom can read. */
function tooSmall(surface: Surface): bool {
  return surface.pixels == 0 || surface.width < 2 || surface.height < 2;
}
