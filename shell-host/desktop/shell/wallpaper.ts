import { Alignment, Rect, Size } from "../../engine/foundation/geometry.ts";
import { Canvas } from "../../engine/painting/canvas.ts";
import { Color } from "../../engine/painting/color.ts";
import { Gradient, LinearGradient, RadialGradient } from "../../engine/painting/gradient.ts";
import { Paint } from "../../engine/painting/paint.ts";
import { Path } from "../../engine/painting/path.ts";
import { Painter } from "../../engine/rendering/picture-boxes.ts";

/** One hill of the picture: a wave from left to right, filled down to the ground. Lengths are parts of the screen's. */
class Hill {
  readonly fill: Gradient;

  constructor(
    readonly left: f64,
    readonly middle: f64,
    readonly right: f64,
    readonly swing: f64,
    top: Color,
    bottom: Color,
  ) {
    this.fill = LinearGradient.vertical([top, bottom]);
  }
}

/** Hills in the evening, or in the morning: what is behind all windows. */
export class Wallpaper extends Painter {
  private sky: Gradient;
  private glow: Gradient;
  private hills: Hill[];

  constructor(readonly isDark: bool) {
    super();
    if (isDark) {
      this.sky = new LinearGradient(
        Alignment.topLeft,
        Alignment.bottomRight,
        [0xff0e1530, 0xff1b2354, 0xff44337a, 0xff8a4a86],
        [0, 0.35, 0.7, 1],
      );
      this.glow = new RadialGradient(
        new Alignment(0.55, 0.15),
        0.95,
        [0x66ff9e7a, 0x33c86aa0, 0x00c86aa0],
        [0, 0.4, 1],
      );
      this.hills = [
        new Hill(0.66, 0.5, 0.6, 0.16, 0xcc4a3a80, 0xcc2a2a60),
        new Hill(0.62, 0.78, 0.62, 0.12, 0xe0322f6c, 0xf01c2250),
        new Hill(0.84, 0.74, 0.86, 0.1, 0xff1d2350, 0xff101736),
      ];
    } else {
      this.sky = new LinearGradient(
        Alignment.topLeft,
        Alignment.bottomRight,
        [0xffb9d7f6, 0xffd7e3fa, 0xfff3e4ee, 0xfffbdccb],
        [0, 0.35, 0.7, 1],
      );
      this.glow = new RadialGradient(
        new Alignment(0.55, 0.1),
        0.9,
        [0xccfff6e0, 0x55ffe9d0, 0x00ffe9d0],
        [0, 0.4, 1],
      );
      this.hills = [
        new Hill(0.66, 0.5, 0.6, 0.16, 0xccb6c5ec, 0xcc9fb4e4),
        new Hill(0.62, 0.78, 0.62, 0.12, 0xe08fa9de, 0xf0789ad4),
        new Hill(0.84, 0.74, 0.86, 0.1, 0xff6f93cf, 0xff527cbd),
      ];
    }
  }

  paint(canvas: Canvas, x: f64, y: f64, size: Size): void {
    const all = Rect.at(x, y, size.width, size.height);
    canvas.drawRect(all, Paint.filledWith(this.sky));
    canvas.drawRect(all, Paint.filledWith(this.glow));
    for (let i = 0; i < this.hills.length; i++) this.paintHill(canvas, x, y, size, this.hills[i]);
  }

  private paintHill(canvas: Canvas, x: f64, y: f64, size: Size, hill: Hill): void {
    const width = size.width;
    const height = size.height;
    const left = y + hill.left * height;
    const middle = y + hill.middle * height;
    const right = y + hill.right * height;
    const swing = hill.swing * width;
    const path = new Path();
    path.moveTo(x, left);
    path.cubicTo(
      x + 0.2 * width,
      left - swing * 0.3,
      x + 0.5 * width - swing,
      middle,
      x + 0.5 * width,
      middle,
    );
    path.cubicTo(x + 0.5 * width + swing, middle, x + 0.8 * width, right + swing * 0.3, x + width, right);
    path
      .lineTo(x + width, y + height)
      .lineTo(x, y + height)
      .close();
    canvas.drawPath(path, Paint.filledWith(hill.fill));
  }

  shouldRepaint(old: Painter): bool {
    return (old as Wallpaper).isDark != this.isDark;
  }
}
