import { Listenable } from "../foundation/listenable.ts";

const SPACE: i32 = 0x20;

/** A text that is edited: the text, and what of it is selected, in UTF-16 units. Tells its listeners about changes. */
export class TextEditing extends Listenable {
  /** The end of the selection that moves. */
  caret: i32 = 0;
  /** The other end; the caret if nothing is selected. */
  anchor: i32 = 0;

  constructor(public text: string = "") {
    super();
    this.caret = this.anchor = text.length;
  }

  get start(): i32 {
    return min(this.caret, this.anchor);
  }

  get end(): i32 {
    return max(this.caret, this.anchor);
  }

  get hasSelection(): bool {
    return this.caret != this.anchor;
  }

  get selected(): string {
    return this.text.slice(this.start, this.end);
  }

  /** Takes another text, with the caret at its end. */
  setText(text: string): void {
    this.text = text;
    this.anchor = text.length;
    this.moveTo(text.length, false);
  }

  /** Moves the caret; `selects` leaves the anchor where it is. */
  moveTo(index: i32, selects: bool): void {
    this.caret = max(0, min(this.text.length, index));
    if (!selects) this.anchor = this.caret;
    this.notifyListeners();
  }

  selectAll(): void {
    this.anchor = 0;
    this.moveTo(this.text.length, true);
  }

  /** Puts text where the selection is. */
  insert(text: string): void {
    const at = this.start + text.length;
    this.text = this.text.slice(0, this.start) + text + this.text.slice(this.end);
    this.moveTo(at, false);
  }

  /** Takes out the selection, or else what is between the caret and `index`. */
  deleteTo(index: i32): void {
    if (!this.hasSelection) this.anchor = max(0, min(this.text.length, index));
    this.insert("");
  }

  /** The start of the word before an index, or the end of the one behind it. */
  wordBoundary(from: i32, step: i32): i32 {
    let at = from;
    while (this.isInside(at, step) && this.isSpace(at, step)) at += step;
    while (this.isInside(at, step) && !this.isSpace(at, step)) at += step;
    return at;
  }

  private isInside(at: i32, step: i32): bool {
    return step < 0 ? at > 0 : at < this.text.length;
  }

  private isSpace(at: i32, step: i32): bool {
    return this.text.charCodeAt(step < 0 ? at - 1 : at) == SPACE;
  }
}
