// The launcher: all apps, and a field to find one.

import { Action, on, onValue } from "../../engine/foundation/action.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { Key, KeyEvent } from "../../engine/gestures/events.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { Color, WHITE, withOpacity } from "../../engine/painting/color.ts";
import { Path } from "../../engine/painting/path.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { TextEditing } from "../../engine/text/editing.ts";
import { TextAlign } from "../../engine/text/text-layout.ts";
import { AppIcon } from "../../engine/widgets/app-icon.ts";
import { Container, DecoratedBox, Icon, Opacity, Text } from "../../engine/widgets/basic.ts";
import { Button } from "../../engine/widgets/button.ts";
import { KeyHandler, setShortcuts } from "../../engine/widgets/focus.ts";
import { BuildContext, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { Grid } from "../../engine/widgets/grid.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import {
  Center,
  Column,
  Expanded,
  Padding,
  Positioned,
  Row,
  SizedBox,
  Stack,
} from "../../engine/widgets/layout.ts";
import { PressState, Pressable } from "../../engine/widgets/pressable.ts";
import { ProgressRing, Spinner } from "../../engine/widgets/progress.ts";
import { ScrollView } from "../../engine/widgets/scroll-view.ts";
import { Semantics } from "../../engine/widgets/semantics.ts";
import { TextField } from "../../engine/widgets/text-field.ts";
import { Theme, ThemeData } from "../../engine/widgets/theme.ts";
import { focusRing } from "../../engine/widgets/focus-ring.ts";
import { bytesText } from "../common/bytes-text.ts";
import { AppEntry, AppKind, LaunchState } from "./app-entry.ts";
import { AppList } from "./app-list.ts";
import { OVERLAY_MARGIN, overlayLook } from "./overlay-look.ts";

export const LAUNCHER_WIDTH: i32 = 720;
export const LAUNCHER_HEIGHT: i32 = 544;

const CELL_WIDTH: f64 = 108;
const CELL_HEIGHT: f64 = 98;
const CAPTION_HEIGHT: f64 = 18;
const GUTTER: f64 = 12; // at the right side, for the scroll bar
const ICON_SIDE: f64 = 56;
const RADIUS: f64 = 18;

/** The launcher's card. */
export class Launcher extends StatefulWidget {
  constructor(
    readonly apps: AppList,
    /** Called when an app was started, or it should go away. */
    readonly onDone: Action,
  ) {
    super();
  }

  createState(): State {
    return new LauncherState();
  }
}

class LauncherState extends State {
  private editing: TextEditing = new TextEditing();
  private changed: Action | null = null;

  initState(): void {
    const changed = on<LauncherState>(this, (self) => self.setState());
    this.changed = changed;
    this.widgetOf<Launcher>().apps.addListener(changed);
    setShortcuts(new LauncherKeys(this));
  }

  dispose(): void {
    this.widgetOf<Launcher>().apps.removeListener(this.changed as Action);
    setShortcuts(null);
  }

  /** What is typed while an app has the focus is searched for. */
  type(text: string): void {
    this.editing.insert(text);
    this.setState();
  }

  close(): void {
    this.widgetOf<Launcher>().onDone.run();
  }

  /** Starts the first app that is found. */
  private submit(): void {
    const apps = this.widgetOf<Launcher>().apps;
    for (let i = 0; i < apps.entries.length; i++)
      if (apps.entries[i].matches(this.editing.text)) return this.choose(apps.entries[i]);
  }

  choose(entry: AppEntry): void {
    const widget = this.widgetOf<Launcher>();
    widget.apps.launch(entry);
    if (entry.state == LaunchState.Idle) widget.onDone.run();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const search = new TextField(this.editing);
    search.hint = "Search apps";
    search.icon = Icons.search;
    search.autofocus = true;
    search.onChanged = onValue<LauncherState, string>(this, (self, _text) => self.setState());
    search.onSubmitted = onValue<LauncherState, string>(this, (self, _text) => self.submit());
    const body = new Column(
      [new Padding(new EdgeInsets(0, 0, GUTTER, 0), search), new Expanded(this.sections(theme))],
      MainAlign.Start,
      CrossAlign.Stretch,
    );
    const card = new DecoratedBox(
      overlayLook(theme, RADIUS),
      new Padding(new EdgeInsets(20, 20, 20 - GUTTER, 12), body.spaced(16)),
    );
    return new Padding(EdgeInsets.all(<f64>OVERLAY_MARGIN), new Semantics("launcher", "Apps", card));
  }

  private sections(theme: ThemeData): Widget {
    const apps = this.widgetOf<Launcher>().apps;
    const parts: Widget[] = [];
    this.addSection(parts, theme, "On this machine", AppKind.Local);
    for (let i = 0; i < apps.entries.length; i++) {
      const entry = apps.entries[i];
      if (entry.state != LaunchState.Failed) continue;
      const words = entry.title + " cannot be started: " + entry.error;
      parts.unshift(this.failure(theme, words, new Retry(this, entry)));
    }
    if (apps.catalogError.length > 0) {
      const refresh = on<AppList>(apps, (self) => self.refresh());
      parts.push(this.failure(theme, "No apps from the package server: " + apps.catalogError, refresh));
    }
    if (apps.isLoading && apps.entries.every((entry) => entry.kind == AppKind.Local))
      parts.push(
        new Padding(
          EdgeInsets.symmetric(4, 12),
          new Row([new Spinner(18), Text.line("Looking for apps")]).spaced(12),
        ),
      );
    this.addSection(parts, theme, "From the package server", AppKind.Remote);
    this.addSection(parts, theme, "For the terminal", AppKind.Command);
    if (parts.length == 0)
      parts.push(
        new Padding(
          EdgeInsets.symmetric(0, 48),
          new Text("Nothing is called " + this.editing.text, theme.body.colored(theme.colors.muted)).aligned(
            TextAlign.Center,
          ),
        ),
      );
    const column = new Column(parts, MainAlign.Start, CrossAlign.Stretch).spaced(8).shrunk();
    return new ScrollView(new Padding(new EdgeInsets(0, 0, GUTTER, 0), column));
  }

  private addSection(parts: Widget[], theme: ThemeData, title: string, kind: AppKind): void {
    const entries = this.widgetOf<Launcher>().apps.entries;
    const tiles: Widget[] = [];
    let height = CELL_HEIGHT;
    for (let i = 0; i < entries.length; i++) {
      if (entries[i].kind != kind || !entries[i].matches(this.editing.text)) continue;
      if (captionOf(entries[i]).length > 0) height = CELL_HEIGHT + CAPTION_HEIGHT;
      tiles.push(Widget.keyed<AppTile>(entries[i].name, new AppTile(entries[i], this)));
    }
    if (tiles.length == 0) return;
    const heading = Text.line(title, theme.label.colored(theme.colors.muted));
    parts.push(new Padding(new EdgeInsets(4, 4, 4, 0), heading));
    parts.push(new Grid(tiles, CELL_WIDTH, height, 4));
  }

  /** A line about something that failed, and a button to try it again. */
  private failure(theme: ThemeData, words: string, retry: Action): Widget {
    const row = new Row([
      new Icon(Icons.warning, 20, theme.colors.warning),
      new Expanded(new Text(words, theme.body)),
      new Button("Try again", retry).withIcon(Icons.refresh).small(),
    ]).spaced(12);
    const look = new BoxDecoration(withOpacity(theme.colors.warning, 0.12), 10);
    return new Container(look, row).padded(EdgeInsets.symmetric(16, 8));
  }
}

class LauncherKeys extends KeyHandler {
  constructor(private launcher: LauncherState) {
    super();
  }

  handleKey(event: KeyEvent): bool {
    if (event.key == Key.Escape) this.launcher.close();
    else if (event.key == Key.Character && !event.control && event.text.length > 0)
      this.launcher.type(event.text);
    else return false;
    return true;
  }
}

/** Starts an app once more. */
class Retry extends Action {
  constructor(
    private launcher: LauncherState,
    private entry: AppEntry,
  ) {
    super();
  }

  run(): void {
    this.launcher.choose(this.entry);
  }
}

/** An app of the launcher. */
class AppTile extends Pressable {
  constructor(
    private entry: AppEntry,
    private launcher: LauncherState,
  ) {
    super();
    this.role = "app";
    this.name = entry.title;
    this.onPressed = on<AppTile>(this, (self) => self.launcher.choose(self.entry));
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const theme = Theme.of(context);
    const colors = theme.colors;
    const part = state.pressed ? 1.6 : state.hover;
    const look = new BoxDecoration(withOpacity(colors.hover, (<f64>(colors.hover >> 24) / 255) * part), 12);
    if (state.focused) focusRing(colors, look);
    const column = new Column(
      [
        this.picture(context),
        Text.line(this.entry.title, theme.label).aligned(TextAlign.Center),
        this.caption(theme),
      ],
      MainAlign.Center,
      CrossAlign.Center,
    );
    return new DecoratedBox(look, new Padding(EdgeInsets.symmetric(4, 6), column.spaced(2)));
  }

  private picture(context: BuildContext): Widget {
    const entry = this.entry;
    const icon: Widget = new AppIcon(entry.icon, ICON_SIDE);
    const layers: Widget[] = [entry.state == LaunchState.Fetching ? new Opacity(0.35, icon) : icon];
    if (entry.state == LaunchState.Fetching) layers.push(Positioned.fill(new Center(this.progress(context))));
    else if (entry.state == LaunchState.Failed) layers.push(badge(Icons.warning, 0xffc2410c));
    else if (entry.kind != AppKind.Local && !entry.isCached) layers.push(badge(Icons.cloud, 0xff3b6fd9));
    return new Padding(new EdgeInsets(0, 0, 0, 4), new Stack(layers));
  }

  private progress(context: BuildContext): Widget {
    const color = Theme.of(context).colors.accent;
    if (this.entry.progress < 0) return new Spinner(34, color);
    return new ProgressRing(this.entry.progress, 34, color);
  }

  private caption(theme: ThemeData): Widget {
    const text = captionOf(this.entry);
    const color = this.entry.state == LaunchState.Failed ? theme.colors.danger : theme.colors.muted;
    if (text.length == 0) return new SizedBox(0, 0);
    return Text.line(text, theme.caption.colored(color)).aligned(TextAlign.Center);
  }
}

/** What is written below an app's name; empty for nothing. */
function captionOf(entry: AppEntry): string {
  if (entry.state == LaunchState.Failed) return "Try again";
  if (entry.state == LaunchState.Fetching)
    return entry.progress < 0 ? "Fetching" : (<i32>(entry.progress * 100)).toString() + " %";
  return entry.kind == AppKind.Local ? "" : bytesText(entry.sizeBytes);
}

/** A mark at an icon's lower right corner. */
function badge(icon: Path, color: Color): Widget {
  const mark = new Container(
    new BoxDecoration(color, 10).border(WHITE, 1.5),
    new Center(new Icon(icon, 12, WHITE)),
  );
  return new Positioned(mark.sized(20, 20), NaN, NaN, -5, -5);
}
