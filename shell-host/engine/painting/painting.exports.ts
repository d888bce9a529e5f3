// What the tests of painting call.

import { Alignment, Rect } from "../foundation/geometry.ts";
import { Bitmap } from "./bitmap.ts";
import { BLACK, WHITE, scalePixel, withOpacity } from "./color.ts";
import { Canvas } from "./canvas.ts";
import { LinearGradient, RadialGradient } from "./gradient.ts";
import { Paint } from "./paint.ts";
import { Path } from "./path.ts";
import { CORNERS_TOP, RoundRect } from "./round-rect.ts";
import { BoxShadow } from "./shadow.ts";
import { parseSvgPath } from "./svg-path.ts";
import { Cap, Join } from "./stroke.ts";

const BLUE: u32 = 0xff2563eb;
const RED: u32 = 0xffdc2626;
const GREEN: u32 = 0xff16a34a;
const GRAY: u32 = 0xff6b7280;

export { scalePixel };
export {
  blendPixels,
  blendRow,
  fillRow,
  maskPixels,
  maskRow,
  multiplyCoverage,
  scaleCoverage,
  subtractCoverage,
} from "./blend";
export { wideDither, wideLay, wideMask, wideTint } from "./wide-row";

function canvasOver(pixels: usize, width: i32, height: i32, scale: f64): Canvas {
  return new Canvas(Bitmap.over(pixels, width, height, width * 4), scale);
}

/** Boxes: shadows, gradients, borders, a fade and clips; 360 x 240 logical pixels. */
export function drawBoxes(pixels: usize, width: i32, height: i32, scale: f64): void {
  const canvas = canvasOver(pixels, width, height, scale);
  canvas.drawRect(Rect.at(0, 0, 360, 240), new Paint(0xfff3f4f6));
  const card = new RoundRect(Rect.at(24, 20, 140, 88), 14);
  canvas.drawShadow(card, new BoxShadow(0x33000000, 8, 24));
  canvas.drawShadow(card, new BoxShadow(0x1f000000, 1, 3));
  canvas.drawRoundRect(card, new Paint(WHITE));
  canvas.drawBorder(card, 1, 0x1a000000);
  const sky = new LinearGradient(
    Alignment.topLeft,
    Alignment.bottomRight,
    [0xff6366f1, 0xffec4899, 0xfff59e0b],
  );
  canvas.drawRoundRect(new RoundRect(Rect.at(190, 20, 146, 88), 28), Paint.filledWith(sky));
  const glow = new RadialGradient(Alignment.center, 0.5, [0xffffffff, 0x00ffffff]);
  canvas.drawRect(Rect.at(218, 20, 90, 88), Paint.filledWith(glow));
  canvas.drawBorder(new RoundRect(Rect.at(24, 132, 64, 88), 20), 4, BLUE);
  canvas.drawRoundRect(new RoundRect(Rect.at(100, 132, 64, 88), 20, CORNERS_TOP), new Paint(GREEN));
  canvas.saveLayer(Rect.at(180, 132, 80, 88), 0.5);
  canvas.drawRect(Rect.at(184, 136, 40, 50), new Paint(RED));
  canvas.drawRect(Rect.at(204, 156, 52, 60), new Paint(BLUE));
  canvas.restore();
  canvas.save();
  canvas.clipRoundRect(new RoundRect(Rect.at(272, 132, 64, 88), 24));
  canvas.drawRect(Rect.at(264, 120, 90, 60), new Paint(RED));
  canvas.drawRect(Rect.at(264, 176, 90, 60), new Paint(BLUE));
  canvas.restore();
}

/** Fills and strokes of paths; 360 x 120 logical pixels. */
export function drawPaths(pixels: usize, width: i32, height: i32, scale: f64): void {
  const canvas = canvasOver(pixels, width, height, scale);
  canvas.drawRect(Rect.at(0, 0, 360, 120), new Paint(WHITE));
  const star = new Path();
  for (let i = 0; i < 5; i++) {
    const x = 60 + 44 * Math.sin((i * 4 * Math.PI) / 5);
    const y = 62 - 44 * Math.cos((i * 4 * Math.PI) / 5);
    if (i == 0) star.moveTo(x, y);
    else star.lineTo(x, y);
  }
  star.close();
  const evenOdd = new Paint(BLUE);
  evenOdd.evenOdd = true;
  canvas.drawPath(star, evenOdd);
  canvas.drawPath(new Path().addCircle(150, 60, 36), new Paint(withOpacity(RED, 0.6)));
  canvas.drawPath(new Path().addCircle(150, 60, 36), Paint.stroke(BLACK, 1));
  const zigzag = new Path().moveTo(206, 92).lineTo(226, 28).lineTo(246, 92).lineTo(266, 28);
  canvas.drawPath(zigzag, Paint.stroke(GREEN, 9, Cap.Butt, Join.Miter));
  canvas.translate(90, 0);
  canvas.drawPath(zigzag, Paint.stroke(GRAY, 7, Cap.Round, Join.Round));
}

/** An icon of SVG path data in a 24 x 24 grid, stroked. */
export function drawSvgPath(pixels: usize, width: i32, height: i32, scale: f64): void {
  const canvas = canvasOver(pixels, width, height, scale);
  const bell = parseSvgPath("M6 8a6 6 0 0 1 12 0c0 7 3 9 3 9H3s3-2 3-9M10.3 21a1.94 1.94 0 0 0 3.4 0");
  canvas.drawPath(bell, Paint.stroke(BLACK, 2));
}

/** The boxes, drawn in `columns` x `rows` clipped parts. */
export function drawBoxesInParts(pixels: usize, width: i32, height: i32, columns: i32, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const canvas = canvasOver(pixels, width, height, 1);
      canvas.clipDevice(
        (column * width) / columns,
        (row * height) / rows,
        ((column + 1) * width) / columns,
        ((row + 1) * height) / rows,
      );
      const path = new Path().addCircle(180, 120, 100.5).addRoundRect(new Rect(40.3, 30.7, 320.2, 200.1), 33);
      canvas.drawPath(path, new Paint(BLUE));
      const box = new RoundRect(Rect.at(20, 20, 120, 80), 16);
      canvas.drawShadow(box, new BoxShadow(0x80000000, 4, 20));
      canvas.drawBorder(box, 3, RED);
    }
  }
}
