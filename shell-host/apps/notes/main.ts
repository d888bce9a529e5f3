// org.oscortex.notes: notes in plain text, saved as they are written.

import { WindowOptions } from "../../engine/app/app-window.ts";
import { runApp } from "../../engine/app/run-app.ts";
import { Notes } from "./notes.ts";

export function main(): i32 {
  return runApp(new WindowOptions("Notes", 720, 480).atLeast(460, 280), new Notes());
}
