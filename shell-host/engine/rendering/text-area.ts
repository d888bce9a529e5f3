import { Canvas } from "../painting/canvas.ts";
import { TextEditing } from "../text/editing.ts";
import { paintText } from "../text/paint-text.ts";
import { TextLayout } from "../text/text-layout.ts";
import { TextStyle } from "../text/text-style.ts";
import { RenderEditable } from "./editable.ts";

/** Text of several lines that is edited, as wide as there is room and as high as its lines. */
export class RenderTextArea extends RenderEditable {
  configure(editing: TextEditing, style: TextStyle): void {
    this.setEditing(editing);
    const looksNew = style !== this.style;
    this.style = style;
    if (looksNew || this.laidOut.text != editing.text) this.breakLines(this.laidOut.maxWidth);
    this.markNeedsLayout();
    this.markNeedsPaint();
  }

  indexAt(globalX: f64, globalY: f64): i32 {
    return this.laidOut.indexAt(globalX - this.globalX(), globalY - this.globalY());
  }

  protected editingChanged(): void {
    if (this.laidOut.text != this.editing.text) {
      const lines = this.laidOut.lines.length;
      this.breakLines(this.laidOut.maxWidth);
      if (this.laidOut.lines.length != lines) this.markNeedsLayout();
    }
    this.markNeedsPaint();
  }

  private breakLines(width: f64): void {
    this.laidOut = new TextLayout(this.editing.text, this.style, width);
  }

  protected performLayout(): void {
    const width = this.constraints.maxWidth;
    if (width != this.laidOut.maxWidth) this.breakLines(width);
    this.size = this.constraints.constrain(width, this.laidOut.size.height);
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    this.paintSelection(canvas, x, y);
    paintText(canvas, this.laidOut, x, y, this.size.width, this.style.color);
    this.paintCaret(canvas, x, y);
  }

  semanticRole(): string {
    return "textarea";
  }

  semanticLabel(): string {
    return this.editing.text;
  }
}
