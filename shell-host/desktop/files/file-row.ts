import { on, onValue } from "../../engine/foundation/action.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { PointerEvent } from "../../engine/gestures/events.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { Color, withOpacity } from "../../engine/painting/color.ts";
import { Path } from "../../engine/painting/path.ts";
import { TextAlign } from "../../engine/text/text-layout.ts";
import { DecoratedBox, Icon, Text } from "../../engine/widgets/basic.ts";
import { BuildContext, Widget } from "../../engine/widgets/framework.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { Expanded, Padding, Row, SizedBox } from "../../engine/widgets/layout.ts";
import { PressState, Pressable } from "../../engine/widgets/pressable.ts";
import { ColorScheme, Theme, ThemeData } from "../../engine/widgets/theme.ts";
import { dateTimeOf, monthName, twoDigits } from "../../sdk/calendar.ts";
import { bytesText } from "../common/bytes-text.ts";
import { FilesState } from "./files-app.ts";
import { FolderEntry } from "./folder-model.ts";

/** Height of a row. */
export const ROW_HEIGHT: f64 = 36;

/** Height of the line above the list. */
export const HEADINGS_HEIGHT: f64 = 28;

const SIZE_WIDTH: f64 = 88;
const DATE_WIDTH: f64 = 136;

/** A file or folder in the list. */
export class FileRow extends Pressable {
  constructor(
    private entry: FolderEntry,
    private files: FilesState,
  ) {
    super();
    this.role = entry.isFolder ? "folder" : "file";
    this.name = entry.name;
    this.takesFocus = false;
    this.onPressed = on<FileRow>(this, (self) => self.files.select(self.entry));
    this.onDoublePressed = on<FileRow>(this, (self) => self.files.open(self.entry));
    this.onSecondary = onValue<FileRow, PointerEvent>(this, (self, event) =>
      self.files.showMenuAt(event.x, event.y, self.entry),
    );
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const theme = Theme.of(context);
    const colors = theme.colors;
    const entry = this.entry;
    const isSelected = entry.name == this.files.selected;
    const back = isSelected
      ? withOpacity(colors.accent, 0.18)
      : withOpacity(colors.hover, (<f64>(colors.hover >> 24) / 255) * state.hover);
    const muted = theme.caption;
    const row = new Row([
      new Icon(iconOf(entry), 20, inkOf(entry, colors)),
      new SizedBox(12, 0),
      new Expanded(Text.line(entry.name)),
      new SizedBox(
        SIZE_WIDTH,
        NaN,
        Text.line(entry.isFolder ? "" : bytesText(entry.bytes), muted).aligned(TextAlign.End),
      ),
      new SizedBox(DATE_WIDTH, NaN, Text.line(dateText(entry.modifiedNs), muted).aligned(TextAlign.End)),
    ]);
    const face = new DecoratedBox(new BoxDecoration(back, 6), new Padding(EdgeInsets.symmetric(10, 0), row));
    return new Padding(EdgeInsets.symmetric(6, 1), face);
  }
}

/** The line above the list. */
export function columnHeadings(theme: ThemeData): Widget {
  const row = new Row([
    new Expanded(Text.line("Name", theme.caption)),
    new SizedBox(SIZE_WIDTH, NaN, Text.line("Size", theme.caption).aligned(TextAlign.End)),
    new SizedBox(DATE_WIDTH, NaN, Text.line("Changed", theme.caption).aligned(TextAlign.End)),
  ]);
  return new SizedBox(NaN, HEADINGS_HEIGHT, new Padding(EdgeInsets.symmetric(16, 0), row));
}

function iconOf(entry: FolderEntry): Path {
  if (entry.isFolder) return Icons.folder;
  return entry.isPicture ? Icons.image : Icons.file;
}

function inkOf(entry: FolderEntry, colors: ColorScheme): Color {
  return entry.isFolder ? colors.accent : colors.muted;
}

function dateText(ns: i64): string {
  if (ns <= 0) return "";
  const date = dateTimeOf(ns);
  const day = date.day.toString() + " " + monthName(date.month).slice(0, 3);
  return day + ", " + twoDigits(date.hour) + ":" + twoDigits(date.minute);
}
