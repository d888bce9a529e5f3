// org.oscortex.mandelbrot: the Mandelbrot set, computed two points at a time.

import { WindowOptions } from "../../engine/app/app-window.ts";
import { runApp } from "../../engine/app/run-app.ts";
import { Explorer } from "./explorer.ts";

export function main(): i32 {
  return runApp(new WindowOptions("Mandelbrot", 720, 540).atLeast(360, 300), new Explorer());
}
