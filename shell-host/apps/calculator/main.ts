// org.oscortex.calculator: a pocket calculator.

import { WindowOptions } from "../../engine/app/app-window.ts";
import { runApp } from "../../engine/app/run-app.ts";
import { Calculator } from "./calculator.ts";

export function main(): i32 {
  return runApp(new WindowOptions("Calculator", 320, 440).atLeast(260, 360), new Calculator());
}
