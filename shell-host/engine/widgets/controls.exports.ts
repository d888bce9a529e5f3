// What the tests of controls call: one of each in a window, and what can be opened over it.

import { on, onValue } from "../foundation/action.ts";
import { EdgeInsets } from "../foundation/geometry.ts";
import { KeyEvent, PointerEvent } from "../gestures/events.ts";
import { Bitmap } from "../painting/bitmap.ts";
import { BoxDecoration } from "../painting/box-decoration.ts";
import { CrossAlign, MainAlign } from "../rendering/flex.ts";
import { TextEditing } from "../text/editing.ts";
import { AppIcon, IconLook } from "./app-icon.ts";
import { AppRoot } from "./app-root.ts";
import { ClipRRect, DecoratedBox, Text } from "./basic.ts";
import { Button, ButtonKind } from "./button.ts";
import { Dialog } from "./dialog.ts";
import { Digits } from "./digits.ts";
import { BuildContext, State, StatefulWidget, Widget } from "./framework.ts";
import { Icons } from "./icons.ts";
import { Column, Expanded, Padding, Row, SizedBox } from "./layout.ts";
import { MenuItem, showMenu } from "./menu.ts";
import { ProgressBar, ProgressRing } from "./progress.ts";
import { ScrollView } from "./scroll-view.ts";
import { Sidebar, SidebarItem } from "./sidebar.ts";
import { Slider } from "./slider.ts";
import { TextArea } from "./text-area.ts";
import { TextField } from "./text-field.ts";
import { Theme, ThemeData } from "./theme.ts";
import { Checkbox, Segmented, Switch } from "./toggles.ts";
import { UiWindow } from "./window.ts";

const POEM =
  "Roses are red,\nviolets are blue.\nThis line is so long that it does not fit and has to be broken.";

class Controls extends StatefulWidget {
  createState(): State {
    return new ControlsState();
  }
}

class ControlsState extends State {
  isOn: bool = true;
  isChecked: bool = true;
  tab: i32 = 0;
  level: f64 = 0.4;
  place: i32 = 0;
  field: TextEditing = new TextEditing("Selected text");
  area: TextEditing = new TextEditing(POEM);

  initState(): void {
    controls = this;
  }

  note(what: string): void {
    log = log + what + " ";
  }

  setOn(isOn: bool): void {
    this.isOn = isOn;
    this.setState();
  }

  setChecked(isChecked: bool): void {
    this.isChecked = isChecked;
    this.setState();
  }

  setTab(tab: i32): void {
    this.tab = tab;
    this.setState();
  }

  setLevel(level: f64): void {
    this.level = level;
    this.setState();
  }

  go(place: i32): void {
    this.place = place;
    this.setState();
  }

  openMenu(): void {
    const items = [
      new MenuItem(
        "Open",
        on<ControlsState>(this, (self) => self.note("open")),
      ).withIcon(Icons.folder),
      new MenuItem(
        "Rename",
        on<ControlsState>(this, (self) => self.note("rename")),
      ).withIcon(Icons.edit),
      new MenuItem("Not now", null),
      new MenuItem(
        "Delete",
        on<ControlsState>(this, (self) => self.note("delete")),
      )
        .withIcon(Icons.trash)
        .dangerous()
        .apart(),
    ];
    showMenu(this.element as BuildContext, 300, 120, items);
  }

  openDialog(asks: bool): void {
    const dialog = new Dialog("Delete notes.txt?", "This cannot be undone.", "Delete", ButtonKind.Danger);
    if (asks)
      dialog.asking(
        "notes.txt",
        onValue<ControlsState, string>(this, (self, text) => self.note(text)),
      );
    else dialog.accepting(on<ControlsState>(this, (self) => self.note("deleted")));
    dialog.show(this.element as BuildContext);
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    return new Row(
      [
        new SizedBox(150, NaN, this.sidebar()),
        new Expanded(
          new DecoratedBox(
            new BoxDecoration(theme.colors.surface),
            new Padding(
              EdgeInsets.all(16),
              new Row(
                [new Expanded(this.left(theme)), new Expanded(this.right(theme))],
                MainAlign.Start,
                CrossAlign.Stretch,
              ).spaced(20),
            ),
          ),
        ),
      ],
      MainAlign.Start,
      CrossAlign.Stretch,
    );
  }

  private sidebar(): Widget {
    const icons = [Icons.palette, Icons.monitor, Icons.info];
    const names = ["Appearance", "Screen", "About"];
    const items: SidebarItem[] = [];
    const go = [
      on<ControlsState>(this, (self) => self.go(0)),
      on<ControlsState>(this, (self) => self.go(1)),
      on<ControlsState>(this, (self) => self.go(2)),
    ];
    for (let i = 0; i < 3; i++) items.push(new SidebarItem(names[i], icons[i], i == this.place, go[i]));
    return new Sidebar(items);
  }

  private left(theme: ThemeData): Widget {
    const onTab = onValue<ControlsState, i32>(this, (self, tab) => self.setTab(tab));
    const onSwitch = onValue<ControlsState, bool>(this, (self, isOn) => self.setOn(isOn));
    const onCheck = onValue<ControlsState, bool>(this, (self, isOn) => self.setChecked(isOn));
    const onLevel = onValue<ControlsState, f64>(this, (self, level) => self.setLevel(level));
    const switches = new Row([
      new Switch(this.isOn, onSwitch, "sound"),
      new Switch(!this.isOn, onSwitch, "silence"),
      new Switch(true, null, "fixed"),
    ]).spaced(12);
    const checks = new Row([
      new Checkbox(this.isChecked, onCheck, "Checked"),
      new Checkbox(!this.isChecked, onCheck, "Not checked"),
    ]).spaced(16);
    const field = new TextField(this.field);
    field.icon = Icons.search;
    return new Column(
      [
        new Segmented(["Day", "Week", "Month"], this.tab, onTab),
        switches,
        checks,
        new Slider(this.level, onLevel, "level"),
        new ProgressBar(this.level),
        new Row([
          new ProgressRing(this.level, 32, theme.colors.accent),
          new Digits("17:01", theme.title),
        ]).spaced(12),
        field,
        this.buttons(),
      ],
      MainAlign.Start,
      CrossAlign.Stretch,
    ).spaced(14);
  }

  private buttons(): Widget {
    const press = on<ControlsState>(this, (self) => self.note("pressed"));
    return new Row([
      Button.primary("Save", press),
      new Button("Delete", press).as(ButtonKind.Danger),
      new Button("Plain", press).as(ButtonKind.Plain),
      Button.icon(Icons.refresh, press, "Refresh"),
    ]).spaced(8);
  }

  private right(theme: ThemeData): Widget {
    const area = new TextArea(this.area);
    area.padding = EdgeInsets.all(10);
    const well = new DecoratedBox(
      new BoxDecoration(theme.colors.background, 10).border(theme.colors.border),
      new ClipRRect(10, area),
    );
    const lines: Widget[] = [];
    for (let i = 1; i <= 20; i++)
      lines.push(
        new Button(
          "Line " + i.toString(),
          on<ControlsState>(this, (self) => self.note("line")),
        ).small(),
      );
    const list = new ScrollView(
      new Padding(
        EdgeInsets.all(6),
        new Column(lines, MainAlign.Start, CrossAlign.Stretch).spaced(6).shrunk(),
      ),
    );
    const icons = new Row([
      new AppIcon(new IconLook(0xff5fa8f5, 0xff2f6fd6, Icons.folder), 56),
      new AppIcon(new IconLook(0xff4cc79a, 0xff1f8f6c, Icons.activity), 40),
      new AppIcon(IconLook.letterOf("Mines"), 40),
      new Expanded(Text.line("A line that is cut off because it is too long")),
    ]).spaced(8);
    return new Column(
      [icons, new SizedBox(NaN, 130, well), new Expanded(list)],
      MainAlign.Start,
      CrossAlign.Stretch,
    ).spaced(14);
  }
}

let window: UiWindow | null = null;
let controls: ControlsState | null = null;
let log: string = "";

/** Shows the controls, in their first state. */
export function show(dark: bool): void {
  const root = new AppRoot(new Controls(), null);
  root.title = "Controls";
  root.state = 1;
  window = new UiWindow(root.build(dark ? ThemeData.dark() : ThemeData.light()));
}

export function openMenu(): void {
  (controls as ControlsState).openMenu();
}

/** Opens a question, or with `asks` one for a text. */
export function openDialog(asks: bool): void {
  (controls as ControlsState).openDialog(asks);
}

/** Selects a part of the field, and of the area if that is asked for. */
export function select(inArea: bool, from: i32, to: i32): void {
  const editing = inArea ? (controls as ControlsState).area : (controls as ControlsState).field;
  editing.moveTo(from, false);
  editing.moveTo(to, true);
}

export function frame(now: f64, pixels: usize, width: i32, height: i32, scale: f64): i32 {
  return (window as UiWindow).frame(now, Bitmap.over(pixels, width, height, width * 4), scale).length;
}

export function pointer(kind: i32, x: f64, y: f64, buttons: u32, time: f64, wheel: f64): void {
  (window as UiWindow).pointer(new PointerEvent(kind, x, y, buttons, time, wheel));
}

/** A key; `codePoint` is what it types, 0 for nothing. */
export function key(key: i32, codePoint: i32, modifiers: u32): bool {
  const text = codePoint == 0 ? "" : String.fromCodePoint(codePoint);
  return (window as UiWindow).key(new KeyEvent(key, text, modifiers));
}

export function nextFrame(now: f64): f64 {
  return (window as UiWindow).nextFrame(now);
}

/** What the window shows, in words; a string of UTF-16. */
export function describe(): string {
  return (window as UiWindow).describe();
}

/** What was done since the last call; a string of UTF-16. */
export function takeLog(): string {
  const taken = log;
  log = "";
  return taken;
}

export function collect(): void {
  __collect();
}
