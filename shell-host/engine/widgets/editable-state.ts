import { on } from "../foundation/action.ts";
import { Alarm, cancelAlarm, setAlarm } from "../foundation/frame-clock.ts";
import { KeyEvent } from "../gestures/events.ts";
import { withOpacity } from "../painting/color.ts";
import { RenderEditable } from "../rendering/editable.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { TextEditing } from "../text/editing.ts";
import { FocusNode } from "./focus.ts";
import { State } from "./framework.ts";
import { ColorScheme } from "./theme.ts";

const BLINK_TIME: f64 = 530; // milliseconds
const RESTS_AFTER: i32 = 40; // blinks without a key or a click: then the caret stays, and the machine sleeps

/** What text that is edited remembers: its focus, a caret that blinks, and the pointer that selects. */
export abstract class EditableState extends State {
  protected focus: EditableFocus | null = null;
  private blink: Alarm | null = null;
  private caretOn: bool = false;
  private blinks: i32 = 0;
  private dragX: f64 = 0; // where the pointer is while it selects
  private dragY: f64 = 0;
  /** The box, which knows where each character is. */
  box: RenderEditable | null = null;

  /** What is edited. */
  abstract get editing(): TextEditing;

  /** Deals with a key; true if it means anything here. */
  abstract handleKey(event: KeyEvent): bool;

  /** True if a caret shows while it has the focus. */
  protected get hasCaret(): bool {
    return true;
  }

  protected get hasFocus(): bool {
    const focus = this.focus;
    return focus !== null && focus.hasFocus;
  }

  /** Joins those that take keys; `takesFocus` at once. */
  protected offerFocus(takesFocus: bool): void {
    const focus = new EditableFocus(this);
    this.focus = focus;
    focus.addListener(on<EditableState>(this, (self) => self.focusChanged()));
    focus.register();
    if (takesFocus) focus.requestFocus();
  }

  dispose(): void {
    (this.focus as EditableFocus).unregister();
    this.stopBlinking();
  }

  private focusChanged(): void {
    this.restartBlinking();
    this.setState();
  }

  /** Takes the box that was made, in the colours of the theme. */
  adoptBox(box: RenderEditable, colors: ColorScheme): void {
    this.box = box;
    this.colorBox(box, colors);
    this.restartBlinking();
  }

  colorBox(box: RenderEditable, colors: ColorScheme): void {
    box.setColors(withOpacity(colors.accent, 0.3), colors.accent);
  }

  /** The caret stays on for a moment after each key. */
  restartBlinking(): void {
    this.stopBlinking();
    this.blinks = 0;
    this.setCaret(this.hasFocus && this.hasCaret);
    if (this.caretOn) this.waitToBlink();
  }

  private waitToBlink(): void {
    this.blink = setAlarm(
      BLINK_TIME,
      on<EditableState>(this, (self) => self.toggleCaret()),
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

  /** The pointer is at a point of the window: the caret goes there. */
  pointAt(x: f64, y: f64, selects: bool): void {
    (this.focus as EditableFocus).requestFocus();
    const box = this.box;
    if (box === null) return;
    this.dragX = x;
    this.dragY = y;
    this.editing.moveTo(box.indexAt(x, y), selects);
    this.restartBlinking();
  }

  /** The pointer went on, and selects. */
  dragBy(x: f64, y: f64): void {
    this.pointAt(this.dragX + x, this.dragY + y, true);
  }
}

class EditableFocus extends FocusNode {
  constructor(private state: EditableState) {
    super();
  }

  handleKey(event: KeyEvent): bool {
    return this.state.handleKey(event);
  }

  box(): RenderBox | null {
    return this.state.renderBox();
  }
}
