import { CURSOR_ARROW } from "../../../guest-kernel/abi/window.ts";
import { Action, ValueAction, on, onValue } from "../foundation/action.ts";
import { AnimationController } from "../foundation/animation.ts";
import { Key, KeyEvent, PointerEvent } from "../gestures/events.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { FocusNode } from "./focus.ts";
import { BuildContext, State, StatefulWidget, Widget } from "./framework.ts";
import { GestureDetector } from "./gesture-detector.ts";
import { Semantics } from "./semantics.ts";
import { Tooltip } from "./tooltip.ts";

const HOVER_TIME: f64 = 120; // milliseconds

/** How the pointer and the keyboard stand to a pressable. */
export class PressState {
  constructor(
    /** 0 when the pointer is elsewhere .. 1 when it is on it; moves smoothly. */
    readonly hover: f64,
    readonly pressed: bool,
    /** Enter or the space bar would press it. */
    readonly focused: bool,
  ) {}
}

/** Something to press, by pointer or by keyboard: extend it and say how it looks. Without an action it only shows. */
export abstract class Pressable extends StatefulWidget {
  onPressed: Action | null = null;
  /** In place of onPressed for the second of two quick taps. */
  onDoublePressed: Action | null = null;
  /** The second button. */
  onSecondary: ValueAction<PointerEvent> | null = null;
  /** What it is, and its name: see Semantics. */
  role: string = "button";
  name: string = "";
  /** The tabulator key comes by. */
  takesFocus: bool = true;
  /** Takes the focus when it appears. */
  autofocus: bool = false;
  /** A few words that show when the pointer rests on it; empty for none. */
  tip: string = "";
  cursor: u32 = CURSOR_ARROW;

  abstract buildFace(context: BuildContext, state: PressState): Widget;

  createState(): State {
    return new PressableState();
  }
}

class PressableState extends State {
  private hover: AnimationController = new AnimationController(HOVER_TIME);
  private pressed: bool = false;
  private focus: PressableFocus | null = null;

  initState(): void {
    const changed = on<PressableState>(this, (self) => self.setState());
    this.hover.addListener(changed);
    const focus = new PressableFocus(this);
    this.focus = focus;
    focus.addListener(changed);
    this.offerFocus();
    if (this.widgetOf<Pressable>().autofocus) focus.requestFocus();
  }

  didUpdateWidget(_old: Widget): void {
    this.offerFocus();
  }

  dispose(): void {
    this.hover.stop();
    (this.focus as PressableFocus).unregister();
  }

  press(): void {
    const action = this.widgetOf<Pressable>().onPressed;
    if (action !== null) action.run();
  }

  private offerFocus(): void {
    const widget = this.widgetOf<Pressable>();
    const focus = this.focus as PressableFocus;
    if (widget.takesFocus && widget.onPressed !== null) focus.register();
    else focus.unregister();
  }

  private doublePress(): void {
    const action = this.widgetOf<Pressable>().onDoublePressed;
    if (action !== null) action.run();
  }

  private setHover(inside: bool): void {
    if (inside) this.hover.forward();
    else this.hover.reverse();
  }

  private setPressed(pressed: bool): void {
    this.pressed = pressed;
    this.setState();
  }

  build(context: BuildContext): Widget {
    const widget = this.widgetOf<Pressable>();
    const focused = (this.focus as PressableFocus).hasFocus;
    const face = widget.buildFace(context, new PressState(this.hover.value, this.pressed, focused));
    let shown = face;
    if (widget.name.length > 0) shown = new Semantics(widget.role, widget.name, face, true);
    if (widget.onPressed === null && widget.onSecondary === null) return shown;
    const detector = new GestureDetector(shown);
    detector.onTap = on<PressableState>(this, (self) => self.press());
    if (widget.onDoublePressed !== null)
      detector.onDoubleTap = on<PressableState>(this, (self) => self.doublePress());
    detector.onPressed = onValue<PressableState, bool>(this, (self, pressed) => self.setPressed(pressed));
    detector.onHover = onValue<PressableState, bool>(this, (self, inside) => self.setHover(inside));
    detector.onSecondary = widget.onSecondary;
    detector.cursor = widget.cursor;
    return widget.tip.length > 0 ? new Tooltip(widget.tip, detector) : detector;
  }
}

class PressableFocus extends FocusNode {
  constructor(private state: PressableState) {
    super();
  }

  box(): RenderBox | null {
    return this.state.renderBox();
  }

  handleKey(event: KeyEvent): bool {
    if (event.key != Key.Enter && event.text != " ") return false;
    this.state.press();
    return true;
  }
}
