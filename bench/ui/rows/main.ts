// A long list, for the benchmark of the screen to scroll and drag.

import { WindowOptions } from "../../../shell-host/engine/app/app-window.ts";
import { runApp } from "../../../shell-host/engine/app/run-app.ts";
import { EdgeInsets } from "../../../shell-host/engine/foundation/geometry.ts";
import { Icon, Text } from "../../../shell-host/engine/widgets/basic.ts";
import { BuildContext, StatelessWidget, Widget } from "../../../shell-host/engine/widgets/framework.ts";
import { Icons } from "../../../shell-host/engine/widgets/icons.ts";
import { Expanded, Padding, Row } from "../../../shell-host/engine/widgets/layout.ts";
import { ListView, RowBuilder } from "../../../shell-host/engine/widgets/scroll-view.ts";
import { Theme } from "../../../shell-host/engine/widgets/theme.ts";

const COUNT: i32 = 100000;
const ROW_HEIGHT: f64 = 36;
const WORDS: string[] = [
  "amber",
  "birch",
  "cedar",
  "delta",
  "ember",
  "fjord",
  "grove",
  "heron",
  "inlet",
  "juniper",
];

class Rows extends StatelessWidget {
  build(_context: BuildContext): Widget {
    return new ListView(COUNT, ROW_HEIGHT, new NamedRows());
  }
}

class NamedRows extends RowBuilder {
  build(context: BuildContext, index: i32): Widget {
    const theme = Theme.of(context);
    const name = WORDS[index % 10] + " " + WORDS[(index / 10) % 10] + " " + index.toString();
    const size = (((index * 7919) % 100000) / 10).toString() + " KB";
    return new Padding(
      EdgeInsets.symmetric(16, 8),
      new Row([
        new Icon(Icons.folder, 18, theme.colors.accent),
        new Expanded(new Text(name, theme.body)),
        new Text(size, theme.body.colored(theme.colors.muted)),
      ]).spaced(12),
    );
  }
}

export function main(): i32 {
  return runApp(new WindowOptions("Rows", 720, 520), new Rows());
}
