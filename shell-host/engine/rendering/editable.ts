import { Rect } from "../foundation/geometry.ts";
import { Listenable } from "../foundation/listenable.ts";
import { Canvas } from "../painting/canvas.ts";
import { Color } from "../painting/color.ts";
import { Paint } from "../painting/paint.ts";
import { TextEditing } from "../text/editing.ts";
import { TextLayout } from "../text/text-layout.ts";
import { TextStyle } from "../text/text-style.ts";
import { RenderListeningBox } from "./listening-box.ts";

/** How wide a caret is, in logical pixels. */
export const CARET_WIDTH: f64 = 1.5;

const NEWLINE_WIDTH: f64 = 6; // how far a selection reaches behind a line that goes on

/** Text with a caret and a selection, in step with what is edited. */
export abstract class RenderEditable extends RenderListeningBox {
  private selectionColor: Color = 0;
  private caretColor: Color = 0;
  protected laidOut: TextLayout;
  private showsCaret: bool = false;

  constructor(
    protected editing: TextEditing,
    protected style: TextStyle,
  ) {
    super();
    this.laidOut = new TextLayout(editing.text, style);
  }

  /** The text is another one, or has changed, or the selection has. */
  protected abstract editingChanged(): void;

  setColors(selection: Color, caret: Color): void {
    if (selection == this.selectionColor && caret == this.caretColor) return;
    this.selectionColor = selection;
    this.caretColor = caret;
    this.markNeedsPaint();
  }

  setCaret(shows: bool): void {
    if (shows == this.showsCaret) return;
    this.showsCaret = shows;
    this.markNeedsPaint();
  }

  /** Where each character is. */
  get layoutOfText(): TextLayout {
    return this.laidOut;
  }

  /** The place in the text nearest to a point of the window. */
  abstract indexAt(globalX: f64, globalY: f64): i32;

  protected setEditing(editing: TextEditing): void {
    if (editing === this.editing) return;
    this.editing = editing;
    this.followAgain();
  }

  protected get followed(): Listenable {
    return this.editing;
  }

  protected followedChanged(): void {
    this.editingChanged();
  }

  /** Paints what is selected, below the text, whose corner is at (x, y). */
  protected paintSelection(canvas: Canvas, x: f64, y: f64): void {
    if (!this.editing.hasSelection) return;
    const layout = this.laidOut;
    const first = layout.caretLine(this.editing.start);
    const last = layout.caretLine(this.editing.end);
    const paint = new Paint(this.selectionColor);
    for (let line = first; line <= last; line++) {
      const from = line == first ? layout.caretX(this.editing.start) : 0;
      const to = line == last ? layout.caretX(this.editing.end) : layout.lines[line].width + NEWLINE_WIDTH;
      canvas.drawRect(Rect.at(x + from, y + line * layout.lineHeight, to - from, layout.lineHeight), paint);
    }
  }

  /** The top of the line that the caret is in. */
  get caretTop(): f64 {
    return this.laidOut.caretLine(this.editing.caret) * this.laidOut.lineHeight;
  }

  /** Paints the caret, above the text, whose corner is at (x, y). */
  protected paintCaret(canvas: Canvas, x: f64, y: f64): void {
    if (!this.showsCaret) return;
    const left = x + this.laidOut.caretX(this.editing.caret);
    const caret = Rect.at(left, y + this.caretTop + 1, CARET_WIDTH, this.laidOut.lineHeight - 2);
    canvas.drawRect(caret, new Paint(this.caretColor));
  }

  protected hitTestSelf(): bool {
    return true;
  }
}
