import { Action } from "../foundation/action.ts";
import { EdgeInsets } from "../foundation/geometry.ts";
import { BoxDecoration } from "../painting/box-decoration.ts";
import { withOpacity } from "../painting/color.ts";
import { Path } from "../painting/path.ts";
import { CrossAlign, MainAlign } from "../rendering/flex.ts";
import { DecoratedBox, Icon, Text } from "./basic.ts";
import { focusRing } from "./focus-ring.ts";
import { BuildContext, StatelessWidget, Widget } from "./framework.ts";
import { Column, Expanded, Padding, Row, SizedBox } from "./layout.ts";
import { PressState, Pressable } from "./pressable.ts";
import { Theme, ThemeData } from "./theme.ts";

const ITEM_HEIGHT: f64 = 34;

/** A place that a window can show. */
export class SidebarItem {
  constructor(
    readonly label: string,
    readonly icon: Path,
    readonly isSelected: bool,
    readonly action: Action,
  ) {}
}

/** The places that a window can show, at its left side. */
export class Sidebar extends StatelessWidget {
  private fills: bool = true;

  constructor(readonly items: SidebarItem[]) {
    super();
  }

  /** Only as high as its items, as in a ScrollView. */
  shrunk(): Sidebar {
    this.fills = false;
    return this;
  }

  build(_context: BuildContext): Widget {
    const rows: Widget[] = [];
    for (let i = 0; i < this.items.length; i++) rows.push(new SidebarRow(this.items[i]));
    const column = new Column(rows, MainAlign.Start, CrossAlign.Stretch).spaced(2);
    column.fills = this.fills;
    return new Padding(EdgeInsets.symmetric(2 * ThemeData.unit, ThemeData.unit), column);
  }
}

class SidebarRow extends Pressable {
  constructor(private item: SidebarItem) {
    super();
    this.role = item.isSelected ? "place-selected" : "place";
    this.name = item.label;
    this.onPressed = item.action;
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const theme = Theme.of(context);
    const colors = theme.colors;
    const selected = this.item.isSelected;
    const back = selected
      ? withOpacity(colors.accent, 0.18)
      : withOpacity(colors.hover, (<f64>(colors.hover >> 24) / 255) * state.hover);
    const ink = selected ? colors.accent : colors.muted;
    const style = selected ? theme.label : theme.body;
    const row = new Row([
      new Icon(this.item.icon, 18, ink),
      new Expanded(Text.line(this.item.label, style)),
    ]).spaced(10);
    const face = new Padding(EdgeInsets.symmetric(10, 0), row);
    const look = new BoxDecoration(back, ThemeData.radius);
    if (state.focused) focusRing(colors, look);
    return new DecoratedBox(look, new SizedBox(NaN, ITEM_HEIGHT, face));
  }
}
