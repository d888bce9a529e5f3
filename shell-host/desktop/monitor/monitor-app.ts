// The system monitor: processor, memory, packages, frames, and every process.

import { Action, on } from "../../engine/foundation/action.ts";
import { Alarm, cancelAlarm, setAlarm } from "../../engine/foundation/frame-clock.ts";
import { EdgeInsets, Size } from "../../engine/foundation/geometry.ts";
import { Key, KeyEvent } from "../../engine/gestures/events.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { Color, withOpacity } from "../../engine/painting/color.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { ScrollPosition } from "../../engine/rendering/scroll-position.ts";
import { TextAlign } from "../../engine/text/text-layout.ts";
import { ClipRRect, CustomPaint, DecoratedBox, Text } from "../../engine/widgets/basic.ts";
import { Button, ButtonKind } from "../../engine/widgets/button.ts";
import { Dialog } from "../../engine/widgets/dialog.ts";
import { KeyHandler, setShortcuts } from "../../engine/widgets/focus.ts";
import { BuildContext, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { Column, Expanded, Padding, Row, SizedBox, Spacer } from "../../engine/widgets/layout.ts";
import { PressState, Pressable } from "../../engine/widgets/pressable.ts";
import { ListView, RowBuilder } from "../../engine/widgets/scroll-view.ts";
import { Theme, ThemeData } from "../../engine/widgets/theme.ts";
import { errorText } from "../../sdk/error-text.ts";
import { kill } from "../../sdk/process.ts";
import { bytesText } from "../common/bytes-text.ts";
import { FRAME_BUDGET, millisecondsText } from "../common/frame-times.ts";
import { Graph } from "./graph.ts";
import { SlotPainter } from "./slot-painter.ts";
import { History, ProcessSample, Samples } from "./samples.ts";

const PERIOD: f64 = 1000; // milliseconds
const ROW: f64 = 30;
const GRAPH_HEIGHT: f64 = 52;
const PID_WIDTH: f64 = 64;
const STATE_WIDTH: f64 = 88;
const CPU_WIDTH: f64 = 72;
const MEMORY_WIDTH: f64 = 88;
const GREEN: Color = 0xff3fb68b;
const VIOLET: Color = 0xff8b6cf0;
const ORANGE: Color = 0xffe98a4b;

/** The content of the monitor's window. */
export class MonitorApp extends StatefulWidget {
  createState(): State {
    return new MonitorState();
  }
}

class MonitorState extends State {
  readonly samples: Samples = new Samples();
  /** The process that is chosen; 0 for none. */
  selected: i32 = 0;
  private rows: RowBuilder | null = null;
  private alarm: Alarm | null = null;
  private position: ScrollPosition = new ScrollPosition();

  initState(): void {
    this.rows = new ProcessRows(this);
    setShortcuts(new MonitorKeys(this));
    this.takeSample();
  }

  dispose(): void {
    const alarm = this.alarm;
    if (alarm !== null) cancelAlarm(alarm);
    setShortcuts(null);
    this.position.stop();
  }

  private takeSample(): void {
    this.samples.take();
    this.alarm = setAlarm(
      PERIOD,
      on<MonitorState>(this, (self) => self.takeSample()),
    );
    this.setState();
  }

  select(pid: i32): void {
    this.selected = pid;
    this.setState();
  }

  private chosen(): ProcessSample | null {
    const processes = this.samples.processes;
    for (let i = 0; i < processes.length; i++) if (processes[i].pid == this.selected) return processes[i];
    return null;
  }

  /** Chooses another process by the arrow keys. */
  step(by: i32): void {
    const processes = this.samples.processes;
    if (processes.length == 0) return;
    let at = -1;
    for (let i = 0; i < processes.length; i++) if (processes[i].pid == this.selected) at = i;
    at = at < 0 ? 0 : max(0, min(processes.length - 1, at + by));
    this.position.show(<f64>at * ROW, ROW);
    this.select(processes[at].pid);
  }

  askToEnd(): void {
    const process = this.chosen();
    const element = this.element;
    if (process === null || element === null) return;
    new Dialog(
      "End " + process.shownName + "?",
      "What it has not saved is lost.",
      "End process",
      ButtonKind.Danger,
    )
      .accepting(on<MonitorState>(this, (self) => self.end()))
      .show(element);
  }

  private end(): void {
    const element = this.element;
    const error = kill(this.selected);
    if (error < 0 && element !== null)
      new Dialog("It cannot be ended", errorText(error), "Close").show(element);
    this.selected = 0;
    this.setState();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const samples = this.samples;
    const accent = theme.colors.accent;
    const memory = bytesText(<u64>samples.memoryUsed) + " of " + bytesText(<u64>samples.memoryTotal);
    const cards = new Row(
      [
        new Expanded(
          this.card(theme, "Processor", percentText(samples.cpu.last), "", samples.cpu, 100, accent),
        ),
        new Expanded(
          this.card(theme, "Memory", percentText(samples.memory.last), memory, samples.memory, 100, VIOLET),
        ),
        new Expanded(
          this.card(
            theme,
            "Frame time",
            millisecondsText(samples.frameTimes.last),
            (<i64>samples.frames.count).toString() + " frames",
            samples.frameTimes,
            FRAME_BUDGET,
            GREEN,
          ),
        ),
        new SizedBox(128, NaN, this.cacheCard(theme)),
      ],
      MainAlign.Start,
      CrossAlign.Start,
    ).spaced(12);
    return new Padding(
      new EdgeInsets(16, 4, 16, 16),
      new Column(
        [cards, new Expanded(this.table(theme)), this.footer(theme)],
        MainAlign.Start,
        CrossAlign.Stretch,
      ).spaced(12),
    );
  }

  private card(
    theme: ThemeData,
    title: string,
    value: string,
    more: string,
    history: History,
    most: f64,
    color: Color,
  ): Widget {
    const graph = new CustomPaint(
      new Graph(history, most, color, withOpacity(theme.colors.text, 0.08)),
      new Size(Infinity, GRAPH_HEIGHT),
    );
    return panel(
      theme,
      new Column(
        [
          Text.line(title, theme.caption),
          new Row([
            Text.line(value, theme.title),
            new Expanded(Text.line(more, theme.caption).aligned(TextAlign.End)),
          ]).spaced(8),
          graph,
        ],
        MainAlign.Start,
        CrossAlign.Stretch,
      )
        .spaced(4)
        .shrunk(),
    );
  }

  private cacheCard(theme: ThemeData): Widget {
    const slots = this.samples.cacheSlots.split("/");
    const used = <i32>parseInt(slots[0]);
    const total = slots.length > 1 ? <i32>parseInt(slots[1]) : 0;
    const text = total > 0 ? used.toString() + " of " + total.toString() : "none";
    return panel(
      theme,
      new Column(
        [
          Text.line("Package cache", theme.caption),
          Text.line(text, theme.title),
          new CustomPaint(
            new SlotPainter(used, total, ORANGE, withOpacity(theme.colors.text, 0.12)),
            new Size(Infinity, GRAPH_HEIGHT),
          ),
        ],
        MainAlign.Start,
        CrossAlign.Stretch,
      )
        .spaced(4)
        .shrunk(),
    );
  }

  private table(theme: ThemeData): Widget {
    const heading = new SizedBox(NaN, 30, new Padding(EdgeInsets.symmetric(14, 0), headings(theme)));
    const line = new DecoratedBox(new BoxDecoration(theme.colors.border), new SizedBox(NaN, 1));
    const list = new ListView(this.samples.processes.length, ROW, this.rows as RowBuilder);
    list.position = this.position;
    const column = new Column([heading, line, new Expanded(list)], MainAlign.Start, CrossAlign.Stretch);
    return new DecoratedBox(
      new BoxDecoration(theme.colors.surface, 10).border(theme.colors.border),
      new Padding(EdgeInsets.all(1), new ClipRRect(9, column)),
    );
  }

  private footer(theme: ThemeData): Widget {
    const count = this.samples.processes.length.toString() + " processes";
    const end: Action | null =
      this.chosen() === null ? null : on<MonitorState>(this, (self) => self.askToEnd());
    return new Row([
      Text.line(count, theme.caption),
      new Spacer(),
      new Button("End process", end).as(ButtonKind.Danger),
    ]);
  }
}

class MonitorKeys extends KeyHandler {
  constructor(private monitor: MonitorState) {
    super();
  }

  handleKey(event: KeyEvent): bool {
    if (event.key == Key.Up) this.monitor.step(-1);
    else if (event.key == Key.Down) this.monitor.step(1);
    else if (event.key == Key.Delete) this.monitor.askToEnd();
    else return false;
    return true;
  }
}

function panel(theme: ThemeData, child: Widget): Widget {
  return new DecoratedBox(
    new BoxDecoration(theme.colors.surface, 10).border(theme.colors.border),
    new Padding(EdgeInsets.symmetric(12, 10), child),
  );
}

function headings(theme: ThemeData): Widget {
  return processColumns(
    Text.line("Name", theme.caption),
    Text.line("PID", theme.caption).aligned(TextAlign.End),
    Text.line("State", theme.caption),
    Text.line("CPU", theme.caption).aligned(TextAlign.End),
    Text.line("Memory", theme.caption).aligned(TextAlign.End),
  );
}

function processColumns(name: Widget, pid: Widget, state: Widget, cpu: Widget, memory: Widget): Widget {
  return new Row([
    new Expanded(name),
    new SizedBox(PID_WIDTH, NaN, pid),
    new SizedBox(STATE_WIDTH, NaN, new Padding(new EdgeInsets(24, 0, 0, 0), state)),
    new SizedBox(CPU_WIDTH, NaN, cpu),
    new SizedBox(MEMORY_WIDTH, NaN, memory),
  ]);
}

class ProcessRows extends RowBuilder {
  constructor(private state: MonitorState) {
    super();
  }

  build(_context: BuildContext, index: i32): Widget {
    const process = this.state.samples.processes[index];
    return new ProcessRow(process, this.state);
  }
}

class ProcessRow extends Pressable {
  constructor(
    private process: ProcessSample,
    private monitor: MonitorState,
  ) {
    super();
    this.role = "row";
    this.name = process.shownName + " " + process.pid.toString();
    this.takesFocus = false;
    this.onPressed = on<ProcessRow>(this, (self) => self.monitor.select(self.process.pid));
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const theme = Theme.of(context);
    const colors = theme.colors;
    const process = this.process;
    const selected = process.pid == this.monitor.selected;
    const back = selected
      ? withOpacity(colors.accent, 0.2)
      : withOpacity(colors.hover, (<f64>(colors.hover >> 24) / 255) * state.hover);
    const muted = theme.body.colored(colors.muted);
    const cpu = process.cpuPercent < 0 ? "" : percentText(process.cpuPercent);
    const row = processColumns(
      Text.line(process.shownName, theme.body),
      Text.line(process.pid.toString(), muted).aligned(TextAlign.End),
      Text.line(stateText(process.state), muted),
      Text.line(cpu, theme.body).aligned(TextAlign.End),
      Text.line(bytesText(<u64>(process.memoryKib * 1024)), theme.body).aligned(TextAlign.End),
    );
    return new DecoratedBox(new BoxDecoration(back), new Padding(EdgeInsets.symmetric(14, 0), row));
  }
}

function stateText(state: string): string {
  if (state == "run") return "Running";
  if (state == "wait") return "Waiting";
  return state == "zombie" ? "Ended" : state;
}

function percentText(value: f64): string {
  return oneDecimal(value) + " %";
}

function oneDecimal(value: f64): string {
  const tenths = <i64>floor(value * 10 + 0.5);
  return (tenths / 10).toString() + "." + (tenths % 10).toString();
}
