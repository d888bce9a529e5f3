// The window switcher: the windows in a row, while the alt key is held.

import { WINDOW_OVERLAY, WINDOW_SET_PLACE, WINDOW_TRANSPARENT } from "../../../guest-kernel/abi/window.ts";
import { AppWindow, WindowOptions } from "../../engine/app/app-window.ts";
import { screen } from "../../engine/app/screen.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { withOpacity } from "../../engine/painting/color.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { TextAlign } from "../../engine/text/text-layout.ts";
import { AppIcon, IconLook } from "../../engine/widgets/app-icon.ts";
import { DecoratedBox, Text } from "../../engine/widgets/basic.ts";
import { BuildContext, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { Center, Column, Padding, Row, SizedBox } from "../../engine/widgets/layout.ts";
import { Semantics } from "../../engine/widgets/semantics.ts";
import { Theme } from "../../engine/widgets/theme.ts";
import { DockItem, DockModel } from "./dock-model.ts";
import { OVERLAY_MARGIN, overlayLook } from "./overlay-look.ts";

const TILE_WIDTH: f64 = 112;
const TILE_HEIGHT: f64 = 112;
const MAX_TILES: i32 = 9;
const RADIUS: f64 = 10;

/** Shows which window alt-tab has come to. */
export class Switcher {
  /** The window that it is at. */
  at: u32 = 0;
  state: SwitcherState | null = null;
  private window: AppWindow | null = null;

  constructor(readonly model: DockModel) {}

  /** Alt-tab is at a window; 0: it is over. */
  show(id: u32): void {
    this.at = id;
    const window = this.window;
    if (id == 0) {
      if (window !== null) window.close();
      this.window = null;
      return;
    }
    if (window === null) return this.open();
    const state = this.state;
    if (state !== null) state.setState();
  }

  private open(): void {
    const tiles = min(MAX_TILES, this.model.windows.length);
    const width = <f64>tiles * TILE_WIDTH + 24 + 2 * OVERLAY_MARGIN;
    const height = TILE_HEIGHT + 24 + 2 * OVERLAY_MARGIN;
    const options = new WindowOptions("Windows", <i32>width, <i32>height);
    const window = AppWindow.open(
      options.withFlags(WINDOW_OVERLAY | WINDOW_TRANSPARENT),
      new SwitcherCard(this),
    );
    this.window = window;
    if (window === null) return;
    const scale = screen().scale;
    const left = (<f64>screen().width - width * scale) / 2;
    window.control(WINDOW_SET_PLACE, <i32>left, <i32>((<f64>screen().height - height * scale) / 2));
  }
}

class SwitcherCard extends StatefulWidget {
  constructor(readonly switcher: Switcher) {
    super();
  }

  createState(): State {
    return new SwitcherState();
  }
}

class SwitcherState extends State {
  initState(): void {
    this.widgetOf<SwitcherCard>().switcher.state = this;
  }

  dispose(): void {
    this.widgetOf<SwitcherCard>().switcher.state = null;
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const switcher = this.widgetOf<SwitcherCard>().switcher;
    const windows = switcher.model.windows;
    const tiles: Widget[] = [];
    for (let i = 0; i < windows.length && i < MAX_TILES; i++) {
      const window = windows[i];
      const isAt = window.id == switcher.at;
      const look = new BoxDecoration(isAt ? withOpacity(theme.colors.accent, 0.22) : 0, 12);
      if (isAt) look.border(theme.colors.accent, 2);
      const column = new Column(
        [
          new AppIcon(iconOf(switcher.model, window.id, window.title), 56),
          Text.line(window.title, theme.caption.colored(theme.colors.text)).aligned(TextAlign.Center),
        ],
        MainAlign.Center,
        CrossAlign.Center,
      ).spaced(8);
      const tile = new DecoratedBox(look, new Padding(EdgeInsets.all(8), column));
      tiles.push(
        new SizedBox(
          TILE_WIDTH,
          TILE_HEIGHT,
          new Semantics(isAt ? "window-selected" : "window", window.title, tile, true),
        ),
      );
    }
    const card = new DecoratedBox(overlayLook(theme, RADIUS), new Center(new Row(tiles).shrunk()));
    return new Padding(EdgeInsets.all(<f64>OVERLAY_MARGIN), card);
  }
}

function iconOf(model: DockModel, id: u32, title: string): IconLook {
  for (let i = 0; i < model.items.length; i++) {
    const item: DockItem = model.items[i];
    for (let k = 0; k < item.windows.length; k++)
      if (item.windows[k].id == id && item.icon !== null) return item.icon as IconLook;
  }
  return IconLook.letterOf(title);
}
