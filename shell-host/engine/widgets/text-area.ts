import { CURSOR_TEXT } from "../../../guest-kernel/abi/window.ts";
import { Action, on, onValue } from "../foundation/action.ts";
import { Alarm, cancelAlarm, setAlarm } from "../foundation/frame-clock.ts";
import { EdgeInsets, Offset } from "../foundation/geometry.ts";
import { KeyEvent, PointerEvent } from "../gestures/events.ts";
import { withOpacity } from "../painting/color.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { ScrollPosition } from "../rendering/scroll-position.ts";
import { RenderTextArea } from "../rendering/text-area.ts";
import { TextEditing } from "../text/editing.ts";
import { TextStyle } from "../text/text-style.ts";
import { applyEditKey, applyReadKey } from "./edit-keys.ts";
import { FocusNode } from "./focus.ts";
import { BuildContext, RenderWidget, State, StatefulWidget, Widget } from "./framework.ts";
import { GestureDetector } from "./gesture-detector.ts";
import { Padding } from "./layout.ts";
import { ScrollView } from "./scroll-view.ts";
import { Theme, ThemeData } from "./theme.ts";

const BLINK_TIME: f64 = 530; // milliseconds
const RESTS_AFTER: i32 = 40; // blinks without a key or a click: then the caret stays, and the machine sleeps

/** Text of several lines that scrolls: to edit, or to read, select and copy. */
export class TextArea extends StatefulWidget {
  isReadOnly: bool = false;
  autofocus: bool = false;
  /** Without one, the theme's for body text. */
  style: TextStyle | null = null;
  /** Called when the text has changed. */
  onChanged: Action | null = null;
  padding: EdgeInsets = EdgeInsets.all(16);

  constructor(readonly editing: TextEditing) {
    super();
  }

  createState(): State {
    return new TextAreaState();
  }
}

class TextAreaState extends State {
  private focus: TextAreaFocus | null = null;
  private position: ScrollPosition = new ScrollPosition();
  private blink: Alarm | null = null;
  private caretOn: bool = false;
  private blinks: i32 = 0;
  private dragX: f64 = 0;
  private dragY: f64 = 0;
  box: RenderTextArea | null = null;

  initState(): void {
    const focus = new TextAreaFocus(this);
    this.focus = focus;
    focus.addListener(on<TextAreaState>(this, (self) => self.restartBlinking()));
    focus.register();
    if (this.widgetOf<TextArea>().autofocus) focus.requestFocus();
  }

  dispose(): void {
    (this.focus as TextAreaFocus).unregister();
    this.stopBlinking();
    this.position.stop();
  }

  restartBlinking(): void {
    this.stopBlinking();
    this.blinks = 0;
    this.setCaret((this.focus as TextAreaFocus).hasFocus && !this.widgetOf<TextArea>().isReadOnly);
    if (this.caretOn) this.waitToBlink();
  }

  private waitToBlink(): void {
    this.blink = setAlarm(
      BLINK_TIME,
      on<TextAreaState>(this, (self) => self.toggleCaret()),
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
    const box = this.box;
    if (box !== null) box.setCaret(isOn);
  }

  private pointAt(x: f64, y: f64, selects: bool): void {
    const box = this.box;
    if (box === null) return;
    (this.focus as TextAreaFocus).requestFocus();
    this.dragX = x;
    this.dragY = y;
    this.widgetOf<TextArea>().editing.moveTo(box.indexAt(x, y), selects);
    this.restartBlinking();
  }

  handleKey(event: KeyEvent): bool {
    const box = this.box;
    if (box === null) return false;
    const widget = this.widgetOf<TextArea>();
    const before = widget.editing.text;
    const taken = widget.isReadOnly
      ? applyReadKey(event, widget.editing, box.layoutOfText)
      : applyEditKey(event, widget.editing, box.layoutOfText, true);
    if (!taken) return false;
    this.restartBlinking();
    this.showCaret(box);
    const onChanged = widget.onChanged;
    if (onChanged !== null && widget.editing.text != before) onChanged.run();
    return true;
  }

  private showCaret(box: RenderTextArea): void {
    const position = this.position;
    const margin = this.widgetOf<TextArea>().padding.top;
    const top = box.caretTop + margin;
    const bottom = top + box.layoutOfText.lineHeight;
    // The content may be about to grow by the line of the caret.
    position.setExtents(position.viewport, max(position.content, bottom + margin));
    if (top - margin < position.offset) position.jumpTo(top - margin);
    else if (bottom + margin > position.offset + position.viewport)
      position.jumpTo(bottom + margin - position.viewport);
  }

  build(context: BuildContext): Widget {
    const widget = this.widgetOf<TextArea>();
    const theme = Theme.of(context);
    const area = new Padding(widget.padding, new TextAreaBox(this, widget, theme));
    const detector = new GestureDetector(area);
    detector.cursor = CURSOR_TEXT;
    detector.onPointerDown = onValue<TextAreaState, PointerEvent>(this, (self, event) =>
      self.pointAt(event.x, event.y, false),
    );
    detector.onDrag = onValue<TextAreaState, Offset>(this, (self, by) =>
      self.pointAt(self.dragX + by.x, self.dragY + by.y, true),
    );
    const view = new ScrollView(detector);
    view.position = this.position;
    return view;
  }
}

class TextAreaFocus extends FocusNode {
  constructor(private state: TextAreaState) {
    super();
  }

  handleKey(event: KeyEvent): bool {
    return this.state.handleKey(event);
  }
}

class TextAreaBox extends RenderWidget {
  constructor(
    private state: TextAreaState,
    private area: TextArea,
    private theme: ThemeData,
  ) {
    super();
  }

  private get style(): TextStyle {
    const style = this.area.style;
    return style === null ? this.theme.body : style;
  }

  createRenderBox(): RenderBox {
    const box = new RenderTextArea(this.area.editing, this.style);
    this.state.box = box;
    this.color(box);
    this.state.restartBlinking();
    return box;
  }

  updateRenderBox(box: RenderBox): void {
    const area = box as RenderTextArea;
    this.color(area);
    area.configure(this.area.editing, this.style);
  }

  private color(box: RenderTextArea): void {
    box.selectionColor = withOpacity(this.theme.colors.accent, 0.3);
    box.caretColor = this.theme.colors.accent;
  }
}
