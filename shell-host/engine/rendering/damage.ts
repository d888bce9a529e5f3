import { Rect } from "../foundation/geometry.ts";

const MAX_RECTS: i32 = 6;

/** The parts of a window that have to be painted again: a few rectangles that do not overlap. */
export class Damage {
  readonly rects: Rect[] = [];

  get isEmpty(): bool {
    return this.rects.length == 0;
  }

  add(rect: Rect): void {
    if (rect.isEmpty) return;
    let sum = rect;
    // One that grew may meet others that it did not meet before.
    for (let i = 0; i < this.rects.length;) {
      if (this.rects[i].overlaps(sum)) {
        sum = sum.union(this.rects[i]);
        this.rects.splice(i, 1);
        i = 0;
      } else i++;
    }
    if (this.rects.length == MAX_RECTS) {
      const other = this.rects.splice(this.nearest(sum), 1)[0];
      return this.add(sum.union(other));
    }
    this.rects.push(sum);
  }

  /** The rectangle that grows least when joined with another. */
  private nearest(rect: Rect): i32 {
    let best = 0;
    let least = Infinity;
    for (let i = 0; i < this.rects.length; i++) {
      const sum = this.rects[i].union(rect);
      const growth = sum.width * sum.height - this.rects[i].width * this.rects[i].height;
      if (growth < least) {
        least = growth;
        best = i;
      }
    }
    return best;
  }

  clear(): void {
    this.rects.length = 0;
  }
}
