// The dock: the launcher's button, apps that were pinned or have windows, and the time.

import { Action, on } from "../../engine/foundation/action.ts";
import { Alarm, cancelAlarm, setAlarm } from "../../engine/foundation/frame-clock.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { TRANSPARENT, withOpacity } from "../../engine/painting/color.ts";
import { BoxShadow } from "../../engine/painting/shadow.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { AppIcon, IconLook } from "../../engine/widgets/app-icon.ts";
import { DecoratedBox, Icon, Text } from "../../engine/widgets/basic.ts";
import { Digits } from "../../engine/widgets/digits.ts";
import { BuildContext, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { Center, Column, Padding, Positioned, Row, SizedBox, Stack } from "../../engine/widgets/layout.ts";
import { PressState, Pressable } from "../../engine/widgets/pressable.ts";
import { Semantics } from "../../engine/widgets/semantics.ts";
import { Theme, ThemeData } from "../../engine/widgets/theme.ts";
import { dateTimeOf, monthName, twoDigits, weekdayName } from "../../sdk/calendar.ts";
import { realtimeNs } from "../../sdk/clock.ts";
import { DockItem, DockModel } from "./dock-model.ts";

/** Height of the rows of the screen that the dock takes, in logical pixels. */
export const DOCK_HEIGHT: i32 = 76;

const BAR_HEIGHT: f64 = 60;
const SLOT: f64 = 52;
const ICON_SIDE: f64 = 40;
const MINUTE_NS: i64 = 60_000_000_000;

/** The dock, as wide as the screen. */
export class Dock extends StatefulWidget {
  constructor(
    readonly model: DockModel,
    readonly onLauncher: Action,
    readonly onTheme: Action,
  ) {
    super();
  }

  createState(): State {
    return new DockState();
  }
}

class DockState extends State {
  private changed: Action | null = null;

  initState(): void {
    const changed = on<DockState>(this, (self) => self.setState());
    this.changed = changed;
    this.widgetOf<Dock>().model.addListener(changed);
  }

  dispose(): void {
    this.widgetOf<Dock>().model.removeListener(this.changed as Action);
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const widget = this.widgetOf<Dock>();
    const slots: Widget[] = [new LauncherButton(widget.onLauncher), separator(theme)];
    const items = widget.model.items;
    for (let i = 0; i < items.length; i++)
      slots.push(Widget.keyed<DockSlot>(items[i].key, new DockSlot(items[i], widget.model)));
    const bar = card(theme, new Padding(EdgeInsets.symmetric(4, 0), new Row(slots).shrunk()));
    const side = card(
      theme,
      new Row([new ThemeButton(widget.onTheme), new StatusClock()]).spaced(4).shrunk(),
    );
    return new Semantics(
      "dock",
      "Dock",
      new Stack([
        Positioned.fill(new Padding(new EdgeInsets(0, 4, 0, 12), new Center(bar))),
        new Positioned(side, NaN, 4, 12, NaN),
      ]),
    );
  }
}

/** A rounded piece of the dock. */
function card(theme: ThemeData, child: Widget): Widget {
  const colors = theme.colors;
  const look = new BoxDecoration(withOpacity(colors.raised, 0.94), 18)
    .shadow(new BoxShadow(withOpacity(0xff000000, 0.18), 2, 8))
    .border(colors.border);
  return new DecoratedBox(
    look,
    new SizedBox(NaN, BAR_HEIGHT, new Padding(EdgeInsets.symmetric(4, 0), child)),
  );
}

function separator(theme: ThemeData): Widget {
  const line = new DecoratedBox(new BoxDecoration(theme.colors.border), new SizedBox(1, 28));
  return new Padding(EdgeInsets.symmetric(6, 0), line);
}

/** A place in the dock where something can be pressed. */
abstract class DockPressable extends Pressable {
  /** The picture in the middle. */
  abstract buildPicture(theme: ThemeData): Widget;

  /** Marks below the picture: 0 none, 1 a dot, 2 a bar. */
  marks(): i32 {
    return 0;
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const theme = Theme.of(context);
    const colors = theme.colors;
    const part = state.pressed ? 1.8 : state.hover;
    const back = withOpacity(colors.hover, (<f64>(colors.hover >> 24) / 255) * part);
    const look = new BoxDecoration(this.onPressed === null ? TRANSPARENT : back, 12);
    if (state.focused) look.border(colors.accent, 2);
    const layers: Widget[] = [
      Positioned.fill(
        new Padding(EdgeInsets.all(1), new DecoratedBox(look, new Center(this.buildPicture(theme)))),
      ),
    ];
    if (this.marks() > 0) {
      const width: f64 = this.marks() == 2 ? 16 : 5;
      const color = this.marks() == 2 ? colors.accent : colors.muted;
      const mark = new DecoratedBox(new BoxDecoration(color, 1.5), new SizedBox(width, 3));
      layers.push(new Positioned(new Center(mark), 0, SLOT + 1, 0, 0));
    }
    return new SizedBox(SLOT, SLOT + 6, new Stack(layers));
  }
}

class LauncherButton extends DockPressable {
  constructor(action: Action) {
    super();
    this.name = "Apps";
    this.onPressed = action;
  }

  buildPicture(theme: ThemeData): Widget {
    return new Icon(Icons.grid, 26, theme.colors.text);
  }
}

class ThemeButton extends DockPressable {
  constructor(action: Action) {
    super();
    this.name = "Light or dark";
    this.onPressed = action;
  }

  buildPicture(theme: ThemeData): Widget {
    return new Icon(theme.colors.isDark ? Icons.sun : Icons.moon, 20, theme.colors.text);
  }
}

class DockSlot extends DockPressable {
  constructor(
    private item: DockItem,
    private model: DockModel,
  ) {
    super();
    this.name = item.title;
    this.onPressed = on<DockSlot>(this, (self) => self.model.press(self.item));
  }

  marks(): i32 {
    return this.item.windows.length == 0 ? 0 : this.item.isFocused ? 2 : 1;
  }

  buildPicture(_theme: ThemeData): Widget {
    return new AppIcon(this.item.icon as IconLook, ICON_SIDE);
  }
}

/** The time and the date. */
class StatusClock extends StatefulWidget {
  createState(): State {
    return new StatusClockState();
  }
}

class StatusClockState extends State {
  private alarm: Alarm | null = null;

  initState(): void {
    this.waitForMinute();
  }

  dispose(): void {
    const alarm = this.alarm;
    if (alarm !== null) cancelAlarm(alarm);
  }

  private waitForMinute(): void {
    this.alarm = setAlarm(
      <f64>(MINUTE_NS - (realtimeNs() % MINUTE_NS)) / 1e6 + 5,
      on<StatusClockState>(this, (self) => self.tick()),
    );
  }

  private tick(): void {
    this.waitForMinute();
    this.setState();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const now = dateTimeOf(realtimeNs());
    const time = twoDigits(now.hour) + ":" + twoDigits(now.minute);
    const date =
      weekdayName(now.weekday).slice(0, 3) +
      " " +
      now.day.toString() +
      " " +
      monthName(now.month).slice(0, 3);
    const column = new Column(
      [new Digits(time, theme.title), Text.line(date, theme.caption)],
      MainAlign.Center,
      CrossAlign.End,
    );
    return new Padding(new EdgeInsets(0, 0, 12, 0), column.shrunk());
  }
}
