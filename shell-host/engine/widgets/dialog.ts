// Dialogs: a question in the middle of the window.

import { Action, ValueAction, on, onValue } from "../foundation/action.ts";
import { EdgeInsets } from "../foundation/geometry.ts";
import { TextEditing } from "../text/editing.ts";
import { MainAlign, CrossAlign } from "../rendering/flex.ts";
import { DecoratedBox, Text } from "./basic.ts";
import { Button, ButtonKind } from "./button.ts";
import { BuildContext, StatelessWidget, Widget } from "./framework.ts";
import { Center, Column, Padding, Row, SizedBox } from "./layout.ts";
import { floatingLook } from "./menu.ts";
import { Modal, Overlay, OverlayEntry } from "./overlay.ts";
import { Semantics } from "./semantics.ts";
import { TextField } from "./text-field.ts";
import { Theme, ThemeData } from "./theme.ts";

const DIALOG_WIDTH: f64 = 360;
const SCRIM: u32 = 0x66000000;

/** A dialog: what it says, and what can be answered. Made once, shown with `show`. */
export class Dialog {
  /** Asks for a text. */
  editing: TextEditing | null = null;
  private entry: OverlayEntry | null = null;
  private onAccept: Action | null = null;
  private onText: ValueAction<string> | null = null;

  constructor(
    readonly title: string,
    readonly text: string,
    readonly acceptLabel: string,
    readonly acceptKind: ButtonKind = ButtonKind.Primary,
  ) {}

  /** What accepting does. Without it there is nothing to cancel: the dialog only tells. */
  accepting(action: Action): Dialog {
    this.onAccept = action;
    return this;
  }

  /** Asks for a text, which accepting gives to an action. */
  asking(initial: string, action: ValueAction<string>): Dialog {
    const editing = new TextEditing(initial);
    editing.selectAll();
    this.editing = editing;
    this.onText = action;
    return this;
  }

  get canCancel(): bool {
    return this.onAccept !== null || this.onText !== null;
  }

  show(context: BuildContext): void {
    const close = on<Dialog>(this, (self) => self.close());
    const entry = new OverlayEntry(new Modal(new DialogCard(this), close).dimming(SCRIM));
    this.entry = entry;
    Overlay.of(context).insert(entry);
  }

  close(): void {
    const entry = this.entry;
    if (entry !== null) entry.remove();
    this.entry = null;
  }

  accept(): void {
    this.close();
    const onAccept = this.onAccept;
    if (onAccept !== null) onAccept.run();
    const onText = this.onText;
    const editing = this.editing;
    if (onText !== null && editing !== null) onText.run(editing.text);
  }
}

class DialogCard extends StatelessWidget {
  constructor(private dialog: Dialog) {
    super();
  }

  build(context: BuildContext): Widget {
    const dialog = this.dialog;
    const theme = Theme.of(context);
    const parts: Widget[] = [new Text(dialog.title, theme.title)];
    if (dialog.text.length > 0) parts.push(new Text(dialog.text, theme.body.colored(theme.colors.muted)));
    const editing = dialog.editing;
    if (editing !== null) {
      const field = new TextField(editing);
      field.autofocus = true;
      field.onSubmitted = onValue<Dialog, string>(dialog, (self, _text) => self.accept());
      parts.push(field);
    }
    parts.push(new Padding(new EdgeInsets(0, 8, 0, 0), this.buttons(dialog)));
    const column = new Column(parts, MainAlign.Start, CrossAlign.Stretch).spaced(8).shrunk();
    const card = new DecoratedBox(
      floatingLook(theme),
      new Padding(EdgeInsets.all(5 * ThemeData.unit), column),
    );
    return new Center(new SizedBox(DIALOG_WIDTH, NaN, new Semantics("dialog", dialog.title, card)));
  }

  private buttons(dialog: Dialog): Widget {
    const accept = new Button(
      dialog.acceptLabel,
      on<Dialog>(dialog, (self) => self.accept()),
    ).as(dialog.acceptKind);
    const buttons: Widget[] = [accept];
    // Enter answers at once, but never does what cannot be undone.
    const isSafe = dialog.acceptKind != ButtonKind.Danger;
    const hasField = dialog.editing !== null; // which takes the keyboard itself
    accept.autofocus = isSafe && !hasField;
    if (dialog.canCancel) {
      const cancel = new Button(
        "Cancel",
        on<Dialog>(dialog, (self) => self.close()),
      );
      cancel.autofocus = !isSafe && !hasField;
      buttons.unshift(cancel);
    }
    return new Row(buttons, MainAlign.End).spaced(8);
  }
}
