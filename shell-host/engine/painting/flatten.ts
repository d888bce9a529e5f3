// Curves to lines, fine enough that no pixel shows the difference.

import { addEdge } from "./rasterizer.ts";
import { Path, VERB_CLOSE, VERB_CUBIC, VERB_LINE, VERB_MOVE, VERB_QUAD } from "./path.ts";

/** Takes the outlines of a path as lines. */
export abstract class PolylineSink {
  /** `count` points, f64 x and y each, in device pixels. They are there during the call only. */
  abstract polyline(points: usize, count: i32, closed: bool): void;
}

const TOLERANCE: f64 = 0.08; // pixels between a curve and its lines
const MAX_LINES: f64 = 128; // for one curve
const POINT_SIZE: i32 = 16;

let points: usize = 0;
let pointBytes: i32 = 0;
let pointCapacity: i32 = 0;
let scale: f64 = 1;
let shiftX: f64 = 0;
let shiftY: f64 = 0;
let lastX: f64 = 0; // in device pixels
let lastY: f64 = 0;

/** Gives the outlines of a path, scaled and then shifted, to a sink. */
export function flattenPath(path: Path, by: f64, x: f64, y: f64, sink: PolylineSink): void {
  scale = by;
  shiftX = x;
  shiftY = y;
  pointBytes = 0;
  const at = path.coordinates;
  let i = 0;
  for (let v = 0; v < path.verbs.length; v++) {
    const verb = path.verbs[v];
    if (verb == VERB_MOVE) {
      finish(sink, false);
      push(deviceX(at[i]), deviceY(at[i + 1]));
      i += 2;
    } else if (verb == VERB_LINE) {
      push(deviceX(at[i]), deviceY(at[i + 1]));
      i += 2;
    } else if (verb == VERB_QUAD) {
      quad(deviceX(at[i]), deviceY(at[i + 1]), deviceX(at[i + 2]), deviceY(at[i + 3]));
      i += 4;
    } else if (verb == VERB_CUBIC) {
      cubic(
        deviceX(at[i]),
        deviceY(at[i + 1]),
        deviceX(at[i + 2]),
        deviceY(at[i + 3]),
        deviceX(at[i + 4]),
        deviceY(at[i + 5]),
      );
      i += 6;
    } else if (verb == VERB_CLOSE) {
      finish(sink, true);
    }
  }
  finish(sink, false);
}

function deviceX(x: f64): f64 {
  return x * scale + shiftX;
}

function deviceY(y: f64): f64 {
  return y * scale + shiftY;
}

function finish(sink: PolylineSink, closed: bool): void {
  const count = pointBytes / POINT_SIZE;
  if (count > 0) sink.polyline(points, count, closed);
  if (closed && count > 0) {
    lastX = load<f64>(points);
    lastY = load<f64>(points, 8);
  }
  pointBytes = 0;
}

function push(x: f64, y: f64): void {
  if (pointBytes == pointCapacity) {
    pointCapacity = max(256 * POINT_SIZE, 2 * pointCapacity);
    points = points == 0 ? heap.alloc(pointCapacity) : heap.realloc(points, pointCapacity);
  }
  store<f64>(points + pointBytes, x);
  store<f64>(points + pointBytes, y, 8);
  pointBytes += POINT_SIZE;
  lastX = x;
  lastY = y;
}

/** An outline that goes on behind a close starts where that one did. */
function ensureStart(): void {
  if (pointBytes == 0) push(lastX, lastY);
}

/** Lines for a curve whose control points are `bend` pixels off a straight line. */
function linesFor(bend: f64): i32 {
  return <i32>max(1.0, min(MAX_LINES, ceil(sqrt(bend / TOLERANCE))));
}

function quad(x1: f64, y1: f64, x2: f64, y2: f64): void {
  ensureStart();
  const x0 = lastX;
  const y0 = lastY;
  const lines = linesFor(Math.hypot(x0 - 2 * x1 + x2, y0 - 2 * y1 + y2) / 4);
  for (let i = 1; i < lines; i++) {
    const t = <f64>i / lines;
    const s = 1 - t;
    push(s * s * x0 + 2 * s * t * x1 + t * t * x2, s * s * y0 + 2 * s * t * y1 + t * t * y2);
  }
  push(x2, y2);
}

function cubic(x1: f64, y1: f64, x2: f64, y2: f64, x3: f64, y3: f64): void {
  ensureStart();
  const x0 = lastX;
  const y0 = lastY;
  const bend = max(
    Math.hypot(x0 - 2 * x1 + x2, y0 - 2 * y1 + y2),
    Math.hypot(x1 - 2 * x2 + x3, y1 - 2 * y2 + y3),
  );
  const lines = linesFor(bend * 0.75);
  for (let i = 1; i < lines; i++) {
    const t = <f64>i / lines;
    const s = 1 - t;
    const a = s * s * s;
    const b = 3 * s * s * t;
    const c = 3 * s * t * t;
    const d = t * t * t;
    push(a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3);
  }
  push(x3, y3);
}

/** Makes edges for the rasteriser of closed outlines; open ones are closed by a line. */
export class FillSink extends PolylineSink {
  polyline(at: usize, count: i32, _closed: bool): void {
    let x = load<f64>(at + (count - 1) * POINT_SIZE);
    let y = load<f64>(at + (count - 1) * POINT_SIZE, 8);
    for (let i = 0; i < count; i++, at += POINT_SIZE) {
      const nextX = load<f64>(at);
      const nextY = load<f64>(at, 8);
      addEdge(x, y, nextX, nextY);
      x = nextX;
      y = nextY;
    }
  }
}
