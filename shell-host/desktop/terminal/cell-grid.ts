// What a terminal shows: rows of cells, the last ones on the screen, the others in the scrollback.

/** Cells: a code point in the low 21 bits, then attributes. */
export const CELL_CODE_MASK: u32 = 0x1fffff;
export const CELL_INK_SHIFT: u32 = 21; // 5 bits: 0 the default, 1..16 a colour
export const CELL_PAPER_SHIFT: u32 = 26; // 5 bits, likewise
export const CELL_BOLD: u32 = 1 << 31;
const COLOR_MASK: u32 = 31;
const BLANK: u32 = 0x20;
const MAX_ROWS: i32 = 2000;

export function cellInk(cell: u32): u32 {
  return (cell >> CELL_INK_SHIFT) & COLOR_MASK;
}

export function cellPaper(cell: u32): u32 {
  return (cell >> CELL_PAPER_SHIFT) & COLOR_MASK;
}

/** A row of cells. `wraps`: it goes on in the next one. */
export class CellRow {
  wraps: bool = false;
  cells: u32[] = [];

  /** The cell of a column; blank behind the last. */
  at(column: i32): u32 {
    return column < this.cells.length ? this.cells[column] : BLANK;
  }

  set(column: i32, cell: u32): void {
    while (this.cells.length <= column) this.cells.push(BLANK);
    this.cells[column] = cell;
  }

  text(from: i32, to: i32): string {
    let text = "";
    const end = min(to, this.cells.length);
    for (let i = from; i < end; i++) text += String.fromCodePoint(<i32>(this.cells[i] & CELL_CODE_MASK));
    return text;
  }
}

/** The rows, and where the next character goes. Columns and rows are counted from 0, rows from the scrollback's first. */
export class CellGrid {
  columns: i32 = 80;
  /** How many rows the screen has. */
  height: i32 = 24;
  column: i32 = 0;
  /** Attributes of the next characters. */
  attributes: u32 = 0;
  private rows: CellRow[] = [new CellRow()];
  private current: i32 = 0; // the cursor's row
  private savedRow: i32 = 0;
  private savedColumn: i32 = 0;

  get rowCount(): i32 {
    return this.rows.length;
  }

  get row(): i32 {
    return this.current;
  }

  /** The first row of the screen. */
  get top(): i32 {
    return max(0, this.rows.length - this.height);
  }

  rowAt(index: i32): CellRow {
    return this.rows[index];
  }

  resize(columns: i32, height: i32): void {
    this.columns = max(2, columns);
    this.height = max(1, height);
    this.column = min(this.column, this.columns - 1);
  }

  put(code: u32): void {
    if (this.column >= this.columns) {
      this.rows[this.current].wraps = true;
      this.column = 0;
      this.lineFeed();
    }
    this.rows[this.current].set(this.column++, (code & CELL_CODE_MASK) | this.attributes);
  }

  lineFeed(): void {
    this.current++;
    if (this.current < this.rows.length) return;
    this.rows.push(new CellRow());
    if (this.rows.length <= MAX_ROWS) return;
    const extra = this.rows.length - MAX_ROWS + 100; // seldom, a hundred at a time
    this.rows.splice(0, extra);
    this.current -= extra;
    this.savedRow = max(0, this.savedRow - extra);
  }

  carriageReturn(): void {
    this.column = 0;
  }

  back(): void {
    if (this.column > 0) this.column--;
  }

  tab(): void {
    this.column = min(this.columns - 1, (this.column / 8 + 1) * 8);
  }

  /** To a place of the screen, counted from 0. */
  moveTo(row: i32, column: i32): void {
    const target = this.top + max(0, min(this.height - 1, row));
    while (this.rows.length <= target) this.rows.push(new CellRow());
    this.current = target;
    this.column = max(0, min(this.columns - 1, column));
  }

  moveBy(rows: i32, columns: i32): void {
    this.moveTo(this.current - this.top + rows, this.column + columns);
  }

  save(): void {
    this.savedRow = this.current;
    this.savedColumn = this.column;
  }

  restore(): void {
    this.current = min(this.savedRow, this.rows.length - 1);
    this.column = this.savedColumn;
  }

  /** Of the cursor's row: 0 from the cursor on, 1 up to it, 2 all. */
  eraseInRow(part: i32): void {
    const row = this.rows[this.current];
    row.wraps = false;
    if (part == 0) row.cells.length = min(row.cells.length, this.column);
    else if (part == 2) row.cells.length = 0;
    else for (let i = 0; i <= this.column && i < row.cells.length; i++) row.cells[i] = BLANK;
  }

  /** Of the screen: 0 from the cursor on, 1 up to it, 2 all, 3 the scrollback too. */
  eraseInScreen(part: i32): void {
    if (part >= 2) return this.clear(part == 3);
    this.eraseInRow(part);
    const from = part == 0 ? this.current + 1 : this.top;
    const to = part == 0 ? this.rows.length : this.current;
    for (let i = from; i < to; i++) this.rows[i] = new CellRow();
  }

  /** An empty screen below what was there, or instead of it. */
  private clear(forgets: bool): void {
    if (forgets) {
      this.rows = [new CellRow()];
      this.current = 0;
      this.column = 0;
      return;
    }
    const top = this.top;
    for (let i = top; i < this.rows.length; i++) this.rows[i] = new CellRow();
    this.current = top;
    this.column = 0;
  }
}
