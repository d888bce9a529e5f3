// The picture of a part of the plane, made row by row, so that it can be looked at while it is made.

import { Rect } from "../../engine/foundation/geometry.ts";
import { Listenable } from "../../engine/foundation/listenable.ts";
import { Bitmap } from "../../engine/painting/bitmap.ts";
import { Color, mixColors } from "../../engine/painting/color.ts";
import { escapePair } from "./escape.ts";

const PALETTE_SIZE: i32 = 256;
const STOPS: Color[] = [
  0xff0b1033, 0xff1c3f94, 0xff3f8fd2, 0xffb8e3f2, 0xfffdf3d0, 0xfff7b955, 0xffc9552f, 0xff5a1d3d, 0xff0b1033,
];
const INSIDE: u32 = 0xff05060d;

const palette = new StaticArray<u32>(PALETTE_SIZE);
const counts = memory.data(8, 8);

/** A part of the complex plane, and its picture. */
export class Picture extends Listenable {
  bitmap: Bitmap = Bitmap.allocate(1, 1);
  centerX: f64 = -0.6;
  centerY: f64 = 0;
  /** Width of a pixel. */
  step: f64 = 0.004;
  /** The rows that were made last. */
  damage: Rect = Rect.empty;
  private next: i32 = 0; // the row to make next, in the order of `rowAt`

  constructor() {
    super();
    for (let i = 0; i < PALETTE_SIZE; i++) palette[i] = colorAt(<f64>i / PALETTE_SIZE);
  }

  get isDone(): bool {
    return this.next >= this.bitmap.height;
  }

  /** How much is made: 0..1. */
  get progress(): f64 {
    return <f64>this.next / this.bitmap.height;
  }

  /** How many steps a point gets to escape. */
  get most(): i32 {
    return 160 + <i32>(max(0.0, Math.log2(0.004 / this.step)) * 48);
  }

  resize(width: i32, height: i32): void {
    if (width == this.bitmap.width && height == this.bitmap.height) return;
    this.bitmap = Bitmap.allocate(max(1, width), max(1, height));
    this.restart();
  }

  /** Zooms by a factor around a pixel. */
  zoom(x: f64, y: f64, factor: f64): void {
    const planeX = this.centerX + (x - <f64>this.bitmap.width / 2) * this.step;
    const planeY = this.centerY + (y - <f64>this.bitmap.height / 2) * this.step;
    this.step = max(1e-15, min(0.02, this.step * factor));
    this.centerX = planeX - (x - <f64>this.bitmap.width / 2) * this.step;
    this.centerY = planeY - (y - <f64>this.bitmap.height / 2) * this.step;
    this.restart();
  }

  move(x: f64, y: f64): void {
    this.centerX -= x * this.step;
    this.centerY -= y * this.step;
    this.restart();
  }

  reset(): void {
    this.centerX = -0.6;
    this.centerY = 0;
    this.step = 0.004;
    this.restart();
  }

  restart(): void {
    this.next = 0;
    this.notifyListeners();
  }

  /** Makes a row. Every eighth is made first, as high as eight, so that the whole shows soon. */
  makeRow(): void {
    const height = this.bitmap.height;
    const coarse = (height + 7) / 8;
    const isCoarse = this.next < coarse;
    const row = isCoarse ? this.next * 8 : fineRow(this.next - coarse);
    this.next++;
    if (row >= height) return;
    this.paintRow(row);
    const rows = isCoarse ? min(8, height - row) : 1;
    for (let i = 1; i < rows; i++)
      memory.copy(this.bitmap.at(0, row + i), this.bitmap.at(0, row), this.bitmap.width << 2);
    this.damage = Rect.at(0, row, this.bitmap.width, rows);
    this.notifyListeners();
  }

  private paintRow(row: i32): void {
    const width = this.bitmap.width;
    const most = this.most;
    const y = this.centerY + (<f64>row - <f64>this.bitmap.height / 2) * this.step;
    const left = this.centerX - (<f64>width / 2) * this.step;
    for (let x = 0; x < width; x += 2) {
      escapePair(left + <f64>x * this.step, this.step, y, most, counts);
      store<u32>(this.bitmap.at(x, row), pixelOf(load<i32>(counts), most));
      if (x + 1 < width) store<u32>(this.bitmap.at(x + 1, row), pixelOf(load<i32>(counts, 4), most));
    }
  }
}

/** The rows that are no multiple of eight, in order. */
function fineRow(index: i32): i32 {
  return (index / 7) * 8 + (index % 7) + 1;
}

function pixelOf(count: i32, most: i32): u32 {
  if (count >= most) return INSIDE;
  return palette[<i32>(sqrt(<f64>count) * 18) & (PALETTE_SIZE - 1)];
}

function colorAt(t: f64): Color {
  const at = t * (STOPS.length - 1);
  const index = <i32>at;
  return mixColors(STOPS[index], STOPS[min(STOPS.length - 1, index + 1)], at - index);
}
