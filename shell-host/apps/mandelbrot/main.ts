// org.oscortex.mandelbrot: the Mandelbrot set, computed two points at a time.

import { WindowOptions } from "../../engine/app/app-window.ts";
import { runApp } from "../../engine/app/run-app.ts";
import { parseSvgPath } from "../../engine/painting/svg-path.ts";
import { IconLook } from "../../engine/widgets/app-icon.ts";
import { Explorer } from "./explorer.ts";

const ICON: string =
  "M12 3.5c1 2 1 3.5 0 5.5c2-1 4-1 6 1c2.5 2.5 2.5 5.5.5 8c-2 2.5-5 3-6.5 1c-1.5 2-4.5 1.5-6.5-1c-2-2.5-2-5.5.5-8c2-2 4-2 6-1c-1-2-1-3.5 0-5.5z"; // as in oscortex.json

export function main(): i32 {
  return runApp(
    new WindowOptions("Mandelbrot", 720, 540)
      .atLeast(360, 300)
      .withIcon(new IconLook(0xff3aaed0, 0xff1c5fa6, parseSvgPath(ICON))),
    new Explorer(),
  );
}
