// org.oscortex.mines: find the mines without stepping on one.

import { WindowOptions } from "../../engine/app/app-window.ts";
import { runApp } from "../../engine/app/run-app.ts";
import { Mines } from "./mines.ts";

export function main(): i32 {
  return runApp(new WindowOptions("Mines", 440, 500).atLeast(380, 440), new Mines());
}
