// Strokes as outlines: a quadrilateral for each line, a wedge at each corner, a cap at each end. All go round the same way, so
// that the nonzero rule joins them.

import { PolylineSink } from "./flatten.ts";
import { addEdge } from "./rasterizer.ts";

export enum Cap {
  Butt,
  Round,
  Square,
}

export enum Join {
  Miter,
  Round,
  Bevel,
}

const POINT_SIZE: i32 = 16;
const MITER_LIMIT: f64 = 4; // a sharper corner is cut off, as SVG's default
const ARC_TOLERANCE: f64 = 0.1; // pixels
const SHORT: f64 = 1e-6; // a line that has no direction

/** Makes edges for the rasteriser of lines that are stroked. */
export class StrokeSink extends PolylineSink {
  /** Half of the width, in device pixels. */
  reach: f64 = 0.5;
  cap: Cap = Cap.Butt;
  join: Join = Join.Miter;
  private arcStep: f64 = 0;

  polyline(points: usize, count: i32, closed: bool): void {
    this.arcStep = 2 * Math.acos(max(0.0, 1 - ARC_TOLERANCE / max(this.reach, ARC_TOLERANCE)));
    let firstX = load<f64>(points);
    let firstY = load<f64>(points, 8);
    let x = firstX;
    let y = firstY;
    let normalX = 0.0; // of the last line: as long as the reach, to its right
    let normalY = 0.0;
    let firstNormalX = 0.0;
    let firstNormalY = 0.0;
    let lines = 0;
    const total = closed ? count + 1 : count;
    for (let i = 1; i < total; i++) {
      const next = points + (i % count) * POINT_SIZE;
      const nextX = load<f64>(next);
      const nextY = load<f64>(next, 8);
      const length = Math.hypot(nextX - x, nextY - y);
      if (length < SHORT) continue;
      const nx = (-(nextY - y) / length) * this.reach;
      const ny = ((nextX - x) / length) * this.reach;
      this.line(x, y, nextX, nextY, nx, ny);
      if (lines > 0) this.corner(x, y, normalX, normalY, nx, ny);
      else {
        firstNormalX = nx;
        firstNormalY = ny;
      }
      normalX = nx;
      normalY = ny;
      x = nextX;
      y = nextY;
      lines++;
    }
    if (lines == 0) {
      if (this.cap == Cap.Round) this.dot(firstX, firstY);
      return;
    }
    if (closed) return this.corner(x, y, normalX, normalY, firstNormalX, firstNormalY);
    this.end(firstX, firstY, -firstNormalX, -firstNormalY);
    this.end(x, y, normalX, normalY);
  }

  private line(x: f64, y: f64, toX: f64, toY: f64, nx: f64, ny: f64): void {
    addEdge(x + nx, y + ny, x - nx, y - ny);
    addEdge(x - nx, y - ny, toX - nx, toY - ny);
    addEdge(toX - nx, toY - ny, toX + nx, toY + ny);
    addEdge(toX + nx, toY + ny, x + nx, y + ny);
  }

  private triangle(x: f64, y: f64, ax: f64, ay: f64, bx: f64, by: f64): void {
    addEdge(x, y, x + ax, y + ay);
    addEdge(x + ax, y + ay, x + bx, y + by);
    addEdge(x + bx, y + by, x, y);
  }

  /** Fills the gap at the outer side of a corner between two lines with these normals. */
  private corner(x: f64, y: f64, ax: f64, ay: f64, bx: f64, by: f64): void {
    const turn = ax * by - ay * bx; // > 0: to the right on the screen, so the gap is at the left
    if (turn == 0 && ax * bx + ay * by >= 0) return;
    if (turn > 0) this.wedge(x, y, -ax, -ay, -bx, -by);
    else this.wedge(x, y, bx, by, ax, ay);
  }

  private wedge(x: f64, y: f64, ax: f64, ay: f64, bx: f64, by: f64): void {
    if (this.join == Join.Round) return this.fan(x, y, ax, ay, bx, by);
    this.triangle(x, y, ax, ay, bx, by);
    if (this.join == Join.Bevel) return;
    const middleX = ax + bx;
    const middleY = ay + by;
    const square = this.reach * this.reach;
    const cosine = (ax * bx + ay * by) / square;
    const tip = 2 / max(1 + cosine, 1e-9); // the miter's length in units of `middle` is 1 / (1 + cosine)
    if (tip > MITER_LIMIT * MITER_LIMIT) return;
    const tipX = middleX / (1 + cosine);
    const tipY = middleY / (1 + cosine);
    addEdge(x + ax, y + ay, x + tipX, y + tipY);
    addEdge(x + tipX, y + tipY, x + bx, y + by);
    addEdge(x + bx, y + by, x + ax, y + ay);
  }

  /** A sector of the circle around (x, y) from a to b, the way from x to y. */
  private fan(x: f64, y: f64, ax: f64, ay: f64, bx: f64, by: f64): void {
    let angle = Math.atan2(ax * by - ay * bx, ax * bx + ay * by);
    if (angle < 0) angle += 2 * Math.PI;
    const steps = max(1, <i32>ceil(angle / max(this.arcStep, 0.05)));
    const cosine = Math.cos(angle / steps);
    const sine = Math.sin(angle / steps);
    let px = ax;
    let py = ay;
    for (let i = 1; i <= steps; i++) {
      const qx = i == steps ? bx : px * cosine - py * sine;
      const qy = i == steps ? by : px * sine + py * cosine;
      this.triangle(x, y, px, py, qx, qy);
      px = qx;
      py = qy;
    }
  }

  /** The cap of a line that ends at (x, y), with its normal to the right of where it went. */
  private end(x: f64, y: f64, nx: f64, ny: f64): void {
    if (this.cap == Cap.Round) {
      this.fan(x, y, -nx, -ny, ny, -nx);
      this.fan(x, y, ny, -nx, nx, ny);
    } else if (this.cap == Cap.Square) this.line(x, y, x + ny, y - nx, nx, ny);
  }

  private dot(x: f64, y: f64): void {
    this.fan(x, y, this.reach, 0, -this.reach, 0);
    this.fan(x, y, -this.reach, 0, this.reach, 0);
  }
}
