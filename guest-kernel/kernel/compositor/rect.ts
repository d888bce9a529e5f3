// Rectangles of pixels.

/** A rectangle: `right` and `bottom` are the first column and row outside. Lies in a table, never `new`. */
@unmanaged
export class Rect {
  left: i32;
  top: i32;
  right: i32;
  bottom: i32;
}

export const RECT_SIZE: usize = 16;
if (offsetof<Rect>() != RECT_SIZE) ERROR("RECT_SIZE");

/** Sets all four sides. */
export function rectSet(rect: Rect, left: i32, top: i32, right: i32, bottom: i32): void {
  rect.left = left;
  rect.top = top;
  rect.right = right;
  rect.bottom = bottom;
}

/** True if the rectangle has no pixel. */
export function rectEmpty(rect: Rect): bool {
  return rect.left >= rect.right || rect.top >= rect.bottom;
}

/** Pixels of a rectangle that is not empty. */
export function rectArea(rect: Rect): u32 {
  return <u32>(rect.right - rect.left) * <u32>(rect.bottom - rect.top);
}

/** True if the two have a pixel in common. */
export function rectsTouch(a: Rect, b: Rect): bool {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** True if `outer` has every pixel of `inner`. */
export function rectContains(outer: Rect, inner: Rect): bool {
  return (
    inner.left >= outer.left &&
    inner.top >= outer.top &&
    inner.right <= outer.right &&
    inner.bottom <= outer.bottom
  );
}

/** Makes `rect` what it has in common with the sides given. */
export function rectClip(rect: Rect, left: i32, top: i32, right: i32, bottom: i32): void {
  rect.left = max(rect.left, left);
  rect.top = max(rect.top, top);
  rect.right = min(rect.right, right);
  rect.bottom = min(rect.bottom, bottom);
}

/** Makes `rect` the smallest rectangle with all pixels of both. */
export function rectJoin(rect: Rect, other: Rect): void {
  rect.left = min(rect.left, other.left);
  rect.top = min(rect.top, other.top);
  rect.right = max(rect.right, other.right);
  rect.bottom = max(rect.bottom, other.bottom);
}
