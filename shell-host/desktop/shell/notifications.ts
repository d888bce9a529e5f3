// Notifications: a few words in the corner of the screen, for a few seconds.

import { WINDOW_OVERLAY, WINDOW_SET_PLACE, WINDOW_TRANSPARENT } from "../../../guest-kernel/abi/window.ts";
import { Action, on } from "../../engine/foundation/action.ts";
import { Alarm, cancelAlarm, setAlarm } from "../../engine/foundation/frame-clock.ts";
import { AppWindow, WindowOptions } from "../../engine/app/app-window.ts";
import { screen } from "../../engine/app/screen.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { AppIcon, IconLook } from "../../engine/widgets/app-icon.ts";
import { DecoratedBox, Text } from "../../engine/widgets/basic.ts";
import { Button } from "../../engine/widgets/button.ts";
import { BuildContext, StatelessWidget, Widget } from "../../engine/widgets/framework.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { Column, Expanded, Padding, Row } from "../../engine/widgets/layout.ts";
import { Semantics } from "../../engine/widgets/semantics.ts";
import { Theme } from "../../engine/widgets/theme.ts";
import { LaunchState } from "./app-entry.ts";
import { AppList } from "./app-list.ts";
import { OVERLAY_MARGIN, overlayLook } from "./overlay-look.ts";

const WIDTH: i32 = 340;
const HEIGHT: i32 = 84;
const RADIUS: f64 = 10;
const LIFETIME: f64 = 6000; // milliseconds
const MAX_SHOWN: i32 = 4;

/** The notifications that show, the newest at the bottom. */
export class Notifications {
  private shown: Notification[] = [];
  private told: string[] = []; // apps whose failure was told

  /** Tells of apps that could not be started, unless the launcher, which shows that, is open. */
  tellFailures(apps: AppList, launcherIsOpen: bool): void {
    const failed: string[] = [];
    for (let i = 0; i < apps.entries.length; i++) {
      const entry = apps.entries[i];
      if (entry.state != LaunchState.Failed) continue;
      failed.push(entry.name);
      if (!launcherIsOpen && !this.told.includes(entry.name))
        this.show(entry.icon, entry.title + " cannot be started", entry.error);
    }
    this.told = failed;
  }

  show(icon: IconLook, title: string, text: string): void {
    if (this.shown.length == MAX_SHOWN) this.shown[0].close();
    const notification = new Notification(this, icon, title, text);
    this.shown.push(notification);
    this.place();
  }

  drop(notification: Notification): void {
    const at = this.shown.indexOf(notification);
    if (at >= 0) this.shown.splice(at, 1);
    this.place();
  }

  private place(): void {
    const scale = screen().scale;
    const left = screen().width - <i32>(<f64>(WIDTH + OVERLAY_MARGIN + 12) * scale);
    for (let i = 0; i < this.shown.length; i++) {
      const top = 12 - OVERLAY_MARGIN + i * (HEIGHT + 12);
      this.shown[i].moveTo(left, <i32>(<f64>top * scale));
    }
  }
}

/** A notification that shows. */
export class Notification {
  private window: AppWindow | null = null;
  private alarm: Alarm | null = null;

  constructor(
    private list: Notifications,
    readonly icon: IconLook,
    readonly title: string,
    readonly text: string,
  ) {
    const options = new WindowOptions(title, WIDTH + 2 * OVERLAY_MARGIN, HEIGHT + 2 * OVERLAY_MARGIN);
    this.window = AppWindow.open(
      options.withFlags(WINDOW_OVERLAY | WINDOW_TRANSPARENT),
      new NotificationCard(this),
    );
    this.alarm = setAlarm(
      LIFETIME,
      on<Notification>(this, (self) => self.close()),
    );
  }

  moveTo(left: i32, top: i32): void {
    const window = this.window;
    if (window !== null) window.control(WINDOW_SET_PLACE, left, top);
  }

  close(): void {
    const alarm = this.alarm;
    if (alarm !== null) cancelAlarm(alarm);
    const window = this.window;
    if (window !== null) window.close();
    this.window = null;
    this.list.drop(this);
  }
}

/** What a notification looks like. */
export class NotificationCard extends StatelessWidget {
  constructor(private notification: Notification) {
    super();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const notification = this.notification;
    const close: Action = on<Notification>(notification, (self) => self.close());
    const text = new Text(notification.text, theme.caption);
    text.maxLines = 2;
    const words = new Column(
      [Text.line(notification.title, theme.label), text],
      MainAlign.Center,
      CrossAlign.Start,
    ).spaced(2);
    const row = new Row([
      new AppIcon(notification.icon, 40),
      new Expanded(words),
      Button.icon(Icons.close, close, "Dismiss").small(),
    ]).spaced(12);
    const card = new DecoratedBox(
      overlayLook(theme, RADIUS),
      new Padding(new EdgeInsets(16, 10, 10, 10), row),
    );
    return new Padding(
      EdgeInsets.all(<f64>OVERLAY_MARGIN),
      new Semantics("notification", notification.title, card),
    );
  }
}
