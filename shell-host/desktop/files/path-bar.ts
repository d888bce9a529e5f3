import { on } from "../../engine/foundation/action.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { withOpacity } from "../../engine/painting/color.ts";
import { DecoratedBox, Icon, Text } from "../../engine/widgets/basic.ts";
import { BuildContext, StatelessWidget, Widget } from "../../engine/widgets/framework.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { Flexible, Padding, Row } from "../../engine/widgets/layout.ts";
import { PressState, Pressable } from "../../engine/widgets/pressable.ts";
import { Theme } from "../../engine/widgets/theme.ts";
import { FilesState } from "./files-app.ts";

/** The folders on the way to where one is, each to go back to. */
export class PathBar extends StatelessWidget {
  constructor(
    private path: string,
    /** The file that is looked at; empty for none. */
    private file: string,
    private state: FilesState,
  ) {
    super();
  }

  build(context: BuildContext): Widget {
    const muted = Theme.of(context).colors.muted;
    const names: string[] = this.path == "/" ? [] : this.path.slice(1).split("/");
    const parts: Widget[] = [
      new PathStep("Machine", "/", this.state, names.length == 0 && this.file.length == 0),
    ];
    let path = "";
    for (let i = 0; i < names.length; i++) {
      path += "/" + names[i];
      parts.push(new Icon(Icons.right, 14, muted));
      const isLast = i == names.length - 1 && this.file.length == 0;
      parts.push(new Flexible(new PathStep(names[i], path, this.state, isLast)));
    }
    if (this.file.length > 0) {
      parts.push(new Icon(Icons.right, 14, muted));
      parts.push(new Flexible(new PathStep(this.file, this.path, this.state, true)));
    }
    return new Row(parts);
  }
}

class PathStep extends Pressable {
  constructor(
    private label: string,
    private path: string,
    private state: FilesState,
    private isLast: bool,
  ) {
    super();
    this.name = label;
    this.role = "path";
    this.takesFocus = false;
    this.onPressed = on<PathStep>(this, (self) => self.state.go(self.path));
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const theme = Theme.of(context);
    const colors = theme.colors;
    const back = withOpacity(colors.hover, (<f64>(colors.hover >> 24) / 255) * state.hover);
    const style = this.isLast ? theme.label : theme.label.colored(colors.muted);
    return new DecoratedBox(
      new BoxDecoration(back, 6),
      new Padding(EdgeInsets.symmetric(6, 4), Text.line(this.label, style)),
    );
  }
}
