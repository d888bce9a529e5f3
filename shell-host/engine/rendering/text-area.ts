import { Action, on } from "../foundation/action.ts";
import { Rect } from "../foundation/geometry.ts";
import { Canvas } from "../painting/canvas.ts";
import { Color } from "../painting/color.ts";
import { Paint } from "../painting/paint.ts";
import { TextEditing } from "../text/editing.ts";
import { paintText } from "../text/paint-text.ts";
import { TextLayout } from "../text/text-layout.ts";
import { TextStyle } from "../text/text-style.ts";
import { PipelineOwner } from "./pipeline-owner.ts";
import { RenderBox } from "./render-box.ts";

const CARET_WIDTH: f64 = 1.5;

/** Text of several lines with a caret and a selection, as wide as there is room and as high as its lines. */
export class RenderTextArea extends RenderBox {
  selectionColor: Color = 0;
  caretColor: Color = 0;
  private laidOut: TextLayout;
  private showsCaret: bool = false;
  private listener: Action | null = null;

  constructor(
    private editing: TextEditing,
    private style: TextStyle,
  ) {
    super();
    this.laidOut = new TextLayout(editing.text, style);
  }

  configure(editing: TextEditing, style: TextStyle): void {
    if (editing !== this.editing) {
      this.unlisten();
      this.editing = editing;
      if (this.owner !== null) this.listen();
    }
    const looksNew = style !== this.style;
    this.style = style;
    if (looksNew || this.laidOut.text != editing.text) this.breakLines(this.laidOut.maxWidth);
    this.markNeedsLayout();
    this.markNeedsPaint();
  }

  setCaret(shows: bool): void {
    if (shows == this.showsCaret) return;
    this.showsCaret = shows;
    this.markNeedsPaint();
  }

  /** The place in the text nearest to a point of the window. */
  indexAt(globalX: f64, globalY: f64): i32 {
    return this.laidOut.indexAt(globalX - this.globalX(), globalY - this.globalY());
  }

  /** Where each character is. */
  get layoutOfText(): TextLayout {
    return this.laidOut;
  }

  /** The top of the line that the caret is in. */
  get caretTop(): f64 {
    return this.laidOut.caretLine(this.editing.caret) * this.laidOut.lineHeight;
  }

  attach(owner: PipelineOwner, depth: i32): void {
    super.attach(owner, depth);
    this.listen();
  }

  detach(): void {
    this.unlisten();
    super.detach();
  }

  private listen(): void {
    this.unlisten();
    const listener = on<RenderTextArea>(this, (self) => self.editingChanged());
    this.listener = listener;
    this.editing.addListener(listener);
  }

  private unlisten(): void {
    const listener = this.listener;
    if (listener !== null) this.editing.removeListener(listener);
    this.listener = null;
  }

  private editingChanged(): void {
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
    if (this.editing.hasSelection) this.paintSelection(canvas, x, y);
    paintText(canvas, this.laidOut, x, y, this.size.width, this.style.color);
    if (!this.showsCaret) return;
    const top = y + this.caretTop;
    const left = x + this.laidOut.caretX(this.editing.caret);
    canvas.drawRect(
      Rect.at(left, top + 1, CARET_WIDTH, this.laidOut.lineHeight - 2),
      new Paint(this.caretColor),
    );
  }

  private paintSelection(canvas: Canvas, x: f64, y: f64): void {
    const layout = this.laidOut;
    const first = layout.caretLine(this.editing.start);
    const last = layout.caretLine(this.editing.end);
    const paint = new Paint(this.selectionColor);
    for (let line = first; line <= last; line++) {
      const from = line == first ? layout.caretX(this.editing.start) : 0;
      const to = line == last ? layout.caretX(this.editing.end) : layout.lines[line].width + 6;
      canvas.drawRect(Rect.at(x + from, y + line * layout.lineHeight, to - from, layout.lineHeight), paint);
    }
  }

  protected hitTestSelf(): bool {
    return true;
  }

  semanticRole(): string {
    return "textarea";
  }

  semanticLabel(): string {
    return this.editing.text;
  }
}
