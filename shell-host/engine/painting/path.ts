import { Rect } from "../foundation/geometry.ts";

export const VERB_MOVE: u8 = 0; // x, y
export const VERB_LINE: u8 = 1; // x, y
export const VERB_QUAD: u8 = 2; // control x, y; end x, y
export const VERB_CUBIC: u8 = 3; // control x, y; control x, y; end x, y
export const VERB_CLOSE: u8 = 4;

const CIRCLE: f64 = 0.5522847498307936; // a quarter of a circle as a cubic: where its control points are

/** Outlines of lines and curves. */
export class Path {
  readonly verbs: u8[] = [];
  readonly coordinates: f64[] = [];
  private startX: f64 = 0;
  private startY: f64 = 0;
  /** Where the outline has got to. */
  currentX: f64 = 0;
  currentY: f64 = 0;

  moveTo(x: f64, y: f64): Path {
    this.verbs.push(VERB_MOVE);
    this.startX = x;
    this.startY = y;
    return this.go(x, y);
  }

  lineTo(x: f64, y: f64): Path {
    this.verbs.push(VERB_LINE);
    return this.go(x, y);
  }

  quadTo(controlX: f64, controlY: f64, x: f64, y: f64): Path {
    this.verbs.push(VERB_QUAD);
    this.point(controlX, controlY);
    return this.go(x, y);
  }

  cubicTo(controlX1: f64, controlY1: f64, controlX2: f64, controlY2: f64, x: f64, y: f64): Path {
    this.verbs.push(VERB_CUBIC);
    this.point(controlX1, controlY1);
    this.point(controlX2, controlY2);
    return this.go(x, y);
  }

  close(): Path {
    this.verbs.push(VERB_CLOSE);
    this.currentX = this.startX;
    this.currentY = this.startY;
    return this;
  }

  addRect(rect: Rect): Path {
    this.moveTo(rect.left, rect.top).lineTo(rect.right, rect.top);
    return this.lineTo(rect.right, rect.bottom).lineTo(rect.left, rect.bottom).close();
  }

  addOval(rect: Rect): Path {
    this.moveTo(rect.right, rect.centerY);
    this.arc(rect.centerX, rect.centerY, rect.width / 2, rect.height / 2, 0, 2 * Math.PI);
    return this.close();
  }

  addCircle(x: f64, y: f64, radius: f64): Path {
    return this.addOval(Rect.circle(x, y, radius));
  }

  addRoundRect(rect: Rect, radius: f64): Path {
    const r = min(radius, min(rect.width, rect.height) / 2);
    const c = r * (1 - CIRCLE);
    const l = rect.left;
    const t = rect.top;
    const e = rect.right;
    const b = rect.bottom;
    this.moveTo(l + r, t)
      .lineTo(e - r, t)
      .cubicTo(e - c, t, e, t + c, e, t + r);
    this.lineTo(e, b - r).cubicTo(e, b - c, e - c, b, e - r, b);
    this.lineTo(l + r, b).cubicTo(l + c, b, l, b - c, l, b - r);
    return this.lineTo(l, t + r)
      .cubicTo(l, t + c, l + c, t, l + r, t)
      .close();
  }

  /** Goes on along an ellipse, from one angle by another; angles in radians, clockwise on the screen. */
  arc(centerX: f64, centerY: f64, radiusX: f64, radiusY: f64, start: f64, sweep: f64): Path {
    const parts = max(1, <i32>ceil(abs(sweep) / (Math.PI / 2) - 1e-9));
    const step = sweep / parts;
    const reach = (4.0 / 3) * Math.tan(step / 4);
    let cosine = Math.cos(start);
    let sine = Math.sin(start);
    for (let i = 1; i <= parts; i++) {
      const nextCosine = Math.cos(start + step * i);
      const nextSine = Math.sin(start + step * i);
      this.cubicTo(
        centerX + radiusX * (cosine - reach * sine),
        centerY + radiusY * (sine + reach * cosine),
        centerX + radiusX * (nextCosine + reach * nextSine),
        centerY + radiusY * (nextSine - reach * nextCosine),
        centerX + radiusX * nextCosine,
        centerY + radiusY * nextSine,
      );
      cosine = nextCosine;
      sine = nextSine;
    }
    return this;
  }

  /** A rectangle that holds the path; its control points make it larger than need be. */
  bounds(): Rect {
    const at = this.coordinates;
    if (at.length == 0) return Rect.empty;
    let left = Infinity;
    let top = Infinity;
    let right = -Infinity;
    let bottom = -Infinity;
    for (let i = 0; i < at.length; i += 2) {
      left = min(left, at[i]);
      right = max(right, at[i]);
      top = min(top, at[i + 1]);
      bottom = max(bottom, at[i + 1]);
    }
    return new Rect(left, top, right, bottom);
  }

  private point(x: f64, y: f64): void {
    this.coordinates.push(x);
    this.coordinates.push(y);
  }

  private go(x: f64, y: f64): Path {
    this.point(x, y);
    this.currentX = x;
    this.currentY = y;
    return this;
  }
}
