import { ValueAction, on, onValue } from "../foundation/action.ts";
import { Offset, Rect, Size } from "../foundation/geometry.ts";
import { Key, KeyEvent, PointerEvent } from "../gestures/events.ts";
import { DragAxis } from "../gestures/recognizers.ts";
import { Canvas } from "../painting/canvas.ts";
import { layOver, withOpacity } from "../painting/color.ts";
import { Paint } from "../painting/paint.ts";
import { RoundRect } from "../painting/round-rect.ts";
import { BoxShadow } from "../painting/shadow.ts";
import { Painter, RenderCustomPaint } from "../rendering/picture-boxes.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { FOCUS_RING } from "./focus-ring.ts";
import { FocusNode } from "./focus.ts";
import { BuildContext, RenderWidget, State, StatefulWidget, Widget } from "./framework.ts";
import { GestureDetector } from "./gesture-detector.ts";
import { Semantics } from "./semantics.ts";
import { ColorScheme, Theme } from "./theme.ts";

const HEIGHT: f64 = 28;
const TRACK: f64 = 4;
const KNOB: f64 = 18;
const KEY_STEP: f64 = 0.05;

/** A value of 0..1 that is dragged. */
export class Slider extends StatefulWidget {
  constructor(
    readonly value: f64,
    readonly onChanged: ValueAction<f64>,
    /** What it sets. */
    readonly name: string = "slider",
  ) {
    super();
  }

  createState(): State {
    return new SliderState();
  }
}

class SliderState extends State {
  /** The box, which knows how wide it is. */
  box: RenderBox | null = null;
  private focus: SliderFocus | null = null;
  private dragX: f64 = 0; // where the pointer is, in the window

  initState(): void {
    const focus = new SliderFocus(this);
    focus.addListener(on<SliderState>(this, (self) => self.setState()));
    focus.register();
    this.focus = focus;
  }

  dispose(): void {
    (this.focus as SliderFocus).unregister();
  }

  step(by: f64): void {
    this.change(this.widgetOf<Slider>().value + by);
  }

  private change(value: f64): void {
    this.widgetOf<Slider>().onChanged.run(max(0.0, min(1.0, value)));
  }

  private pointAt(x: f64): void {
    const box = this.box;
    if (box === null) return;
    this.dragX = x;
    this.change((x - box.globalX() - KNOB / 2) / max(1.0, box.size.width - KNOB));
  }

  build(context: BuildContext): Widget {
    const widget = this.widgetOf<Slider>();
    const focused = (this.focus as SliderFocus).hasFocus;
    const painter = new SliderPainter(widget.value, focused, Theme.of(context).colors);
    const detector = new GestureDetector(new SliderBox(this, painter));
    detector.dragAxis = DragAxis.Horizontal;
    detector.onPointerDown = onValue<SliderState, PointerEvent>(this, (self, event) => self.pointAt(event.x));
    detector.onDrag = onValue<SliderState, Offset>(this, (self, by) => self.pointAt(self.dragX + by.x));
    return new Semantics("slider", widget.name, detector, true);
  }
}

class SliderBox extends RenderWidget {
  constructor(
    private state: SliderState,
    private painter: Painter,
  ) {
    super();
  }

  createRenderBox(): RenderBox {
    const box = new RenderCustomPaint(this.painter, new Size(Infinity, HEIGHT));
    this.state.box = box;
    return box;
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderCustomPaint).setPainter(this.painter, new Size(Infinity, HEIGHT));
  }
}

class SliderPainter extends Painter {
  constructor(
    private value: f64,
    private focused: bool,
    private colors: ColorScheme,
  ) {
    super();
  }

  paint(canvas: Canvas, x: f64, y: f64, size: Size): void {
    const colors = this.colors;
    const middle = y + size.height / 2;
    const knobX = x + KNOB / 2 + this.value * (size.width - KNOB);
    const track = Rect.at(x + KNOB / 2 - TRACK / 2, middle - TRACK / 2, size.width - KNOB + TRACK, TRACK);
    canvas.drawRoundRect(new RoundRect(track, TRACK / 2), new Paint(layOver(colors.pressed, colors.surface)));
    const done = new Rect(track.left, track.top, knobX, track.bottom);
    canvas.drawRoundRect(new RoundRect(done, TRACK / 2), new Paint(colors.accent));
    const knob = new RoundRect(Rect.circle(knobX, middle, KNOB / 2), KNOB / 2);
    canvas.drawShadow(knob, new BoxShadow(0x50000000, 1, 3));
    canvas.drawRoundRect(knob, new Paint(0xffffffff));
    if (!colors.isDark) canvas.drawBorder(knob, 1, colors.border);
    if (!this.focused) return;
    const ring = new RoundRect(Rect.circle(knobX, middle, KNOB / 2 + FOCUS_RING), KNOB / 2 + FOCUS_RING);
    canvas.drawBorder(ring, FOCUS_RING, withOpacity(colors.accent, 0.45));
  }

  shouldRepaint(old: Painter): bool {
    const other = old as SliderPainter;
    return other.value != this.value || other.focused != this.focused || other.colors !== this.colors;
  }
}

class SliderFocus extends FocusNode {
  constructor(private state: SliderState) {
    super();
  }

  box(): RenderBox | null {
    return this.state.renderBox();
  }

  handleKey(event: KeyEvent): bool {
    if (event.key == Key.Left || event.key == Key.Down) this.state.step(-KEY_STEP);
    else if (event.key == Key.Right || event.key == Key.Up) this.state.step(KEY_STEP);
    else return false;
    return true;
  }
}
