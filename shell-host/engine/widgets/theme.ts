import { Color } from "../painting/color.ts";
import { monoFont, regularFont, semiboldFont } from "../text/typefaces.ts";
import { TextStyle } from "../text/text-style.ts";
import { BuildContext, InheritedWidget, Widget } from "./framework.ts";

/** The colours of a theme. Text on `surface` and `background` has a contrast of at least 4.5. */
export class ColorScheme {
  constructor(
    readonly isDark: bool,
    /** Behind everything. */
    readonly background: Color,
    /** Cards, fields. */
    readonly surface: Color,
    /** What floats above: menus, dialogs. */
    readonly raised: Color,
    /** What the pointer is over. */
    readonly hover: Color,
    /** What is pressed or chosen. */
    readonly pressed: Color,
    readonly border: Color,
    /** The edge of a window. */
    readonly edge: Color,
    readonly text: Color,
    /** Less important text. */
    readonly muted: Color,
    readonly accent: Color,
    readonly accentHover: Color,
    readonly onAccent: Color,
    readonly danger: Color,
    readonly success: Color,
    readonly warning: Color,
    readonly shadow: Color,
    readonly scrollBar: Color,
  ) {}
}

/** Colours and text styles. Distances in the toolkit are multiples of `ThemeData.unit`. */
export class ThemeData {
  static readonly unit: f64 = 4;
  static readonly radius: f64 = 8;

  readonly body: TextStyle;
  readonly caption: TextStyle;
  readonly label: TextStyle;
  readonly title: TextStyle;
  readonly headline: TextStyle;
  readonly code: TextStyle;

  constructor(readonly colors: ColorScheme) {
    const text = colors.text;
    this.body = new TextStyle(regularFont(), 14, text, 1.43);
    this.caption = new TextStyle(regularFont(), 12, colors.muted, 1.34);
    this.label = new TextStyle(semiboldFont(), 13, text, 1.39);
    this.title = new TextStyle(semiboldFont(), 16, text, 1.38, -0.1);
    this.headline = new TextStyle(semiboldFont(), 24, text, 1.25, -0.4);
    this.code = new TextStyle(monoFont(), 13, text, 1.39);
  }

  static light(): ThemeData {
    return new ThemeData(
      new ColorScheme(
        false,
        0xfff6f7f9, // background
        0xffffffff, // surface
        0xffffffff, // raised
        0x0d0f172a, // hover
        0x1a0f172a, // pressed
        0x1f0f172a, // border
        0x260f172a, // edge
        0xff111827, // text
        0xff5b6472, // muted
        0xff2f5fe0, // accent
        0xff254fc4, // accentHover
        0xffffffff, // onAccent
        0xffcf2a2a, // danger
        0xff15803d, // success
        0xffa15c07, // warning
        0x26101828, // shadow
        0x40111827, // scrollBar
      ),
    );
  }

  static dark(): ThemeData {
    return new ThemeData(
      new ColorScheme(
        true,
        0xff14161b, // background
        0xff1e2128, // surface
        0xff262a32, // raised
        0x14ffffff, // hover
        0x24ffffff, // pressed
        0x24ffffff, // border
        0x2effffff, // edge
        0xfff1f3f5, // text
        0xff9ba3b0, // muted
        0xff5b8cff, // accent
        0xff78a0ff, // accentHover
        0xff0b1020, // onAccent
        0xffff7b72, // danger
        0xff4cc38a, // success
        0xfff5b94f, // warning
        0x66000000, // shadow
        0x4dffffff, // scrollBar
      ),
    );
  }
}

let fallback: ThemeData | null = null;

/** Gives its theme to all that is below. */
export class Theme extends InheritedWidget {
  constructor(
    readonly data: ThemeData,
    child: Widget,
  ) {
    super(child);
  }

  /** The theme of a place; light if there is none above. */
  static of(context: BuildContext): ThemeData {
    const theme = context.dependOn(idof<Theme>());
    if (theme !== null) return (theme as Theme).data;
    if (fallback === null) fallback = ThemeData.light();
    return fallback as ThemeData;
  }

  updateShouldNotify(old: InheritedWidget): bool {
    return (old as Theme).data !== this.data;
  }
}
