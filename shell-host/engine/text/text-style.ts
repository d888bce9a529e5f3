import { Color } from "../painting/color.ts";
import { Font } from "./font.ts";

/** How text looks. */
export class TextStyle {
  constructor(
    readonly font: Font,
    /** In logical pixels. */
    readonly size: f64,
    readonly color: Color,
    /** Distance between baselines, as a multiple of the size. */
    readonly height: f64 = 1.4,
    /** Added behind each character, in logical pixels. */
    readonly letterSpacing: f64 = 0,
  ) {}

  /** The same in another colour. */
  colored(color: Color): TextStyle {
    return new TextStyle(this.font, this.size, color, this.height, this.letterSpacing);
  }

  /** True if text takes the same room in both. */
  measuresAs(other: TextStyle): bool {
    return (
      this.font === other.font &&
      this.size == other.size &&
      this.height == other.height &&
      this.letterSpacing == other.letterSpacing
    );
  }
}
