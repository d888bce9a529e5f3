// Controls that are on or off, or one of a few.

import { ValueAction, on } from "../foundation/action.ts";
import { AnimationController, easeInOut } from "../foundation/animation.ts";
import { EdgeInsets, Rect, Size } from "../foundation/geometry.ts";
import { BoxDecoration } from "../painting/box-decoration.ts";
import { Canvas } from "../painting/canvas.ts";
import { Color, layOver, mixColors, withOpacity } from "../painting/color.ts";
import { Paint } from "../painting/paint.ts";
import { RoundRect } from "../painting/round-rect.ts";
import { BoxShadow } from "../painting/shadow.ts";
import { CrossAlign, MainAlign } from "../rendering/flex.ts";
import { Painter } from "../rendering/picture-boxes.ts";
import { CustomPaint, DecoratedBox, Icon, Opacity, Text } from "./basic.ts";
import { focusRing } from "./focus-ring.ts";
import { BuildContext, State, StatefulWidget, Widget } from "./framework.ts";
import { Icons } from "./icons.ts";
import { Center, Expanded, Padding, Row, SizedBox } from "./layout.ts";
import { PressState, Pressable } from "./pressable.ts";
import { ColorScheme, Theme, ThemeData } from "./theme.ts";

const SWITCH_WIDTH: f64 = 40;
const SWITCH_HEIGHT: f64 = 24;
const SWITCH_MARGIN: f64 = 3;
const SWITCH_TIME: f64 = 140; // milliseconds
const CHECKBOX_SIZE: f64 = 20;
const SEGMENT_HEIGHT: f64 = 28;

/** Turns something on or off at once. */
export class Switch extends StatefulWidget {
  constructor(
    readonly value: bool,
    readonly onChanged: ValueAction<bool> | null,
    /** What it switches. */
    readonly name: string = "switch",
  ) {
    super();
  }

  createState(): State {
    return new SwitchState();
  }
}

class SwitchState extends State {
  private motion: AnimationController = new AnimationController(SWITCH_TIME);

  initState(): void {
    this.motion.value = this.widgetOf<Switch>().value ? 1 : 0;
    this.motion.addListener(on<SwitchState>(this, (self) => self.setState()));
  }

  didUpdateWidget(_old: Widget): void {
    if (this.widgetOf<Switch>().value) this.motion.forward();
    else this.motion.reverse();
  }

  dispose(): void {
    this.motion.stop();
  }

  toggle(): void {
    const widget = this.widgetOf<Switch>();
    const onChanged = widget.onChanged;
    if (onChanged !== null) onChanged.run(!widget.value);
  }

  build(_context: BuildContext): Widget {
    const widget = this.widgetOf<Switch>();
    const face = new SwitchFace(easeInOut(this.motion.value));
    face.role = widget.value ? "switch-on" : "switch-off";
    face.name = widget.name;
    if (widget.onChanged !== null) face.onPressed = on<SwitchState>(this, (self) => self.toggle());
    return face;
  }
}

class SwitchFace extends Pressable {
  constructor(private at: f64) {
    super();
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const colors = Theme.of(context).colors;
    const off = mixColors(layOver(colors.pressed, colors.surface), colors.muted, 0.25 + 0.15 * state.hover);
    const on = mixColors(colors.accent, colors.accentHover, state.hover);
    const look = new BoxDecoration(mixColors(off, on, this.at), SWITCH_HEIGHT / 2);
    if (state.focused) focusRing(colors, look);
    const knob = new CustomPaint(new KnobPainter(this.at), new Size(SWITCH_WIDTH, SWITCH_HEIGHT));
    const face = new DecoratedBox(look, knob);
    return this.onPressed === null ? new Opacity(0.45, face) : face;
  }
}

class KnobPainter extends Painter {
  constructor(private at: f64) {
    super();
  }

  paint(canvas: Canvas, x: f64, y: f64, size: Size): void {
    const diameter = size.height - 2 * SWITCH_MARGIN;
    const left = x + SWITCH_MARGIN + this.at * (size.width - diameter - 2 * SWITCH_MARGIN);
    const knob = new RoundRect(Rect.at(left, y + SWITCH_MARGIN, diameter, diameter), diameter / 2);
    canvas.drawShadow(knob, new BoxShadow(0x40000000, 1, 2));
    canvas.drawRoundRect(knob, new Paint(0xffffffff));
  }

  shouldRepaint(old: Painter): bool {
    return (old as KnobPainter).at != this.at;
  }
}

/** Marks something that takes effect later. */
export class Checkbox extends Pressable {
  constructor(
    readonly value: bool,
    private onChanged: ValueAction<bool>,
    readonly label: string,
  ) {
    super();
    this.name = label;
    this.role = value ? "checkbox-on" : "checkbox-off";
    this.onPressed = on<Checkbox>(this, (self) => self.onChanged.run(!self.value));
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const theme = Theme.of(context);
    const colors = theme.colors;
    const off = mixColors(colors.surface, layOver(colors.hover, colors.surface), state.hover);
    const look = new BoxDecoration(this.value ? colors.accent : off, 5);
    if (!this.value) look.border(mixColors(colors.surface, colors.muted, 0.8), 1.5);
    if (state.focused) focusRing(colors, look);
    const mark: Widget | null = this.value ? new Center(new Icon(Icons.check, 16, colors.onAccent)) : null;
    const box = new DecoratedBox(look, new SizedBox(CHECKBOX_SIZE, CHECKBOX_SIZE, mark));
    return new Row([box, Text.line(this.label)]).spaced(2 * ThemeData.unit).shrunk();
  }
}

/** One of a few, side by side. */
export class Segmented extends StatefulWidget {
  constructor(
    readonly labels: string[],
    readonly selected: i32,
    readonly onChanged: ValueAction<i32>,
  ) {
    super();
  }

  createState(): State {
    return new SegmentedState();
  }
}

class SegmentedState extends State {
  build(context: BuildContext): Widget {
    const widget = this.widgetOf<Segmented>();
    const colors = Theme.of(context).colors;
    const segments: Widget[] = [];
    for (let i = 0; i < widget.labels.length; i++)
      segments.push(new Expanded(new Segment(widget.labels[i], i, i == widget.selected, widget.onChanged)));
    const well = new BoxDecoration(layOver(colors.pressed, colors.background), ThemeData.radius);
    return new DecoratedBox(
      well,
      new Padding(EdgeInsets.all(2), new Row(segments, MainAlign.Start, CrossAlign.Stretch).spaced(2)),
    );
  }
}

class Segment extends Pressable {
  constructor(
    private label: string,
    private index: i32,
    private selected: bool,
    private onChanged: ValueAction<i32>,
  ) {
    super();
    this.name = label;
    this.role = selected ? "tab-selected" : "tab";
    this.onPressed = on<Segment>(this, (self) => self.onChanged.run(self.index));
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const theme = Theme.of(context);
    const colors = theme.colors;
    const look = new BoxDecoration(this.background(colors, state), ThemeData.radius - 2);
    if (this.selected) look.shadow(new BoxShadow(colors.shadow, 1, 2));
    if (state.focused) focusRing(colors, look);
    const style = this.selected ? theme.label : theme.label.colored(colors.muted);
    const text = new Padding(EdgeInsets.symmetric(3 * ThemeData.unit, 0), Text.line(this.label, style));
    return new DecoratedBox(look, new SizedBox(NaN, SEGMENT_HEIGHT, new Center(text)));
  }

  private background(colors: ColorScheme, state: PressState): Color {
    if (this.selected)
      return colors.isDark
        ? layOver(colors.pressed, layOver(colors.pressed, colors.surface))
        : colors.surface;
    return withOpacity(colors.hover, (<f64>(colors.hover >> 24) / 255) * state.hover);
  }
}
