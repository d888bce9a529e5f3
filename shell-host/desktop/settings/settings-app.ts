// Settings: looks, the screen, packages, and what this machine is.

import {
  SHORTCUT_FRAMES,
  WINDOW_OVERLAY,
  WINDOW_LAYER_MASK,
  WINDOW_SHORTCUT,
} from "../../../guest-kernel/abi/window.ts";
import { Action, on, onValue } from "../../engine/foundation/action.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { Screen, screen } from "../../engine/app/screen.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { Path } from "../../engine/painting/path.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { TextEditing } from "../../engine/text/editing.ts";
import { DecoratedBox, Text } from "../../engine/widgets/basic.ts";
import { Button } from "../../engine/widgets/button.ts";
import { BuildContext, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { Column, Expanded, Padding, Row, SizedBox } from "../../engine/widgets/layout.ts";
import { ScrollView } from "../../engine/widgets/scroll-view.ts";
import { Sidebar, SidebarItem } from "../../engine/widgets/sidebar.ts";
import { TextField } from "../../engine/widgets/text-field.ts";
import { Theme, ThemeData } from "../../engine/widgets/theme.ts";
import { Segmented, Switch } from "../../engine/widgets/toggles.ts";
import { errorText } from "../../sdk/error-text.ts";
import { NO_ADDRESS, parseAddress } from "../../sdk/net.ts";
import { screen_set_mode, screen_set_theme } from "../../sdk/oscortex.ts";
import { setServer } from "../../sdk/packages.ts";
import { manageWindow, windows } from "../../sdk/screen.ts";
import { bytesText } from "../common/bytes-text.ts";
import { FRAME_METER_TITLE } from "../common/frame-meter-title.ts";
import { SysValues } from "../common/sys-file.ts";
import { Choice } from "./choice.ts";

const SIDEBAR_WIDTH: f64 = 176;
const PAGES: string[] = ["Appearance", "Screen", "Packages", "About"];
const WIDTHS: i32[] = [1024, 1280, 1366, 1600, 1920];
const HEIGHTS: i32[] = [768, 800, 768, 900, 1080];
const SCALES: i32[] = [100, 125, 150, 200];

/** The content of the settings' window. */
export class SettingsApp extends StatefulWidget {
  createState(): State {
    return new SettingsState();
  }
}

class SettingsState extends State {
  private page: i32 = 0;
  private server: TextEditing = new TextEditing(currentServer());
  private showsFrames: bool = frameMeterShows();
  private note: string = "";
  private noteIsError: bool = false;

  showPage(page: i32): void {
    this.page = page;
    this.showsFrames = frameMeterShows(); // keys change it too
    this.note = "";
    this.setState();
  }

  private tell(result: i32, done: string): void {
    this.noteIsError = result < 0;
    this.note = result < 0 ? errorText(result) : done;
    this.setState();
  }

  private setTheme(isDark: bool, isStill: bool): void {
    this.tell(screen_set_theme(Screen.themeOf(isDark, isStill)), "");
  }

  setSize(index: i32): void {
    const scale = <u32>(screen().scale * 100 + 0.5);
    this.tell(screen_set_mode(WIDTHS[index], HEIGHTS[index], scale), "");
  }

  private setScale(index: i32): void {
    this.tell(screen_set_mode(screen().width, screen().height, SCALES[index]), "");
  }

  private setFrames(shown: bool): void {
    const result = manageWindow(SHORTCUT_FRAMES, WINDOW_SHORTCUT);
    if (result == 0) this.showsFrames = shown;
    this.tell(result, "");
  }

  private applyServer(): void {
    const words = this.server.text.split(":");
    const port = words.length > 1 ? <i32>parseInt(words[1]) : 8080;
    const address = parseAddress(words[0]);
    if (address == NO_ADDRESS || port <= 0 || port > 65_535) {
      this.noteIsError = true;
      this.note = "An address such as 10.0.2.2:8080 is needed.";
      return this.setState();
    }
    this.tell(setServer(<u32>address, port), "Packages come from there from now on.");
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const icons: Path[] = [Icons.palette, Icons.monitor, Icons.server, Icons.info];
    const items: SidebarItem[] = [];
    for (let i = 0; i < PAGES.length; i++)
      items.push(new SidebarItem(PAGES[i], icons[i], i == this.page, new ShowPage(this, i)));
    const parts: Widget[] = [Text.line(PAGES[this.page], theme.headline)];
    if (this.page == 0) this.addAppearance(parts, theme);
    else if (this.page == 1) this.addScreen(parts, theme);
    else if (this.page == 2) this.addPackages(parts, theme);
    else this.addAbout(parts, theme);
    if (this.note.length > 0) {
      const color = this.noteIsError ? theme.colors.danger : theme.colors.success;
      parts.push(new Text(this.note, theme.body.colored(color)));
    }
    const column = new Column(parts, MainAlign.Start, CrossAlign.Stretch).spaced(16).shrunk();
    const main = new DecoratedBox(
      new BoxDecoration(theme.colors.surface),
      new ScrollView(new Padding(EdgeInsets.symmetric(28, 20), column)),
    );
    return new Row(
      [new SizedBox(SIDEBAR_WIDTH, NaN, new Sidebar(items)), new Expanded(main)],
      MainAlign.Start,
      CrossAlign.Stretch,
    );
  }

  private addAppearance(parts: Widget[], theme: ThemeData): void {
    const picker = new Segmented(
      ["Light", "Dark"],
      theme.colors.isDark ? 1 : 0,
      onValue<SettingsState, i32>(this, (self, index) => self.setTheme(index == 1, screen().isStill)),
    );
    const still = new Switch(
      screen().isStill,
      onValue<SettingsState, bool>(this, (self, isOn) => self.setTheme(screen().theme.colors.isDark, isOn)),
      "Reduce motion",
    );
    parts.push(setting(theme, "Theme", "How windows and the desktop look.", new SizedBox(220, NaN, picker)));
    parts.push(setting(theme, "Reduce motion", "Windows come and go at once.", still));
  }

  private addScreen(parts: Widget[], theme: ThemeData): void {
    const labels: string[] = [];
    let size = -1;
    for (let i = 0; i < WIDTHS.length; i++) {
      labels.push(WIDTHS[i].toString() + " × " + HEIGHTS[i].toString());
      if (WIDTHS[i] == screen().width && HEIGHTS[i] == screen().height) size = i;
    }
    const sizes: Widget[] = [];
    for (let i = 0; i < labels.length; i++)
      sizes.push(new Choice(labels[i], i == size, new SetSize(this, i)));
    const scales: string[] = [];
    let scale = -1;
    for (let i = 0; i < SCALES.length; i++) {
      scales.push(SCALES[i].toString() + " %");
      if (<i32>(screen().scale * 100 + 0.5) == SCALES[i]) scale = i;
    }
    const picker = new Segmented(
      scales,
      scale,
      onValue<SettingsState, i32>(this, (self, index) => self.setScale(index)),
    );
    const now = screen().width.toString() + " × " + screen().height.toString() + " pixels at present.";
    parts.push(setting(theme, "Scale", "How large things look.", new SizedBox(300, NaN, picker)));
    const frames = new Switch(
      this.showsFrames,
      onValue<SettingsState, bool>(this, (self, shown) => self.setFrames(shown)),
      "Frame times",
    );
    const meter = "How long frames take, in a corner. Control, Alt and F do the same.";
    parts.push(setting(theme, "Frame times", meter, frames));
    parts.push(heading(theme, "Size", now));
    parts.push(new Column(sizes, MainAlign.Start, CrossAlign.Stretch).spaced(4).shrunk());
  }

  private addPackages(parts: Widget[], theme: ThemeData): void {
    const field = new TextField(this.server);
    field.icon = Icons.server;
    field.onSubmitted = onValue<SettingsState, string>(this, (self, _text) => self.applyServer());
    const apply = Button.primary(
      "Use",
      on<SettingsState>(this, (self) => self.applyServer()),
    );
    parts.push(heading(theme, "Package server", "Where apps come from: an address and a port."));
    parts.push(new Row([new Expanded(field), apply]).spaced(8));
    const current = currentServer();
    parts.push(fact(theme, "At present", current.length == 0 ? "none" : current));
    const cache = SysValues.read("/sys/pkg/cache");
    parts.push(fact(theme, "Cache", cache.get("slots").replace("/", " of ") + " apps"));
    parts.push(fact(theme, "Of the system", cache.get("pinned")));
  }

  private addAbout(parts: Widget[], theme: ThemeData): void {
    const memory = SysValues.read("/sys/mem");
    parts.push(
      new Text(
        "A userspace kernel in TypeScript. Every app is WebAssembly that the kernel compiled itself, in a process that can reach nothing but its own memory.",
        theme.body.colored(theme.colors.muted),
      ),
    );
    parts.push(fact(theme, "System", "Oscortex 0.1.0"));
    parts.push(fact(theme, "Memory", bytesText(<u64>(memory.number("total_kib") * 1024))));
    parts.push(fact(theme, "Screen", screen().width.toString() + " × " + screen().height.toString()));
    parts.push(fact(theme, "Fonts", "Inter and JetBrains Mono (SIL OFL 1.1)"));
  }
}

/** Where packages come from, as ADDRESS:PORT; empty if there is no server. */
function currentServer(): string {
  const server = SysValues.read("/sys/pkg/server");
  const address = server.get("address");
  return address.length == 0 ? "" : address + ":" + server.get("port");
}

function frameMeterShows(): bool {
  const list = windows().content;
  for (let i = 0; i < list.length; i++)
    if ((list[i].flags & WINDOW_LAYER_MASK) == WINDOW_OVERLAY && list[i].title == FRAME_METER_TITLE)
      return true;
  return false;
}

class ShowPage extends Action {
  constructor(
    private state: SettingsState,
    private page: i32,
  ) {
    super();
  }

  run(): void {
    this.state.showPage(this.page);
  }
}

class SetSize extends Action {
  constructor(
    private state: SettingsState,
    private index: i32,
  ) {
    super();
  }

  run(): void {
    this.state.setSize(this.index);
  }
}

function heading(theme: ThemeData, title: string, text: string): Widget {
  return new Column(
    [Text.line(title, theme.label), new Text(text, theme.caption)],
    MainAlign.Start,
    CrossAlign.Start,
  )
    .spaced(2)
    .shrunk();
}

/** A control with what it is for at its left. */
function setting(theme: ThemeData, title: string, text: string, control: Widget): Widget {
  return new Row([new Expanded(heading(theme, title, text)), control]).spaced(16);
}

function fact(theme: ThemeData, name: string, value: string): Widget {
  return new Row([
    new SizedBox(140, NaN, Text.line(name, theme.body.colored(theme.colors.muted))),
    new Expanded(Text.line(value)),
  ]);
}
