import { printError } from "../../sdk/console.ts";
import { errorText } from "../../sdk/error-text.ts";
import { setClipboard } from "../foundation/clipboard.ts";
import { Widget } from "../widgets/framework.ts";
import { AppWindow, WindowOptions, openError } from "./app-window.ts";
import { runLoop } from "./event-loop.ts";
import { ScreenClipboard } from "./screen-clipboard.ts";

const FAILED: i32 = 1;

/** Runs an app with one window until it is closed; what `main` returns. Needs the capability `surfaces`. */
export function runApp(options: WindowOptions, content: Widget): i32 {
  setClipboard(new ScreenClipboard());
  if (AppWindow.open(options, content) === null) {
    printError(options.title + ": no window: " + errorText(openError));
    return FAILED;
  }
  runLoop();
  return 0;
}
