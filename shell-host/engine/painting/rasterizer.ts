// Paths to coverage by exact areas, as FreeType's and AGG's smooth rasterisers do it: each edge adds, in every pixel
// that it crosses, its height and the area to its left; the running sum of a row is the coverage of each pixel.
//
// Everything is in integers of 1/256 pixel, and what an edge adds to a row depends on the edge alone. So clipping
// changes no pixel that is inside: a part drawn again looks as if all had been drawn.

/** Takes the rows of coverage that a path makes. */
export abstract class RowSink {
  /** `count` coverage bytes from pixel (x, y) on; address 0 means fully covered. */
  abstract row(y: i32, x: i32, count: i32, coverage: usize): void;
}

const ONE: i32 = 256; // a pixel
const FULL: i32 = 2 * ONE * ONE; // the sum of a covered pixel
const BAND_CELLS: i32 = 32768;
const MAX_ROWS: i32 = 256; // of a band
const MAX_WIDTH: i32 = 16384;
const COORDINATE_LIMIT: f64 = 4_000_000; // in pixels; what lies beyond is moved there
const EDGE_SIZE: i32 = 16; // x0, y0, x1, y1: i32 in 1/256 pixel

const cells = memory.data(4 * (BAND_CELLS + MAX_ROWS * 2), 16); // i32 each; all zero between calls
const coverageRow = memory.data(MAX_WIDTH + 16, 16);
const rowFirst = memory.data(4 * MAX_ROWS, 4); // the first and the last cell of each row that is not zero
const rowLast = memory.data(4 * MAX_ROWS, 4);

let edges: usize = 0;
let edgeBytes: i32 = 0;
let edgeCapacity: i32 = 0;
let top: i32 = i32.MAX_VALUE; // of all edges, in 1/256 pixel
let bottom: i32 = i32.MIN_VALUE;
let left: i32 = i32.MAX_VALUE;
let right: i32 = i32.MIN_VALUE;

let clipLeft: i32 = 0; // in pixels
let width: i32 = 0; // of the band
let stride: i32 = 0; // cells in a row: one more than pixels takes what spills over the right side
let bandTop: i32 = 0;
let bandRows: i32 = 0;

/** Forgets all edges. */
export function beginEdges(): void {
  edgeBytes = 0;
  top = left = i32.MAX_VALUE;
  bottom = right = i32.MIN_VALUE;
}

/** Adds a directed line, in device pixels. Lines must form closed outlines. */
export function addEdge(x0: f64, y0: f64, x1: f64, y1: f64): void {
  pushEdge(toFixed(x0), toFixed(y0), toFixed(x1), toFixed(y1));
}

function toFixed(value: f64): i32 {
  // A NaN fails both comparisons and becomes the limit.
  const limited =
    value < COORDINATE_LIMIT ? (value > -COORDINATE_LIMIT ? value : -COORDINATE_LIMIT) : COORDINATE_LIMIT;
  return <i32>floor(limited * ONE + 0.5);
}

function pushEdge(x0: i32, y0: i32, x1: i32, y1: i32): void {
  left = min(left, min(x0, x1));
  right = max(right, max(x0, x1));
  if (y0 == y1) return;
  top = min(top, min(y0, y1));
  bottom = max(bottom, max(y0, y1));
  if (edgeBytes == edgeCapacity) {
    edgeCapacity = max(64 * EDGE_SIZE, 2 * edgeCapacity);
    edges = edges == 0 ? heap.alloc(edgeCapacity) : heap.realloc(edges, edgeCapacity);
  }
  const edge = edges + edgeBytes;
  store<i32>(edge, x0);
  store<i32>(edge, y0, 4);
  store<i32>(edge, x1, 8);
  store<i32>(edge, y1, 12);
  edgeBytes += EDGE_SIZE;
}

/** The pixel column left of which there is nothing. */
export function edgesLeft(): i32 {
  return left >> 8;
}
/** The pixel row above which there is nothing. */
export function edgesTop(): i32 {
  return top >> 8;
}
/** The pixel column from which on there is nothing; less than the left one if there is no edge. */
export function edgesRight(): i32 {
  return right == i32.MIN_VALUE ? i32.MIN_VALUE : (right + ONE - 1) >> 8;
}
/** The pixel row from which on there is nothing; less than the top one if there is no edge. */
export function edgesBottom(): i32 {
  return bottom == i32.MIN_VALUE ? i32.MIN_VALUE : (bottom + ONE - 1) >> 8;
}

/** Gives the coverage of all edges inside a rectangle of pixels to a sink, row by row. */
export function rasterize(l: i32, t: i32, r: i32, b: i32, evenOdd: bool, sink: RowSink): void {
  if (edgeBytes == 0) return;
  clipLeft = max(l, edgesLeft());
  width = min(min(r, edgesRight()) - clipLeft, MAX_WIDTH);
  const lastRow = min(b, edgesBottom());
  if (width <= 0) return;
  stride = width + 2;
  const rows = min(MAX_ROWS, max(BAND_CELLS / stride, 1));
  for (bandTop = max(t, edgesTop()); bandTop < lastRow; bandTop += rows) {
    bandRows = min(rows, lastRow - bandTop);
    accumulateBand();
    for (let row = 0; row < bandRows; row++) emitRow(row, evenOdd, sink);
  }
}

function accumulateBand(): void {
  for (let row = 0; row < bandRows; row++) {
    store<i32>(rowFirst + (row << 2), i32.MAX_VALUE);
    store<i32>(rowLast + (row << 2), -1);
  }
  const bandStart = bandTop << 8;
  const bandEnd = (bandTop + bandRows) << 8;
  const end = edges + edgeBytes;
  for (let edge = edges; edge < end; edge += EDGE_SIZE) {
    const y0 = load<i32>(edge, 4);
    const y1 = load<i32>(edge, 12);
    if (min(y0, y1) >= bandEnd || max(y0, y1) <= bandStart) continue;
    if (y0 < y1) accumulateEdge(load<i32>(edge), y0, load<i32>(edge, 8), y1, 1);
    else accumulateEdge(load<i32>(edge, 8), y1, load<i32>(edge), y0, -1);
  }
}

/** Adds a downward edge to the rows of the band; `sign` says which way it was meant. */
function accumulateEdge(x0: i32, y0: i32, x1: i32, y1: i32, sign: i32): void {
  const slope = <f64>(x1 - x0) / <f64>(y1 - y0);
  let y = max(y0, bandTop << 8);
  const end = min(y1, (bandTop + bandRows) << 8);
  let x = xAt(x0, y0, slope, y);
  while (y < end) {
    const next = min((y & ~255) + ONE, y1);
    const nextX = next == y1 ? x1 : xAt(x0, y0, slope, next);
    accumulateRow((y >> 8) - bandTop, x - (clipLeft << 8), nextX - (clipLeft << 8), (next - y) * sign);
    x = nextX;
    y = next;
  }
}

function xAt(x0: i32, y0: i32, slope: f64, y: i32): i32 {
  return y == y0 ? x0 : x0 + <i32>floor(<f64>(y - y0) * slope + 0.5);
}

/** Adds a part of an edge that stays in one row of pixels, dy high, from x0 to x1. */
function accumulateRow(row: i32, x0: i32, x1: i32, dy: i32): void {
  const column0 = x0 >> 8;
  const column1 = x1 >> 8;
  if (column0 == column1) return addCell(row, column0, dy, (x0 & 255) + (x1 & 255));
  if (min(column0, column1) >= width) return;
  if (max(column0, column1) < 0) return addCell(row, -1, dy, 0);
  const step = column0 < column1 ? 1 : -1;
  const slope = <f64>dy / <f64>(x1 - x0);
  let done = 0;
  let inColumn = x0 & 255;
  for (let column = column0; column != column1; column += step) {
    const edgeX = (step > 0 ? column + 1 : column) << 8;
    const height = <i32>floor(<f64>(edgeX - x0) * slope + 0.5);
    addCell(row, column, height - done, inColumn + (step > 0 ? ONE : 0));
    done = height;
    inColumn = step > 0 ? 0 : ONE;
  }
  addCell(row, column1, dy - done, inColumn + (x1 & 255));
}

/** Adds to a pixel: `twiceX` is the sum of both ends' distances from its left side. What is left of the clip covers all of it. */
function addCell(row: i32, column: i32, dy: i32, twiceX: i32): void {
  if (dy == 0 || column >= width) return;
  let area = 2 * ONE * dy;
  const spill = column < 0 ? 0 : dy * twiceX;
  const at = max(column, 0);
  const cell = cells + ((row * stride + at) << 2);
  store<i32>(cell, load<i32>(cell) + area - spill);
  store<i32>(cell, load<i32>(cell, 4) + spill, 4);
  const first = rowFirst + (row << 2);
  const last = rowLast + (row << 2);
  if (at < load<i32>(first)) store<i32>(first, at);
  if (at + 1 > load<i32>(last)) store<i32>(last, at + 1);
}

/** Sums up a row, leaves zeros behind, and gives what is covered to the sink. */
function emitRow(row: i32, evenOdd: bool, sink: RowSink): void {
  const first = load<i32>(rowFirst + (row << 2));
  const last = load<i32>(rowLast + (row << 2));
  if (last < 0) return;
  const start = cells + ((row * stride) << 2);
  const stop = min(last + 1, width);
  let sum = 0;
  for (let x = first; x < stop; x++) {
    sum += load<i32>(start + (x << 2));
    store<u8>(coverageRow + x, coverageOf(sum, evenOdd));
  }
  memory.fill(start + (first << 2), 0, (last + 1 - first) << 2);
  let end = stop;
  const rest = coverageOf(sum, evenOdd);
  if (rest != 0 && stop < width) {
    memory.fill(coverageRow + stop, rest, width - stop);
    end = width;
  }
  if (end > first) sink.row(bandTop + row, clipLeft + first, end - first, coverageRow + first);
}

function coverageOf(sum: i32, evenOdd: bool): u8 {
  let area = abs(sum);
  if (evenOdd) {
    area &= 2 * FULL - 1;
    if (area > FULL) area = 2 * FULL - area;
  }
  const part = min(area, FULL) >> 9; // 0..256
  return <u8>(part - (part >> 8));
}
