// A surface that moves as it is: then whoever looks can copy it instead of getting its pixels once more.
//
// Between two frames one surface can shift. It does if its pixels were on the screen as a whole at the end of the frame before,
// and nothing but its moving touches where it was or where it comes to. Whatever else happens there ends it: such a
// frame is told as pixels, which is always right.

import { screenHeight, screenWidth } from "./screen.ts";
import { cornerRadius } from "./corner.ts";
import { Rect, rectClip, rectEmpty, rectSet } from "./rect.ts";
import { shadowAbove, shadowBelow, shadowMargin } from "./shadow.ts";
import { stackCount, stackSurface } from "./stack.ts";
import { DIM_NONE, SHADOW_NONE, Surface } from "./surface.ts";

let shifted: Surface | null = null;
let spoilt: bool = false; // no surface shifts in this frame any more
let isOwn: bool = false; // the damage that is noted is that of the shifting
let fromLeft: i32 = 0; // where it was at the end of the frame before
let fromTop: i32 = 0;

const before = changetype<Rect>(memory.data(16, 8)); // what can be copied, where it was
/** Where the pixels come to that can be copied; valid after shiftTake. */
export const shiftTarget = changetype<Rect>(memory.data(16, 8));
/** How far they have come. */
export let shiftX: i32 = 0;
export let shiftY: i32 = 0;

/** A surface is about to move; its damage up to shiftMoved is its own. `clean`: no damage waits where it is. */
export function shiftMoves(surface: Surface, clean: bool): void {
  if (spoilt) return;
  if (shifted === null) {
    if (!clean || !isPlain(surface)) {
      spoilt = true;
      return;
    }
    shifted = surface;
    fromLeft = surface.left;
    fromTop = surface.top;
  } else if (shifted !== surface) {
    spoilt = true;
    return;
  }
  isOwn = true;
}

/** The surface has moved. */
export function shiftMoved(): void {
  isOwn = false;
}

/** Part of the screen is damaged: if that is not the moving itself, it may end it. */
export function shiftDamaged(left: i32, top: i32, right: i32, bottom: i32): void {
  const surface = shifted;
  if (isOwn || spoilt || surface === null) return;
  const meets =
    meetsSurface(surface, fromLeft, fromTop, left, top, right, bottom) ||
    meetsSurface(surface, surface.left, surface.top, left, top, right, bottom);
  if (meets) spoilt = true;
}

/** The surface does not exist any more, or whatever was known is not so. */
export function shiftSpoil(): void {
  spoilt = true;
}

/** A frame begins: true if its shiftTarget can be copied. What moves from here on is the next frame's. */
export function shiftTake(): bool {
  const surface = shifted;
  const sound = surface !== null && !spoilt && isPlain(surface);
  shifted = null;
  spoilt = false;
  if (!sound || surface === null) return false;
  shiftX = surface.left - fromLeft;
  shiftY = surface.top - fromTop;
  if (shiftX == 0 && shiftY == 0) return false;
  // The rows between the round corners: what is beside those shows what is below.
  const radius = surface.radius == 0 ? 0 : cornerRadius;
  const bottom = fromTop + surface.height - radius;
  rectSet(before, fromLeft, fromTop + radius, fromLeft + surface.width, bottom);
  rectClip(before, 0, 0, screenWidth, screenHeight);
  rectSet(
    shiftTarget,
    before.left + shiftX,
    before.top + shiftY,
    before.right + shiftX,
    before.bottom + shiftY,
  );
  rectClip(shiftTarget, 0, 0, screenWidth, screenHeight);
  return !rectEmpty(before) && !rectEmpty(shiftTarget) && !isCovered(surface);
}

/** True if what shows of a surface is its pixels as they are, where it is. */
function isPlain(surface: Surface): bool {
  const drawn = surface.visible && surface.pixels != 0 && surface.motion == 0;
  return drawn && surface.opaque && surface.dim == DIM_NONE;
}

/** True if anything above reaches into where the surface was or is. */
function isCovered(surface: Surface): bool {
  for (let place = stackCount() - 1; place >= 0; place--) {
    const other = stackSurface(place);
    if (other === surface) return false;
    if (!other.visible) continue;
    const margin = other.shadow == SHADOW_NONE ? 0 : shadowMargin();
    const left = other.left - margin;
    const right = other.left + other.width + margin;
    const top = other.top - (other.shadow == SHADOW_NONE ? 0 : max(shadowAbove(), 0));
    const bottom = other.top + other.height + (other.shadow == SHADOW_NONE ? 0 : shadowBelow());
    if (meetsSurface(surface, fromLeft, fromTop, left, top, right, bottom)) return true;
    if (meetsSurface(surface, surface.left, surface.top, left, top, right, bottom)) return true;
  }
  return true; // it is not on the screen
}

/** True if a rectangle has pixels of the surface as it is at another place. */
function meetsSurface(
  surface: Surface,
  atLeft: i32,
  atTop: i32,
  left: i32,
  top: i32,
  right: i32,
  bottom: i32,
): bool {
  return left < atLeft + surface.width && right > atLeft && top < atTop + surface.height && bottom > atTop;
}
