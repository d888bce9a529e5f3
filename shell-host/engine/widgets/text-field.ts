import { CURSOR_TEXT } from "../../../guest-kernel/abi/window.ts";
import { ValueAction, on, onValue } from "../foundation/action.ts";
import { Alarm, cancelAlarm, setAlarm } from "../foundation/frame-clock.ts";
import { EdgeInsets, Offset } from "../foundation/geometry.ts";
import { DragAxis } from "../gestures/recognizers.ts";
import { Key, KeyEvent, PointerEvent } from "../gestures/events.ts";
import { BoxDecoration } from "../painting/box-decoration.ts";
import { withOpacity } from "../painting/color.ts";
import { Path } from "../painting/path.ts";
import { BoxShadow } from "../painting/shadow.ts";
import { RenderEditable } from "../rendering/editable.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { TextEditing } from "../text/editing.ts";
import { applyEditKey } from "./edit-keys.ts";
import { DecoratedBox, Icon } from "./basic.ts";
import { FocusNode } from "./focus.ts";
import { BuildContext, RenderWidget, State, StatefulWidget, Widget } from "./framework.ts";
import { GestureDetector } from "./gesture-detector.ts";
import { Expanded, Padding, Row } from "./layout.ts";
import { ColorScheme, Theme, ThemeData } from "./theme.ts";

const BLINK_TIME: f64 = 530; // milliseconds
const RESTS_AFTER: i32 = 40; // blinks without a key or a click: then the caret stays, and the machine sleeps

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

class TextFieldState extends State {
  private focus: TextFieldFocus | null = null;
  private blink: Alarm | null = null;
  private caretOn: bool = false;
  private blinks: i32 = 0;
  private dragX: f64 = 0; // where the pointer is while it selects
  /** The box, which knows where each character is. */
  editable: RenderEditable | null = null;

  initState(): void {
    const focus = new TextFieldFocus(this);
    this.focus = focus;
    focus.addListener(on<TextFieldState>(this, (self) => self.focusChanged()));
    focus.register();
    if (this.widgetOf<TextField>().autofocus) focus.requestFocus();
  }

  dispose(): void {
    (this.focus as TextFieldFocus).unregister();
    this.stopBlinking();
  }

  private focusChanged(): void {
    this.restartBlinking();
    this.setState();
  }

  /** The caret stays on for a moment after each key. */
  restartBlinking(): void {
    this.stopBlinking();
    this.blinks = 0;
    this.setCaret((this.focus as TextFieldFocus).hasFocus);
    if (this.caretOn) this.waitToBlink();
  }

  private waitToBlink(): void {
    this.blink = setAlarm(
      BLINK_TIME,
      on<TextFieldState>(this, (self) => self.toggleCaret()),
    );
  }

  private toggleCaret(): void {
    this.blink = null;
    if (++this.blinks >= RESTS_AFTER) return this.setCaret(true);
    this.setCaret(!this.caretOn);
    this.waitToBlink();
  }

  private stopBlinking(): void {
    const blink = this.blink;
    if (blink !== null) cancelAlarm(blink);
    this.blink = null;
  }

  private setCaret(isOn: bool): void {
    this.caretOn = isOn;
    const editable = this.editable;
    if (editable !== null) editable.setCaret(isOn);
  }

  private pointAt(x: f64, selects: bool): void {
    (this.focus as TextFieldFocus).requestFocus();
    const editable = this.editable;
    if (editable === null) return;
    this.dragX = x;
    this.widgetOf<TextField>().editing.moveTo(editable.indexAt(x), selects);
    this.restartBlinking();
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
      self.pointAt(event.x, false),
    );
    detector.onDrag = onValue<TextFieldState, Offset>(this, (self, by) =>
      self.pointAt(self.dragX + by.x, true),
    );
    return detector;
  }

  private decoration(colors: ColorScheme): BoxDecoration {
    const look = new BoxDecoration(colors.surface, ThemeData.radius);
    if (!(this.focus as TextFieldFocus).hasFocus) return look.border(colors.border);
    return look.shadow(new BoxShadow(withOpacity(colors.accent, 0.3), 0, 0, 3)).border(colors.accent);
  }

  handleKey(event: KeyEvent): bool {
    const widget = this.widgetOf<TextField>();
    if (event.key == Key.Enter) {
      const onSubmitted = widget.onSubmitted;
      if (onSubmitted !== null) onSubmitted.run(widget.editing.text);
      return onSubmitted !== null;
    }
    const before = widget.editing.text;
    const editable = this.editable;
    const taken = editable !== null && applyEditKey(event, widget.editing, editable.layoutOfText, false);
    if (!taken) return false;
    this.restartBlinking();
    const onChanged = widget.onChanged;
    if (onChanged !== null && widget.editing.text != before) onChanged.run(widget.editing.text);
    return true;
  }
}

class TextFieldFocus extends FocusNode {
  constructor(private state: TextFieldState) {
    super();
  }

  handleKey(event: KeyEvent): bool {
    return this.state.handleKey(event);
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
    const box = new RenderEditable(this.field.editing, this.theme.body, this.field.hint, colors.muted);
    this.state.editable = box;
    this.color(box);
    this.state.restartBlinking();
    return box;
  }

  updateRenderBox(box: RenderBox): void {
    const editable = box as RenderEditable;
    this.color(editable);
    editable.configure(this.field.editing, this.theme.body, this.field.hint, this.theme.colors.muted);
  }

  private color(box: RenderEditable): void {
    box.selectionColor = withOpacity(this.theme.colors.accent, 0.3);
    box.caretColor = this.theme.colors.accent;
  }
}
