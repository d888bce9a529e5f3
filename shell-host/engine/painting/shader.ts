import { Rect } from "../foundation/geometry.ts";
import { Bitmap } from "./bitmap.ts";
import { blendPixels, blendRow, maskPixels, maskRow } from "./blend.ts";
import { Color, premultiply } from "./color.ts";
import { Pattern } from "./pattern.ts";
import { scalePixel } from "./color.ts";

const MAX_ROW: i32 = 16384; // pixels
const rowPixels = memory.data(4 * MAX_ROW, 8);

/** What colours the pixels that a shape covers. */
export abstract class Shader {
  /** Paints `count` pixels of a row from (x, y) on; coverage 0 means all of them fully. */
  abstract paint(target: Bitmap, y: i32, x: i32, count: i32, coverage: usize): void;
}

/** One colour everywhere. */
export class ColorShader extends Shader {
  private pixel: u32;

  constructor(color: Color) {
    super();
    this.pixel = premultiply(color);
  }

  setColor(color: Color): void {
    this.pixel = premultiply(color);
  }

  paint(target: Bitmap, y: i32, x: i32, count: i32, coverage: usize): void {
    if (coverage == 0) blendRow(target.at(x, y), count, this.pixel);
    else maskRow(target.at(x, y), coverage, count, this.pixel);
  }
}

/** A row of pixels that is made before it is blended. */
abstract class RowShader extends Shader {
  protected abstract fill(to: usize, x: i32, y: i32, count: i32): void;

  paint(target: Bitmap, y: i32, x: i32, count: i32, coverage: usize): void {
    for (; count > 0;) {
      const some = min(count, MAX_ROW);
      this.fill(rowPixels, x, y, some);
      if (coverage == 0) blendPixels(target.at(x, y), rowPixels, some);
      else maskPixels(target.at(x, y), rowPixels, coverage, some);
      x += some;
      count -= some;
      if (coverage != 0) coverage += some;
    }
  }
}

/** A pattern over a box, in device pixels. */
export class PatternShader extends RowShader {
  constructor(
    private pattern: Pattern,
    private box: Rect,
  ) {
    super();
  }

  protected fill(to: usize, x: i32, y: i32, count: i32): void {
    this.pattern.shade(to, x, y, count, this.box);
  }
}

/** A bitmap stretched over a box, in device pixels; between its pixels it is interpolated. */
export class BitmapShader extends RowShader {
  private stepX: f64;
  private stepY: f64;

  constructor(
    private bitmap: Bitmap,
    private box: Rect,
  ) {
    super();
    this.stepX = <f64>bitmap.width / max(box.width, 1e-9);
    this.stepY = <f64>bitmap.height / max(box.height, 1e-9);
  }

  protected fill(to: usize, x: i32, y: i32, count: i32): void {
    const bitmap = this.bitmap;
    const v = (<f64>y + 0.5 - this.box.top) * this.stepY - 0.5;
    const row0 = limit(<i32>floor(v), bitmap.height);
    const row1 = limit(<i32>floor(v) + 1, bitmap.height);
    const partY = <u32>((v - floor(v)) * 255 + 0.5);
    let u = (<f64>x + 0.5 - this.box.left) * this.stepX - 0.5;
    const end = to + ((<usize>count) << 2);
    for (; to < end; to += 4, u += this.stepX) {
      const column = <i32>floor(u);
      const column0 = limit(column, bitmap.width);
      const column1 = limit(column + 1, bitmap.width);
      const partX = <u32>((u - <f64>column) * 255 + 0.5);
      const top = mix(load<u32>(bitmap.at(column0, row0)), load<u32>(bitmap.at(column1, row0)), partX);
      const bottom = mix(load<u32>(bitmap.at(column0, row1)), load<u32>(bitmap.at(column1, row1)), partX);
      store<u32>(to, mix(top, bottom, partY));
    }
  }
}

function limit(at: i32, length: i32): i32 {
  return max(0, min(length - 1, at));
}

/** The pixel `part` / 255 of the way from a to b. */
function mix(a: u32, b: u32, part: u32): u32 {
  if (a == b) return a;
  return scalePixel(a, 255 - part) + scalePixel(b, part);
}
