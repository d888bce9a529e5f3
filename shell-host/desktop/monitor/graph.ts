import { Alignment, Rect, Size } from "../../engine/foundation/geometry.ts";
import { Canvas } from "../../engine/painting/canvas.ts";
import { Color, withOpacity } from "../../engine/painting/color.ts";
import { LinearGradient } from "../../engine/painting/gradient.ts";
import { Paint } from "../../engine/painting/paint.ts";
import { Path } from "../../engine/painting/path.ts";
import { Painter } from "../../engine/rendering/picture-boxes.ts";
import { History } from "./samples.ts";

/** The curve of a history, the newest at the right end. */
export class Graph extends Painter {
  constructor(
    private history: History,
    /** What the upper end stands for. */
    private most: f64,
    private color: Color,
    private grid: Color,
  ) {
    super();
  }

  paint(canvas: Canvas, x: f64, y: f64, size: Size): void {
    for (let i = 0; i <= 2; i++) {
      const line = y + ((size.height - 1) * i) / 2;
      canvas.drawRect(Rect.at(x, line, size.width, 1), new Paint(this.grid));
    }
    const values = this.history.values;
    if (values.length < 2) return;
    const step = size.width / (this.history.room - 1);
    const left = x + size.width - step * (values.length - 1);
    const curve = new Path();
    for (let i = 0; i < values.length; i++) {
      const part = max(0.0, min(1.0, values[i] / this.most));
      const height = y + 1.5 + (size.height - 3) * (1 - part);
      if (i == 0) curve.moveTo(left, height);
      else curve.lineTo(left + i * step, height);
    }
    this.fill(canvas, curve, left, x + size.width, y + size.height);
    canvas.drawPath(curve, Paint.stroke(this.color, 1.75));
  }

  private fill(canvas: Canvas, curve: Path, left: f64, right: f64, bottom: f64): void {
    const area = new Path();
    const at = curve.coordinates;
    area.moveTo(left, bottom);
    for (let i = 0; i < at.length; i += 2) area.lineTo(at[i], at[i + 1]);
    area.lineTo(right, bottom).close();
    const fade = new LinearGradient(Alignment.topCenter, Alignment.bottomCenter, [
      withOpacity(this.color, 0.28),
      withOpacity(this.color, 0.02),
    ]);
    canvas.drawPath(area, Paint.filledWith(fade));
  }
}
