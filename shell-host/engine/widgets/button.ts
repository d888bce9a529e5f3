import { Action } from "../foundation/action.ts";
import { EdgeInsets } from "../foundation/geometry.ts";
import { BoxDecoration } from "../painting/box-decoration.ts";
import { Color, layOver, mixColors, withOpacity } from "../painting/color.ts";
import { Path } from "../painting/path.ts";
import { BoxConstraints } from "../rendering/constraints.ts";
import { MainAlign } from "../rendering/flex.ts";
import { DecoratedBox, Icon, Opacity, Text } from "./basic.ts";
import { focusRing } from "./focus-ring.ts";
import { BuildContext, Widget } from "./framework.ts";
import { ConstrainedBox, Padding, Row } from "./layout.ts";
import { PressState, Pressable } from "./pressable.ts";
import { ColorScheme, Theme, ThemeData } from "./theme.ts";

export enum ButtonKind {
  /** The one that matters most. */
  Primary,
  Secondary,
  /** Without a frame until the pointer comes. */
  Plain,
  Danger,
}

const MIN_HEIGHT: f64 = 36;
const SMALL_HEIGHT: f64 = 28;

/** A button with a label, an icon, or both. Without an action it is disabled. */
export class Button extends Pressable {
  icon: Path | null = null;
  kind: ButtonKind = ButtonKind.Secondary;
  isSmall: bool = false;

  constructor(
    readonly label: string,
    onPressed: Action | null,
  ) {
    super();
    this.onPressed = onPressed;
    this.name = label;
  }

  static primary(label: string, onPressed: Action | null): Button {
    return new Button(label, onPressed).as(ButtonKind.Primary);
  }

  /** A plain button that shows only an icon; `name` is what it is called where it cannot be seen. */
  static icon(icon: Path, onPressed: Action | null, name: string = ""): Button {
    const button = new Button("", onPressed).withIcon(icon).as(ButtonKind.Plain);
    button.name = name;
    button.tip = name;
    return button;
  }

  withIcon(icon: Path): Button {
    this.icon = icon;
    return this;
  }

  as(kind: ButtonKind): Button {
    this.kind = kind;
    return this;
  }

  /** Less high, for toolbars. */
  small(): Button {
    this.isSmall = true;
    return this;
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const look = this.decoration(Theme.of(context).colors, state);
    const face = new DecoratedBox(look, this.content(context));
    return this.onPressed === null ? new Opacity(0.45, face) : face;
  }

  /** The kind that shows: what cannot be pressed does not stand out. */
  private get shownKind(): ButtonKind {
    return this.onPressed === null && this.kind != ButtonKind.Plain ? ButtonKind.Secondary : this.kind;
  }

  private content(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const color = foreground(this.shownKind, theme.colors);
    const parts: Widget[] = [];
    const icon = this.icon;
    if (icon !== null) parts.push(new Icon(icon, this.isSmall ? 16 : 18, color));
    if (this.label.length > 0) parts.push(Text.line(this.label, theme.label.colored(color)));
    const height = this.isSmall ? SMALL_HEIGHT : MIN_HEIGHT;
    const text = this.isSmall ? 3 * ThemeData.unit : 4 * ThemeData.unit;
    const side = this.label.length > 0 ? text : (height - (this.isSmall ? 16 : 18)) / 2;
    const row = new Row(parts, MainAlign.Center).spaced(2 * ThemeData.unit).shrunk();
    return new ConstrainedBox(
      new BoxConstraints(height, Infinity, height, Infinity),
      new Padding(EdgeInsets.symmetric(side, 0), row),
    );
  }

  private decoration(colors: ColorScheme, state: PressState): BoxDecoration {
    const look = new BoxDecoration(this.background(colors, state), ThemeData.radius);
    if (state.focused) focusRing(colors, look);
    if (this.shownKind == ButtonKind.Secondary) look.border(state.focused ? colors.accent : colors.border);
    return look;
  }

  private background(colors: ColorScheme, state: PressState): Color {
    const kind = this.shownKind;
    const hover = state.hover;
    if (kind == ButtonKind.Plain)
      return state.pressed
        ? colors.pressed
        : withOpacity(colors.hover, (<f64>(colors.hover >> 24) / 255) * hover);
    if (kind == ButtonKind.Secondary)
      return state.pressed
        ? layOver(colors.pressed, colors.surface)
        : mixColors(colors.surface, layOver(colors.hover, colors.surface), hover);
    const base = kind == ButtonKind.Danger ? colors.danger : colors.accent;
    const over = kind == ButtonKind.Danger ? layOver(0x26000000, colors.danger) : colors.accentHover;
    const shown = mixColors(base, over, hover);
    return state.pressed ? layOver(0x26000000, shown) : shown;
  }
}

function foreground(kind: ButtonKind, colors: ColorScheme): Color {
  return kind == ButtonKind.Primary || kind == ButtonKind.Danger ? colors.onAccent : colors.text;
}
