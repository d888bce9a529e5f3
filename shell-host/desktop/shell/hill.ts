import { Rect } from "../../engine/foundation/geometry.ts";
import { Color } from "../../engine/painting/color.ts";
import { LinearGradient } from "../../engine/painting/gradient.ts";
import { WIDE_MAX, WIDE_SIZE, wideMask, wideTint } from "../../engine/painting/wide-row.ts";

const SAMPLES: i32 = 256; // of each half of the curve

const coverage = memory.data(2048);
if (WIDE_MAX != 2048) ERROR("coverage");
const ground = memory.data(8, 8); // a wide pixel

/** One hill of the wallpaper: a wave from left to right, and all that is below it. Lengths are parts of the picture's. */
export class Hill {
  private fill: LinearGradient;
  private tops: StaticArray<f32> = new StaticArray<f32>(0); // for each column, the height in pixels where the hill begins
  private summit: i32 = 0; // the first row with a part of the hill
  private foot: i32 = 0; // the first row that is all hill
  private width: i32 = 0;
  private height: i32 = 0;

  constructor(
    private left: f64,
    private middle: f64,
    private right: f64,
    private swing: f64,
    top: Color,
    bottom: Color,
  ) {
    this.fill = LinearGradient.vertical([top, bottom]);
  }

  /** Lays what a row has of the hill over wide pixels that begin at (x, y) of a picture of that box. */
  lay(to: usize, x: i32, y: i32, count: i32, box: Rect): void {
    this.measure(<i32>box.width, <i32>box.height);
    const row = y - <i32>box.top;
    if (row < this.summit) return;
    this.fill.shadeWide(ground, x, y, 1, new Rect(box.left, box.top + this.summit, box.right, box.bottom));
    const color = load<u64>(ground);
    if (row >= this.foot) return wideTint(to, count, color);
    const tops = changetype<usize>(this.tops) + ((<usize>(x - <i32>box.left)) << 2);
    const floor = <f32>(row + 1);
    for (let i = 0; i < count; i++) {
      const part = max<f32>(0, min<f32>(1, floor - load<f32>(tops + ((<usize>i) << 2))));
      store<u8>(coverage + i, <u8>(part * 255 + 0.5));
    }
    wideMask(to, coverage, count, color);
  }

  private measure(width: i32, height: i32): void {
    if (width == this.width && height == this.height) return;
    this.width = width;
    this.height = height;
    this.tops = new StaticArray<f32>(width);
    const swing = this.swing * (<f64>width / <f64>max(height, 1));
    this.trace(0, this.left, 0.2, this.left - swing * 0.3, 0.5 - this.swing, this.middle, 0.5, this.middle);
    this.trace(0.5, this.middle, 0.5 + this.swing, this.middle, 0.8, this.right + swing * 0.3, 1, this.right);
    let lowest: f32 = 0;
    let highest: f32 = <f32>height;
    for (let x = 0; x < width; x++) {
      lowest = max(lowest, this.tops[x]);
      highest = min(highest, this.tops[x]);
    }
    this.summit = <i32>floor(highest);
    this.foot = <i32>ceil(lowest);
  }

  /** Sets the tops below a Bézier curve that goes to the right all the way. */
  private trace(x0: f64, y0: f64, x1: f64, y1: f64, x2: f64, y2: f64, x3: f64, y3: f64): void {
    const width = <f64>this.width;
    const height = <f64>this.height;
    let lastX = x0 * width;
    let lastY = y0 * height;
    let column = <i32>ceil(lastX - 0.5);
    for (let i = 1; i <= SAMPLES; i++) {
      const t = <f64>i / SAMPLES;
      const x = cubic(x0, x1, x2, x3, t) * width;
      const y = cubic(y0, y1, y2, y3, t) * height;
      for (; column < this.width && <f64>column + 0.5 <= x; column++)
        this.tops[column] = <f32>(lastY + ((y - lastY) * (<f64>column + 0.5 - lastX)) / max(x - lastX, 1e-9));
      lastX = x;
      lastY = y;
    }
  }
}

function cubic(a: f64, b: f64, c: f64, d: f64, t: f64): f64 {
  const s = 1 - t;
  return a * s * s * s + 3 * b * s * s * t + 3 * c * s * t * t + d * t * t * t;
}
