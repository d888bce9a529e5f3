import { Action, on, onValue } from "../foundation/action.ts";
import { AnimationController } from "../foundation/animation.ts";
import { EdgeInsets } from "../foundation/geometry.ts";
import { Key, KeyEvent } from "../gestures/events.ts";
import { BoxDecoration } from "../painting/box-decoration.ts";
import { BoxShadow } from "../painting/shadow.ts";
import { Color, layOver, mixColors, withOpacity } from "../painting/color.ts";
import { Path } from "../painting/path.ts";
import { BoxConstraints } from "../rendering/constraints.ts";
import { MainAlign } from "../rendering/flex.ts";
import { DecoratedBox, Icon, Opacity, Text } from "./basic.ts";
import { FocusNode } from "./focus.ts";
import { BuildContext, State, StatefulWidget, Widget } from "./framework.ts";
import { GestureDetector } from "./gesture-detector.ts";
import { ConstrainedBox, Padding, Row } from "./layout.ts";
import { ColorScheme, Theme, ThemeData } from "./theme.ts";

export enum ButtonKind {
  /** The one that matters most. */
  Primary,
  Secondary,
  /** Without a frame until the pointer comes. */
  Plain,
  Danger,
}

const HOVER_TIME: f64 = 120; // milliseconds
const MIN_HEIGHT: f64 = 36;

/** A button with a label, an icon, or both. Without an action it is disabled. */
export class Button extends StatefulWidget {
  icon: Path | null = null;
  kind: ButtonKind = ButtonKind.Secondary;

  constructor(
    readonly label: string,
    readonly onPressed: Action | null,
  ) {
    super();
  }

  static primary(label: string, onPressed: Action | null): Button {
    return new Button(label, onPressed).as(ButtonKind.Primary);
  }

  /** A plain button that shows only an icon. */
  static icon(icon: Path, onPressed: Action | null): Button {
    return new Button("", onPressed).withIcon(icon).as(ButtonKind.Plain);
  }

  withIcon(icon: Path): Button {
    this.icon = icon;
    return this;
  }

  as(kind: ButtonKind): Button {
    this.kind = kind;
    return this;
  }

  createState(): State {
    return new ButtonState();
  }
}

class ButtonState extends State {
  private hover: AnimationController = new AnimationController(HOVER_TIME);
  private pressed: bool = false;
  private focus: ButtonFocus | null = null;
  private changed: Action | null = null;

  initState(): void {
    const changed = on<ButtonState>(this, (self) => self.setState());
    const focus = new ButtonFocus(this);
    this.changed = changed;
    this.focus = focus;
    this.hover.addListener(changed);
    focus.addListener(changed);
    focus.register();
  }

  dispose(): void {
    this.hover.stop();
    (this.focus as ButtonFocus).unregister();
  }

  press(): void {
    const action = this.widgetOf<Button>().onPressed;
    if (action !== null) action.run();
  }

  private setHover(inside: bool): void {
    if (inside) this.hover.forward();
    else this.hover.reverse();
  }

  private setPressed(pressed: bool): void {
    this.pressed = pressed;
    this.setState();
  }

  build(context: BuildContext): Widget {
    const widget = this.widgetOf<Button>();
    const look = this.decoration(widget.kind, Theme.of(context).colors);
    const face = new DecoratedBox(look, this.content(context, widget));
    if (widget.onPressed === null) return new Opacity(0.45, face);
    const detector = new GestureDetector(face);
    detector.onTap = on<ButtonState>(this, (self) => self.press());
    detector.onPressed = onValue<ButtonState, bool>(this, (self, pressed) => self.setPressed(pressed));
    detector.onHover = onValue<ButtonState, bool>(this, (self, inside) => self.setHover(inside));
    return detector;
  }

  private content(context: BuildContext, widget: Button): Widget {
    const theme = Theme.of(context);
    const color = foreground(widget.kind, theme.colors);
    const parts: Widget[] = [];
    const icon = widget.icon;
    if (icon !== null) parts.push(new Icon(icon, 18, color));
    if (widget.label.length > 0) parts.push(Text.line(widget.label, theme.label.colored(color)));
    const side = widget.label.length > 0 ? 4 * ThemeData.unit : 2 * ThemeData.unit + 1;
    const row = new Row(parts, MainAlign.Center).spaced(2 * ThemeData.unit).shrunk();
    return new ConstrainedBox(
      new BoxConstraints(MIN_HEIGHT, Infinity, MIN_HEIGHT, Infinity),
      new Padding(EdgeInsets.symmetric(side, 2 * ThemeData.unit), row),
    );
  }

  private decoration(kind: ButtonKind, colors: ColorScheme): BoxDecoration {
    const look = new BoxDecoration(this.background(kind, colors), ThemeData.radius);
    const hasFocus = (this.focus as ButtonFocus).hasFocus;
    if (hasFocus) look.shadow(new BoxShadow(withOpacity(colors.accent, 0.45), 0, 0, 3));
    if (kind == ButtonKind.Secondary) look.border(hasFocus ? colors.accent : colors.border);
    return look;
  }

  private background(kind: ButtonKind, colors: ColorScheme): Color {
    const hover = this.hover.value;
    if (kind == ButtonKind.Plain)
      return this.pressed
        ? colors.pressed
        : withOpacity(colors.hover, (<f64>(colors.hover >> 24) / 255) * hover);
    if (kind == ButtonKind.Secondary)
      return this.pressed
        ? layOver(colors.pressed, colors.surface)
        : mixColors(colors.surface, layOver(colors.hover, colors.surface), hover);
    const base = kind == ButtonKind.Danger ? colors.danger : colors.accent;
    const over = kind == ButtonKind.Danger ? layOver(0x26000000, colors.danger) : colors.accentHover;
    const shown = mixColors(base, over, hover);
    return this.pressed ? layOver(0x26000000, shown) : shown;
  }
}

function foreground(kind: ButtonKind, colors: ColorScheme): Color {
  return kind == ButtonKind.Primary || kind == ButtonKind.Danger ? colors.onAccent : colors.text;
}

class ButtonFocus extends FocusNode {
  constructor(private state: ButtonState) {
    super();
  }

  handleKey(event: KeyEvent): bool {
    if (event.key != Key.Enter && event.text != " ") return false;
    this.state.press();
    return true;
  }
}
