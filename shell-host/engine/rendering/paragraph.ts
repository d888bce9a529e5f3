import { Size } from "../foundation/geometry.ts";
import { Canvas } from "../painting/canvas.ts";
import { paintText } from "../text/paint-text.ts";
import { TextAlign, TextLayout } from "../text/text-layout.ts";
import { TextStyle } from "../text/text-style.ts";
import { RenderBox } from "./render-box.ts";

/** Text. */
export class RenderParagraph extends RenderBox {
  private laidOut: TextLayout | null = null;

  constructor(
    private text: string,
    private style: TextStyle,
    private align: TextAlign,
    private maxLines: i32,
  ) {
    super();
  }

  setText(text: string, style: TextStyle, align: TextAlign, maxLines: i32): void {
    const keepsRoom =
      text == this.text && style.measuresAs(this.style) && align == this.align && maxLines == this.maxLines;
    if (keepsRoom && style.color == this.style.color) return;
    this.text = text;
    this.style = style;
    this.align = align;
    this.maxLines = maxLines;
    if (keepsRoom) return this.markNeedsPaint();
    this.laidOut = null;
    this.markNeedsLayout();
  }

  protected performLayout(): void {
    let laidOut = this.laidOut;
    if (laidOut === null || laidOut.maxWidth != this.constraints.maxWidth) {
      laidOut = new TextLayout(this.text, this.style, this.constraints.maxWidth, this.maxLines, this.align);
      this.laidOut = laidOut;
    }
    const size: Size = laidOut.size;
    this.size = this.constraints.constrain(ceil(size.width), size.height);
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    const laidOut = this.laidOut;
    if (laidOut !== null) paintText(canvas, laidOut, x, y, this.size.width, this.style.color);
  }

  protected hitTestSelf(): bool {
    return true;
  }

  semanticRole(): string {
    return "text";
  }

  semanticLabel(): string {
    return this.text;
  }
}
