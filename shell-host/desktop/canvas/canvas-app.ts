// Drawing with the pointer.

import { CURSOR_CROSS } from "../../../guest-kernel/abi/window.ts";
import { Action, on, onValue } from "../../engine/foundation/action.ts";
import { EdgeInsets, Offset } from "../../engine/foundation/geometry.ts";
import { KeyEvent, Key, PointerEvent } from "../../engine/gestures/events.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { Color, WHITE } from "../../engine/painting/color.ts";
import { Path } from "../../engine/painting/path.ts";
import { encodePng } from "../../engine/painting/png-encode.ts";
import { BoxShadow } from "../../engine/painting/shadow.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { RenderBox } from "../../engine/rendering/render-box.ts";
import { DecoratedBox, Icon, Text } from "../../engine/widgets/basic.ts";
import { Button } from "../../engine/widgets/button.ts";
import { Dialog } from "../../engine/widgets/dialog.ts";
import { KeyHandler, setShortcuts } from "../../engine/widgets/focus.ts";
import { BuildContext, RenderWidget, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { GestureDetector } from "../../engine/widgets/gesture-detector.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { Center, Column, Expanded, Padding, Row, SizedBox, Spacer } from "../../engine/widgets/layout.ts";
import { PressState, Pressable } from "../../engine/widgets/pressable.ts";
import { Slider } from "../../engine/widgets/slider.ts";
import { Theme, ThemeData } from "../../engine/widgets/theme.ts";
import { Tooltip } from "../../engine/widgets/tooltip.ts";
import { errorText } from "../../sdk/error-text.ts";
import { statFile, writeFile } from "../../sdk/files.ts";
import { RenderDrawing } from "./drawing-box.ts";
import { Drawing } from "./drawing.ts";

const WIDTH: i32 = 1120;
const HEIGHT: i32 = 720;
const MAX_BRUSH: f64 = 48;
const COLORS: Color[] = [
  0xff1b1f27, 0xff6b7280, 0xffd9363e, 0xfff2802e, 0xfff2c230, 0xff2fa866, 0xff23a6c8, 0xff2f6fe0, 0xff7a4fe0,
  0xffd8539b,
];
const COLOR_NAMES: string[] = [
  "Black",
  "Grey",
  "Red",
  "Orange",
  "Yellow",
  "Green",
  "Turquoise",
  "Blue",
  "Violet",
  "Pink",
];

/** The content of the drawing window. */
export class CanvasApp extends StatefulWidget {
  createState(): State {
    return new CanvasState();
  }
}

class CanvasState extends State {
  readonly drawing: Drawing = new Drawing(WIDTH, HEIGHT);
  box: RenderBox | null = null;
  color: i32 = 7;
  private erases: bool = false;
  private size: f64 = 0.16; // of MAX_BRUSH
  private lastX: f64 = 0;
  private lastY: f64 = 0;

  initState(): void {
    setShortcuts(new CanvasKeys(this));
  }

  private get brush(): f64 {
    return max(1.0, this.size * MAX_BRUSH);
  }

  private pointDown(event: PointerEvent): void {
    const box = this.box;
    if (box === null) return;
    const couldUndo = this.drawing.canUndo;
    this.drawing.begin();
    this.lastX = event.x - box.globalX();
    this.lastY = event.y - box.globalY();
    this.stroke(this.lastX, this.lastY);
    if (!couldUndo) this.setState();
  }

  private drag(by: Offset): void {
    this.stroke(this.lastX + by.x, this.lastY + by.y);
  }

  private stroke(x: f64, y: f64): void {
    const color = this.erases ? WHITE : COLORS[this.color];
    this.drawing.line(this.lastX, this.lastY, x, y, this.erases ? this.brush * 2 : this.brush, color);
    this.lastX = x;
    this.lastY = y;
  }

  choose(color: i32): void {
    this.color = color;
    this.erases = false;
    this.setState();
  }

  private setErasing(erases: bool): void {
    this.erases = erases;
    this.setState();
  }

  private setSize(size: f64): void {
    this.size = size;
    this.setState();
  }

  undo(): void {
    this.drawing.undo();
    this.setState();
  }

  redo(): void {
    this.drawing.redo();
    this.setState();
  }

  private clear(): void {
    this.drawing.clear();
    this.setState();
  }

  /** Asks for a name, and writes a PNG file. */
  save(): void {
    const folder = statFile("/data").error == 0 ? "/data" : "/tmp";
    new Dialog("Save the picture", "As a PNG file.", "Save")
      .asking(
        folder + "/drawing.png",
        onValue<CanvasState, string>(this, (self, path) => self.saveAs(path)),
      )
      .show(this.element as BuildContext);
  }

  private saveAs(path: string): void {
    const file = encodePng(this.drawing.bitmap);
    const error = writeFile(path, file);
    if (error < 0)
      new Dialog("It was not saved", errorText(error), "Close").show(this.element as BuildContext);
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const detector = new GestureDetector(new DrawingBox(this));
    detector.cursor = CURSOR_CROSS;
    detector.onPointerDown = onValue<CanvasState, PointerEvent>(this, (self, event) => self.pointDown(event));
    detector.onDrag = onValue<CanvasState, Offset>(this, (self, by) => self.drag(by));
    const paper = new DecoratedBox(
      new BoxDecoration(WHITE).shadow(new BoxShadow(theme.colors.shadow, 1, 6)),
      detector,
    );
    return new Column(
      [this.toolbar(theme), new Expanded(new Padding(new EdgeInsets(12, 0, 12, 12), paper))],
      MainAlign.Start,
      CrossAlign.Stretch,
    );
  }

  private toolbar(theme: ThemeData): Widget {
    const undo: Action | null = this.drawing.canUndo ? on<CanvasState>(this, (self) => self.undo()) : null;
    const redo: Action | null = this.drawing.canRedo ? on<CanvasState>(this, (self) => self.redo()) : null;
    const swatches: Widget[] = [];
    for (let i = 0; i < COLORS.length; i++)
      swatches.push(new Swatch(i, i == this.color && !this.erases, this));
    const slider = new Slider(
      this.size,
      onValue<CanvasState, f64>(this, (self, size) => self.setSize(size)),
      "Size",
    );
    return new SizedBox(
      NaN,
      48,
      new Padding(
        EdgeInsets.symmetric(12, 0),
        new Row([
          new ToolButton(
            "Brush",
            Icons.brush,
            !this.erases,
            on<CanvasState>(this, (self) => self.setErasing(false)),
          ),
          new ToolButton(
            "Eraser",
            Icons.eraser,
            this.erases,
            on<CanvasState>(this, (self) => self.setErasing(true)),
          ),
          new SizedBox(8, 0),
          new Row(swatches).spaced(4).shrunk(),
          new SizedBox(12, 0),
          new SizedBox(110, NaN, slider),
          new SizedBox(44, NaN, Text.line((<i32>this.brush).toString() + " px", theme.caption)),
          new Spacer(),
          new Tooltip("Undo", Button.icon(Icons.undo, undo, "Undo").small()),
          new Tooltip("Redo", Button.icon(Icons.redo, redo, "Redo").small()),
          new Tooltip(
            "Clear",
            Button.icon(
              Icons.trash,
              on<CanvasState>(this, (self) => self.clear()),
              "Clear",
            ).small(),
          ),
          new Button(
            "Save",
            on<CanvasState>(this, (self) => self.save()),
          )
            .withIcon(Icons.save)
            .small(),
        ]).spaced(4),
      ),
    );
  }
}

class ToolButton extends Pressable {
  constructor(
    label: string,
    private icon: Path,
    private isOn: bool,
    action: Action,
  ) {
    super();
    this.name = label;
    this.role = isOn ? "tool-selected" : "tool";
    this.onPressed = action;
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const colors = Theme.of(context).colors;
    const back: Color = this.isOn ? colors.pressed : state.hover > 0.5 || state.focused ? colors.hover : 0;
    const ink = this.isOn ? colors.accent : colors.text;
    return new DecoratedBox(
      new BoxDecoration(back, ThemeData.radius),
      new SizedBox(32, 32, new Center(new Icon(this.icon, 18, ink))),
    );
  }
}

class Swatch extends Pressable {
  constructor(
    private index: i32,
    private isOn: bool,
    private state: CanvasState,
  ) {
    super();
    this.role = isOn ? "color-selected" : "color";
    this.name = COLOR_NAMES[index];
    this.onPressed = on<Swatch>(this, (self) => self.state.choose(self.index));
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const colors = Theme.of(context).colors;
    const dot = new BoxDecoration(COLORS[this.index], 9).border(colors.border);
    const ring = new BoxDecoration(0, 12);
    if (this.isOn || state.focused) ring.border(colors.accent, 2);
    return new DecoratedBox(
      ring,
      new SizedBox(24, 24, new Center(new DecoratedBox(dot, new SizedBox(18, 18)))),
    );
  }
}

class CanvasKeys extends KeyHandler {
  constructor(private state: CanvasState) {
    super();
  }

  handleKey(event: KeyEvent): bool {
    if (event.key != Key.Character || !event.control) return false;
    const letter = event.text.toLowerCase();
    if (letter == "z" && event.shift) this.state.redo();
    else if (letter == "z") this.state.undo();
    else if (letter == "y") this.state.redo();
    else if (letter == "s") this.state.save();
    else return false;
    return true;
  }
}

class DrawingBox extends RenderWidget {
  constructor(private state: CanvasState) {
    super();
  }

  createRenderBox(): RenderBox {
    const box = new RenderDrawing(this.state.drawing);
    this.state.box = box;
    return box;
  }

  updateRenderBox(_box: RenderBox): void {}
}
