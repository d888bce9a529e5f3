import { Rect, Size } from "../../engine/foundation/geometry.ts";
import { Canvas } from "../../engine/painting/canvas.ts";
import { Color } from "../../engine/painting/color.ts";
import { Paint } from "../../engine/painting/paint.ts";
import { RoundRect } from "../../engine/painting/round-rect.ts";
import { Painter } from "../../engine/rendering/picture-boxes.ts";

const COLUMNS: i32 = 8;
const GAP: f64 = 4;

/** A square for each place in a cache, coloured where it is taken. */
export class SlotPainter extends Painter {
  constructor(
    private used: i32,
    private total: i32,
    private color: Color,
    private free: Color,
  ) {
    super();
  }

  paint(canvas: Canvas, x: f64, y: f64, size: Size): void {
    const rows = max(1, (this.total + COLUMNS - 1) / COLUMNS);
    const side = min((size.width - GAP * (COLUMNS - 1)) / COLUMNS, (size.height - GAP * (rows - 1)) / rows);
    const top = y + size.height - rows * side - (rows - 1) * GAP;
    for (let i = 0; i < this.total; i++) {
      const left = x + (i % COLUMNS) * (side + GAP);
      const square = Rect.at(left, top + (i / COLUMNS) * (side + GAP), side, side);
      canvas.drawRoundRect(new RoundRect(square, 3), new Paint(i < this.used ? this.color : this.free));
    }
  }
}
