// Boxes that change how their child looks.

import { Rect } from "../foundation/geometry.ts";
import { Bitmap } from "../painting/bitmap.ts";
import { BoxDecoration } from "../painting/box-decoration.ts";
import { Canvas } from "../painting/canvas.ts";
import { RoundRect } from "../painting/round-rect.ts";
import { RenderProxyBox } from "./proxy-box.ts";

/** A decoration behind a child. */
export class RenderDecoratedBox extends RenderProxyBox {
  constructor(private decoration: BoxDecoration) {
    super();
  }

  setDecoration(decoration: BoxDecoration): void {
    if (decoration === this.decoration || decoration.equals(this.decoration)) return;
    const moves = decoration.overflow != this.decoration.overflow;
    this.decoration = decoration;
    if (moves) this.markNeedsLayout();
    this.markNeedsPaint();
  }

  protected ownOverflow(): f64 {
    return this.decoration.overflow;
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    this.decoration.paint(canvas, Rect.at(x, y, this.size.width, this.size.height));
    this.paintChildren(canvas, x, y);
  }

  protected hitTestSelf(): bool {
    return this.decoration.color >> 24 != 0 || this.decoration.gradient !== null;
  }
}

/** A child that what is behind shines through. */
export class RenderOpacity extends RenderProxyBox {
  constructor(private opacity: f64) {
    super();
  }

  setOpacity(opacity: f64): void {
    if (opacity == this.opacity) return;
    this.opacity = opacity;
    this.markNeedsPaint();
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    if (this.opacity <= 0) return;
    if (this.opacity >= 1) return this.paintChildren(canvas, x, y);
    const bounds = Rect.at(x, y, this.size.width, this.size.height).inflate(this.overflow);
    canvas.saveLayer(bounds, this.opacity);
    this.paintChildren(canvas, x, y);
    canvas.restore();
  }
}

/** A child cut off at the box, whose corners may be round. */
export class RenderClip extends RenderProxyBox {
  constructor(private radius: f64) {
    super();
  }

  setRadius(radius: f64): void {
    if (radius == this.radius) return;
    this.radius = radius;
    this.markNeedsPaint();
  }

  protected clipsChildren(): bool {
    return true;
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    canvas.save();
    canvas.clipRoundRect(new RoundRect(Rect.at(x, y, this.size.width, this.size.height), this.radius));
    this.paintChildren(canvas, x, y);
    canvas.restore();
  }
}

/** Keeps the picture of its child, and paints it again only if something in it has changed. Its scale is that of the canvas. */
export class RenderRepaintBoundary extends RenderProxyBox {
  private picture: Bitmap | null = null;
  private pictureScale: f64 = 0;
  private stale: bool = true;

  protected keepsPicture(): bool {
    return true;
  }

  protected pictureChanged(): void {
    this.stale = true;
  }

  detach(): void {
    super.detach();
    this.picture = null;
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    const bounds = Rect.at(x, y, this.size.width, this.size.height).inflate(ceil(this.overflow));
    const width = <i32>ceil(bounds.width * canvas.scale);
    const height = <i32>ceil(bounds.height * canvas.scale);
    let picture = this.picture;
    const fits =
      picture !== null &&
      this.pictureScale == canvas.scale &&
      picture.width == width &&
      picture.height == height;
    if (picture === null || !fits) {
      picture = Bitmap.allocate(width, height);
      this.picture = picture;
      this.pictureScale = canvas.scale;
    } else if (this.stale) picture.clear();
    if (this.stale || !fits) {
      this.stale = false;
      const inner = new Canvas(picture, canvas.scale);
      inner.translate(-bounds.left, -bounds.top);
      this.paintChildren(inner, x, y);
    }
    canvas.drawBitmapAt(picture, bounds.left, bounds.top);
  }
}
