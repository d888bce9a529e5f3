import { Rect } from "../foundation/geometry.ts";
import { Canvas } from "./canvas.ts";
import { Color, TRANSPARENT } from "./color.ts";
import { Gradient } from "./gradient.ts";
import { Paint } from "./paint.ts";
import { RoundRect } from "./round-rect.ts";
import { BoxShadow } from "./shadow.ts";

const NO_SHADOWS: BoxShadow[] = [];

/** How a box looks: shadows, then the colour or the gradient, then the border, and around all a ring. */
export class BoxDecoration {
  gradient: Gradient | null = null;
  borderColor: Color = TRANSPARENT;
  /** In logical pixels. */
  borderWidth: f64 = 0;
  shadows: BoxShadow[] = NO_SHADOWS;
  ringColor: Color = TRANSPARENT;
  /** In logical pixels, outside of the box. */
  ringWidth: f64 = 0;

  constructor(
    public color: Color = TRANSPARENT,
    public radius: f64 = 0,
  ) {}

  border(color: Color, width: f64 = 1): BoxDecoration {
    this.borderColor = color;
    this.borderWidth = width;
    return this;
  }

  /** Draws a line around the box, outside of it. */
  ring(color: Color, width: f64): BoxDecoration {
    this.ringColor = color;
    this.ringWidth = width;
    return this;
  }

  shadow(shadow: BoxShadow): BoxDecoration {
    this.shadows = this.shadows.concat([shadow]);
    return this;
  }

  filledWith(gradient: Gradient): BoxDecoration {
    this.gradient = gradient;
    return this;
  }

  /** How far shadows and ring reach outside of the box. */
  get overflow(): f64 {
    let overflow = this.ringWidth;
    const nothing = Rect.empty;
    for (let i = 0; i < this.shadows.length; i++) {
      const bounds = this.shadows[i].bounds(nothing);
      overflow = max(overflow, max(max(-bounds.left, -bounds.top), max(bounds.right, bounds.bottom)));
    }
    return overflow;
  }

  paint(canvas: Canvas, rect: Rect): void {
    const shape = new RoundRect(rect, this.radius);
    const gradient = this.gradient;
    const isOpaque = gradient === null && this.color >> 24 == 255;
    for (let i = 0; i < this.shadows.length; i++) canvas.drawShadow(shape, this.shadows[i], isOpaque);
    if (gradient !== null) canvas.drawRoundRect(shape, Paint.filledWith(gradient));
    else if (this.color >> 24 != 0) canvas.drawRoundRect(shape, new Paint(this.color));
    if (this.borderWidth > 0) canvas.drawBorder(shape, this.borderWidth, this.borderColor);
    const ring = this.ringWidth;
    if (ring > 0)
      canvas.drawBorder(new RoundRect(rect.inflate(ring), this.radius + ring), ring, this.ringColor);
  }

  equals(other: BoxDecoration): bool {
    return (
      this.color == other.color &&
      this.radius == other.radius &&
      this.gradient === other.gradient &&
      this.borderColor == other.borderColor &&
      this.borderWidth == other.borderWidth &&
      this.ringColor == other.ringColor &&
      this.ringWidth == other.ringWidth &&
      this.hasShadowsOf(other)
    );
  }

  private hasShadowsOf(other: BoxDecoration): bool {
    if (this.shadows.length != other.shadows.length) return false;
    for (let i = 0; i < this.shadows.length; i++) if (!this.shadows[i].equals(other.shadows[i])) return false;
    return true;
  }
}
