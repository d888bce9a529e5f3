// A question about a window that does not answer.

import { WINDOW_END, WINDOW_FIXED_SIZE, WINDOW_STATE_HUNG } from "../../../guest-kernel/abi/window.ts";
import { Action, on } from "../../engine/foundation/action.ts";
import { AppWindow, WindowOptions } from "../../engine/app/app-window.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { IconLook } from "../../engine/widgets/app-icon.ts";
import { Text } from "../../engine/widgets/basic.ts";
import { Button, ButtonKind } from "../../engine/widgets/button.ts";
import { BuildContext, StatelessWidget, Widget } from "../../engine/widgets/framework.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { Column, Padding, Row, Spacer } from "../../engine/widgets/layout.ts";
import { Theme } from "../../engine/widgets/theme.ts";
import { WindowInfo, manageWindow } from "../../sdk/screen.ts";

const WIDTH: i32 = 400;
const HEIGHT: i32 = 184;

/** Asks once for each window that hangs, and stops asking when it answers again. */
export class HungDialogs {
  private open: HungDialog[] = [];

  /** The user wants a window closed that does not answer. */
  ask(id: u32, windows: WindowInfo[]): void {
    for (let i = 0; i < this.open.length; i++) if (this.open[i].id == id && this.open[i].isOpen) return;
    for (let i = 0; i < windows.length; i++)
      if (windows[i].id == id) this.open.push(new HungDialog(id, windows[i].title));
  }

  /** What windows there are has changed. */
  update(windows: WindowInfo[]): void {
    const open: HungDialog[] = [];
    for (let i = 0; i < this.open.length; i++) {
      const dialog = this.open[i];
      if (isHung(dialog.id, windows)) open.push(dialog);
      else dialog.close();
    }
    this.open = open;
  }
}

function isHung(id: u32, windows: WindowInfo[]): bool {
  for (let i = 0; i < windows.length; i++)
    if (windows[i].id == id) return (windows[i].state & WINDOW_STATE_HUNG) != 0;
  return false;
}

/** A question that is open. */
export class HungDialog {
  private window: AppWindow | null;

  constructor(
    readonly id: u32,
    readonly title: string,
  ) {
    this.window = null;
    const options = new WindowOptions("Not answering", WIDTH, HEIGHT)
      .withFlags(WINDOW_FIXED_SIZE)
      .withIcon(new IconLook(0xfff0a94b, 0xffd07a1e, Icons.warning));
    this.window = AppWindow.open(options, new HungPage(this));
  }

  get isOpen(): bool {
    const window = this.window;
    return window !== null && window.isOpen;
  }

  close(): void {
    const window = this.window;
    if (window !== null) window.close();
  }

  end(): void {
    manageWindow(this.id, WINDOW_END);
    this.close();
  }
}

/** What the question looks like. */
export class HungPage extends StatelessWidget {
  constructor(private dialog: HungDialog) {
    super();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const wait: Action = on<HungDialog>(this.dialog, (self) => self.close());
    const end: Action = on<HungDialog>(this.dialog, (self) => self.end());
    const muted = theme.body.colored(theme.colors.muted);
    return new Padding(
      new EdgeInsets(20, 12, 20, 20),
      new Column(
        [
          new Text(this.dialog.title + " does not answer", theme.title),
          new Text("It may be busy. If you end it, what it has not saved is lost.", muted),
          new Spacer(),
          new Row(
            [new Button("Wait", wait), new Button("End it", end).as(ButtonKind.Danger)],
            MainAlign.End,
          ).spaced(8),
        ],
        MainAlign.Start,
        CrossAlign.Stretch,
      ).spaced(6),
    );
  }
}
