// The file browser.

import { Action, on, onValue } from "../../engine/foundation/action.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { Key, KeyEvent, PointerEvent } from "../../engine/gestures/events.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { ScrollPosition } from "../../engine/rendering/scroll-position.ts";
import { DecoratedBox, Icon, Text } from "../../engine/widgets/basic.ts";
import { Button, ButtonKind } from "../../engine/widgets/button.ts";
import { Dialog } from "../../engine/widgets/dialog.ts";
import { KeyHandler, setShortcuts } from "../../engine/widgets/focus.ts";
import { BuildContext, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { GestureDetector } from "../../engine/widgets/gesture-detector.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { Center, Column, Expanded, Padding, Row, SizedBox } from "../../engine/widgets/layout.ts";
import { MenuItem, showMenu } from "../../engine/widgets/menu.ts";
import { ListView, RowBuilder } from "../../engine/widgets/scroll-view.ts";
import { Sidebar, SidebarItem } from "../../engine/widgets/sidebar.ts";
import { Theme, ThemeData } from "../../engine/widgets/theme.ts";
import { errorText } from "../../sdk/error-text.ts";
import { makeFolder, removeFile, renameFile, statFile } from "../../sdk/files.ts";
import { FileRow, HEADINGS_HEIGHT, ROW_HEIGHT, columnHeadings } from "./file-row.ts";
import { FileView } from "./file-view.ts";
import { FolderContent, FolderEntry, join, parentOf } from "./folder-model.ts";
import { PathBar } from "./path-bar.ts";

const SIDEBAR_WIDTH: f64 = 176;
const TOOLBAR_HEIGHT: f64 = 44;
const PLACES: string[] = ["/data", "/tmp", "/", "/bin", "/sys"];
const PLACE_NAMES: string[] = ["Disk", "Temporary", "Machine", "Programs", "System"];

/** The content of the browser's window. */
export class FilesApp extends StatefulWidget {
  constructor(
    /** The folder that it shows first. */
    readonly path: string,
  ) {
    super();
  }

  createState(): State {
    return new FilesState();
  }
}

export class FilesState extends State {
  path: string = "/";
  selected: string = "";
  content: FolderContent = new FolderContent("/");
  private back: string[] = [];
  private viewed: FolderEntry | null = null;
  private rows: RowBuilder | null = null;
  private position: ScrollPosition = new ScrollPosition();

  initState(): void {
    this.rows = new FileRows(this);
    setShortcuts(new FilesKeys(this));
    const first = this.widgetOf<FilesApp>().path;
    this.show(first.length > 0 && isThere(first) ? first : isThere("/data") ? "/data" : "/tmp");
  }

  dispose(): void {
    setShortcuts(null);
    this.position.stop();
  }

  // ---- going around

  private show(path: string): void {
    this.path = path;
    this.viewed = null;
    this.selected = "";
    this.position.jumpTo(0);
    this.reload();
  }

  reload(): void {
    this.content = new FolderContent(this.path);
    if (this.element !== null) this.setState();
  }

  go(path: string): void {
    if (path == this.path && this.viewed === null) return;
    this.back.push(this.path);
    this.show(path);
  }

  goBack(): void {
    if (this.viewed !== null) return this.show(this.path);
    if (this.back.length > 0) this.show(this.back.pop());
  }

  select(entry: FolderEntry): void {
    this.selected = entry.name;
    this.setState();
  }

  open(entry: FolderEntry): void {
    if (entry.isFolder) return this.go(join(this.path, entry.name));
    this.viewed = entry;
    this.setState();
  }

  private chosen(): FolderEntry | null {
    const at = this.chosenAt();
    return at < 0 ? null : this.content.entries[at];
  }

  // ---- changing

  private askForFolder(): void {
    new Dialog("New folder", "", "Create")
      .asking(
        "New folder",
        onValue<FilesState, string>(this, (self, name) =>
          self.finish(makeFolder(join(self.path, name)), name),
        ),
      )
      .show(this.element as BuildContext);
  }

  askForName(): void {
    if (this.chosen() === null) return;
    new Dialog("Rename", "", "Rename")
      .asking(
        this.selected,
        onValue<FilesState, string>(this, (self, name) =>
          self.finish(renameFile(join(self.path, self.selected), join(self.path, name)), name),
        ),
      )
      .show(this.element as BuildContext);
  }

  askToDelete(): void {
    const entry = this.chosen();
    if (entry === null) return;
    const what = entry.isFolder ? "The folder has to be empty." : "This cannot be undone.";
    new Dialog("Delete " + entry.name + "?", what, "Delete", ButtonKind.Danger)
      .accepting(on<FilesState>(this, (self) => self.finish(removeFile(join(self.path, self.selected)), "")))
      .show(this.element as BuildContext);
  }

  /** Shows what has become of a change, and why it failed if it did. */
  private finish(result: i32, name: string): void {
    this.reload();
    if (result >= 0) this.selected = name;
    else new Dialog("That did not work", errorText(result), "Close").show(this.element as BuildContext);
    this.setState();
  }

  showMenuAt(x: f64, y: f64, entry: FolderEntry | null): void {
    const items: MenuItem[] = [];
    if (entry !== null) {
      this.select(entry);
      items.push(
        new MenuItem(
          "Open",
          on<FilesState>(this, (self) => self.openChosen()),
        ).withIcon(Icons.right),
      );
      items.push(
        new MenuItem(
          "Rename",
          on<FilesState>(this, (self) => self.askForName()),
        ).withIcon(Icons.edit),
      );
      items.push(
        new MenuItem(
          "Delete",
          on<FilesState>(this, (self) => self.askToDelete()),
        )
          .withIcon(Icons.trash)
          .dangerous(),
      );
    }
    const create = new MenuItem(
      "New folder",
      on<FilesState>(this, (self) => self.askForFolder()),
    ).withIcon(Icons.newFolder);
    items.push(entry === null ? create : create.apart());
    showMenu(this.element as BuildContext, x, y, items);
  }

  /** Shows the menu of the chosen entry, at its row, or that of the folder. */
  showMenuOfChosen(): void {
    const box = this.renderBox();
    if (box === null || this.viewed !== null) return;
    const at = this.chosenAt();
    const row = max(0.0, <f64>at * ROW_HEIGHT - this.position.offset);
    const x = box.globalX() + SIDEBAR_WIDTH + ROW_HEIGHT;
    const y = box.globalY() + TOOLBAR_HEIGHT + HEADINGS_HEIGHT + row + ROW_HEIGHT / 2;
    this.showMenuAt(x, y, at < 0 ? null : this.content.entries[at]);
  }

  /** The index of the chosen entry; -1 if there is none. */
  private chosenAt(): i32 {
    const entries = this.content.entries;
    for (let i = 0; i < entries.length; i++) if (entries[i].name == this.selected) return i;
    return -1;
  }

  openChosen(): void {
    const entry = this.chosen();
    if (entry !== null) this.open(entry);
  }

  /** Chooses another entry by the arrow keys. */
  step(by: i32): void {
    const entries = this.content.entries;
    if (entries.length == 0 || this.viewed !== null) return;
    const from = this.chosenAt();
    const at = from < 0 ? 0 : max(0, min(entries.length - 1, from + by));
    this.selected = entries[at].name;
    this.position.show(<f64>at * ROW_HEIGHT, ROW_HEIGHT);
    this.setState();
  }

  // ---- looks

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const viewed = this.viewed;
    const body: Widget =
      viewed === null ? this.list(theme) : new FileView(join(this.path, viewed.name), viewed.isPicture);
    const main = new DecoratedBox(
      new BoxDecoration(theme.colors.surface),
      new Column(
        [this.toolbar(viewed), line(theme), new Expanded(body)],
        MainAlign.Start,
        CrossAlign.Stretch,
      ),
    );
    return new Row(
      [new SizedBox(SIDEBAR_WIDTH, NaN, this.sidebar()), new Expanded(main)],
      MainAlign.Start,
      CrossAlign.Stretch,
    );
  }

  private sidebar(): Widget {
    const icons = [Icons.disk, Icons.clock, Icons.monitor, Icons.window, Icons.memory];
    const items: SidebarItem[] = [];
    for (let i = 0; i < PLACES.length; i++)
      if (isThere(PLACES[i]))
        items.push(
          new SidebarItem(PLACE_NAMES[i], icons[i], PLACES[i] == this.path, new GoTo(this, PLACES[i])),
        );
    return new Sidebar(items);
  }

  private toolbar(viewed: FolderEntry | null): Widget {
    const canGoBack = this.back.length > 0 || viewed !== null;
    const back: Action | null = canGoBack ? on<FilesState>(this, (self) => self.goBack()) : null;
    const up: Action | null =
      this.path != "/" ? on<FilesState>(this, (self) => self.go(parentOf(self.path))) : null;
    const parts: Widget[] = [
      Button.icon(Icons.left, back, "Back").small(),
      Button.icon(Icons.up, up, "Up").small(),
      new SizedBox(4, 0),
      new Expanded(new PathBar(this.path, viewed === null ? "" : viewed.name, this)),
    ];
    if (viewed === null) {
      parts.push(
        Button.icon(
          Icons.newFolder,
          on<FilesState>(this, (self) => self.askForFolder()),
          "New folder",
        ).small(),
      );
      parts.push(
        Button.icon(
          Icons.refresh,
          on<FilesState>(this, (self) => self.reload()),
          "Refresh",
        ).small(),
      );
    }
    return new SizedBox(
      NaN,
      TOOLBAR_HEIGHT,
      new Padding(EdgeInsets.symmetric(10, 0), new Row(parts).spaced(4)),
    );
  }

  private list(theme: ThemeData): Widget {
    const entries = this.content.entries;
    let body: Widget;
    if (this.content.error < 0)
      body = message(theme, "The folder cannot be read: " + errorText(this.content.error));
    else if (entries.length == 0) body = message(theme, "There is nothing in this folder.");
    else {
      const list = new ListView(entries.length, ROW_HEIGHT, this.rows as RowBuilder);
      list.position = this.position;
      body = list;
    }
    const detector = new GestureDetector(body);
    detector.onSecondary = onValue<FilesState, PointerEvent>(this, (self, event) =>
      self.showMenuAt(event.x, event.y, null),
    );
    return new Column(
      [columnHeadings(theme), line(theme), new Expanded(detector), line(theme), this.status(theme)],
      MainAlign.Start,
      CrossAlign.Stretch,
    );
  }

  private status(theme: ThemeData): Widget {
    const count = this.content.entries.length;
    const text = count == 1 ? "1 item" : count.toString() + " items";
    return new SizedBox(
      NaN,
      28,
      new Padding(EdgeInsets.symmetric(16, 0), new Row([Text.line(text, theme.caption)])),
    );
  }
}

class GoTo extends Action {
  constructor(
    private state: FilesState,
    private path: string,
  ) {
    super();
  }

  run(): void {
    this.state.go(this.path);
  }
}

class FileRows extends RowBuilder {
  constructor(private state: FilesState) {
    super();
  }

  build(_context: BuildContext, index: i32): Widget {
    return new FileRow(this.state.content.entries[index], this.state);
  }
}

class FilesKeys extends KeyHandler {
  constructor(private state: FilesState) {
    super();
  }

  handleKey(event: KeyEvent): bool {
    switch (event.key) {
      case Key.Up:
        this.state.step(-1);
        return true;
      case Key.Down:
        this.state.step(1);
        return true;
      case Key.Enter:
        this.state.openChosen();
        return true;
      case Key.Menu:
        this.state.showMenuOfChosen();
        return true;
      case Key.Delete:
        this.state.askToDelete();
        return true;
      case Key.Backspace:
      case Key.Escape:
        this.state.goBack();
        return true;
      default:
        return false;
    }
  }
}

function isThere(path: string): bool {
  return statFile(path).error == 0;
}

function line(theme: ThemeData): Widget {
  return new DecoratedBox(new BoxDecoration(theme.colors.border), new SizedBox(NaN, 1));
}

function message(theme: ThemeData, text: string): Widget {
  return new Center(
    new Column([
      new Icon(Icons.folder, 40, theme.colors.muted),
      new Text(text, theme.body.colored(theme.colors.muted)),
    ])
      .spaced(12)
      .shrunk(),
  );
}
