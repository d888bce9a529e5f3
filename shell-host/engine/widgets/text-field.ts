import { CURSOR_TEXT } from "../../../guest-kernel/abi/window.ts";
import { ValueAction, onValue } from "../foundation/action.ts";
import { EdgeInsets, Offset } from "../foundation/geometry.ts";
import { DragAxis } from "../gestures/recognizers.ts";
import { Key, KeyEvent, PointerEvent } from "../gestures/events.ts";
import { BoxDecoration } from "../painting/box-decoration.ts";
import { Path } from "../painting/path.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { RenderTextLine } from "../rendering/text-line.ts";
import { TextEditing } from "../text/editing.ts";
import { DecoratedBox, Icon } from "./basic.ts";
import { applyEditKey } from "./edit-keys.ts";
import { EditableState } from "./editable-state.ts";
import { BuildContext, RenderWidget, State, StatefulWidget, Widget } from "./framework.ts";
import { GestureDetector } from "./gesture-detector.ts";
import { Expanded, Padding, Row } from "./layout.ts";
import { ColorScheme, Theme, ThemeData } from "./theme.ts";
import { focusRing } from "./focus-ring.ts";

/** A line of text that can be edited. */
export class TextField extends StatefulWidget {
  /** Shown while there is no text. */
  hint: string = "";
  icon: Path | null = null;
  /** Called with the text when Enter is pressed. */
  onSubmitted: ValueAction<string> | null = null;
  /** Called with the text when it has changed. */
  onChanged: ValueAction<string> | null = null;
  /** Takes the focus when it appears. */
  autofocus: bool = false;

  constructor(readonly editing: TextEditing) {
    super();
  }

  createState(): State {
    return new TextFieldState();
  }
}

class TextFieldState extends EditableState {
  initState(): void {
    this.offerFocus(this.widgetOf<TextField>().autofocus);
  }

  get editing(): TextEditing {
    return this.widgetOf<TextField>().editing;
  }

  build(context: BuildContext): Widget {
    const widget = this.widgetOf<TextField>();
    const theme = Theme.of(context);
    const colors = theme.colors;
    const line = new Padding(EdgeInsets.symmetric(0, 8), new Editable(this, widget, theme));
    const parts: Widget[] = [];
    const icon = widget.icon;
    if (icon !== null) parts.push(new Icon(icon, 18, colors.muted));
    parts.push(new Expanded(line));
    const box = new DecoratedBox(
      this.decoration(colors),
      new Padding(EdgeInsets.symmetric(3 * ThemeData.unit, 0), new Row(parts).spaced(2 * ThemeData.unit)),
    );
    const detector = new GestureDetector(box);
    detector.cursor = CURSOR_TEXT;
    detector.dragAxis = DragAxis.Horizontal;
    detector.onPointerDown = onValue<TextFieldState, PointerEvent>(this, (self, event) =>
      self.pointAt(event.x, event.y, false),
    );
    detector.onDrag = onValue<TextFieldState, Offset>(this, (self, by) => self.dragBy(by.x, by.y));
    return detector;
  }

  private decoration(colors: ColorScheme): BoxDecoration {
    const look = new BoxDecoration(colors.surface, ThemeData.radius);
    if (!this.hasFocus) return look.border(colors.border);
    return focusRing(colors, look).border(colors.accent);
  }

  handleKey(event: KeyEvent): bool {
    const widget = this.widgetOf<TextField>();
    if (event.key == Key.Enter) {
      const onSubmitted = widget.onSubmitted;
      if (onSubmitted !== null) onSubmitted.run(widget.editing.text);
      return onSubmitted !== null;
    }
    const before = widget.editing.text;
    const box = this.box;
    const taken = box !== null && applyEditKey(event, widget.editing, box.layoutOfText, false);
    if (!taken) return false;
    this.restartBlinking();
    const onChanged = widget.onChanged;
    if (onChanged !== null && widget.editing.text != before) onChanged.run(widget.editing.text);
    return true;
  }
}

class Editable extends RenderWidget {
  constructor(
    private state: TextFieldState,
    private field: TextField,
    private theme: ThemeData,
  ) {
    super();
  }

  createRenderBox(): RenderBox {
    const colors = this.theme.colors;
    const box = new RenderTextLine(this.field.editing, this.theme.body, this.field.hint, colors.muted);
    this.state.adoptBox(box, colors);
    return box;
  }

  updateRenderBox(box: RenderBox): void {
    const line = box as RenderTextLine;
    const colors = this.theme.colors;
    this.state.colorBox(line, colors);
    line.configure(this.field.editing, this.theme.body, this.field.hint, colors.muted);
  }
}
