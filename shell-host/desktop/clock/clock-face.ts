import { Size } from "../../engine/foundation/geometry.ts";
import { Canvas } from "../../engine/painting/canvas.ts";
import { Color, mixColors } from "../../engine/painting/color.ts";
import { Paint } from "../../engine/painting/paint.ts";
import { Path } from "../../engine/painting/path.ts";
import { Painter } from "../../engine/rendering/picture-boxes.ts";
import { ColorScheme } from "../../engine/widgets/theme.ts";

const TURN: f64 = 2 * Math.PI;

/** A clock with hands. */
export class ClockFace extends Painter {
  constructor(
    private hour: i32,
    private minute: i32,
    private second: i32,
    private colors: ColorScheme,
  ) {
    super();
  }

  paint(canvas: Canvas, x: f64, y: f64, size: Size): void {
    const colors = this.colors;
    const radius = min(size.width, size.height) / 2 - 2;
    const centerX = x + size.width / 2;
    const centerY = y + size.height / 2;
    const disc = new Path().addCircle(centerX, centerY, radius);
    canvas.drawPath(disc, new Paint(colors.surface));
    canvas.drawPath(disc, Paint.stroke(colors.border, 1.5));
    for (let i = 0; i < 60; i++) this.tick(canvas, centerX, centerY, radius, i);
    const minutes = <f64>this.minute + <f64>this.second / 60;
    const hours = <f64>(this.hour % 12) + minutes / 60;
    this.hand(canvas, centerX, centerY, hours / 12, radius * 0.5, 0, 6, colors.text);
    this.hand(canvas, centerX, centerY, minutes / 60, radius * 0.74, 0, 4, colors.text);
    this.hand(canvas, centerX, centerY, <f64>this.second / 60, radius * 0.8, radius * 0.14, 2, colors.accent);
    canvas.drawPath(new Path().addCircle(centerX, centerY, 5), new Paint(colors.accent));
    canvas.drawPath(new Path().addCircle(centerX, centerY, 2), new Paint(colors.surface));
  }

  private tick(canvas: Canvas, centerX: f64, centerY: f64, radius: f64, index: i32): void {
    const isHour = index % 5 == 0;
    const angle = (<f64>index / 60) * TURN;
    const outer = radius - 10;
    const inner = outer - (isHour ? 10 : 4);
    const sine = Math.sin(angle);
    const cosine = Math.cos(angle);
    const line = new Path();
    line.moveTo(centerX + sine * inner, centerY - cosine * inner);
    line.lineTo(centerX + sine * outer, centerY - cosine * outer);
    const color = isHour ? this.colors.text : mixColors(this.colors.surface, this.colors.muted, 0.55);
    canvas.drawPath(line, Paint.stroke(color, isHour ? 2.5 : 1.25));
  }

  private hand(
    canvas: Canvas,
    centerX: f64,
    centerY: f64,
    turn: f64,
    length: f64,
    tail: f64,
    width: f64,
    color: Color,
  ): void {
    const sine = Math.sin(turn * TURN);
    const cosine = Math.cos(turn * TURN);
    const line = new Path();
    line.moveTo(centerX - sine * tail, centerY + cosine * tail);
    line.lineTo(centerX + sine * length, centerY - cosine * length);
    canvas.drawPath(line, Paint.stroke(color, width));
  }

  shouldRepaint(old: Painter): bool {
    const other = old as ClockFace;
    return (
      other.second != this.second ||
      other.minute != this.minute ||
      other.hour != this.hour ||
      other.colors !== this.colors
    );
  }
}
