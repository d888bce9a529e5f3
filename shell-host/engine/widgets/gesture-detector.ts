import { CURSOR_ARROW } from "../../../guest-kernel/abi/window.ts";
import { Action, ValueAction } from "../foundation/action.ts";
import { Offset } from "../foundation/geometry.ts";
import { GestureRecognizer } from "../gestures/arena.ts";
import { PointerEvent } from "../gestures/events.ts";
import { DragAxis, DragRecognizer, LongPressRecognizer, TapRecognizer } from "../gestures/recognizers.ts";
import { RenderPointerListener } from "../rendering/input-boxes.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { Element, RenderElement, Widget } from "./framework.ts";
import { SingleChildWidget } from "./layout.ts";

/** Calls actions for what the pointer does on its child. */
export class GestureDetector extends SingleChildWidget {
  onTap: Action | null = null;
  /** Called in place of onTap for the second of two quick taps. */
  onDoubleTap: Action | null = null;
  /** Called with true when a tap may have begun, with false when it has ended. */
  onPressed: ValueAction<bool> | null = null;
  /** Called as soon as the pointer goes down. */
  onPointerDown: ValueAction<PointerEvent> | null = null;
  onLongPress: Action | null = null;
  /** Called with the place in the window where the pointer went down. */
  onDragStart: ValueAction<Offset> | null = null;
  /** Called with the distance since the last call. */
  onDrag: ValueAction<Offset> | null = null;
  /** Called with the speed, in logical pixels a second. */
  onDragEnd: ValueAction<Offset> | null = null;
  dragAxis: DragAxis = DragAxis.Both;
  /** The second button went down. */
  onSecondary: ValueAction<PointerEvent> | null = null;
  /** Called with how far a wheel wants to scroll downwards. */
  onWheel: ValueAction<f64> | null = null;
  /** Called with true when the pointer comes, with false when it goes. */
  onHover: ValueAction<bool> | null = null;
  /** Takes pointers also where no child does. */
  opaque: bool = true;
  /** The cursor over it: CURSOR_* of guest-kernel/abi/window.ts; the arrow says nothing. */
  cursor: u32 = CURSOR_ARROW;

  constructor(child: Widget | null) {
    super(child);
  }

  createElement(): Element {
    return new GestureElement(this);
  }

  createRenderBox(): RenderBox {
    return new RenderPointerListener();
  }

  updateRenderBox(_box: RenderBox): void {}
}

/** Keeps the recognizers, so that a gesture goes on when its widget is built again meanwhile. */
class GestureElement extends RenderElement {
  private tap: TapRecognizer | null = null;
  private longPress: LongPressRecognizer | null = null;
  private drag: DragRecognizer | null = null;

  protected updateBelow(): void {
    const widget = this.widget as GestureDetector;
    const box = this.box as RenderPointerListener;
    const recognizers: GestureRecognizer[] = [];
    if (widget.onTap !== null || widget.onDoubleTap !== null || widget.onPressed !== null)
      recognizers.push(this.tapOf(widget));
    if (widget.onLongPress !== null) recognizers.push(this.longPressOf(widget));
    if (widget.onDrag !== null || widget.onDragStart !== null) recognizers.push(this.dragOf(widget));
    box.recognizers = recognizers;
    box.onSecondary = widget.onSecondary;
    box.onWheel = widget.onWheel;
    box.onHover = widget.onHover;
    box.onPointerDown = widget.onPointerDown;
    box.opaque = widget.opaque;
    box.cursor = widget.cursor;
    super.updateBelow();
  }

  private tapOf(widget: GestureDetector): TapRecognizer {
    let tap = this.tap;
    if (tap === null) tap = new TapRecognizer();
    this.tap = tap;
    tap.onTap = widget.onTap;
    tap.onDoubleTap = widget.onDoubleTap;
    tap.onPressed = widget.onPressed;
    return tap;
  }

  private longPressOf(widget: GestureDetector): LongPressRecognizer {
    let longPress = this.longPress;
    if (longPress === null) longPress = new LongPressRecognizer();
    this.longPress = longPress;
    longPress.onLongPress = widget.onLongPress;
    return longPress;
  }

  private dragOf(widget: GestureDetector): DragRecognizer {
    let drag = this.drag;
    if (drag === null) drag = new DragRecognizer();
    this.drag = drag;
    drag.axis = widget.dragAxis;
    drag.onStart = widget.onDragStart;
    drag.onUpdate = widget.onDrag;
    drag.onEnd = widget.onDragEnd;
    return drag;
  }
}
