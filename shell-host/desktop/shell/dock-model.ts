// What the dock shows: apps, and the windows that each has.

import {
  WINDOW_FOCUS,
  WINDOW_LAYER_MASK,
  WINDOW_MINIMISE,
  WINDOW_NORMAL,
  WINDOW_STATE_FOCUSED,
  WINDOW_STATE_MINIMISED,
} from "../../../guest-kernel/abi/window.ts";
import { Listenable } from "../../engine/foundation/listenable.ts";
import { IconLook } from "../../engine/widgets/app-icon.ts";
import { WindowInfo, manageWindow, windows } from "../../sdk/screen.ts";
import { AppEntry } from "./app-entry.ts";
import { AppList } from "./app-list.ts";

const PINNED: string[] = ["files", "terminal", "monitor", "canvas", "clock", "settings"];

/** A place in the dock. */
export class DockItem {
  windows: WindowInfo[] = []; // the topmost first

  constructor(
    readonly key: string,
    readonly title: string,
    readonly icon: IconLook | null,
    /** Null for windows of nobody that is known. */
    readonly entry: AppEntry | null,
  ) {}

  get isFocused(): bool {
    for (let i = 0; i < this.windows.length; i++)
      if (this.windows[i].state & WINDOW_STATE_FOCUSED) return true;
    return false;
  }
}

/** Keeps the dock in step with apps and windows. */
export class DockModel extends Listenable {
  items: DockItem[] = [];
  windows: WindowInfo[] = [];

  constructor(
    readonly apps: AppList,
    /** The desktop's own process, whose panels are not shown. */
    private ownPid: i32,
  ) {
    super();
    this.update();
  }

  /** Looks again what there is. */
  update(): void {
    this.windows = windows().content.filter((window) => (window.flags & WINDOW_LAYER_MASK) == WINDOW_NORMAL);
    const items: DockItem[] = [];
    for (let i = 0; i < PINNED.length; i++) {
      const entry = this.apps.find(PINNED[i]);
      if (entry !== null) items.push(new DockItem(entry.name, entry.title, entry.icon, entry));
    }
    // Items stay where they are while windows change places: they come in the order in which windows were opened.
    const opened = this.windows.slice().sort((a, b) => <i32>a.id - <i32>b.id);
    for (let i = 0; i < opened.length; i++) this.itemOf(opened[i], items);
    for (let i = 0; i < this.windows.length; i++) {
      const item = this.itemOf(this.windows[i], items);
      if (item !== null) item.windows.push(this.windows[i]);
    }
    this.items = items;
    this.notifyListeners();
  }

  /** The item of a window's app, made if there is none; null for the desktop's own windows. */
  private itemOf(window: WindowInfo, items: DockItem[]): DockItem | null {
    if (window.pid == this.ownPid) return null;
    let entry = this.apps.entryOf(window.pid);
    if (entry === null) entry = this.apps.find(window.app);
    const key = entry === null ? window.title : entry.name;
    for (let i = 0; i < items.length; i++) if (items[i].key == key) return items[i];
    const item =
      entry === null
        ? new DockItem(key, window.title, IconLook.letterOf(window.title), null)
        : new DockItem(key, entry.title, entry.icon, entry);
    items.push(item);
    return item;
  }

  /** Starts the app, or shows its windows one after the other, or hides the only one if it is in front. */
  press(item: DockItem): void {
    const windows = item.windows;
    if (windows.length == 0) {
      const entry = item.entry;
      if (entry !== null) this.apps.launch(entry);
      return;
    }
    if (!item.isFocused) manageWindow(windows[0].id, WINDOW_FOCUS);
    else if (windows.length > 1) manageWindow(windows[windows.length - 1].id, WINDOW_FOCUS);
    else if (!(windows[0].state & WINDOW_STATE_MINIMISED)) manageWindow(windows[0].id, WINDOW_MINIMISE);
  }
}
