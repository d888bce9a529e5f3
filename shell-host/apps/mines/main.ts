// org.oscortex.mines: find the mines without stepping on one.

import { WindowOptions } from "../../engine/app/app-window.ts";
import { runApp } from "../../engine/app/run-app.ts";
import { parseSvgPath } from "../../engine/painting/svg-path.ts";
import { IconLook } from "../../engine/widgets/app-icon.ts";
import { Mines } from "./mines.ts";

const ICON: string =
  "M18 13a6 6 0 1 1-12 0a6 6 0 0 1 12 0zM12 7V3.5M12 22v-3M3 13h3M18 13h3M6 7l1.8 1.8M16.2 8.8L18 7M6 19l1.8-1.8M16.2 17.2L18 19M10 11.5v.01"; // as in oscortex.json

export function main(): i32 {
  return runApp(
    new WindowOptions("Mines", 440, 500)
      .atLeast(380, 440)
      .withIcon(new IconLook(0xff8b6cf0, 0xff5a36c9, parseSvgPath(ICON))),
    new Mines(),
  );
}
