import { AppWindow } from "./app-window.ts";
import { focusSet, windowRaise } from "./focus.ts";
import { windowShow } from "./layout.ts";

/** Shows a window, raises it and gives it the focus. */
export function windowActivate(window: AppWindow): void {
  if (!window.mapped) return;
  windowShow(window);
  windowRaise(window);
  focusSet(window);
}
