// The screen, as far as windows have to know it.

import {
  SCREEN_HEIGHT,
  SCREEN_INFO_SIZE,
  SCREEN_SCALE,
  SCREEN_THEME,
  SCREEN_WIDTH,
  THEME_DARK,
  THEME_LIGHT,
  THEME_STILL,
} from "../../../guest-kernel/abi/window.ts";
import { clock_monotonic, screen_info } from "../../sdk/oscortex.ts";
import { setStill } from "../foundation/animation.ts";
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
  /** Nothing moves that need not. */
  isStill: bool = false;

  /** The theme as the kernel has it, with some of THEME_DARK and THEME_STILL set or not. */
  static themeOf(isDark: bool, isStill: bool): u32 {
    return (isDark ? THEME_DARK : THEME_LIGHT) | (isStill ? THEME_STILL : 0);
  }
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
    const theme = load<u32>(info, SCREEN_THEME);
    if ((theme & THEME_DARK) != 0) next.theme = ThemeData.dark();
    next.isStill = (theme & THEME_STILL) != 0;
    setStill(next.isStill);
  }
  present = next;
}

/** Milliseconds of the frame clock. */
export function now(): f64 {
  return <f64>clock_monotonic() / 1e6;
}
