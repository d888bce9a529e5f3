// What shows that something goes on.

import { on } from "../foundation/action.ts";
import { AnimationController } from "../foundation/animation.ts";
import { Rect, Size } from "../foundation/geometry.ts";
import { Canvas } from "../painting/canvas.ts";
import { Color, withOpacity } from "../painting/color.ts";
import { Paint } from "../painting/paint.ts";
import { Path } from "../painting/path.ts";
import { RoundRect } from "../painting/round-rect.ts";
import { Painter } from "../rendering/picture-boxes.ts";
import { CustomPaint } from "./basic.ts";
import { BuildContext, State, StatefulWidget, StatelessWidget, Widget } from "./framework.ts";
import { Semantics } from "./semantics.ts";
import { Theme } from "./theme.ts";

const BAR_HEIGHT: f64 = 4;
const TURN_TIME: f64 = 900; // milliseconds
const ARC: f64 = 0.28; // part of the circle that the spinner's bright end takes

/** How much is done, 0..1. */
export class ProgressBar extends StatelessWidget {
  /** 0 takes the theme's accent. */
  color: Color = 0;
  height: f64 = BAR_HEIGHT;

  constructor(readonly value: f64) {
    super();
  }

  colored(color: Color): ProgressBar {
    this.color = color;
    return this;
  }

  build(context: BuildContext): Widget {
    const colors = Theme.of(context).colors;
    const painter = new BarPainter(this.value, this.color == 0 ? colors.accent : this.color, colors.pressed);
    const percent = (<i32>(this.value * 100)).toString() + " %";
    return new Semantics("progress", percent, new CustomPaint(painter, new Size(Infinity, this.height)));
  }
}

class BarPainter extends Painter {
  constructor(
    private value: f64,
    private color: Color,
    private track: Color,
  ) {
    super();
  }

  paint(canvas: Canvas, x: f64, y: f64, size: Size): void {
    const radius = size.height / 2;
    canvas.drawRoundRect(
      new RoundRect(Rect.at(x, y, size.width, size.height), radius),
      new Paint(this.track),
    );
    if (this.value <= 0) return;
    const width = max(size.height, min(1.0, this.value) * size.width);
    canvas.drawRoundRect(new RoundRect(Rect.at(x, y, width, size.height), radius), new Paint(this.color));
  }

  shouldRepaint(old: Painter): bool {
    const other = old as BarPainter;
    return other.value != this.value || other.color != this.color || other.track != this.track;
  }
}

/** Something goes on, and nobody knows how long. */
export class Spinner extends StatefulWidget {
  constructor(
    readonly size: f64 = 20,
    /** 0 takes the theme's accent. */
    readonly color: Color = 0,
  ) {
    super();
  }

  createState(): State {
    return new SpinnerState();
  }
}

class SpinnerState extends State {
  private turn: AnimationController = new AnimationController(TURN_TIME);

  initState(): void {
    this.turn.addListener(on<SpinnerState>(this, (self) => self.setState()));
    this.turn.repeat();
  }

  dispose(): void {
    this.turn.stop();
  }

  build(context: BuildContext): Widget {
    const widget = this.widgetOf<Spinner>();
    const color = widget.color == 0 ? Theme.of(context).colors.accent : widget.color;
    const painter = new RingPainter(this.turn.value, ARC, color);
    return new Semantics("progress", "", new CustomPaint(painter, new Size(widget.size, widget.size)));
  }
}

/** How much is done, as a ring: 0..1. */
export class ProgressRing extends StatelessWidget {
  constructor(
    readonly value: f64,
    readonly size: f64,
    readonly color: Color,
  ) {
    super();
  }

  build(_context: BuildContext): Widget {
    const percent = (<i32>(this.value * 100)).toString() + " %";
    const painter = new RingPainter(0, this.value, this.color);
    return new Semantics("progress", percent, new CustomPaint(painter, new Size(this.size, this.size)));
  }
}

class RingPainter extends Painter {
  constructor(
    private start: f64,
    private part: f64,
    private color: Color,
  ) {
    super();
  }

  paint(canvas: Canvas, x: f64, y: f64, size: Size): void {
    const width = max(2.0, size.width / 9);
    const radius = (size.width - width) / 2;
    const centerX = x + size.width / 2;
    const centerY = y + size.height / 2;
    const track = new Path().addCircle(centerX, centerY, radius);
    canvas.drawPath(track, Paint.stroke(withOpacity(this.color, 0.22), width));
    if (this.part <= 0) return;
    const from = (this.start - 0.25) * 2 * Math.PI;
    const arc = new Path();
    arc.moveTo(centerX + radius * Math.cos(from), centerY + radius * Math.sin(from));
    arc.arc(centerX, centerY, radius, radius, from, min(1.0, this.part) * 2 * Math.PI);
    canvas.drawPath(arc, Paint.stroke(this.color, width));
  }

  shouldRepaint(old: Painter): bool {
    const other = old as RingPainter;
    return other.start != this.start || other.part != this.part || other.color != this.color;
  }
}
