import { Alignment, Rect, Size } from "../../engine/foundation/geometry.ts";
import { Canvas } from "../../engine/painting/canvas.ts";
import { LinearGradient, RadialGradient } from "../../engine/painting/gradient.ts";
import { Paint } from "../../engine/painting/paint.ts";
import { Pattern } from "../../engine/painting/pattern.ts";
import { WIDE_MAX, WIDE_SIZE, wideDither, wideLay } from "../../engine/painting/wide-row.ts";
import { Painter } from "../../engine/rendering/picture-boxes.ts";
import { Hill } from "./hill.ts";

const wide = memory.data(16384, 16);
const glow = memory.data(16384, 16);
if (<i32>WIDE_SIZE * WIDE_MAX != 16384) ERROR("wide");

/** Hills in the evening, or in the morning: what is behind all windows. */
export class Wallpaper extends Painter {
  private picture: Landscape;

  constructor(readonly isDark: bool) {
    super();
    this.picture = isDark ? evening() : morning();
  }

  paint(canvas: Canvas, x: f64, y: f64, size: Size): void {
    canvas.drawRect(Rect.at(x, y, size.width, size.height), Paint.filledWith(this.picture));
  }

  shouldRepaint(old: Painter): bool {
    return (old as Wallpaper).isDark != this.isDark;
  }
}

/** A sky, the glow of the sun in it, and hills before it, laid over each other before any of it is rounded to pixels. */
class Landscape extends Pattern {
  constructor(
    private sky: LinearGradient,
    private sun: RadialGradient,
    private hills: Hill[],
  ) {
    super();
  }

  shade(to: usize, x: i32, y: i32, count: i32, box: Rect): void {
    for (let done = 0; done < count; done += WIDE_MAX) {
      const some = min(count - done, WIDE_MAX);
      const from = x + done;
      this.sky.shadeWide(wide, from, y, some, box);
      this.sun.shadeWide(glow, from, y, some, box);
      wideLay(wide, glow, some);
      for (let i = 0; i < this.hills.length; i++) this.hills[i].lay(wide, from, y, some, box);
      wideDither(to + ((<usize>done) << 2), wide, from, y, some);
    }
  }
}

function evening(): Landscape {
  return new Landscape(
    new LinearGradient(
      Alignment.topLeft,
      Alignment.bottomRight,
      [0xff0e1530, 0xff1b2354, 0xff44337a, 0xff8a4a86],
      [0, 0.35, 0.7, 1],
    ),
    new RadialGradient(new Alignment(0.55, 0.15), 0.95, [0x66ff9e7a, 0x33c86aa0, 0x00c86aa0], [0, 0.4, 1]),
    [
      new Hill(0.66, 0.5, 0.6, 0.16, 0xcc4a3a80, 0xcc2a2a60),
      new Hill(0.62, 0.78, 0.62, 0.12, 0xe0322f6c, 0xf01c2250),
      new Hill(0.84, 0.74, 0.86, 0.1, 0xff1d2350, 0xff101736),
    ],
  );
}

function morning(): Landscape {
  return new Landscape(
    new LinearGradient(
      Alignment.topLeft,
      Alignment.bottomRight,
      [0xffb9d7f6, 0xffd7e3fa, 0xfff3e4ee, 0xfffbdccb],
      [0, 0.35, 0.7, 1],
    ),
    new RadialGradient(new Alignment(0.55, 0.1), 0.9, [0xccfff6e0, 0x55ffe9d0, 0x00ffe9d0], [0, 0.4, 1]),
    [
      new Hill(0.66, 0.5, 0.6, 0.16, 0xccb6c5ec, 0xcc9fb4e4),
      new Hill(0.62, 0.78, 0.62, 0.12, 0xe08fa9de, 0xf0789ad4),
      new Hill(0.84, 0.74, 0.86, 0.1, 0xff6f93cf, 0xff527cbd),
    ],
  );
}
