import { Action } from "../../engine/foundation/action.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { withOpacity } from "../../engine/painting/color.ts";
import { DecoratedBox, Icon, Text } from "../../engine/widgets/basic.ts";
import { BuildContext, Widget } from "../../engine/widgets/framework.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { Expanded, Padding, Row, SizedBox } from "../../engine/widgets/layout.ts";
import { PressState, Pressable } from "../../engine/widgets/pressable.ts";
import { Theme, ThemeData } from "../../engine/widgets/theme.ts";
import { focusRing } from "../../engine/widgets/focus-ring.ts";

/** One of a list of which one is in force. */
export class Choice extends Pressable {
  constructor(
    private label: string,
    private isSelected: bool,
    action: Action,
  ) {
    super();
    this.role = isSelected ? "choice-selected" : "choice";
    this.name = label;
    this.onPressed = action;
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const theme = Theme.of(context);
    const colors = theme.colors;
    const back = withOpacity(colors.hover, (<f64>(colors.hover >> 24) / 255) * state.hover);
    const look = new BoxDecoration(
      this.isSelected ? withOpacity(colors.accent, 0.12) : back,
      ThemeData.radius,
    );
    look.border(this.isSelected ? colors.accent : colors.border);
    if (state.focused) focusRing(colors, look);
    const mark: Widget = this.isSelected ? new Icon(Icons.check, 18, colors.accent) : new SizedBox(18, 18);
    const row = new Row([new Expanded(Text.line(this.label)), mark]);
    return new DecoratedBox(look, new SizedBox(NaN, 38, new Padding(EdgeInsets.symmetric(14, 0), row)));
  }
}
