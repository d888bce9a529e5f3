import { Rect } from "../foundation/geometry.ts";
import { Canvas } from "./canvas.ts";
import { Color, TRANSPARENT } from "./color.ts";
import { Gradient } from "./gradient.ts";
import { Paint } from "./paint.ts";
import { RoundRect } from "./round-rect.ts";
import { BoxShadow } from "./shadow.ts";

const NO_SHADOWS: BoxShadow[] = [];

/** How a box looks: shadows, then the colour or the gradient, then the border. */
export class BoxDecoration {
  gradient: Gradient | null = null;
  borderColor: Color = TRANSPARENT;
  /** In logical pixels. */
  borderWidth: f64 = 0;
  shadows: BoxShadow[] = NO_SHADOWS;

  constructor(
    public color: Color = TRANSPARENT,
    public radius: f64 = 0,
  ) {}

  border(color: Color, width: f64 = 1): BoxDecoration {
    this.borderColor = color;
    this.borderWidth = width;
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

  /** How far the shadows reach outside of the box. */
  get overflow(): f64 {
    let overflow = 0.0;
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
  }

  equals(other: BoxDecoration): bool {
    return (
      this.color == other.color &&
      this.radius == other.radius &&
      this.gradient === other.gradient &&
      this.borderColor == other.borderColor &&
      this.borderWidth == other.borderWidth &&
      this.hasShadowsOf(other)
    );
  }

  private hasShadowsOf(other: BoxDecoration): bool {
    if (this.shadows.length != other.shadows.length) return false;
    for (let i = 0; i < this.shadows.length; i++) if (!this.shadows[i].equals(other.shadows[i])) return false;
    return true;
  }
}
