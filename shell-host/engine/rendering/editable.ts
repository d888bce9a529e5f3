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

/** One line of text with a caret and a selection. It scrolls so that the caret can be seen. */
export class RenderEditable extends RenderBox {
  selectionColor: Color = 0;
  caretColor: Color = 0;
  private hint: TextLayout;
  private laidOut: TextLayout;
  private showsCaret: bool = false;
  private shift: f64 = 0; // how far the text is scrolled to the left
  private listener: Action | null = null;

  constructor(
    private editing: TextEditing,
    private style: TextStyle,
    hint: string,
    private hintColor: Color,
  ) {
    super();
    this.laidOut = new TextLayout(editing.text, style);
    this.hint = new TextLayout(hint, style);
  }

  configure(editing: TextEditing, style: TextStyle, hint: string, hintColor: Color): void {
    if (editing !== this.editing) {
      this.unlisten();
      this.editing = editing;
      if (this.owner !== null) this.listen();
    }
    this.style = style;
    this.hintColor = hintColor;
    this.hint = new TextLayout(hint, style);
    this.editingChanged();
  }

  setCaret(shows: bool): void {
    if (shows == this.showsCaret) return;
    this.showsCaret = shows;
    this.markNeedsPaint();
  }

  /** The place in the text nearest to a point of the window. */
  indexAt(globalX: f64): i32 {
    return this.laidOut.indexAt(globalX - this.globalX() + this.shift, 0);
  }

  /** Where each character is. */
  get layoutOfText(): TextLayout {
    return this.laidOut;
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
    const listener = on<RenderEditable>(this, (self) => self.editingChanged());
    this.listener = listener;
    this.editing.addListener(listener);
  }

  private unlisten(): void {
    const listener = this.listener;
    if (listener !== null) this.editing.removeListener(listener);
    this.listener = null;
  }

  private editingChanged(): void {
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
    const editing = this.editing;
    const height = this.size.height;
    canvas.save();
    canvas.clipRect(Rect.at(x - 1, y, this.size.width + 2, height));
    const left = x - this.shift;
    if (editing.hasSelection) {
      const from = this.laidOut.caretX(editing.start);
      const to = this.laidOut.caretX(editing.end);
      canvas.drawRect(Rect.at(left + from, y, to - from, height), new Paint(this.selectionColor));
    }
    if (editing.text.length > 0) paintText(canvas, this.laidOut, left, y, this.size.width, this.style.color);
    else paintText(canvas, this.hint, x, y, this.size.width, this.hintColor);
    if (this.showsCaret) {
      const caret = Rect.at(left + this.laidOut.caretX(editing.caret), y + 1, CARET_WIDTH, height - 2);
      canvas.drawRect(caret, new Paint(this.caretColor));
    }
    canvas.restore();
  }

  protected hitTestSelf(): bool {
    return true;
  }

  semanticRole(): string {
    return "field";
  }

  semanticLabel(): string {
    return this.editing.text.length > 0 ? this.editing.text : this.hint.text;
  }
}
