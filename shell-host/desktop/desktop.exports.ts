// What the tests of the desktop and its apps call.

import { on } from "../engine/foundation/action.ts";
import { Alignment, Rect, Size } from "../engine/foundation/geometry.ts";
import { KeyEvent, PointerEvent, PointerKind } from "../engine/gestures/events.ts";
import { Bitmap } from "../engine/painting/bitmap.ts";
import { AppRoot } from "../engine/widgets/app-root.ts";
import { CustomPaint } from "../engine/widgets/basic.ts";
import { BuildContext, StatelessWidget, Widget } from "../engine/widgets/framework.ts";
import { Positioned, SizedBox, Stack } from "../engine/widgets/layout.ts";
import { Theme, ThemeData } from "../engine/widgets/theme.ts";
import { UiWindow } from "../engine/widgets/window.ts";
import { appNamed } from "./local-apps.ts";
import { STATUS_TRAPPED } from "../../guest-kernel/abi/syscall.ts";
import { TRAP_OUT_OF_BOUNDS } from "../../guest-kernel/abi/instance.ts";
import { AppEntry } from "./shell/app-entry.ts";
import { CrashPage, CrashRun } from "./shell/crash-page.ts";
import { HungDialog, HungPage } from "./shell/hung-dialog.ts";
import { Notification, NotificationCard, Notifications } from "./shell/notifications.ts";
import { AppList, Failure } from "./shell/app-list.ts";
import { DOCK_HEIGHT, Dock } from "./shell/dock.ts";
import { DockModel } from "./shell/dock-model.ts";
import { LAUNCHER_HEIGHT, LAUNCHER_WIDTH, Launcher } from "./shell/launcher.ts";
import { OVERLAY_MARGIN } from "./shell/overlay-look.ts";
import { AnsiParser } from "./terminal/ansi-parser.ts";
import { CellGrid } from "./terminal/cell-grid.ts";
import { Wallpaper } from "./shell/wallpaper.ts";

/** The desktop in one picture: wallpaper, launcher, dock. */
class Scene extends StatelessWidget {
  build(context: BuildContext): Widget {
    const isDark = Theme.of(context).colors.isDark;
    const nothing = on<AppList>(list, (_list) => {});
    const launcher = new SizedBox(
      <f64>(LAUNCHER_WIDTH + 2 * OVERLAY_MARGIN),
      <f64>(LAUNCHER_HEIGHT + 2 * OVERLAY_MARGIN),
      new Launcher(list, nothing),
    );
    return new Stack(
      [
        new CustomPaint(new Wallpaper(isDark), new Size(Infinity, Infinity)),
        new Positioned(launcher, NaN, NaN, NaN, <f64>(DOCK_HEIGHT - OVERLAY_MARGIN + 8)),
        new Positioned(
          new SizedBox(NaN, <f64>DOCK_HEIGHT, new Dock(dockModel as DockModel, nothing, nothing)),
          0,
          NaN,
          0,
          0,
        ),
      ],
      new Alignment(0, 0),
      true,
    );
  }
}

let list: AppList = new AppList();
let dockModel: DockModel | null = null;

/** Has the catalog fetched; it is there when the process that `spawn` started has ended. */
export function refreshCatalog(): void {
  list.refresh();
}

/** A child process has ended. */
export function ended(pid: i32, status: i32): void {
  list.ended(pid, status);
}

/** How many apps have trapped. */
export function failures(): i32 {
  return list.failures.length;
}

const grid = new CellGrid();
const parser = new AnsiParser(grid);

/** Output for a terminal of 80 x 24. */
export function feedTerminal(bytes: usize, length: i32): void {
  parser.feed(bytes, length);
}

/** The rows of that terminal; a string of UTF-16. */
export function terminalText(): string {
  const rows: string[] = [];
  for (let i = 0; i < grid.rowCount; i++) rows.push(grid.rowAt(i).text(0, grid.columns));
  return rows.join("\n");
}

let window: UiWindow | null = null;
let rects: Rect[] = [];

/** Shows an app of local-apps.ts in its frame. */
export function open(index: i32, dark: bool, state: u32): void {
  if (index >= NAMES.length) return openScene(dark);
  const app = appNamed(NAMES[index]);
  assert(app !== null);
  if (app === null) return;
  const root = new AppRoot(app.create([]), null);
  root.title = app.title;
  root.icon = app.icon;
  root.state = state;
  show(root.build(dark ? ThemeData.dark() : ThemeData.light()));
}

/** Shows a page of the desktop's own windows: 0 about a crash, 1 about a window that hangs, 2 a notification. */
export function openPage(page: i32, dark: bool): void {
  const clock = list.find("clock") as AppEntry;
  const failure = new Failure(9, clock, [], STATUS_TRAPPED | <i32>TRAP_OUT_OF_BOUNDS);
  let content: Widget;
  let title = "Clock has stopped";
  if (page == 0) content = new CrashPage(new CrashRun(list, failure));
  else if (page == 1) {
    content = new HungPage(new HungDialog(5, "Clock"));
    title = "Not answering";
  } else
    content = new NotificationCard(
      new Notification(
        new Notifications(),
        clock.icon,
        "Mines cannot be started",
        "the package server is down or cannot be reached",
      ),
    );
  const root = new AppRoot(content, null);
  root.title = title;
  root.isFramed = page < 2;
  show(root.build(dark ? ThemeData.dark() : ThemeData.light()));
}

function openScene(dark: bool): void {
  dockModel = new DockModel(list, 1);
  const root = new AppRoot(new Scene(), null);
  root.isFramed = false;
  show(root.build(dark ? ThemeData.dark() : ThemeData.light()));
}

function show(widget: Widget): void {
  const shown = window;
  if (shown === null) window = new UiWindow(widget);
  else shown.setWidget(widget);
}

const NAMES: string[] = ["clock", "files", "terminal", "monitor", "canvas", "settings"];

/** Draws a frame. The number of rectangles that were painted. */
export function frame(now: f64, pixels: usize, width: i32, height: i32, scale: f64): i32 {
  rects = (window as UiWindow).frame(now, Bitmap.over(pixels, width, height, width * 4), scale);
  return rects.length;
}

export function pointer(kind: i32, x: f64, y: f64, buttons: u32, time: f64, wheel: f64): void {
  (window as UiWindow).pointer(new PointerEvent(kind, x, y, buttons, time, wheel));
}

/** The pointer leaves another window of this process, as it does when it comes here: who hears of it first is open. */
export function leaveOther(): void {
  const other = new UiWindow(new SizedBox(1, 1));
  other.pointer(new PointerEvent(PointerKind.Cancel, 0, 0, 0, 0));
  other.unmount();
}

/** A key; `codePoint` is what it types, 0 for nothing. */
export function key(key: i32, codePoint: i32, modifiers: u32): bool {
  const text = codePoint == 0 ? "" : String.fromCodePoint(codePoint);
  return (window as UiWindow).key(new KeyEvent(key, text, modifiers));
}

export function nextFrame(now: f64): f64 {
  return (window as UiWindow).nextFrame(now);
}

/** The lines of rendering/semantics.ts; a string of UTF-16. */
export function describe(): string {
  return (window as UiWindow).describe();
}

export function collect(): void {
  __collect();
}
