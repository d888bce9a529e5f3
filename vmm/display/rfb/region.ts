import type { Rect } from "../../../devices/framebuffer/damage.ts";

const MAX_RECTS = 16;
const WASTE = 1.2; // two rectangles become one if that has no more than so many times their pixels

/**
 * Parts of the screen that a viewer has not seen: few rectangles that cover all that was added, and maybe more. A
 * viewer that is slow gets more pixels at once, not more rectangles.
 */
export class Region {
  #rects: Rect[] = [];

  get empty(): boolean {
    return this.#rects.length === 0;
  }

  /** Adds a copy of a rectangle. */
  add(rect: Readonly<Rect>): void {
    let joined: Rect = { ...rect };
    for (let i = 0; i < this.#rects.length;) {
      const other = this.#rects[i]!; // SAFETY: i < length
      const both = hull(joined, other);
      if (area(both) > WASTE * (area(joined) + area(other))) {
        i++;
        continue;
      }
      // What has grown may now join with one that was passed.
      joined = both;
      this.#rects.splice(i, 1);
      i = 0;
    }
    this.#rects.push(joined);
    if (this.#rects.length > MAX_RECTS) this.#joinNearest();
  }

  /** Takes what of it lies in `bounds`. */
  take(bounds: Rect): Rect[] {
    const inside: Rect[] = [];
    const rects = this.#rects;
    this.#rects = [];
    for (const rect of rects) {
      const common = intersection(rect, bounds);
      if (common === undefined) {
        this.#rects.push(rect);
        continue;
      }
      inside.push(common);
      this.#rects.push(...around(common, rect)); // not joined: that might cover again what is taken here
    }
    return inside;
  }

  /** What of it lies in `bounds`, which stays in it. */
  meeting(bounds: Rect): Rect[] {
    return this.#rects.map((rect) => intersection(rect, bounds)).filter((rect) => rect !== undefined);
  }

  /** Whether any of it lies in `bounds`. */
  meets(bounds: Rect): boolean {
    return this.#rects.some((rect) => intersection(rect, bounds) !== undefined);
  }

  clear(): void {
    this.#rects = [];
  }

  /** Joins the two rectangles that waste the least pixels. */
  #joinNearest(): void {
    let least = Infinity;
    let pair: [Rect, Rect] | undefined;
    for (const [i, a] of this.#rects.entries()) {
      for (const b of this.#rects.slice(i + 1)) {
        const waste = area(hull(a, b)) - area(a) - area(b);
        if (waste >= least) continue;
        least = waste;
        pair = [a, b];
      }
    }
    if (pair === undefined) return;
    const [a, b] = pair;
    this.#rects = this.#rects.filter((rect) => rect !== a && rect !== b);
    this.add(hull(a, b));
  }
}

/** What two rectangles have in common; undefined if nothing. */
export function intersection(a: Rect, b: Rect): Rect | undefined {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

/** Whether all of `inner` is in `outer`. */
export function contains(outer: Rect, inner: Rect): boolean {
  const isRight = inner.x >= outer.x && inner.x + inner.width <= outer.x + outer.width;
  return isRight && inner.y >= outer.y && inner.y + inner.height <= outer.y + outer.height;
}

/** What of a rectangle is not in another one. */
export function subtract(rect: Rect, other: Rect): Rect[] {
  const common = intersection(rect, other);
  return common === undefined ? [rect] : around(common, rect);
}

/** What of `outer` is not in `inner`, which lies in it. */
function around(inner: Rect, outer: Rect): Rect[] {
  const right = inner.x + inner.width;
  const bottom = inner.y + inner.height;
  const rects = [
    { x: outer.x, y: outer.y, width: outer.width, height: inner.y - outer.y },
    { x: outer.x, y: bottom, width: outer.width, height: outer.y + outer.height - bottom },
    { x: outer.x, y: inner.y, width: inner.x - outer.x, height: inner.height },
    { x: right, y: inner.y, width: outer.x + outer.width - right, height: inner.height },
  ];
  return rects.filter(({ width, height }) => width > 0 && height > 0);
}

/** The smallest rectangle with all of both. */
export function hull(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  const width = Math.max(a.x + a.width, b.x + b.width) - x;
  const height = Math.max(a.y + a.height, b.y + b.height) - y;
  return { x, y, width, height };
}

function area({ width, height }: Rect): number {
  return width * height;
}
