import { ValueAction, on, onValue } from "../foundation/action.ts";
import { Alarm, cancelAlarm, setAlarm } from "../foundation/frame-clock.ts";
import { EdgeInsets } from "../foundation/geometry.ts";
import { RenderPointerListener } from "../rendering/input-boxes.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { DecoratedBox, Text } from "./basic.ts";
import { BuildContext, State, StatefulWidget, StatelessWidget, Widget } from "./framework.ts";
import { Padding, SingleChildWidget } from "./layout.ts";
import { floatingLook } from "./menu.ts";
import { Anchored, Overlay, OverlayEntry } from "./overlay.ts";
import { Theme } from "./theme.ts";

const DELAY: f64 = 500; // milliseconds

/** Shows a few words below its child when the pointer rests on it. */
export class Tooltip extends StatefulWidget {
  constructor(
    readonly text: string,
    readonly child: Widget,
  ) {
    super();
  }

  createState(): State {
    return new TooltipState();
  }
}

class TooltipState extends State {
  box: RenderBox | null = null;
  private alarm: Alarm | null = null;
  private entry: OverlayEntry | null = null;

  dispose(): void {
    this.hide();
  }

  private hovered(inside: bool): void {
    if (!inside) return this.hide();
    this.alarm = setAlarm(
      DELAY,
      on<TooltipState>(this, (self) => self.show()),
    );
  }

  private hide(): void {
    const alarm = this.alarm;
    if (alarm !== null) cancelAlarm(alarm);
    this.alarm = null;
    const entry = this.entry;
    if (entry !== null) entry.remove();
    this.entry = null;
  }

  private show(): void {
    const box = this.box;
    const element = this.element;
    if (box === null || element === null || this.entry !== null) return;
    const x = box.globalX() + box.size.width / 2;
    const tip = new Anchored(
      x,
      box.globalY() + box.size.height + 6,
      new TooltipCard(this.widgetOf<Tooltip>().text),
    );
    tip.centered = true;
    const entry = new OverlayEntry(tip);
    this.entry = entry;
    Overlay.of(element).insert(entry);
  }

  build(_context: BuildContext): Widget {
    return new HoverBox(
      this,
      onValue<TooltipState, bool>(this, (self, inside) => self.hovered(inside)),
      this.widgetOf<Tooltip>().child,
    );
  }
}

class TooltipCard extends StatelessWidget {
  constructor(private text: string) {
    super();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const text = Text.line(this.text, theme.caption.colored(theme.colors.text));
    return new DecoratedBox(floatingLook(theme), new Padding(EdgeInsets.symmetric(10, 6), text));
  }
}

class HoverBox extends SingleChildWidget {
  constructor(
    private state: TooltipState,
    private onHover: ValueAction<bool>,
    child: Widget,
  ) {
    super(child);
  }

  createRenderBox(): RenderBox {
    const box = new RenderPointerListener();
    box.opaque = false;
    this.state.box = box;
    this.updateRenderBox(box);
    return box;
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderPointerListener).onHover = this.onHover;
  }
}
