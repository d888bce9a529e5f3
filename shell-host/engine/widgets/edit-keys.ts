// What keys do to a text that is edited.

import { copiedText, copyText } from "../foundation/clipboard.ts";
import { Key, KeyEvent } from "../gestures/events.ts";
import { TextEditing } from "../text/editing.ts";
import { TextLayout } from "../text/text-layout.ts";

/** Does what a key means for a text; `layout` knows where its characters are. True if it means anything. */
export function applyEditKey(
  event: KeyEvent,
  editing: TextEditing,
  layout: TextLayout,
  multiLine: bool,
): bool {
  if (applyCaretKey(event, editing, layout, multiLine)) return true;
  switch (event.key) {
    case Key.Backspace:
      editing.deleteTo(target(event, editing, layout, -1));
      return true;
    case Key.Delete:
      editing.deleteTo(target(event, editing, layout, 1));
      return true;
    case Key.Enter:
      if (multiLine) editing.insert("\n");
      return multiLine;
    case Key.Character:
      return event.control ? applyCommand(event.text, editing, multiLine) : type(event.text, editing);
    default:
      return false;
  }
}

/** The keys of a text that cannot be changed: they move the caret, select and copy. */
export function applyReadKey(event: KeyEvent, editing: TextEditing, layout: TextLayout): bool {
  if (applyCaretKey(event, editing, layout, true)) return true;
  if (event.key != Key.Character || !event.control) return false;
  if (event.text == "c") copyText(editing.selected);
  else if (event.text == "a") editing.selectAll();
  else return false;
  return true;
}

function applyCaretKey(event: KeyEvent, editing: TextEditing, layout: TextLayout, multiLine: bool): bool {
  const shift = event.shift;
  switch (event.key) {
    case Key.Left:
      editing.moveTo(target(event, editing, layout, -1), shift);
      return true;
    case Key.Right:
      editing.moveTo(target(event, editing, layout, 1), shift);
      return true;
    case Key.Home:
      editing.moveTo(multiLine && !event.control ? layout.lineEdge(editing.caret, false) : 0, shift);
      return true;
    case Key.End:
      editing.moveTo(
        multiLine && !event.control ? layout.lineEdge(editing.caret, true) : editing.text.length,
        shift,
      );
      return true;
    case Key.Up:
      if (multiLine) editing.moveTo(layout.caretBeside(editing.caret, -1), shift);
      return multiLine;
    case Key.Down:
      if (multiLine) editing.moveTo(layout.caretBeside(editing.caret, 1), shift);
      return multiLine;
    default:
      return false;
  }
}

/** Where the caret goes: a character, or with Control a word. */
function target(event: KeyEvent, editing: TextEditing, layout: TextLayout, step: i32): i32 {
  if (event.control) return editing.wordBoundary(editing.caret, step);
  const moves = event.key == Key.Left || event.key == Key.Right;
  if (moves && editing.hasSelection && !event.shift) return step < 0 ? editing.start : editing.end;
  return layout.neighbour(editing.caret, step);
}

function type(text: string, editing: TextEditing): bool {
  if (text.length == 0) return false;
  editing.insert(text);
  return true;
}

function applyCommand(letter: string, editing: TextEditing, multiLine: bool): bool {
  if (letter == "a") editing.selectAll();
  else if (letter == "c") copyText(editing.selected);
  else if (letter == "x") {
    copyText(editing.selected);
    if (editing.hasSelection) editing.insert("");
  } else if (letter == "v") {
    const text = copiedText();
    editing.insert(multiLine ? text : text.replaceAll("\n", " "));
  } else return false;
  return true;
}
