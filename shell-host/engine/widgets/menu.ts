// Menus: a list of commands at a place of the window.

import { Action, on } from "../foundation/action.ts";
import { EdgeInsets } from "../foundation/geometry.ts";
import { BoxDecoration } from "../painting/box-decoration.ts";
import { Color, withOpacity } from "../painting/color.ts";
import { Path } from "../painting/path.ts";
import { BoxShadow } from "../painting/shadow.ts";
import { BoxConstraints } from "../rendering/constraints.ts";
import { CrossAlign, MainAlign } from "../rendering/flex.ts";
import { DecoratedBox, Icon, Opacity, Text } from "./basic.ts";
import { BuildContext, StatelessWidget, Widget } from "./framework.ts";
import { Column, ConstrainedBox, Expanded, Padding, Row, SizedBox } from "./layout.ts";
import { Anchored, Modal, Overlay, OverlayEntry } from "./overlay.ts";
import { PressState, Pressable } from "./pressable.ts";
import { Theme, ThemeData } from "./theme.ts";

const MENU_WIDTH: f64 = 200;
const ITEM_HEIGHT: f64 = 32;

/** A command of a menu. Without an action it is disabled. */
export class MenuItem {
  icon: Path | null = null;
  isDangerous: bool = false;
  /** A line above it sets it apart. */
  startsGroup: bool = false;

  constructor(
    readonly label: string,
    readonly action: Action | null,
  ) {}

  withIcon(icon: Path): MenuItem {
    this.icon = icon;
    return this;
  }

  dangerous(): MenuItem {
    this.isDangerous = true;
    return this;
  }

  apart(): MenuItem {
    this.startsGroup = true;
    return this;
  }
}

/** Shows a menu with its corner at a place of the window. */
export function showMenu(context: BuildContext, x: f64, y: f64, items: MenuItem[]): void {
  const run = new MenuRun();
  const menu = new Anchored(x, y, new MenuCard(items, run));
  const entry = new OverlayEntry(
    new Modal(
      menu,
      on<MenuRun>(run, (self) => self.close()),
    ),
  );
  run.entry = entry;
  Overlay.of(context).insert(entry);
}

/** A menu that is open. */
class MenuRun {
  entry: OverlayEntry | null = null;

  close(): void {
    const entry = this.entry;
    if (entry !== null) entry.remove();
  }
}

/** The frame of menus and other things that float. */
export function floatingLook(theme: ThemeData): BoxDecoration {
  const colors = theme.colors;
  return new BoxDecoration(colors.raised, 10)
    .shadow(new BoxShadow(colors.shadow, 8, 24))
    .shadow(new BoxShadow(colors.shadow, 1, 3))
    .border(colors.border);
}

class MenuCard extends StatelessWidget {
  constructor(
    private items: MenuItem[],
    private run: MenuRun,
  ) {
    super();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const rows: Widget[] = [];
    for (let i = 0; i < this.items.length; i++) {
      if (this.items[i].startsGroup)
        rows.push(
          new Padding(
            EdgeInsets.symmetric(8, 4),
            new DecoratedBox(new BoxDecoration(theme.colors.border), new SizedBox(NaN, 1)),
          ),
        );
      rows.push(new MenuRow(this.items[i], this.run));
    }
    const list = new Column(rows, MainAlign.Start, CrossAlign.Stretch).shrunk();
    return new ConstrainedBox(
      new BoxConstraints(MENU_WIDTH, MENU_WIDTH, 0, Infinity),
      new DecoratedBox(floatingLook(theme), new Padding(EdgeInsets.all(ThemeData.unit), list)),
    );
  }
}

class MenuRow extends Pressable {
  constructor(
    private item: MenuItem,
    private run: MenuRun,
  ) {
    super();
    this.role = "menuitem";
    this.name = item.label;
    if (item.action !== null) this.onPressed = on<MenuRow>(this, (self) => self.choose());
  }

  private choose(): void {
    this.run.close();
    const action = this.item.action;
    if (action !== null) action.run();
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const theme = Theme.of(context);
    const colors = theme.colors;
    const color: Color = this.item.isDangerous ? colors.danger : colors.text;
    const icon = this.item.icon;
    const parts: Widget[] = [
      icon === null ? new SizedBox(16, 16) : new Icon(icon, 16, this.item.isDangerous ? color : colors.muted),
      new Expanded(Text.line(this.item.label, theme.body.colored(color))),
    ];
    const part = state.pressed || state.focused ? 1.0 : state.hover;
    const look = new BoxDecoration(withOpacity(colors.hover, (<f64>(colors.hover >> 24) / 255) * part), 6);
    const row = new Padding(EdgeInsets.symmetric(10, 0), new Row(parts).spaced(10));
    const face = new DecoratedBox(look, new SizedBox(NaN, ITEM_HEIGHT, row));
    return this.item.action === null ? new Opacity(0.45, face) : face;
  }
}
