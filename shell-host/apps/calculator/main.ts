// org.oscortex.calculator: a pocket calculator.

import { WindowOptions } from "../../engine/app/app-window.ts";
import { runApp } from "../../engine/app/run-app.ts";
import { parseSvgPath } from "../../engine/painting/svg-path.ts";
import { IconLook } from "../../engine/widgets/app-icon.ts";
import { Calculator } from "./calculator.ts";

const ICON: string =
  "M7 3h10a1.5 1.5 0 0 1 1.5 1.5v15a1.5 1.5 0 0 1-1.5 1.5H7a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 7 3zM8.5 6.5h7v3h-7zM9 13.2v.01M12 13.2v.01M15 13.2v.01M9 17v.01M12 17v.01M15 17v.01"; // as in oscortex.json

export function main(): i32 {
  return runApp(
    new WindowOptions("Calculator", 320, 440)
      .atLeast(260, 360)
      .withIcon(new IconLook(0xfff2a65a, 0xffd9682b, parseSvgPath(ICON))),
    new Calculator(),
  );
}
