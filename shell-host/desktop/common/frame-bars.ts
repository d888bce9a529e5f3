import { Rect, Size } from "../../engine/foundation/geometry.ts";
import { Canvas } from "../../engine/painting/canvas.ts";
import { Color } from "../../engine/painting/color.ts";
import { Paint } from "../../engine/painting/paint.ts";
import { Painter } from "../../engine/rendering/picture-boxes.ts";
import { FRAME_BUDGET } from "./frame-times.ts";

const BAR: f64 = 2; // logical pixels, its gap included
const TOP: f64 = 2 * FRAME_BUDGET; // what the upper end stands for

/** A bar for each frame, the newest at the right end; a line at what a frame may take, bars beyond it in another colour. */
export class FrameBars extends Painter {
  constructor(
    private times: f64[],
    private color: Color,
    private lateColor: Color,
    private line: Color,
  ) {
    super();
  }

  paint(canvas: Canvas, x: f64, y: f64, size: Size): void {
    const times = this.times;
    const count = min(times.length, <i32>floor(size.width / BAR));
    for (let i = 0; i < count; i++) {
      const time = times[times.length - 1 - i];
      const height = max(1, min(size.height, (time / TOP) * size.height));
      const left = x + size.width - (i + 1) * BAR;
      const color = time > FRAME_BUDGET ? this.lateColor : this.color;
      canvas.drawRect(Rect.at(left, y + size.height - height, BAR - 0.5, height), new Paint(color));
    }
    canvas.drawRect(Rect.at(x, y + size.height / 2, size.width, 1), new Paint(this.line));
  }
}
