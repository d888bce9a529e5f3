// The clock: hands, digits, and a stopwatch.

import { on, onValue } from "../../engine/foundation/action.ts";
import { Alarm, cancelAlarm, setAlarm } from "../../engine/foundation/frame-clock.ts";
import { EdgeInsets, Size } from "../../engine/foundation/geometry.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { TextStyle } from "../../engine/text/text-style.ts";
import { semiboldFont } from "../../engine/text/typefaces.ts";
import { CustomPaint, RepaintBoundary, Text } from "../../engine/widgets/basic.ts";
import { Digits } from "../../engine/widgets/digits.ts";
import { BuildContext, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { Center, Column, Expanded, Padding } from "../../engine/widgets/layout.ts";
import { Theme } from "../../engine/widgets/theme.ts";
import { Segmented } from "../../engine/widgets/toggles.ts";
import { dateTimeOf, monthName, twoDigits, weekdayName } from "../../sdk/calendar.ts";
import { realtimeNs } from "../../sdk/clock.ts";
import { ClockFace } from "./clock-face.ts";
import { StopwatchPage } from "./stopwatch.ts";

const FACE: f64 = 216;
const SECOND_NS: i64 = 1_000_000_000;

/** The content of the clock's window. */
export class ClockApp extends StatefulWidget {
  createState(): State {
    return new ClockAppState();
  }
}

class ClockAppState extends State {
  private page: i32 = 0;

  private showPage(page: i32): void {
    this.page = page;
    this.setState();
  }

  build(_context: BuildContext): Widget {
    const tabs = new Segmented(
      ["Clock", "Stopwatch"],
      this.page,
      onValue<ClockAppState, i32>(this, (self, page) => self.showPage(page)),
    );
    const page: Widget = this.page == 0 ? new TimePage() : new StopwatchPage();
    return new Padding(
      new EdgeInsets(20, 8, 20, 20),
      new Column([tabs, new Expanded(page)], MainAlign.Start, CrossAlign.Stretch).spaced(16),
    );
  }
}

class TimePage extends StatefulWidget {
  createState(): State {
    return new TimePageState();
  }
}

class TimePageState extends State {
  private alarm: Alarm | null = null;

  initState(): void {
    this.waitForSecond();
  }

  dispose(): void {
    const alarm = this.alarm;
    if (alarm !== null) cancelAlarm(alarm);
  }

  /** Wakes when the second is over, and not before. */
  private waitForSecond(): void {
    const left = <f64>(SECOND_NS - (realtimeNs() % SECOND_NS)) / 1e6;
    this.alarm = setAlarm(
      left + 1,
      on<TimePageState>(this, (self) => self.tick()),
    );
  }

  private tick(): void {
    this.waitForSecond();
    this.setState();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const now = dateTimeOf(realtimeNs());
    const face = new ClockFace(now.hour, now.minute, now.second, theme.colors);
    const time = twoDigits(now.hour) + ":" + twoDigits(now.minute) + ":" + twoDigits(now.second);
    const date =
      weekdayName(now.weekday) +
      ", " +
      now.day.toString() +
      " " +
      monthName(now.month) +
      " " +
      now.year.toString();
    const digits = new TextStyle(semiboldFont(), 36, theme.colors.text, 1.2, -0.5);
    return new Column(
      [
        new Expanded(new Center(new RepaintBoundary(new CustomPaint(face, new Size(FACE, FACE))))),
        new Digits(time, digits),
        Text.line(date, theme.body.colored(theme.colors.muted)),
        Text.line("Coordinated Universal Time", theme.caption),
      ],
      MainAlign.Start,
      CrossAlign.Center,
    ).spaced(4);
  }
}
