import { Alignment, Rect } from "../foundation/geometry.ts";
import { Color, mixColors, premultiply } from "./color.ts";

const STEPS: i32 = 512;

/** Colours along a line or away from a point. Relative to the box that is painted. */
export abstract class Gradient {
  /** Premultiplied pixels for 0..1. */
  private table: StaticArray<u32> | null = null;

  /** `stops` say at which of 0..1 each colour is, rising; without them they are evenly spread. */
  constructor(
    readonly colors: Color[],
    readonly stops: f64[] | null,
  ) {}

  /** The address of STEPS pixels. */
  protected pixels(): usize {
    let table = this.table;
    if (table === null) {
      table = new StaticArray<u32>(STEPS);
      for (let i = 0; i < STEPS; i++) table[i] = premultiply(this.colorAt(<f64>i / (STEPS - 1)));
      this.table = table;
    }
    return changetype<usize>(table);
  }

  private colorAt(t: f64): Color {
    const colors = this.colors;
    const last = colors.length - 1;
    for (let i = 0; i < last; i++) {
      const from = this.stopAt(i);
      const to = this.stopAt(i + 1);
      if (t < to)
        return t <= from ? colors[i] : mixColors(colors[i], colors[i + 1], (t - from) / (to - from));
    }
    return colors[last];
  }

  private stopAt(i: i32): f64 {
    const stops = this.stops;
    return stops === null ? <f64>i / (this.colors.length - 1) : stops[i];
  }

  /** Stores the pixels from (x, y) on to the right; everything in device pixels. */
  abstract shade(to: usize, x: i32, y: i32, count: i32, box: Rect): void;
}

/** From one place of the box to another. */
export class LinearGradient extends Gradient {
  constructor(
    readonly begin: Alignment,
    readonly end: Alignment,
    colors: Color[],
    stops: f64[] | null = null,
  ) {
    super(colors, stops);
  }

  static vertical(colors: Color[]): LinearGradient {
    return new LinearGradient(Alignment.topCenter, Alignment.bottomCenter, colors);
  }

  shade(to: usize, x: i32, y: i32, count: i32, box: Rect): void {
    const fromX = box.left + this.begin.alongX(box.width);
    const fromY = box.top + this.begin.alongY(box.height);
    const alongX = box.left + this.end.alongX(box.width) - fromX;
    const alongY = box.top + this.end.alongY(box.height) - fromY;
    const square = max(alongX * alongX + alongY * alongY, 1e-9);
    let at = (((<f64>x + 0.5 - fromX) * alongX + (<f64>y + 0.5 - fromY) * alongY) / square) * (STEPS - 1);
    const step = (alongX / square) * (STEPS - 1);
    const table = this.pixels();
    const end = to + ((<usize>count) << 2);
    if (step == 0) {
      // PERF: a vertical gradient has one colour in a row.
      const pixel = load<u32>(table + ((<i32>max(0.0, min(<f64>(STEPS - 1), at))) << 2));
      for (; to < end; to += 4) store<u32>(to, pixel);
      return;
    }
    for (; to < end; to += 4, at += step) {
      const entry = <i32>max(0.0, min(<f64>(STEPS - 1), at));
      store<u32>(to, load<u32>(table + (entry << 2)));
    }
  }
}

/** From a place of the box outwards; the radius is a part of the box's shorter side. */
export class RadialGradient extends Gradient {
  constructor(
    readonly center: Alignment,
    readonly radius: f64,
    colors: Color[],
    stops: f64[] | null = null,
  ) {
    super(colors, stops);
  }

  shade(to: usize, x: i32, y: i32, count: i32, box: Rect): void {
    const centerX = box.left + this.center.alongX(box.width);
    const dy = <f64>y + 0.5 - box.top - this.center.alongY(box.height);
    const factor = <f64>(STEPS - 1) / max(this.radius * min(box.width, box.height), 1e-9);
    const table = this.pixels();
    let dx = <f64>x + 0.5 - centerX;
    const end = to + ((<usize>count) << 2);
    for (; to < end; to += 4, dx += 1) {
      const entry = <i32>min(<f64>(STEPS - 1), sqrt(dx * dx + dy * dy) * factor);
      store<u32>(to, load<u32>(table + (entry << 2)));
    }
  }
}
