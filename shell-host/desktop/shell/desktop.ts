// The desktop: what is around all windows. One process with several windows of its own: the wallpaper, the dock, the launcher while it
// is open, notifications, the window switcher, and pages about apps that have crashed or hang.

import {
  SHORTCUT_FRAMES,
  SHORTCUT_LAUNCHER,
  SHORTCUT_SWITCH,
  WINDOW_BACKGROUND,
  WINDOW_EVENT_CODE,
  WINDOW_EVENT_CRASHED,
  WINDOW_EVENT_HUNG,
  WINDOW_EVENT_SCREEN,
  WINDOW_EVENT_SHORTCUT,
  WINDOW_EVENT_TEXT,
  WINDOW_EVENT_TYPE,
  WINDOW_EVENT_WINDOWS,
  WINDOW_OVERLAY,
  WINDOW_PANEL,
  WINDOW_SET_PLACE,
  WINDOW_SET_RESERVED,
  WINDOW_TRANSPARENT,
} from "../../../guest-kernel/abi/window.ts";
import { E_CHILD } from "../../../guest-kernel/abi/errors.ts";
import { POLL_CHILDREN } from "../../../guest-kernel/abi/poll.ts";
import { AppWindow, WindowOptions, openError } from "../../engine/app/app-window.ts";
import { Watch, runLoop, unwatch, watch } from "../../engine/app/event-loop.ts";
import { Screen, screen } from "../../engine/app/screen.ts";
import { ValueAction, on, onValue } from "../../engine/foundation/action.ts";
import { Size } from "../../engine/foundation/geometry.ts";
import { PointerEvent } from "../../engine/gestures/events.ts";
import { CustomPaint } from "../../engine/widgets/basic.ts";
import { BuildContext, StatelessWidget, Widget } from "../../engine/widgets/framework.ts";
import { GestureDetector } from "../../engine/widgets/gesture-detector.ts";
import { Semantics } from "../../engine/widgets/semantics.ts";
import { Theme } from "../../engine/widgets/theme.ts";
import { printError } from "../../sdk/console.ts";
import { errorText } from "../../sdk/error-text.ts";
import { setTheme } from "../../sdk/screen.ts";
import { getpid, waitFor } from "../../sdk/process.ts";
import { AppList } from "./app-list.ts";
import { CrashPages } from "./crash-page.ts";
import { DOCK_HEIGHT, Dock } from "./dock.ts";
import { DockModel } from "./dock-model.ts";
import { FrameMeter } from "./frame-meter.ts";
import { HungDialogs } from "./hung-dialog.ts";
import { LAUNCHER_HEIGHT, LAUNCHER_WIDTH, Launcher } from "./launcher.ts";
import { OVERLAY_MARGIN } from "./overlay-look.ts";
import { Notifications } from "./notifications.ts";
import { Switcher } from "./switcher.ts";
import { Wallpaper } from "./wallpaper.ts";

const FAILED: i32 = 1;
const LAUNCHER_GAP: i32 = 4; // between the launcher's card and the dock

/** Runs the desktop; it ends only if there is no screen. */
export function runDesktop(): i32 {
  const desktop = new Desktop();
  if (!desktop.open()) {
    printError("desktop: no window: " + errorText(openError));
    return FAILED;
  }
  runLoop();
  return 0;
}

class Desktop {
  private apps: AppList = new AppList();
  private model: DockModel = new DockModel(this.apps, getpid());
  private background: AppWindow | null = null;
  private dock: AppWindow | null = null;
  private launcher: AppWindow | null = null;
  private notifications: Notifications = new Notifications();
  private crashes: CrashPages = new CrashPages(this.apps);
  private hung: HungDialogs = new HungDialogs();
  private switcher: Switcher = new Switcher(this.model);
  private children: Watch | null = null; // while there are any
  private meter: FrameMeter = new FrameMeter();

  open(): bool {
    const size = screen();
    const width = <i32>(<f64>size.width / size.scale);
    const height = <i32>(<f64>size.height / size.scale);
    const background = AppWindow.open(
      new WindowOptions("Desktop", width, height).withFlags(WINDOW_BACKGROUND),
      new Background(onValue<Desktop, PointerEvent>(this, (self, _event) => self.closeLauncher())),
    );
    if (background === null) return false;
    this.background = background;
    background.onOther = onValue<Desktop, usize>(this, (self, event) => self.handle(event));
    const dock = AppWindow.open(
      new WindowOptions("Dock", width, DOCK_HEIGHT).withFlags(WINDOW_PANEL | WINDOW_TRANSPARENT),
      new Dock(
        this.model,
        on<Desktop>(this, (self) => self.toggleLauncher()),
        on<Desktop>(this, (self) => self.toggleTheme()),
      ),
    );
    this.dock = dock;
    this.placeDock();
    this.apps.addListener(on<Desktop>(this, (self) => self.appsChanged()));
    this.apps.refresh();
    return dock !== null;
  }

  private placeDock(): void {
    const dock = this.dock;
    if (dock === null) return;
    const size = screen();
    const rows = <i32>ceil(<f64>DOCK_HEIGHT * size.scale);
    dock.setSize(<f64>size.width / size.scale, DOCK_HEIGHT);
    dock.control(WINDOW_SET_PLACE, 0, size.height - rows);
    dock.control(WINDOW_SET_RESERVED, 0, rows);
  }

  private handle(event: usize): void {
    const code = load<u32>(event, WINDOW_EVENT_CODE);
    switch (load<u32>(event, WINDOW_EVENT_TYPE)) {
      case WINDOW_EVENT_WINDOWS: {
        this.model.update();
        this.hung.update(this.model.windows);
        return;
      }
      case WINDOW_EVENT_SCREEN:
        return this.screenChanged();
      case WINDOW_EVENT_SHORTCUT: {
        if (code == SHORTCUT_LAUNCHER) this.toggleLauncher();
        if (code == SHORTCUT_FRAMES) this.meter.toggle();
        if (code == SHORTCUT_SWITCH) this.switcher.show(load<u32>(event, WINDOW_EVENT_TEXT));
        return;
      }
      case WINDOW_EVENT_HUNG:
        return this.hung.ask(code, this.model.windows);
      case WINDOW_EVENT_CRASHED:
        return this.crashes.note(<i32>code, load<u32>(event, WINDOW_EVENT_TEXT));
    }
  }

  private screenChanged(): void {
    const background = this.background;
    const size = screen();
    if (background !== null) background.setSize(<f64>size.width / size.scale, <f64>size.height / size.scale);
    this.placeDock();
    this.meter.place();
    this.closeLauncher();
  }

  private reap(): void {
    let ended = waitFor(0, 0);
    for (; ended.pid > 0; ended = waitFor(0, 0)) this.apps.ended(ended.pid, ended.status);
    if (ended.pid == -E_CHILD) this.unwatchChildren();
    this.crashes.showFailures();
  }

  /** Without children there is nothing to wait for, and whoever waits for that never sleeps. */
  private unwatchChildren(): void {
    const children = this.children;
    if (children !== null) unwatch(children);
    this.children = null;
  }

  private watchChildren(): void {
    if (this.children === null)
      this.children = watch(
        POLL_CHILDREN,
        on<Desktop>(this, (self) => self.reap()),
      );
  }

  private appsChanged(): void {
    if (this.apps.hasChildren) this.watchChildren();
    this.model.update();
    this.notifications.tellFailures(this.apps, this.launcher !== null);
  }

  private toggleTheme(): void {
    setTheme(Screen.themeOf(!screen().theme.colors.isDark, screen().isStill));
  }

  // ---- the launcher

  private toggleLauncher(): void {
    if (this.launcher !== null) return this.closeLauncher();
    const width = LAUNCHER_WIDTH + 2 * OVERLAY_MARGIN;
    const size = screen();
    const room = <i32>(<f64>size.height / size.scale) - DOCK_HEIGHT - LAUNCHER_GAP;
    const height = min(LAUNCHER_HEIGHT + 2 * OVERLAY_MARGIN, room + OVERLAY_MARGIN);
    const launcher = AppWindow.open(
      new WindowOptions("Apps", width, height).withFlags(WINDOW_OVERLAY | WINDOW_TRANSPARENT),
      new Launcher(
        this.apps,
        on<Desktop>(this, (self) => self.closeLauncher()),
      ),
    );
    if (launcher === null) return;
    this.launcher = launcher;
    const left = <i32>((<f64>size.width - <f64>width * size.scale) / 2);
    const bottom = <i32>(<f64>(DOCK_HEIGHT + LAUNCHER_GAP - OVERLAY_MARGIN) * size.scale);
    launcher.control(WINDOW_SET_PLACE, left, size.height - bottom - <i32>(<f64>height * size.scale));
    launcher.activate();
    launcher.onClose = on<Desktop>(this, (self) => self.closeLauncher());
    launcher.onFocus = onValue<Desktop, bool>(this, (self, focused) => {
      if (!focused) self.closeLauncher();
    });
    this.apps.refresh();
  }

  private closeLauncher(): void {
    const launcher = this.launcher;
    if (launcher !== null) launcher.close();
    this.launcher = null;
  }
}

class Background extends StatelessWidget {
  constructor(private onPointerDown: ValueAction<PointerEvent>) {
    super();
  }

  build(context: BuildContext): Widget {
    const isDark = Theme.of(context).colors.isDark;
    const picture = new CustomPaint(new Wallpaper(isDark), new Size(Infinity, Infinity));
    const detector = new GestureDetector(picture);
    detector.onPointerDown = this.onPointerDown;
    return new Semantics("desktop", "Desktop", detector);
  }
}
