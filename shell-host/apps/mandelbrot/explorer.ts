import { CURSOR_CROSS } from "../../../guest-kernel/abi/window.ts";
import { ValueAction, on, onValue } from "../../engine/foundation/action.ts";
import { addTicker, removeTicker } from "../../engine/foundation/frame-clock.ts";
import { EdgeInsets, Offset } from "../../engine/foundation/geometry.ts";
import { PointerEvent } from "../../engine/gestures/events.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { RenderBox } from "../../engine/rendering/render-box.ts";
import { DecoratedBox, Text } from "../../engine/widgets/basic.ts";
import { Button } from "../../engine/widgets/button.ts";
import { BuildContext, RenderWidget, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { GestureDetector } from "../../engine/widgets/gesture-detector.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { Column, Expanded, Padding, Row, SizedBox } from "../../engine/widgets/layout.ts";
import { ProgressBar } from "../../engine/widgets/progress.ts";
import { Theme } from "../../engine/widgets/theme.ts";
import { monotonicNs } from "../../sdk/clock.ts";
import { RenderPicture } from "./picture-box.ts";
import { Picture } from "./picture.ts";

const SLICE_NS: i64 = 9_000_000; // of work in a frame: the rest is for drawing
const WHEEL_STEP: f64 = 72; // logical pixels that a notch scrolls

/** Looks around in the Mandelbrot set: drag to move, wheel or click to zoom. */
export class Explorer extends StatefulWidget {
  createState(): State {
    return new ExplorerState();
  }
}

class ExplorerState extends State {
  readonly picture: Picture = new Picture();
  box: RenderBox | null = null;
  private ticker: ValueAction<f64> | null = null;
  private x: f64 = 0; // where the pointer was last, in the picture
  private y: f64 = 0;

  initState(): void {
    this.picture.addListener(on<ExplorerState>(this, (self) => self.work()));
  }

  dispose(): void {
    this.rest();
  }

  /** Goes on with the picture in each frame until it is done. */
  private work(): void {
    if (this.ticker !== null || this.picture.isDone) return;
    const ticker = onValue<ExplorerState, f64>(this, (self, _now) => self.slice());
    this.ticker = ticker;
    addTicker(ticker);
  }

  private rest(): void {
    const ticker = this.ticker;
    if (ticker !== null) removeTicker(ticker);
    this.ticker = null;
  }

  private slice(): void {
    const until = monotonicNs() + SLICE_NS;
    while (!this.picture.isDone && monotonicNs() < until) this.picture.makeRow();
    if (this.picture.isDone) this.rest();
    this.setState();
  }

  private zoom(factor: f64): void {
    this.picture.zoom(<f64>this.picture.bitmap.width / 2, <f64>this.picture.bitmap.height / 2, factor);
    this.setState();
  }

  private zoomHere(factor: f64): void {
    this.picture.zoom(this.x, this.y, factor);
    this.setState();
  }

  private pointDown(event: PointerEvent): void {
    const box = this.box;
    if (box === null) return;
    this.x = event.x - box.globalX();
    this.y = event.y - box.globalY();
  }

  private reset(): void {
    this.picture.reset();
    this.setState();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const detector = new GestureDetector(new PictureBox(this));
    detector.cursor = CURSOR_CROSS;
    detector.onPointerDown = onValue<ExplorerState, PointerEvent>(this, (self, event) =>
      self.pointDown(event),
    );
    detector.onDoubleTap = on<ExplorerState>(this, (self) => self.zoomHere(0.4));
    detector.onTap = on<ExplorerState>(this, (_self) => {});
    detector.onDrag = onValue<ExplorerState, Offset>(this, (self, by) => self.picture.move(by.x, by.y));
    detector.onWheel = onValue<ExplorerState, f64>(this, (self, distance) =>
      self.zoom(Math.pow(1.25, distance / WHEEL_STEP)),
    );
    const picture = this.picture;
    const magnification = "× " + (<i64>Math.round(0.004 / picture.step)).toString();
    const bar: Widget = picture.isDone
      ? new SizedBox(96, 4)
      : new SizedBox(96, 4, new ProgressBar(picture.progress));
    const footer = new Row([
      Text.line(magnification, theme.label),
      bar,
      new Expanded(Text.line("Drag to move, double-click or turn the wheel to zoom", theme.caption)),
      Button.icon(
        Icons.remove,
        on<ExplorerState>(this, (self) => self.zoom(2)),
        "Zoom out",
      ).small(),
      Button.icon(
        Icons.add,
        on<ExplorerState>(this, (self) => self.zoom(0.5)),
        "Zoom in",
      ).small(),
      Button.icon(
        Icons.home,
        on<ExplorerState>(this, (self) => self.reset()),
        "Back to the whole",
      ).small(),
    ]).spaced(8);
    return new Column(
      [
        new Expanded(detector),
        new DecoratedBox(
          new BoxDecoration(theme.colors.background),
          new SizedBox(NaN, 40, new Padding(EdgeInsets.symmetric(14, 0), footer)),
        ),
      ],
      MainAlign.Start,
      CrossAlign.Stretch,
    );
  }
}

class PictureBox extends RenderWidget {
  constructor(private state: ExplorerState) {
    super();
  }

  createRenderBox(): RenderBox {
    const box = new RenderPicture(this.state.picture);
    this.state.box = box;
    return box;
  }

  updateRenderBox(_box: RenderBox): void {}
}
