import { Color } from "./color.ts";
import { Pattern } from "./pattern.ts";
import { Cap, Join } from "./stroke.ts";

/** How a path is painted: filled, or stroked if it has a stroke width. */
export class Paint {
  pattern: Pattern | null = null;
  /** In logical pixels; 0 fills. */
  strokeWidth: f64 = 0;
  cap: Cap = Cap.Butt;
  join: Join = Join.Miter;
  evenOdd: bool = false;

  constructor(public color: Color) {}

  static stroke(color: Color, width: f64, cap: Cap = Cap.Round, join: Join = Join.Round): Paint {
    const paint = new Paint(color);
    paint.strokeWidth = width;
    paint.cap = cap;
    paint.join = join;
    return paint;
  }

  static filledWith(pattern: Pattern): Paint {
    const paint = new Paint(0xff000000);
    paint.pattern = pattern;
    return paint;
  }

  equals(other: Paint): bool {
    return (
      this.color == other.color &&
      this.pattern === other.pattern &&
      this.strokeWidth == other.strokeWidth &&
      this.cap == other.cap &&
      this.join == other.join &&
      this.evenOdd == other.evenOdd
    );
  }
}
