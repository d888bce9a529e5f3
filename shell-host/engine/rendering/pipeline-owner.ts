import { Rect } from "../foundation/geometry.ts";
import { Bitmap } from "../painting/bitmap.ts";
import { Canvas } from "../painting/canvas.ts";
import { Damage } from "./damage.ts";
import { RenderBox } from "./render-box.ts";

/** Knows what of a window's render tree must be laid out and painted again. */
export class PipelineOwner {
  private dirtyLayout: RenderBox[] = [];
  private dirtyPaint: RenderBox[] = [];
  private damage: Damage = new Damage();

  addDirtyLayout(box: RenderBox): void {
    this.dirtyLayout.push(box);
  }

  addDirtyPaint(box: RenderBox): void {
    this.dirtyPaint.push(box);
  }

  /** A part of the window, in logical pixels, shows something else. */
  addDamage(rect: Rect): void {
    this.damage.add(rect);
  }

  /** True if a frame would change something. */
  get isDirty(): bool {
    return this.dirtyLayout.length > 0 || this.dirtyPaint.length > 0 || !this.damage.isEmpty;
  }

  /** Lays out what has changed, parents before children. */
  flushLayout(): void {
    while (this.dirtyLayout.length > 0) {
      const boxes = this.dirtyLayout;
      this.dirtyLayout = [];
      boxes.sort((a, b) => a.depth - b.depth);
      for (let i = 0; i < boxes.length; i++)
        if (boxes[i].owner === this && !boxes[i].isLaidOut) boxes[i].layoutAgain();
    }
  }

  /**
   * Paints what has changed into the window's bitmap, which still holds the frame before.
   *
   * @returns the device pixels that were painted, as rectangles of whole pixels inside of the bitmap
   */
  flushPaint(root: RenderBox, bitmap: Bitmap, scale: f64): Rect[] {
    this.collectDamage();
    const painted: Rect[] = [];
    const whole = new Rect(0, 0, bitmap.width, bitmap.height);
    const device = new Damage(); // two parts that do not meet may share a pixel
    for (let i = 0; i < this.damage.rects.length; i++)
      device.add(toPixels(this.damage.rects[i], scale).intersect(whole));
    this.damage.clear();
    for (let i = 0; i < device.rects.length; i++) {
      const part = device.rects[i];
      const canvas = new Canvas(bitmap, scale);
      canvas.clipDevice(<i32>part.left, <i32>part.top, <i32>part.right, <i32>part.bottom);
      root.paintAt(canvas, 0, 0);
      painted.push(part);
    }
    return painted;
  }

  private collectDamage(): void {
    for (let i = 0; i < this.dirtyPaint.length; i++) {
      const box = this.dirtyPaint[i];
      if (box.owner !== this) continue;
      // A kept picture moves without its parts knowing: all of it counts as changed.
      const keeper = box.keeper();
      this.damage.add((keeper === null ? box : keeper).paintBounds());
    }
    this.dirtyPaint.length = 0;
  }
}

function toPixels(rect: Rect, scale: f64): Rect {
  return new Rect(
    floor(rect.left * scale),
    floor(rect.top * scale),
    ceil(rect.right * scale),
    ceil(rect.bottom * scale),
  );
}
