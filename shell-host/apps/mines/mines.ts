import { Action, on, onValue } from "../../engine/foundation/action.ts";
import { Alarm, cancelAlarm, frameTime, setAlarm } from "../../engine/foundation/frame-clock.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { PointerEvent } from "../../engine/gestures/events.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { Color, layOver, mixColors, withOpacity } from "../../engine/painting/color.ts";
import { Path } from "../../engine/painting/path.ts";
import { parseSvgPath } from "../../engine/painting/svg-path.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { TextStyle } from "../../engine/text/text-style.ts";
import { semiboldFont } from "../../engine/text/typefaces.ts";
import { DecoratedBox, Icon, Text } from "../../engine/widgets/basic.ts";
import { Button } from "../../engine/widgets/button.ts";
import { Digits } from "../../engine/widgets/digits.ts";
import { BuildContext, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { Center, Column, Expanded, Padding, Row, SizedBox, Spacer } from "../../engine/widgets/layout.ts";
import { PressState, Pressable } from "../../engine/widgets/pressable.ts";
import { Theme, ThemeData } from "../../engine/widgets/theme.ts";
import { Segmented } from "../../engine/widgets/toggles.ts";
import { Cell, Field, GameState } from "./field.ts";

const LEVELS: string[] = ["Small", "Medium"];
const COLUMNS: i32[] = [9, 12];
const ROWS: i32[] = [9, 12];
const MINES: i32[] = [10, 22];
const FLAG = "M7 21V4M7 5h10.5l-2.5 3.750l2.5 3.750H7";
const MINE =
  "M17 12a5 5 0 1 1-10 0a5 5 0 0 1 10 0zM12 7V4M12 20v-3M4 12h3M17 12h3M6.5 6.5l2 2M15.5 15.5l2 2M6.5 17.5l2-2M15.5 8.5l2-2";

// For 1..8, in the light and in the dark theme; contrast with a cell of at least 4.5.
const LIGHT_INKS: Color[] = [
  0xff2456d6, 0xff1a7a3c, 0xffc42b2b, 0xff5a2ea6, 0xff8a3d12, 0xff0b6e7f, 0xff1f2937, 0xff4b5563,
];
const DARK_INKS: Color[] = [
  0xff7fa6ff, 0xff6fd39a, 0xffff8a80, 0xffc3a3ff, 0xfff0a878, 0xff74d4e4, 0xfff1f3f5, 0xffaab3c0,
];

/** The game. */
export class Mines extends StatefulWidget {
  createState(): State {
    return new MinesState();
  }
}

class MinesState extends State {
  field: Field = new Field(COLUMNS[0], ROWS[0], MINES[0]);
  readonly flagPath: Path = parseSvgPath(FLAG);
  readonly minePath: Path = parseSvgPath(MINE);
  private level: i32 = 0;
  private startedAt: f64 = 0; // frame time
  private seconds: i32 = 0;
  private alarm: Alarm | null = null;

  dispose(): void {
    this.stopClock();
  }

  private restart(level: i32): void {
    this.level = level;
    this.field = new Field(COLUMNS[level], ROWS[level], MINES[level]);
    this.seconds = 0;
    this.stopClock();
    this.setState();
  }

  private stopClock(): void {
    const alarm = this.alarm;
    if (alarm !== null) cancelAlarm(alarm);
    this.alarm = null;
  }

  private tick(): void {
    this.seconds = <i32>((frameTime() - this.startedAt) / 1000);
    this.alarm = setAlarm(
      1000,
      on<MinesState>(this, (self) => self.tick()),
    );
    this.setState();
  }

  open(index: i32): void {
    if (this.field.state == GameState.Ready) {
      this.startedAt = frameTime();
      this.tick();
    }
    this.field.open(index);
    if (this.field.isOver) this.stopClock();
    this.setState();
  }

  flag(index: i32): void {
    this.field.flag(index);
    this.setState();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const rows: Widget[] = [];
    const field = this.field;
    for (let y = 0; y < field.rows; y++) {
      const cells: Widget[] = [];
      for (let x = 0; x < field.columns; x++)
        cells.push(new Expanded(new CellButton(y * field.columns + x, this)));
      rows.push(new Expanded(new Row(cells, MainAlign.Start, CrossAlign.Stretch).spaced(3)));
    }
    const board = new Column(rows, MainAlign.Start, CrossAlign.Stretch).spaced(3);
    return new Padding(
      new EdgeInsets(16, 4, 16, 16),
      new Column([this.header(theme), new Expanded(board)], MainAlign.Start, CrossAlign.Stretch).spaced(12),
    );
  }

  private header(theme: ThemeData): Widget {
    const field = this.field;
    const levels = new Segmented(
      LEVELS,
      this.level,
      onValue<MinesState, i32>(this, (self, level) => self.restart(level)),
    );
    const again: Action = on<MinesState>(this, (self) => self.restart(self.level));
    let text = (field.mines - field.flags).toString() + " left";
    let color = theme.colors.muted;
    if (field.state == GameState.Won) {
      text = "You won";
      color = theme.colors.success;
    } else if (field.state == GameState.Lost) {
      text = "Boom";
      color = theme.colors.danger;
    }
    return new Row([
      new SizedBox(168, NaN, levels),
      new SizedBox(4, 0),
      Text.line(text, theme.label.colored(color)),
      new Spacer(),
      new Digits(this.seconds.toString() + " s", theme.label.colored(theme.colors.muted)),
      Button.icon(Icons.refresh, again, "New game").small(),
    ]).spaced(8);
  }
}

class CellButton extends Pressable {
  constructor(
    private index: i32,
    private state: MinesState,
  ) {
    super();
    const columns = state.field.columns;
    this.role = "cell";
    this.name =
      (index / columns + 1).toString() +
      "," +
      ((index % columns) + 1).toString() +
      meaning(state.field.cells[index]);
    this.takesFocus = false;
    this.onPressed = on<CellButton>(this, (self) => self.state.open(self.index));
    this.onSecondary = onValue<CellButton, PointerEvent>(this, (self, _event) => self.state.flag(self.index));
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const colors = Theme.of(context).colors;
    const cell = this.state.field.cells[this.index];
    const look = new BoxDecoration(this.background(context, cell, state), 6);
    if (!cell.isOpen) look.border(colors.border);
    return new DecoratedBox(look, new Center(this.content(context, cell)));
  }

  private background(context: BuildContext, cell: Cell, state: PressState): Color {
    const colors = Theme.of(context).colors;
    if (cell.isOpen && cell.isMine)
      return this.index == this.state.field.exploded
        ? colors.danger
        : layOver(withOpacity(colors.danger, 0.25), colors.surface);
    if (cell.isOpen) return layOver(colors.hover, colors.background);
    const closed = layOver(withOpacity(colors.accent, colors.isDark ? 0.22 : 0.16), colors.surface);
    if (state.pressed) return layOver(colors.pressed, closed);
    return mixColors(closed, layOver(withOpacity(colors.accent, 0.18), closed), state.hover);
  }

  private content(context: BuildContext, cell: Cell): Widget | null {
    const colors = Theme.of(context).colors;
    if (cell.isFlagged) return new Icon(this.state.flagPath, 18, colors.danger);
    if (!cell.isOpen) return null;
    if (cell.isMine) {
      const ink = this.index == this.state.field.exploded ? colors.onAccent : colors.danger;
      return new Icon(this.state.minePath, 18, ink);
    }
    if (cell.count == 0) return null;
    const inks = colors.isDark ? DARK_INKS : LIGHT_INKS;
    return Text.line(cell.count.toString(), new TextStyle(semiboldFont(), 15, inks[cell.count - 1], 1.2));
  }
}

/** What a cell shows, in words. */
function meaning(cell: Cell): string {
  if (cell.isFlagged) return " flagged";
  if (!cell.isOpen) return " closed";
  return cell.isMine ? " mine" : " " + cell.count.toString();
}
