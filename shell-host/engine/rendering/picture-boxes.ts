// Boxes that show a picture: a bitmap, an icon, or whatever an app paints.

import { Rect, Size } from "../foundation/geometry.ts";
import { Bitmap } from "../painting/bitmap.ts";
import { Canvas } from "../painting/canvas.ts";
import { Color } from "../painting/color.ts";
import { Paint } from "../painting/paint.ts";
import { Path } from "../painting/path.ts";
import { RenderProxyBox } from "./proxy-box.ts";
import { RenderBox } from "./render-box.ts";

/** A bitmap, stretched over the box; without constraints it has a logical pixel for each of its own. */
export class RenderImage extends RenderBox {
  constructor(private bitmap: Bitmap) {
    super();
  }

  setBitmap(bitmap: Bitmap): void {
    if (bitmap === this.bitmap) return;
    this.bitmap = bitmap;
    this.markNeedsLayout();
    this.markNeedsPaint();
  }

  protected performLayout(): void {
    this.size = this.constraints.constrain(this.bitmap.width, this.bitmap.height);
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    canvas.drawBitmap(this.bitmap, Rect.at(x, y, this.size.width, this.size.height));
  }

  protected hitTestSelf(): bool {
    return true;
  }
}

const ICON_GRID: f64 = 24;

/** An icon: the strokes of a path in a grid of 24 x 24. */
export class RenderIcon extends RenderBox {
  constructor(
    private path: Path,
    private extent: f64,
    private color: Color,
  ) {
    super();
  }

  setIcon(path: Path, extent: f64, color: Color): void {
    if (path === this.path && extent == this.extent && color == this.color) return;
    if (extent != this.extent) this.markNeedsLayout();
    this.path = path;
    this.extent = extent;
    this.color = color;
    this.markNeedsPaint();
  }

  protected performLayout(): void {
    this.size = this.constraints.constrain(this.extent, this.extent);
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    // The grid's lines are 2 wide at 24 pixels; smaller icons need a little more.
    const width = this.extent < 20 ? 2.2 : 1.8;
    canvas.drawPathScaled(this.path, x, y, this.extent / ICON_GRID, Paint.stroke(this.color, width));
  }
}

/** Draws what an app wants. */
export abstract class Painter {
  /** Draws into a box whose corner is at (x, y). */
  abstract paint(canvas: Canvas, x: f64, y: f64, size: Size): void;

  /** True if this one draws something else than another did. */
  shouldRepaint(_old: Painter): bool {
    return true;
  }
}

/** A painter behind a child. Without a child it is as large as `preferred` if it can. */
export class RenderCustomPaint extends RenderProxyBox {
  constructor(
    private painter: Painter,
    private preferred: Size,
  ) {
    super();
  }

  setPainter(painter: Painter, preferred: Size): void {
    if (!preferred.equals(this.preferred)) this.markNeedsLayout();
    if (painter !== this.painter && painter.shouldRepaint(this.painter)) this.markNeedsPaint();
    this.painter = painter;
    this.preferred = preferred;
  }

  protected performLayout(): void {
    if (this.child !== null) return super.performLayout();
    this.size = this.constraints.constrain(this.preferred.width, this.preferred.height);
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    canvas.save();
    canvas.clipRect(Rect.at(x, y, this.size.width, this.size.height));
    this.painter.paint(canvas, x, y, this.size);
    canvas.restore();
    this.paintChildren(canvas, x, y);
  }

  protected hitTestSelf(): bool {
    return true;
  }
}
