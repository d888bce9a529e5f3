// The picture that is being drawn.

import { Rect } from "../../engine/foundation/geometry.ts";
import { Listenable } from "../../engine/foundation/listenable.ts";
import { Bitmap } from "../../engine/painting/bitmap.ts";
import { Canvas } from "../../engine/painting/canvas.ts";
import { Color, WHITE } from "../../engine/painting/color.ts";
import { Paint } from "../../engine/painting/paint.ts";
import { Path } from "../../engine/painting/path.ts";

const MAX_UNDO: i32 = 12;

/** A picture, and the pictures before its last strokes. */
export class Drawing extends Listenable {
  bitmap: Bitmap;
  /** The part that changed last, in pixels of the picture. */
  damage: Rect = Rect.empty;
  private undoable: Bitmap[] = [];
  private redoable: Bitmap[] = [];

  constructor(width: i32, height: i32) {
    super();
    this.bitmap = Bitmap.allocate(width, height);
    this.fill(WHITE);
  }

  get canUndo(): bool {
    return this.undoable.length > 0;
  }

  get canRedo(): bool {
    return this.redoable.length > 0;
  }

  /** Remembers the picture as it is: a change begins. */
  begin(): void {
    this.undoable.push(copyOf(this.bitmap));
    if (this.undoable.length > MAX_UNDO) this.undoable.shift();
    this.redoable = [];
  }

  undo(): void {
    if (!this.canUndo) return;
    this.redoable.push(this.bitmap);
    this.take(this.undoable.pop());
  }

  redo(): void {
    if (!this.canRedo) return;
    this.undoable.push(this.bitmap);
    this.take(this.redoable.pop());
  }

  clear(): void {
    this.begin();
    this.fill(WHITE);
    this.changedAll();
  }

  /** A stroke between two points. */
  line(fromX: f64, fromY: f64, toX: f64, toY: f64, width: f64, color: Color): void {
    const path = new Path();
    path.moveTo(fromX, fromY);
    // A tap leaves a dot.
    path.lineTo(toX, fromX == toX && fromY == toY ? toY + 0.01 : toY);
    new Canvas(this.bitmap, 1).drawPath(path, Paint.stroke(color, width));
    this.damage = new Rect(min(fromX, toX), min(fromY, toY), max(fromX, toX), max(fromY, toY)).inflate(
      width / 2 + 2,
    );
    this.notifyListeners();
  }

  private fill(color: Color): void {
    const bitmap = this.bitmap;
    new Canvas(bitmap, 1).drawRect(Rect.at(0, 0, bitmap.width, bitmap.height), new Paint(color));
  }

  private take(bitmap: Bitmap): void {
    this.bitmap = bitmap;
    this.changedAll();
  }

  private changedAll(): void {
    this.damage = Rect.at(0, 0, this.bitmap.width, this.bitmap.height);
    this.notifyListeners();
  }
}

function copyOf(bitmap: Bitmap): Bitmap {
  const copy = Bitmap.allocate(bitmap.width, bitmap.height);
  for (let y = 0; y < bitmap.height; y++) memory.copy(copy.at(0, y), bitmap.at(0, y), bitmap.width << 2);
  return copy;
}
