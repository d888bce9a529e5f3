import { TextAlign } from "../text/text-layout.ts";
import { TextStyle } from "../text/text-style.ts";
import { Text } from "./basic.ts";
import { BuildContext, StatelessWidget, Widget } from "./framework.ts";
import { Row, SizedBox } from "./layout.ts";
import { Semantics } from "./semantics.ts";

/** A number that changes: every digit is as wide as the others, so that nothing moves. */
export class Digits extends StatelessWidget {
  constructor(
    readonly text: string,
    readonly style: TextStyle,
  ) {
    super();
  }

  build(_context: BuildContext): Widget {
    const font = this.style.font;
    const width = ceil(font.advance(font.glyphOf(0x30)) * this.style.size * 4) / 4; // glyphs are drawn at quarters of a pixel
    const parts: Widget[] = [];
    for (let i = 0; i < this.text.length; i++) {
      const letter = Text.line(this.text.charAt(i), this.style);
      const code = this.text.charCodeAt(i);
      const isDigit = code >= 0x30 && code <= 0x39;
      parts.push(isDigit ? new SizedBox(width, NaN, letter.aligned(TextAlign.Center)) : letter);
    }
    return new Semantics("text", this.text, new Row(parts).shrunk(), true);
  }
}
