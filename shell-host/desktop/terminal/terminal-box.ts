// The picture of a terminal: rows of cells, the line that is being typed, the caret, the selection.

import { Rect } from "../../engine/foundation/geometry.ts";
import { Canvas } from "../../engine/painting/canvas.ts";
import { Color, withOpacity } from "../../engine/painting/color.ts";
import { Paint } from "../../engine/painting/paint.ts";
import { RenderBox } from "../../engine/rendering/render-box.ts";
import { ScrollPosition } from "../../engine/rendering/scroll-position.ts";
import { paintGlyph } from "../../engine/text/paint-text.ts";
import { Font } from "../../engine/text/font.ts";
import { monoFont } from "../../engine/text/typefaces.ts";
import { CELL_CODE_MASK, CellGrid, CellRow, cellInk, cellPaper } from "./cell-grid.ts";
import { LineEditor } from "./line-editor.ts";

const FONT_SIZE: f64 = 13.5;
const LINE_HEIGHT: f64 = 19;
export const TERMINAL_PADDING: f64 = 12;
const SPACE: u32 = 0x20;

export const TERMINAL_PAPER: Color = 0xff12141a;
const INK: Color = 0xffe4e7ec;
const CARET: Color = 0xff7aa2ff;
const SELECTION: Color = 0x553f7bff;

// The sixteen colours of ANSI terminals, toned down to fit; contrast with the paper is at least 4.5, but for black.
const PALETTE: Color[] = [
  0xff3b4150, 0xffff7b72, 0xff7ee0a2, 0xfff2c86b, 0xff7aa2ff, 0xffd2a8ff, 0xff76d9e6, 0xffd5dae3, 0xff7d8798,
  0xffff9d95, 0xffa5edbd, 0xfff8dc9a, 0xffa4c0ff, 0xffe2c5ff, 0xffa3e8f1, 0xffffffff,
];

/** A place in the grid. */
export class CellPlace {
  constructor(
    readonly row: i32,
    readonly column: i32,
  ) {}

  isBefore(other: CellPlace): bool {
    return this.row < other.row || (this.row == other.row && this.column < other.column);
  }
}

/** Paints the rows of a grid that a scroll position shows. */
export class RenderTerminal extends RenderBox {
  caretOn: bool = false;
  selectionStart: CellPlace | null = null;
  selectionEnd: CellPlace | null = null;
  private font: Font = monoFont();
  readonly cellWidth: f64;

  constructor(
    private grid: CellGrid,
    private editor: LineEditor,
    private position: ScrollPosition,
  ) {
    super();
    this.cellWidth = this.font.advance(this.font.glyphOf(<i32>SPACE)) * FONT_SIZE;
  }

  protected performLayout(): void {
    this.size = this.constraints.biggest;
    const columns = <i32>floor((this.size.width - 2 * TERMINAL_PADDING) / this.cellWidth);
    const rows = <i32>floor((this.size.height - 2 * TERMINAL_PADDING) / LINE_HEIGHT);
    this.grid.resize(columns, rows);
    this.updateExtents();
  }

  /** The content has changed: how long it is, and that it has to be painted. Stays at the end if it was there. */
  changed(): void {
    const atEnd = this.position.offset >= this.position.maxOffset - LINE_HEIGHT;
    this.updateExtents();
    if (atEnd) this.position.jumpTo(this.position.maxOffset);
    this.markNeedsPaint();
  }

  private updateExtents(): void {
    const rows = this.grid.rowCount + this.typedRows() - 1;
    // Only whole rows count, so that at the end the uppermost one is not cut.
    const shown = floor((this.size.height - 2 * TERMINAL_PADDING) / LINE_HEIGHT) * LINE_HEIGHT;
    const padding = 2 * TERMINAL_PADDING;
    this.position.setExtents(shown + padding, <f64>rows * LINE_HEIGHT + padding);
  }

  /** How many rows the line that is being typed needs, the cursor's included. */
  private typedRows(): i32 {
    return (this.grid.column + this.editor.editing.text.length) / this.grid.columns + 1;
  }

  /** The cell at a point of the window. */
  placeAt(globalX: f64, globalY: f64): CellPlace {
    const x = globalX - this.globalX() - TERMINAL_PADDING;
    const y = globalY - this.globalY() - TERMINAL_PADDING + this.position.offset;
    const row = max(0, min(this.grid.rowCount - 1, <i32>floor(y / LINE_HEIGHT)));
    return new CellPlace(row, max(0, min(this.grid.columns, <i32>floor(x / this.cellWidth + 0.5))));
  }

  /** The text between two places. */
  selectedText(): string {
    const start = this.selectionStart;
    const end = this.selectionEnd;
    if (start === null || end === null) return "";
    const first = end.isBefore(start) ? end : start;
    const last = end.isBefore(start) ? start : end;
    let text = "";
    for (let row = first.row; row <= last.row; row++) {
      const cells = this.grid.rowAt(row);
      text += cells.text(
        row == first.row ? first.column : 0,
        row == last.row ? last.column : cells.cells.length,
      );
      if (row < last.row && !cells.wraps) text += "\n";
    }
    return text;
  }

  protected clipsChildren(): bool {
    return true;
  }

  protected hitTestSelf(): bool {
    return true;
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    canvas.save();
    canvas.clipRect(Rect.at(x, y, this.size.width, this.size.height));
    canvas.drawRect(Rect.at(x, y, this.size.width, this.size.height), new Paint(TERMINAL_PAPER));
    const top = y + TERMINAL_PADDING - this.position.offset;
    const first = max(0, <i32>floor((this.position.offset - TERMINAL_PADDING) / LINE_HEIGHT));
    const end = min(
      this.grid.rowCount,
      <i32>ceil((this.position.offset + this.size.height - TERMINAL_PADDING) / LINE_HEIGHT),
    );
    canvas.clipRect(Rect.at(x, y + TERMINAL_PADDING, this.size.width, this.size.height - TERMINAL_PADDING));
    for (let row = first; row < end; row++)
      this.paintRow(canvas, x + TERMINAL_PADDING, top + row * LINE_HEIGHT, row);
    this.paintTyped(canvas, x + TERMINAL_PADDING, top);
    canvas.restore();
  }

  private paintRow(canvas: Canvas, x: f64, y: f64, index: i32): void {
    if (canvas.isOutsideRows(y, y + LINE_HEIGHT)) return;
    this.paintSelection(canvas, x, y, index);
    const row = this.grid.rowAt(index);
    for (let column = 0; column < row.cells.length; column++) {
      const cell = row.cells[column];
      const left = x + column * this.cellWidth;
      const paper = cellPaper(cell);
      if (paper > 0) {
        const box = new Rect(left, y, left + this.cellWidth, y + LINE_HEIGHT);
        canvas.drawRect(box, new Paint(PALETTE[paper - 1]));
      }
      const ink = cellInk(cell);
      this.paintCharacter(canvas, left, y, cell & CELL_CODE_MASK, ink == 0 ? INK : PALETTE[ink - 1]);
    }
  }

  private paintCharacter(canvas: Canvas, x: f64, y: f64, code: u32, color: Color): void {
    if (code == SPACE) return;
    paintGlyph(canvas, this.font, <i32>code, FONT_SIZE, x, y + 14, color);
  }

  private paintSelection(canvas: Canvas, x: f64, y: f64, index: i32): void {
    const start = this.selectionStart;
    const end = this.selectionEnd;
    if (start === null || end === null) return;
    const first = end.isBefore(start) ? end : start;
    const last = end.isBefore(start) ? start : end;
    if (index < first.row || index > last.row) return;
    const from = index == first.row ? first.column : 0;
    const to = index == last.row ? last.column : this.grid.columns;
    const box = new Rect(x + from * this.cellWidth, y, x + to * this.cellWidth, y + LINE_HEIGHT);
    canvas.drawRect(box, new Paint(SELECTION));
  }

  private paintTyped(canvas: Canvas, x: f64, top: f64): void {
    const grid = this.grid;
    const text = this.editor.editing.text;
    let column = grid.column;
    let row = grid.row;
    for (let at = 0; at <= text.length; at++) {
      if (column >= grid.columns) {
        column = 0;
        row++;
      }
      const left = x + column * this.cellWidth;
      const y = top + row * LINE_HEIGHT;
      if (at == this.editor.editing.caret) this.paintCaret(canvas, left, y);
      if (at == text.length) break;
      this.paintCharacter(canvas, left, y, text.charCodeAt(at), INK);
      column++;
    }
  }

  private paintCaret(canvas: Canvas, x: f64, y: f64): void {
    const box = Rect.at(x, y + 1, this.cellWidth, LINE_HEIGHT - 2);
    canvas.drawRect(box, new Paint(withOpacity(CARET, this.caretOn ? 0.75 : 0.25)));
  }

  semanticRole(): string {
    return "terminal";
  }

  /** The rows on the screen. */
  semanticLabel(): string {
    const lines: string[] = [];
    for (let row = this.grid.top; row < this.grid.rowCount; row++) {
      const cells: CellRow = this.grid.rowAt(row);
      lines.push(cells.text(0, cells.cells.length));
    }
    const last = lines.length - 1;
    if (last >= 0) lines[last] += this.editor.editing.text;
    return lines.slice(-8).join("\n");
  }
}
