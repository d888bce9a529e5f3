import { Rect } from "../foundation/geometry.ts";
import { Canvas } from "../painting/canvas.ts";
import { Color } from "../painting/color.ts";
import { TextEditing } from "../text/editing.ts";
import { paintText } from "../text/paint-text.ts";
import { TextLayout } from "../text/text-layout.ts";
import { TextStyle } from "../text/text-style.ts";
import { CARET_WIDTH, RenderEditable } from "./editable.ts";

/** One line of text that is edited. It scrolls so that the caret can be seen. */
export class RenderTextLine extends RenderEditable {
  private hint: TextLayout;
  private shift: f64 = 0; // how far the text is scrolled to the left

  constructor(
    editing: TextEditing,
    style: TextStyle,
    hint: string,
    private hintColor: Color,
  ) {
    super(editing, style);
    this.hint = new TextLayout(hint, style);
  }

  configure(editing: TextEditing, style: TextStyle, hint: string, hintColor: Color): void {
    this.setEditing(editing);
    this.style = style;
    this.hintColor = hintColor;
    this.hint = new TextLayout(hint, style);
    this.editingChanged();
  }

  indexAt(globalX: f64, _globalY: f64): i32 {
    return this.laidOut.indexAt(globalX - this.globalX() + this.shift, 0);
  }

  protected editingChanged(): void {
    this.laidOut = new TextLayout(this.editing.text, this.style);
    this.scrollToCaret();
    this.markNeedsPaint();
  }

  protected performLayout(): void {
    this.size = this.constraints.constrain(this.constraints.maxWidth, this.laidOut.lineHeight);
    this.scrollToCaret();
  }

  private scrollToCaret(): void {
    const caret = this.laidOut.caretX(this.editing.caret);
    const width = this.size.width - CARET_WIDTH;
    const longest = max(0.0, this.laidOut.size.width - width);
    this.shift = max(0.0, min(longest, max(caret - width, min(caret, this.shift))));
  }

  protected clipsChildren(): bool {
    return true;
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    canvas.save();
    canvas.clipRect(Rect.at(x - 1, y, this.size.width + 2, this.size.height));
    const left = x - this.shift;
    this.paintSelection(canvas, left, y);
    if (this.editing.text.length > 0)
      paintText(canvas, this.laidOut, left, y, this.size.width, this.style.color);
    else paintText(canvas, this.hint, x, y, this.size.width, this.hintColor);
    this.paintCaret(canvas, left, y);
    canvas.restore();
  }

  semanticRole(): string {
    return "field";
  }

  semanticLabel(): string {
    return this.editing.text.length > 0 ? this.editing.text : this.hint.text;
  }
}
