// CopyRect, RFC 6143 §7.7.2: a viewer moves pixels that it has. It must have the right ones, and may be behind the guest,
// which the copy says, or ahead of it: pixels are read while the guest draws the next frame, of which nobody has heard.

import type { Copy, Rect } from "../../../devices/framebuffer/damage.ts";
import { intersection, type Region, subtract } from "./region.ts";

/** A copy that a viewer is to make. */
export interface PendingCopy {
  readonly from: Rect;
  readonly to: Rect;
}

/** The one copy that waits to be sent to a viewer, and what makes copies wrong. */
export class CopyQueue {
  #pending: PendingCopy | undefined;
  // Rectangles that were read while frames had begun of which nothing was collected: copies of those may take too new pixels
  #early: { rect: Rect; begun: number }[] = [];

  /**
   * The guest says that pixels have moved; `damage` is what the viewer has not seen, and gets what it will not have right
   * after copying. Copies of one thing that moves on become one; another one takes the place of what waited.
   */
  add({ from, to, frame }: Copy, damage: Region): void {
    const before = this.#pending;
    const goesOn = before !== undefined && sameRect(before.to, from);
    if (before !== undefined && !goesOn) damage.add(before.to);
    const early = this.#early.filter(({ begun }) => isAtLeast(begun, frame)).map(({ rect }) => rect);
    const stale = [...damage.meeting(from), ...early];
    damage.take(to);
    // The viewer never has what was to come to where the copy before ended.
    if (goesOn) for (const rect of subtract(before.to, to)) damage.add(rect);
    for (const rect of stale) addMoved(damage, rect, from, to);
    this.#pending = { from: goesOn ? before.from : from, to };
  }

  /** Pixels of a rectangle were read for the viewer; `begun`: frames that the guest had begun to draw afterwards. */
  read(rect: Rect, begun: number, damage: Region): void {
    // They go to the viewer before the copy, and are newer than what it should take.
    if (this.#pending !== undefined) addMoved(damage, rect, this.#pending.from, this.#pending.to);
    this.#early.push({ rect, begun });
  }

  /** All that the guest told before frame `begun` has been added. */
  collected(begun: number): void {
    if (this.#early.length > 0) this.#early = this.#early.filter((read) => isAtLeast(read.begun, begun));
  }

  /** Takes the copy that waits, if it may be sent in an update of `bounds`; else it becomes damage. */
  take(bounds: Rect, damage: Region): PendingCopy | undefined {
    const copy = this.#pending;
    this.#pending = undefined;
    if (copy === undefined) return undefined;
    const inside = intersection(copy.to, bounds);
    if (inside !== undefined && sameRect(inside, copy.to)) return copy;
    damage.add(copy.to);
    return undefined;
  }

  /** Whether a copy waits. */
  get waits(): boolean {
    return this.#pending !== undefined;
  }

  /** Forgets everything: the viewer gets all pixels anew. */
  clear(): void {
    this.#pending = undefined;
    this.#early = [];
  }
}

/** Adds what comes of `rect` to where a copy puts it. */
function addMoved(damage: Region, rect: Rect, from: Rect, to: Rect): void {
  const part = intersection(rect, from);
  if (part !== undefined) damage.add({ ...part, x: part.x + to.x - from.x, y: part.y + to.y - from.y });
}

/** Compares numbers that run free. */
function isAtLeast(a: number, b: number): boolean {
  return ((a - b) | 0) >= 0;
}

function sameRect(a: Rect, b: Rect): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}
