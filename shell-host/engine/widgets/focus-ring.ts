import { BoxDecoration } from "../painting/box-decoration.ts";
import { withOpacity } from "../painting/color.ts";
import { ColorScheme } from "./theme.ts";

/** Width of the ring around what has the focus, in logical pixels. */
export const FOCUS_RING: f64 = 3;

/** Gives a look the ring that says: the keyboard is here. */
export function focusRing(colors: ColorScheme, look: BoxDecoration): BoxDecoration {
  return look.ring(withOpacity(colors.accent, 0.45), FOCUS_RING);
}
