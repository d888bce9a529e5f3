// The fonts that the engine brings along. Each is in an app only if the app can use it.

import { FONT_BYTES as INTER_REGULAR } from "./fonts/inter-regular.ts";
import { FONT_BYTES as INTER_SEMIBOLD } from "./fonts/inter-semibold.ts";
import { FONT_BYTES as MONO_REGULAR } from "./fonts/jetbrains-mono-regular.ts";
import { Font } from "./font.ts";

let regular: Font | null = null;
let semibold: Font | null = null;
let mono: Font | null = null;

/** Inter, the font of the user interface. */
export function regularFont(): Font {
  if (regular === null) regular = new Font(INTER_REGULAR);
  return regular as Font;
}

/** Inter Semi Bold, for headings and buttons. */
export function semiboldFont(): Font {
  if (semibold === null) semibold = new Font(INTER_SEMIBOLD);
  return semibold as Font;
}

/** JetBrains Mono: every glyph is as wide as the others. */
export function monoFont(): Font {
  if (mono === null) mono = new Font(MONO_REGULAR);
  return mono as Font;
}
