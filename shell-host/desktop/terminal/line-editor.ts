// The line that is being typed. A shell without a terminal device reads whole lines: editing and history are done here.

import { Listenable } from "../../engine/foundation/listenable.ts";
import { Key, KeyEvent } from "../../engine/gestures/events.ts";
import { copiedText } from "../../engine/foundation/clipboard.ts";
import { TextEditing } from "../../engine/text/editing.ts";

const MAX_HISTORY: i32 = 100;

export enum LineResult {
  /** Not a key of the editor. */
  Ignored,
  Edited,
  /** Enter: `taken` is the line. */
  Submitted,
  /** Control-C. */
  Interrupted,
  /** Control-D in an empty line. */
  Ended,
  /** Control-L. */
  Cleared,
}

/** Edits one line after the other. */
export class LineEditor extends Listenable {
  readonly editing: TextEditing = new TextEditing();
  taken: string = "";
  private history: string[] = [];
  private at: i32 = 0; // in the history; its length while a new line is typed
  private draft: string = "";

  handleKey(event: KeyEvent): LineResult {
    switch (event.key) {
      case Key.Enter:
        return this.submit();
      case Key.Up:
        return this.recall(-1);
      case Key.Down:
        return this.recall(1);
      case Key.Character:
        return event.control ? this.command(event) : this.type(event.text);
      default:
        return this.move(event);
    }
  }

  /** Types text, as if it came by keys; it ends before a line feed. */
  type(text: string): LineResult {
    if (text.length == 0) return LineResult.Ignored;
    const end = text.indexOf("\n");
    this.editing.insert(end < 0 ? text : text.slice(0, end));
    return LineResult.Edited;
  }

  private move(event: KeyEvent): LineResult {
    const editing = this.editing;
    const caret = editing.caret;
    if (event.key == Key.Left)
      editing.moveTo(event.control ? editing.wordBoundary(caret, -1) : caret - 1, false);
    else if (event.key == Key.Right)
      editing.moveTo(event.control ? editing.wordBoundary(caret, 1) : caret + 1, false);
    else if (event.key == Key.Home) editing.moveTo(0, false);
    else if (event.key == Key.End) editing.moveTo(editing.text.length, false);
    else if (event.key == Key.Backspace) editing.deleteTo(caret - 1);
    else if (event.key == Key.Delete) editing.deleteTo(caret + 1);
    else return LineResult.Ignored;
    return LineResult.Edited;
  }

  private command(event: KeyEvent): LineResult {
    const editing = this.editing;
    const letter = event.text.toLowerCase();
    if (letter == "c") return LineResult.Interrupted;
    if (letter == "l") return LineResult.Cleared;
    if (letter == "d") return editing.text.length == 0 ? LineResult.Ended : LineResult.Ignored;
    if (letter == "v") return this.type(copiedText());
    if (letter == "a") editing.moveTo(0, false);
    else if (letter == "e") editing.moveTo(editing.text.length, false);
    else if (letter == "u") editing.setText(editing.text.slice(editing.caret));
    else if (letter == "k") editing.setText(editing.text.slice(0, editing.caret));
    else if (letter == "w") editing.deleteTo(editing.wordBoundary(editing.caret, -1));
    else return LineResult.Ignored;
    return LineResult.Edited;
  }

  private submit(): LineResult {
    const line = this.editing.text;
    this.taken = line;
    const last = this.history.length - 1;
    if (line.length > 0 && (last < 0 || this.history[last] != line)) this.history.push(line);
    if (this.history.length > MAX_HISTORY) this.history.shift();
    this.at = this.history.length;
    this.editing.setText("");
    return LineResult.Submitted;
  }

  private recall(step: i32): LineResult {
    const at = this.at + step;
    if (at < 0 || at > this.history.length) return LineResult.Edited;
    if (this.at == this.history.length) this.draft = this.editing.text;
    this.at = at;
    this.editing.setText(at == this.history.length ? this.draft : this.history[at]);
    return LineResult.Edited;
  }
}
