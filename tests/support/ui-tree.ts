// What is on the guest's screen, from /sys/ui/tree (guest-kernel/kernel/wm/window-info.ts).

/** Something that a window shows, with its place on the screen in pixels. */
export interface UiItem {
  role: string;
  label: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A window, and what it shows. */
export interface UiWindow extends UiItem {
  id: number;
  pid: number;
  /** `normal`, `panel` and so on, and what it is besides: `normal,focused`. */
  state: string;
  app: string;
  items: UiItem[];
}

const WINDOW = /^window (\d+) (\d+) (-?\d+) (-?\d+) (\d+) (\d+) (\S+) (\S+) ?(.*)$/;
const ITEM = /^ *(\S+) "((?:[^"\\]|\\.)*)" (-?\d+) (-?\d+) (\d+) (\d+)$/;

/** The windows, the topmost first. */
export function parseUiTree(text: string): UiWindow[] {
  const windows: UiWindow[] = [];
  for (const line of text.split("\n")) {
    const window = WINDOW.exec(line);
    if (window !== null) {
      const [id = 0, pid = 0, x = 0, y = 0, width = 0, height = 0] = window.slice(1, 7).map(Number);
      const [state = "", app = "", label = ""] = window.slice(7);
      windows.push({ role: "window", id, pid, x, y, width, height, state, app, label, items: [] });
      continue;
    }
    const item = ITEM.exec(line);
    const owner = windows.at(-1);
    if (item === null || owner === undefined) continue;
    const [, role = "", label = ""] = item;
    const [x = 0, y = 0, width = 0, height = 0] = item.slice(3).map(Number);
    const plain = label.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
    owner.items.push({ role, label: plain, x: owner.x + x, y: owner.y + y, width, height });
  }
  return windows;
}

/** The middle of something. */
export function middleOf({ x, y, width, height }: UiItem): [x: number, y: number] {
  return [x + width / 2, y + height / 2];
}
