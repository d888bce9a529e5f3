import { Alignment, Rect } from "../foundation/geometry.ts";
import { Color } from "./color.ts";
import { Pattern } from "./pattern.ts";
import { WIDE_MAX, WIDE_SIZE, wideDither, wideFill, widePixel } from "./wide-row.ts";

const STEPS: i32 = 512;
const FRACTION: f64 = 65536; // of a step, in which places along a line are counted

const wideRow = memory.data(16384, 16);
if (<i32>WIDE_SIZE * WIDE_MAX != 16384) ERROR("wideRow");

/** Colours along a line or away from a point. Relative to the box that is painted. */
export abstract class Gradient extends Pattern {
  /** Wide pixels for 0..1. */
  private table: StaticArray<u64> | null = null;

  /** `stops` say at which of 0..1 each colour is, rising; without them they are evenly spread. */
  constructor(
    readonly colors: Color[],
    readonly stops: f64[] | null,
  ) {
    super();
  }

  /** The address of STEPS wide pixels. */
  protected pixels(): usize {
    let table = this.table;
    if (table === null) {
      table = new StaticArray<u64>(STEPS);
      for (let i = 0; i < STEPS; i++) table[i] = this.pixelAt(<f64>i / (STEPS - 1));
      this.table = table;
    }
    return changetype<usize>(table);
  }

  private pixelAt(t: f64): u64 {
    const colors = this.colors;
    const last = colors.length - 1;
    for (let i = 0; i < last; i++) {
      const from = this.stopAt(i);
      const to = this.stopAt(i + 1);
      if (t < to) return mixed(colors[i], colors[i + 1], max(0.0, (t - from) / (to - from)));
    }
    return mixed(colors[last], colors[last], 0);
  }

  private stopAt(i: i32): f64 {
    const stops = this.stops;
    return stops === null ? <f64>i / (this.colors.length - 1) : stops[i];
  }

  /** Stores wide pixels from (x, y) on to the right, WIDE_MAX at most; as `shade` otherwise. */
  abstract shadeWide(to: usize, x: i32, y: i32, count: i32, box: Rect): void;

  shade(to: usize, x: i32, y: i32, count: i32, box: Rect): void {
    for (let done = 0; done < count; done += WIDE_MAX) {
      const some = min(count - done, WIDE_MAX);
      this.shadeWide(wideRow, x + done, y, some, box);
      wideDither(to + ((<usize>done) << 2), wideRow, x + done, y, some);
    }
  }
}

function mixed(a: Color, b: Color, t: f64): u64 {
  return widePixel(
    mixedChannel(a, b, 16, t),
    mixedChannel(a, b, 8, t),
    mixedChannel(a, b, 0, t),
    mixedChannel(a, b, 24, t) / 255,
  );
}

function mixedChannel(a: Color, b: Color, shift: u32, t: f64): f64 {
  const from = <f64>((a >> shift) & 0xff);
  return from + (<f64>((b >> shift) & 0xff) - from) * t;
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

  shadeWide(to: usize, x: i32, y: i32, count: i32, box: Rect): void {
    const fromX = box.left + this.begin.alongX(box.width);
    const fromY = box.top + this.begin.alongY(box.height);
    const alongX = box.left + this.end.alongX(box.width) - fromX;
    const alongY = box.top + this.end.alongY(box.height) - fromY;
    const by = ((STEPS - 1) * FRACTION) / max(alongX * alongX + alongY * alongY, 1e-9);
    const first = ((0.5 - fromX) * alongX + (<f64>y + 0.5 - fromY) * alongY) * by;
    const table = this.pixels();
    const step = <i64>nearest(alongX * by);
    let at = <i64>nearest(first) + <i64>x * step;
    // PERF: a vertical gradient has one colour in a row.
    if (step == 0) return wideFill(to, count, entryAt(table, at));
    const end = to + <usize>count * WIDE_SIZE;
    for (; to < end; to += WIDE_SIZE, at += step) store<u64>(to, entryAt(table, at));
  }
}

function entryAt(table: usize, at: i64): u64 {
  const entry = max<i64>(0, min<i64>(STEPS - 1, at >> 16));
  return load<u64>(table + ((<usize>entry) << 3));
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

  shadeWide(to: usize, x: i32, y: i32, count: i32, box: Rect): void {
    const factor = <f32>(<f64>(STEPS - 1) / max(this.radius * min(box.width, box.height), 1e-9));
    const dy = <f32>(<f64>y + 0.5 - box.top - this.center.alongY(box.height)) * factor;
    // On 1/256 pixel, so that counting on from here loses nothing.
    const dx = <f32>(<f64>x + nearest((0.5 - box.left - this.center.alongX(box.width)) * 256) / 256);
    const table = this.pixels();
    const square = dy * dy;
    let i = 0;
    if (ASC_FEATURE_SIMD) {
      const squares = f32x4.splat(square);
      const factors = f32x4.splat(factor);
      let distances = f32x4.add(f32x4.splat(dx), f32x4(0, 1, 2, 3));
      const last = f32x4.splat(<f32>(STEPS - 1));
      for (; i + 4 <= count; i += 4, to += 4 * WIDE_SIZE) {
        const across = f32x4.mul(distances, factors);
        const far = f32x4.sqrt(f32x4.add(f32x4.mul(across, across), squares));
        const entries = i32x4.trunc_sat_f32x4_u(f32x4.pmin(far, last));
        distances = f32x4.add(distances, f32x4.splat(4));
        store<u64>(to, load<u64>(table + ((<usize>i32x4.extract_lane(entries, 0)) << 3)));
        store<u64>(to, load<u64>(table + ((<usize>i32x4.extract_lane(entries, 1)) << 3)), 8);
        store<u64>(to, load<u64>(table + ((<usize>i32x4.extract_lane(entries, 2)) << 3)), 16);
        store<u64>(to, load<u64>(table + ((<usize>i32x4.extract_lane(entries, 3)) << 3)), 24);
      }
    }
    for (; i < count; i++, to += WIDE_SIZE) {
      const across = (dx + <f32>i) * factor;
      const far = sqrt<f32>(across * across + square);
      const entry = <u32>min<f32>(far, <f32>(STEPS - 1));
      store<u64>(to, load<u64>(table + ((<usize>entry) << 3)));
    }
  }
}
