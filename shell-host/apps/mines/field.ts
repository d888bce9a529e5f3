// The rules of the game: a field with mines; a cell that is opened tells how many of its neighbours are mines.

import { randomBytes } from "../../sdk/random.ts";

export enum GameState {
  /** Nothing is opened yet: no mines are laid. */
  Ready,
  Playing,
  Won,
  Lost,
}

/** A cell. */
export class Cell {
  isMine: bool = false;
  isOpen: bool = false;
  isFlagged: bool = false;
  /** Mines among its neighbours. */
  count: i32 = 0;
}

/** A game. */
export class Field {
  readonly cells: Cell[] = [];
  state: GameState = GameState.Ready;
  /** The mine that ended the game; -1 for none. */
  exploded: i32 = -1;
  private openCount: i32 = 0;

  constructor(
    readonly columns: i32,
    readonly rows: i32,
    readonly mines: i32,
  ) {
    for (let i = 0; i < columns * rows; i++) this.cells.push(new Cell());
  }

  get isOver(): bool {
    return this.state == GameState.Won || this.state == GameState.Lost;
  }

  get flags(): i32 {
    let count = 0;
    for (let i = 0; i < this.cells.length; i++) if (this.cells[i].isFlagged) count++;
    return count;
  }

  /** Opens a cell; of one that is open, its neighbours if all its mines are flagged. */
  open(index: i32): void {
    if (this.isOver || this.cells[index].isFlagged) return;
    if (this.state == GameState.Ready) this.lay(index);
    if (this.cells[index].isOpen) this.openAround(index);
    else this.reveal(index);
  }

  flag(index: i32): void {
    const cell = this.cells[index];
    if (!this.isOver && !cell.isOpen) cell.isFlagged = !cell.isFlagged;
  }

  /** Lays the mines, none of them on or beside the first cell that is opened. */
  private lay(first: i32): void {
    this.state = GameState.Playing;
    let left = this.mines;
    while (left > 0) {
      const at = <i32>(randomWord() % <u32>this.cells.length);
      if (this.cells[at].isMine || at == first || this.isBeside(at, first)) continue;
      this.cells[at].isMine = true;
      left--;
      const around = this.neighbours(at);
      for (let i = 0; i < around.length; i++) this.cells[around[i]].count++;
    }
  }

  private reveal(index: i32): void {
    const waiting: i32[] = [index];
    while (waiting.length > 0) {
      const at = waiting.pop();
      const cell = this.cells[at];
      if (cell.isOpen || cell.isFlagged) continue;
      cell.isOpen = true;
      if (cell.isMine) return this.lose(at);
      this.openCount++;
      if (cell.count > 0) continue;
      const around = this.neighbours(at);
      for (let i = 0; i < around.length; i++) waiting.push(around[i]);
    }
    if (this.openCount == this.cells.length - this.mines) this.win();
  }

  private openAround(index: i32): void {
    const around = this.neighbours(index);
    let flags = 0;
    for (let i = 0; i < around.length; i++) if (this.cells[around[i]].isFlagged) flags++;
    if (flags != this.cells[index].count) return;
    for (let i = 0; i < around.length && !this.isOver; i++) this.reveal(around[i]);
  }

  private lose(index: i32): void {
    this.state = GameState.Lost;
    this.exploded = index;
    for (let i = 0; i < this.cells.length; i++) if (this.cells[i].isMine) this.cells[i].isOpen = true;
  }

  private win(): void {
    this.state = GameState.Won;
    for (let i = 0; i < this.cells.length; i++) if (this.cells[i].isMine) this.cells[i].isFlagged = true;
  }

  private isBeside(a: i32, b: i32): bool {
    return abs((a % this.columns) - (b % this.columns)) <= 1 && abs(a / this.columns - b / this.columns) <= 1;
  }

  private neighbours(index: i32): i32[] {
    const column = index % this.columns;
    const row = index / this.columns;
    const found: i32[] = [];
    for (let y = max(0, row - 1); y <= min(this.rows - 1, row + 1); y++)
      for (let x = max(0, column - 1); x <= min(this.columns - 1, column + 1); x++)
        if (x != column || y != row) found.push(y * this.columns + x);
    return found;
  }
}

function randomWord(): u32 {
  const bytes = randomBytes(4);
  return load<u32>(bytes.dataStart);
}
