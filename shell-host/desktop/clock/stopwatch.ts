import { Action, ValueAction, on, onValue } from "../../engine/foundation/action.ts";
import { addTicker, frameTime, removeTicker } from "../../engine/foundation/frame-clock.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { TextStyle } from "../../engine/text/text-style.ts";
import { semiboldFont } from "../../engine/text/typefaces.ts";
import { Text } from "../../engine/widgets/basic.ts";
import { Button } from "../../engine/widgets/button.ts";
import { Digits } from "../../engine/widgets/digits.ts";
import { BuildContext, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { Center, Column, Expanded, Padding, Row, Spacer } from "../../engine/widgets/layout.ts";
import { ListView, RowBuilder } from "../../engine/widgets/scroll-view.ts";
import { Theme } from "../../engine/widgets/theme.ts";
import { twoDigits } from "../../sdk/calendar.ts";

const LAP_HEIGHT: f64 = 32;

/** Counts hundredths of a second, and laps. What it has counted is kept while another page shows. */
export class StopwatchPage extends StatefulWidget {
  createState(): State {
    return new StopwatchState();
  }
}

/** What has been counted. */
class Stopwatch {
  elapsed: f64 = 0; // milliseconds, up to `since` if it runs
  since: f64 = 0; // frame time
  running: bool = false;
  laps: f64[] = [];

  get total(): f64 {
    return this.elapsed + (this.running ? frameTime() - this.since : 0);
  }

  toggle(): void {
    this.elapsed = this.total;
    this.since = frameTime();
    this.running = !this.running;
  }

  /** A lap while it runs; back to the start otherwise. */
  lapOrReset(): void {
    if (this.running) {
      this.laps.push(this.total);
      return;
    }
    this.elapsed = 0;
    this.laps = [];
  }
}

const watch = new Stopwatch();

class StopwatchState extends State {
  private ticker: ValueAction<f64> | null = null;

  initState(): void {
    this.followClock();
  }

  dispose(): void {
    this.stopTicking();
  }

  private followClock(): void {
    this.stopTicking();
    if (!watch.running) return;
    const ticker = onValue<StopwatchState, f64>(this, (self, _now) => self.setState());
    this.ticker = ticker;
    addTicker(ticker);
  }

  private stopTicking(): void {
    const ticker = this.ticker;
    if (ticker !== null) removeTicker(ticker);
    this.ticker = null;
  }

  private toggle(): void {
    watch.toggle();
    this.followClock();
    this.setState();
  }

  private lapOrReset(): void {
    watch.lapOrReset();
    this.setState();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const digits = new TextStyle(semiboldFont(), 44, theme.colors.text, 1.2, -0.5);
    const toggle: Action = on<StopwatchState>(this, (self) => self.toggle());
    const other: Action | null =
      watch.total > 0 ? on<StopwatchState>(this, (self) => self.lapOrReset()) : null;
    const buttons = new Row(
      [
        new Button(watch.running ? "Lap" : "Reset", other),
        Button.primary(watch.running ? "Stop" : "Start", toggle).withIcon(
          watch.running ? Icons.pause : Icons.play,
        ),
      ],
      MainAlign.Center,
    ).spaced(12);
    return new Column(
      [
        new Padding(EdgeInsets.symmetric(0, 24), new Center(new Digits(durationText(watch.total), digits))),
        buttons,
        new Expanded(new ListView(watch.laps.length, LAP_HEIGHT, new LapRows())),
      ],
      MainAlign.Start,
      CrossAlign.Stretch,
    ).spaced(12);
  }
}

class LapRows extends RowBuilder {
  build(context: BuildContext, index: i32): Widget {
    const theme = Theme.of(context);
    const lap = watch.laps.length - 1 - index; // the last one comes first
    const before = lap > 0 ? watch.laps[lap - 1] : 0;
    return new Row([
      Text.line("Lap " + (lap + 1).toString(), theme.body.colored(theme.colors.muted)),
      new Spacer(),
      new Digits(durationText(watch.laps[lap] - before), theme.body),
    ]);
  }
}

/** Minutes, seconds and hundredths of so many milliseconds. */
function durationText(ms: f64): string {
  const hundredths = <i32>(ms / 10);
  const seconds = hundredths / 100;
  return twoDigits(seconds / 60) + ":" + twoDigits(seconds % 60) + "." + twoDigits(hundredths % 100);
}
