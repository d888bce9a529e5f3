// org.oscortex.notes: notes in plain text, saved as they are written.

import { WindowOptions } from "../../engine/app/app-window.ts";
import { runApp } from "../../engine/app/run-app.ts";
import { parseSvgPath } from "../../engine/painting/svg-path.ts";
import { IconLook } from "../../engine/widgets/app-icon.ts";
import { Notes } from "./notes.ts";

const ICON: string =
  "M6 3h8l5 5v11.5a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19.5V4a1 1 0 0 1 1-1zM14 3v5h5M8.5 12.5h7M8.5 16.5h5"; // as in oscortex.json

export function main(): i32 {
  return runApp(
    new WindowOptions("Notes", 720, 480)
      .atLeast(460, 280)
      .withIcon(new IconLook(0xfff5c84c, 0xffd99a1e, parseSvgPath(ICON))),
    new Notes(),
  );
}
