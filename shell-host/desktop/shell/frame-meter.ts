// How long frames take, in a corner of the screen, while somebody wants to see it: ctrl-alt-F, or the switch in Settings.

import { WINDOW_OVERLAY, WINDOW_SET_PLACE, WINDOW_TRANSPARENT } from "../../../guest-kernel/abi/window.ts";
import { on } from "../../engine/foundation/action.ts";
import { AppWindow, WindowOptions } from "../../engine/app/app-window.ts";
import { now, screen } from "../../engine/app/screen.ts";
import { Alarm, cancelAlarm, setAlarm } from "../../engine/foundation/frame-clock.ts";
import { EdgeInsets, Size } from "../../engine/foundation/geometry.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { withOpacity } from "../../engine/painting/color.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { CustomPaint, DecoratedBox, Text } from "../../engine/widgets/basic.ts";
import { BuildContext, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { Column, Padding, Row, SizedBox, Spacer } from "../../engine/widgets/layout.ts";
import { Semantics } from "../../engine/widgets/semantics.ts";
import { Theme, ThemeData } from "../../engine/widgets/theme.ts";
import { FRAME_METER_TITLE } from "../common/frame-meter-title.ts";
import { FrameBars } from "../common/frame-bars.ts";
import { FrameTimes, millisecondsText } from "../common/frame-times.ts";

const WIDTH: i32 = 264;
const HEIGHT: i32 = 112;
const MARGIN: f64 = 12; // from the screen's corner, logical pixels
const PERIOD: f64 = 500; // milliseconds
const SHOWN: i32 = 120; // frames
const BARS_HEIGHT: f64 = 48;

/** The meter, shown or not. */
export class FrameMeter {
  private window: AppWindow | null = null;

  /** Shows it, or takes it away. */
  toggle(): void {
    const window = this.window;
    this.window = null;
    if (window !== null) return window.close();
    const options = new WindowOptions(FRAME_METER_TITLE, WIDTH, HEIGHT);
    this.window = AppWindow.open(
      options.withFlags(WINDOW_OVERLAY | WINDOW_TRANSPARENT),
      new FrameMeterCard(),
    );
    this.place();
  }

  /** Puts it into the corner of a screen that may have another scale. */
  place(): void {
    const window = this.window;
    const margin = <i32>(MARGIN * screen().scale);
    if (window !== null) window.control(WINDOW_SET_PLACE, margin, margin);
  }
}

/** What the meter looks like. */
export class FrameMeterCard extends StatefulWidget {
  createState(): State {
    return new FrameMeterState();
  }
}

class FrameMeterState extends State {
  private frames: FrameTimes = new FrameTimes();
  private alarm: Alarm | null = null;

  initState(): void {
    this.sample();
  }

  dispose(): void {
    const alarm = this.alarm;
    if (alarm !== null) cancelAlarm(alarm);
  }

  private sample(): void {
    this.frames.take(now(), SHOWN);
    this.alarm = setAlarm(
      PERIOD,
      on<FrameMeterState>(this, (self) => self.sample()),
    );
    this.setState();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const colors = theme.colors;
    const frames = this.frames;
    const rate = (<i64>floor(frames.rate + 0.5)).toString() + " fps";
    const middle = millisecondsText(frames.percentile(50));
    const most = millisecondsText(frames.percentile(99));
    const late = (<i64>frames.late).toString() + " late";
    const bars = new CustomPaint(
      new FrameBars(frames.times, colors.accent, colors.danger, withOpacity(colors.text, 0.25)),
      new Size(Infinity, BARS_HEIGHT),
    );
    const column = new Column(
      [
        new Row([Text.line(rate, theme.label), new Spacer(), Text.line("99 %: " + most, theme.caption)]),
        new Row([Text.line(middle, theme.caption), new Spacer(), Text.line(late, theme.caption)]),
        new SizedBox(NaN, BARS_HEIGHT, bars),
      ],
      MainAlign.Start,
      CrossAlign.Stretch,
    ).spaced(2);
    const look = new BoxDecoration(withOpacity(colors.raised, 0.92), ThemeData.radius).border(colors.border);
    const card = new DecoratedBox(look, new Padding(EdgeInsets.symmetric(12, 8), column));
    return new Semantics("meter", [rate, middle, most, late].join(", "), card);
  }
}
