// The frame of what floats over all windows: the launcher, notifications, the window switcher. Each is a window of its own, which
// ends where its margin does, and its shadow before that.

import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { BoxShadow } from "../../engine/painting/shadow.ts";
import { ThemeData } from "../../engine/widgets/theme.ts";

/** Room around the card for its shadow, in logical pixels. */
export const OVERLAY_MARGIN: i32 = 24;

const SHADOW_Y: f64 = 4;
const SHADOW_BLUR: f64 = 12; // reaches 1.5 times as far

/** The look of a card with OVERLAY_MARGIN around it. */
export function overlayLook(theme: ThemeData, radius: f64): BoxDecoration {
  const colors = theme.colors;
  return new BoxDecoration(colors.raised, radius)
    .shadow(new BoxShadow(colors.shadow, SHADOW_Y, SHADOW_BLUR))
    .shadow(new BoxShadow(colors.shadow, 1, 3))
    .border(colors.border);
}
