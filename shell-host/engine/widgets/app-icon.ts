// Icons of apps: a rounded tile in a gradient with a drawing on it.

import { Alignment, Rect, Size } from "../foundation/geometry.ts";
import { Canvas } from "../painting/canvas.ts";
import { Color, WHITE } from "../painting/color.ts";
import { LinearGradient } from "../painting/gradient.ts";
import { Paint } from "../painting/paint.ts";
import { Path } from "../painting/path.ts";
import { RoundRect } from "../painting/round-rect.ts";
import { Painter } from "../rendering/picture-boxes.ts";
import { paintText } from "../text/paint-text.ts";
import { TextLayout } from "../text/text-layout.ts";
import { TextStyle } from "../text/text-style.ts";
import { semiboldFont } from "../text/typefaces.ts";
import { CustomPaint } from "./basic.ts";
import { BuildContext, StatelessWidget, Widget } from "./framework.ts";

const RADIUS: f64 = 0.235; // of the tile's side
const DRAWING: f64 = 0.58; // side of the drawing's grid, as part of the tile's
const GRID: f64 = 24;
const LETTER: f64 = 0.5; // size of a letter, as part of the tile's side
const GLOSS: Color = 0x2effffff;

// Pairs of colours for tiles that show a letter.
const LETTER_COLORS: Color[] = [
  0xff5b8def, 0xff3a63d8, 0xff8b6cf0, 0xff6541d6, 0xffe0699a, 0xffc23f78, 0xffe98a4b, 0xffcf5f22, 0xff3fb68b,
  0xff1f8a63, 0xff3aaed0, 0xff1b80a6, 0xffc7a23a, 0xff9a7512, 0xff7d8aa3, 0xff55627c,
];

/** How an app's icon looks. Made once: gradients keep what they computed. */
export class IconLook {
  private gradient: LinearGradient;

  constructor(
    top: Color,
    bottom: Color,
    /** A drawing in a grid of 24 x 24, stroked; null shows the letter. */
    private drawing: Path | null,
    private letter: string = "",
    private ink: Color = WHITE,
  ) {
    this.gradient = new LinearGradient(Alignment.topCenter, Alignment.bottomCenter, [top, bottom]);
  }

  /** The first letter of a name, in colours that follow from the name. */
  static letterOf(name: string): IconLook {
    let hash: u32 = 7;
    for (let i = 0; i < name.length; i++) hash = hash * 31 + name.charCodeAt(i);
    const pair = (hash % (LETTER_COLORS.length / 2)) * 2;
    const letter = name.length > 0 ? name.charAt(0).toUpperCase() : "?";
    return new IconLook(LETTER_COLORS[pair], LETTER_COLORS[pair + 1], null, letter);
  }

  paint(canvas: Canvas, x: f64, y: f64, side: f64): void {
    const tile = new RoundRect(Rect.at(x, y, side, side), side * RADIUS);
    canvas.drawRoundRect(tile, Paint.filledWith(this.gradient));
    canvas.drawBorder(tile, max(1.0, side / 64), GLOSS);
    const drawing = this.drawing;
    if (drawing === null) return this.paintLetter(canvas, x, y, side);
    const extent = side * DRAWING;
    const inset = (side - extent) / 2;
    const stroke = side < 28 ? 2.2 : 1.8;
    canvas.drawPathScaled(drawing, x + inset, y + inset, extent / GRID, Paint.stroke(this.ink, stroke));
  }

  private paintLetter(canvas: Canvas, x: f64, y: f64, side: f64): void {
    const style = new TextStyle(semiboldFont(), side * LETTER, this.ink, 1.2);
    const layout = new TextLayout(this.letter, style);
    const capitals = style.font.capHeight * style.size;
    // Capitals are in the middle, not the line.
    const top = y + (side + capitals) / 2 - layout.baseline;
    paintText(canvas, layout, x + (side - layout.size.width) / 2, top, layout.size.width, this.ink);
  }
}

/** An app's icon. */
export class AppIcon extends StatelessWidget {
  constructor(
    readonly look: IconLook,
    readonly side: f64,
  ) {
    super();
  }

  build(_context: BuildContext): Widget {
    return new CustomPaint(new IconPainter(this.look), new Size(this.side, this.side));
  }
}

class IconPainter extends Painter {
  constructor(private look: IconLook) {
    super();
  }

  paint(canvas: Canvas, x: f64, y: f64, size: Size): void {
    this.look.paint(canvas, x, y, min(size.width, size.height));
  }

  shouldRepaint(old: Painter): bool {
    return (old as IconPainter).look !== this.look;
  }
}
