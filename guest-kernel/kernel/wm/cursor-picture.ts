// Draws cursors: black polygons with a white rim, for the scale of the screen.

import {
  CURSOR_HEIGHT,
  CURSOR_HOT_X,
  CURSOR_HOT_Y,
  CURSOR_MAX_SIDE,
  CURSOR_PIXELS,
  CURSOR_WIDTH,
} from "../../abi/framebuffer.ts";
import { screenScale } from "../compositor/screen.ts";
import {
  SHAPE_CROSS,
  SHAPE_FALLING,
  SHAPE_HAND,
  SHAPE_HORIZONTAL,
  SHAPE_MOVE,
  SHAPE_RISING,
  SHAPE_TEXT,
  SHAPE_VERTICAL,
} from "./cursor.ts";

const SIDE: i32 = 24; // logical pixels
const SAMPLES: i32 = 4; // on each side of a pixel
const RIM: f64 = 1.3; // logical pixels
const SCALE_MAX: i32 = (<i32>CURSOR_MAX_SIDE * 100) / SIDE;

// Corners, x and y in quarters of a logical pixel.
const ARROW = memory.data<u8>([8, 8, 8, 72, 22, 58, 32, 81, 43, 76, 33, 54, 52, 54]);
const HAND = memory.data<u8>([
  28, 10, 36, 10, 37, 40, 60, 44, 66, 52, 66, 66, 58, 88, 30, 88, 12, 60, 13, 54, 19, 52, 28, 60,
]);
const BEAM = memory.data<u8>([
  36, 16, 50, 12, 50, 17, 41, 20, 41, 76, 50, 79, 50, 84, 36, 80, 22, 84, 22, 79, 36, 76,
]);
const CROSS = memory.data<u8>([
  46, 12, 50, 12, 50, 46, 84, 46, 84, 50, 50, 50, 50, 84, 46, 84, 46, 50, 12, 50, 12, 46, 46, 46,
]);
const DOUBLE_ARROW = memory.data<u8>([
  8, 48, 26, 30, 26, 44, 70, 44, 70, 30, 88, 48, 70, 66, 70, 52, 26, 52, 26, 66,
]);

let corners: usize = 0;
let count: i32 = 0;
let turn: u32 = 0; // SHAPE_* of the double arrow
let picture: usize = 0;

/** Draws a shape that shows: the address of its CURSOR_* picture, valid to the next call. */
export function cursorDraw(shape: u32): usize {
  if (picture == 0) picture = heap.alloc(CURSOR_PIXELS + <usize>(CURSOR_MAX_SIDE * CURSOR_MAX_SIDE) * 4);
  const scale = min(screenScale, SCALE_MAX);
  const side = (SIDE * scale) / 100;
  choose(shape);
  const hot = hotSpot(shape);
  store<u32>(picture, side, CURSOR_WIDTH);
  store<u32>(picture, side, CURSOR_HEIGHT);
  store<u32>(picture, ((hot >> 8) * scale) / 400, CURSOR_HOT_X);
  store<u32>(picture, ((hot & 255) * scale) / 400, CURSOR_HOT_Y);
  let at = picture + CURSOR_PIXELS;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++, at += 4) store<u32>(at, pixel(x, y, <f64>scale / 100));
  }
  return picture;
}

function choose(shape: u32): void {
  turn = shape;
  if (shape == SHAPE_TEXT) take(BEAM, 11);
  else if (shape == SHAPE_HAND) take(HAND, 12);
  else if (shape == SHAPE_CROSS) take(CROSS, 12);
  else if (shape >= SHAPE_HORIZONTAL) take(DOUBLE_ARROW, 10);
  else take(ARROW, 7);
}

function take(polygon: usize, size: i32): void {
  corners = polygon;
  count = size;
}

/** The pixel that points, x << 8 | y, in quarters of a logical pixel. */
function hotSpot(shape: u32): i32 {
  if (shape == SHAPE_TEXT) return (36 << 8) | 48;
  if (shape == SHAPE_HAND) return (32 << 8) | 10;
  return shape >= SHAPE_CROSS ? (48 << 8) | 48 : (8 << 8) | 8;
}

function pixel(x: i32, y: i32, scale: f64): u32 {
  let inside = 0;
  let covered = 0;
  for (let i = 0; i < SAMPLES; i++) {
    for (let j = 0; j < SAMPLES; j++) {
      const distance = shapeDistance(
        (<f64>x + (<f64>i + 0.5) / SAMPLES) / scale,
        (<f64>y + (<f64>j + 0.5) / SAMPLES) / scale,
      );
      if (distance <= 0) inside++;
      if (distance <= RIM) covered++;
    }
  }
  const all = SAMPLES * SAMPLES;
  const white = ((covered - inside) * 255) / all;
  return ((<u32>(covered * 255) / all) << 24) | (white << 16) | (white << 8) | white;
}

/** How far a point is from the shape; not above 0 inside. */
function shapeDistance(x: f64, y: f64): f64 {
  if (turn == SHAPE_MOVE) return min(polygonDistance(x, y), polygonDistance(y, x));
  if (turn == SHAPE_VERTICAL) return polygonDistance(y, x);
  const dx = x - 12;
  const dy = y - 12;
  if (turn == SHAPE_FALLING)
    return polygonDistance(12 + (dx + dy) * Math.SQRT1_2, 12 + (dy - dx) * Math.SQRT1_2);
  if (turn == SHAPE_RISING)
    return polygonDistance(12 + (dx - dy) * Math.SQRT1_2, 12 + (dx + dy) * Math.SQRT1_2);
  return polygonDistance(x, y);
}

function polygonDistance(x: f64, y: f64): f64 {
  let nearest: f64 = 1e9;
  let inside = false;
  for (let i = 0, j = count - 1; i < count; j = i++) {
    const ax = corner(2 * i);
    const ay = corner(2 * i + 1);
    const bx = corner(2 * j);
    const by = corner(2 * j + 1);
    if (ay > y != by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    const lengthSquared = (bx - ax) * (bx - ax) + (by - ay) * (by - ay);
    const along = max(0.0, min(1.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / lengthSquared));
    const dx = x - ax - along * (bx - ax);
    const dy = y - ay - along * (by - ay);
    nearest = min(nearest, dx * dx + dy * dy);
  }
  return inside ? 0 : Math.sqrt(nearest);
}

function corner(index: i32): f64 {
  return <f64>load<u8>(corners + <usize>index) / 4;
}
