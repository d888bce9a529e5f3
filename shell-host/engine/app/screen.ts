// The screen, as far as windows have to know it.

import {
  SCREEN_HEIGHT,
  SCREEN_INFO_SIZE,
  SCREEN_SCALE,
  SCREEN_THEME,
  SCREEN_WIDTH,
  THEME_DARK,
} from "../../../guest-kernel/abi/window.ts";
import { clock_monotonic, screen_info } from "../../sdk/oscortex.ts";
import { ThemeData } from "../widgets/theme.ts";

const info = memory.data(16, 4);
if (SCREEN_INFO_SIZE != 16) ERROR("info");

/** Size, scale and theme. */
export class Screen {
  /** Device pixels. */
  width: i32 = 0;
  height: i32 = 0;
  /** Device pixels for a logical one. */
  scale: f64 = 1;
  theme: ThemeData = ThemeData.light();
}

let present: Screen | null = null;

/** The screen as it is. */
export function screen(): Screen {
  if (present === null) screenChanged();
  return present as Screen;
}

/** Asks the kernel again. */
export function screenChanged(): void {
  const next = new Screen();
  if (screen_info(info) == 0) {
    next.width = load<i32>(info, SCREEN_WIDTH);
    next.height = load<i32>(info, SCREEN_HEIGHT);
    next.scale = max(0.5, <f64>load<u32>(info, SCREEN_SCALE) / 100);
    if (load<u32>(info, SCREEN_THEME) == THEME_DARK) next.theme = ThemeData.dark();
  }
  present = next;
}

/** Milliseconds of the frame clock. */
export function now(): f64 {
  return <f64>clock_monotonic() / 1e6;
}
