import { Action, on, onValue } from "../../engine/foundation/action.ts";
import { Alarm, cancelAlarm, setAlarm } from "../../engine/foundation/frame-clock.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { TextEditing } from "../../engine/text/editing.ts";
import { DecoratedBox, Icon, Text } from "../../engine/widgets/basic.ts";
import { Button, ButtonKind } from "../../engine/widgets/button.ts";
import { Dialog } from "../../engine/widgets/dialog.ts";
import { BuildContext, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { Center, Column, Expanded, Padding, Row, SizedBox, Spacer } from "../../engine/widgets/layout.ts";
import { ScrollView } from "../../engine/widgets/scroll-view.ts";
import { Sidebar, SidebarItem } from "../../engine/widgets/sidebar.ts";
import { TextArea } from "../../engine/widgets/text-area.ts";
import { Theme, ThemeData } from "../../engine/widgets/theme.ts";
import { errorText } from "../../sdk/error-text.ts";
import { renameFile } from "../../sdk/files.ts";
import {
  freeName,
  isName,
  listNotes,
  notesFolder,
  pathOf,
  readNote,
  removeNote,
  writeNote,
} from "./note-files.ts";

const SIDEBAR_WIDTH: f64 = 184;
const SAVE_AFTER: f64 = 800; // milliseconds without a key

/** Notes, saved as they are written. */
export class Notes extends StatefulWidget {
  createState(): State {
    return new NotesState();
  }
}

class NotesState extends State {
  private folder: string = notesFolder();
  private names: string[] = [];
  private chosen: string = "";
  private editing: TextEditing = new TextEditing();
  private alarm: Alarm | null = null;
  private status: string = "";

  initState(): void {
    this.names = listNotes(this.folder);
    if (this.names.length > 0) this.choose(this.names[0]);
  }

  dispose(): void {
    this.save();
  }

  choose(name: string): void {
    this.save();
    this.chosen = name;
    const editing = new TextEditing(readNote(this.folder, name));
    editing.moveTo(0, false);
    this.editing = editing;
    this.status = "";
    this.setState();
  }

  private create(): void {
    const name = freeName(this.names);
    const error = writeNote(this.folder, name, "");
    if (error < 0) return this.tell(error);
    this.names.push(name);
    this.names.sort();
    this.choose(name);
  }

  private edited(): void {
    const alarm = this.alarm;
    if (alarm !== null) cancelAlarm(alarm);
    this.alarm = setAlarm(
      SAVE_AFTER,
      on<NotesState>(this, (self) => self.save()),
    );
    if (this.status.length == 0) return;
    this.status = "";
    this.setState();
  }

  /** Writes the note if it has changed since it was written. */
  private save(): void {
    const alarm = this.alarm;
    if (alarm === null) return;
    cancelAlarm(alarm);
    this.alarm = null;
    const error = writeNote(this.folder, this.chosen, this.editing.text);
    this.status = error < 0 ? "Not saved: " + errorText(error) : "Saved";
    this.setState();
  }

  private askForName(): void {
    new Dialog("Rename the note", "", "Rename")
      .asking(
        this.chosen,
        onValue<NotesState, string>(this, (self, name) => self.rename(name)),
      )
      .show(this.element as BuildContext);
  }

  private rename(name: string): void {
    this.save();
    if (!isName(name) || this.names.includes(name)) return;
    const error = renameFile(pathOf(this.folder, this.chosen), pathOf(this.folder, name));
    if (error < 0) return this.tell(error);
    this.names = listNotes(this.folder);
    this.choose(name);
  }

  private askToDelete(): void {
    new Dialog("Delete " + this.chosen + "?", "This cannot be undone.", "Delete", ButtonKind.Danger)
      .accepting(on<NotesState>(this, (self) => self.remove()))
      .show(this.element as BuildContext);
  }

  private remove(): void {
    const alarm = this.alarm;
    if (alarm !== null) cancelAlarm(alarm);
    this.alarm = null;
    const error = removeNote(this.folder, this.chosen);
    if (error < 0) return this.tell(error);
    this.names = listNotes(this.folder);
    this.chosen = "";
    if (this.names.length > 0) this.choose(this.names[0]);
    this.setState();
  }

  private tell(error: i32): void {
    new Dialog("That did not work", errorText(error), "Close").show(this.element as BuildContext);
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const items: SidebarItem[] = [];
    for (let i = 0; i < this.names.length; i++)
      items.push(
        new SidebarItem(
          this.names[i],
          Icons.file,
          this.names[i] == this.chosen,
          new Choose(this, this.names[i]),
        ),
      );
    const create: Action = on<NotesState>(this, (self) => self.create());
    const side = new Column(
      [
        new Padding(EdgeInsets.symmetric(8, 4), new Button("New note", create).withIcon(Icons.add)),
        new Expanded(new ScrollView(new Sidebar(items).shrunk())),
      ],
      MainAlign.Start,
      CrossAlign.Stretch,
    );
    const main = new DecoratedBox(new BoxDecoration(theme.colors.surface), this.main(theme));
    return new Row(
      [new SizedBox(SIDEBAR_WIDTH, NaN, side), new Expanded(main)],
      MainAlign.Start,
      CrossAlign.Stretch,
    );
  }

  private main(theme: ThemeData): Widget {
    if (this.chosen.length == 0) return this.empty(theme);
    const area = new TextArea(this.editing);
    area.key = this.chosen;
    area.autofocus = true;
    area.padding = EdgeInsets.symmetric(20, 8);
    area.onChanged = on<NotesState>(this, (self) => self.edited());
    const toolbar = new Row([
      Text.line(this.chosen, theme.title),
      new Spacer(),
      Text.line(this.status, theme.caption),
      Button.icon(
        Icons.edit,
        on<NotesState>(this, (self) => self.askForName()),
        "Rename",
      ).small(),
      Button.icon(
        Icons.trash,
        on<NotesState>(this, (self) => self.askToDelete()),
        "Delete",
      ).small(),
    ]).spaced(8);
    return new Column(
      [new SizedBox(NaN, 48, new Padding(new EdgeInsets(20, 0, 12, 0), toolbar)), new Expanded(area)],
      MainAlign.Start,
      CrossAlign.Stretch,
    );
  }

  private empty(theme: ThemeData): Widget {
    const muted = theme.body.colored(theme.colors.muted);
    return new Center(
      new Column([new Icon(Icons.file, 40, theme.colors.muted), new Text("No notes yet.", muted)])
        .spaced(12)
        .shrunk(),
    );
  }
}

class Choose extends Action {
  constructor(
    private state: NotesState,
    private name: string,
  ) {
    super();
  }

  run(): void {
    this.state.choose(this.name);
  }
}
