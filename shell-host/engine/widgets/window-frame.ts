// The frame of a window: its title bar and its edge. The window manager serves the bar (guest-kernel/abi/window.ts says where its
// parts are); what is drawn here is all that the app has to do with it.

import {
  TITLE_BAR_HEIGHT,
  TITLE_BUTTON_WIDTH,
  WINDOW_CORNER_RADIUS,
  WINDOW_STATE_FOCUSED,
  WINDOW_STATE_MAXIMISED,
  WINDOW_STATE_SNAPPED,
} from "../../../guest-kernel/abi/window.ts";
import { onValue } from "../foundation/action.ts";
import { Alignment } from "../foundation/geometry.ts";
import { Color, TRANSPARENT, withOpacity } from "../painting/color.ts";
import { BoxDecoration } from "../painting/box-decoration.ts";
import { Path } from "../painting/path.ts";
import { CrossAlign, MainAlign } from "../rendering/flex.ts";
import { DecoratedBox, Icon, Text } from "./basic.ts";
import { AppIcon, IconLook } from "./app-icon.ts";
import { BuildContext, State, StatefulWidget, StatelessWidget, Widget } from "./framework.ts";
import { GestureDetector } from "./gesture-detector.ts";
import { Icons } from "./icons.ts";
import { Center, Column, Expanded, Positioned, Row, SizedBox, Stack } from "./layout.ts";
import { Semantics } from "./semantics.ts";
import { ThemeData, Theme } from "./theme.ts";

const ICON_SIDE: f64 = 18;
const ICON_SIZE: f64 = 15;
const MISSING_OPACITY: f64 = 0.35;
const CLOSE_HOVER: Color = 0xffd93a3a;

/** A window's content under its title bar. */
export class WindowFrame extends StatelessWidget {
  constructor(
    readonly title: string,
    readonly icon: IconLook | null,
    /** WINDOW_STATE_* */
    readonly state: u32,
    /** It cannot be resized, so it cannot be maximised either. */
    readonly isFixed: bool,
    readonly child: Widget,
  ) {
    super();
  }

  build(context: BuildContext): Widget {
    const colors = Theme.of(context).colors;
    const bar = new TitleBar(this.title, this.icon, this.state, this.isFixed);
    const body = new Column([bar, new Expanded(this.child)], MainAlign.Start, CrossAlign.Stretch);
    const isWhole = (this.state & (WINDOW_STATE_MAXIMISED | WINDOW_STATE_SNAPPED)) != 0;
    const edge = new BoxDecoration(TRANSPARENT, isWhole ? 0 : <f64>WINDOW_CORNER_RADIUS);
    if (!isWhole) edge.border(colors.edge);
    return new Stack(
      [new DecoratedBox(new BoxDecoration(colors.background), body), Positioned.fill(new DecoratedBox(edge))],
      Alignment.topLeft,
      true,
    );
  }
}

class TitleBar extends StatelessWidget {
  constructor(
    private title: string,
    private icon: IconLook | null,
    private state: u32,
    private isFixed: bool,
  ) {
    super();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const focused = (this.state & WINDOW_STATE_FOCUSED) != 0;
    const style = theme.label.colored(focused ? theme.colors.text : theme.colors.muted);
    const parts: Widget[] = [new SizedBox(3 * ThemeData.unit, 0)];
    const icon = this.icon;
    if (icon !== null) {
      parts.push(new AppIcon(icon, ICON_SIDE));
      parts.push(new SizedBox(2 * ThemeData.unit, 0));
    }
    parts.push(new Expanded(Text.line(this.title, style)));
    parts.push(new TitleButton("minimise", Icons.minimise, focused));
    if (!this.isFixed) {
      const whole = (this.state & WINDOW_STATE_MAXIMISED) != 0;
      parts.push(new TitleButton("maximise", whole ? Icons.restore : Icons.maximise, focused));
    } else parts.push(new MissingButton(Icons.maximise));
    parts.push(new TitleButton("close", Icons.close, focused));
    return new SizedBox(NaN, <f64>TITLE_BAR_HEIGHT, new Semantics("titlebar", this.title, new Row(parts)));
  }
}

/** Shows that this window has no such button. */
class MissingButton extends StatelessWidget {
  constructor(private icon: Path) {
    super();
  }

  build(context: BuildContext): Widget {
    const ink = withOpacity(Theme.of(context).colors.muted, MISSING_OPACITY);
    return new SizedBox(
      <f64>TITLE_BUTTON_WIDTH,
      <f64>TITLE_BAR_HEIGHT,
      new Center(new Icon(this.icon, ICON_SIZE, ink)),
    );
  }
}

/** Shows where to press; the window manager takes it from there. */
class TitleButton extends StatefulWidget {
  constructor(
    readonly name: string,
    readonly icon: Path,
    readonly focused: bool,
  ) {
    super();
  }

  createState(): State {
    return new TitleButtonState();
  }
}

class TitleButtonState extends State {
  private inside: bool = false;

  private setInside(inside: bool): void {
    this.inside = inside;
    this.setState();
  }

  build(context: BuildContext): Widget {
    const widget = this.widgetOf<TitleButton>();
    const colors = Theme.of(context).colors;
    const closes = widget.name == "close";
    let ink = widget.focused || this.inside ? colors.text : colors.muted;
    if (this.inside && closes) ink = 0xffffffff;
    const back = !this.inside ? TRANSPARENT : closes ? CLOSE_HOVER : colors.hover;
    const face = new DecoratedBox(new BoxDecoration(back), new Center(new Icon(widget.icon, ICON_SIZE, ink)));
    const detector = new GestureDetector(
      new SizedBox(
        <f64>TITLE_BUTTON_WIDTH,
        <f64>TITLE_BAR_HEIGHT,
        new Semantics("button", widget.name, face, true),
      ),
    );
    detector.onHover = onValue<TitleButtonState, bool>(this, (self, inside) => self.setInside(inside));
    return detector;
  }
}
