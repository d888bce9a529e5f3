// A file that is looked at: a picture, or text.

import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { Bitmap } from "../../engine/painting/bitmap.ts";
import { decodePng } from "../../engine/painting/png.ts";
import { TextEditing } from "../../engine/text/editing.ts";
import { Text } from "../../engine/widgets/basic.ts";
import { BuildContext, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { FittedImage } from "../../engine/widgets/fitted-image.ts";
import { Center, Padding } from "../../engine/widgets/layout.ts";
import { TextArea } from "../../engine/widgets/text-area.ts";
import { Theme } from "../../engine/widgets/theme.ts";
import { errorText } from "../../sdk/error-text.ts";
import { readBytes } from "../../sdk/files.ts";

const MAX_TEXT: i32 = 64 * 1024; // bytes that are shown
const MAX_PICTURE: i32 = 8 * 1024 * 1024;

/** The content of a file. */
export class FileView extends StatefulWidget {
  constructor(
    readonly path: string,
    readonly isPicture: bool,
  ) {
    super();
    this.key = path;
  }

  createState(): State {
    return new FileViewState();
  }
}

class FileViewState extends State {
  private picture: Bitmap | null = null;
  private text: TextEditing | null = null;
  private problem: string = "";

  initState(): void {
    const widget = this.widgetOf<FileView>();
    const file = readBytes(widget.path, widget.isPicture ? MAX_PICTURE : MAX_TEXT);
    if (file.error < 0) this.problem = "The file cannot be read: " + errorText(file.error);
    else if (widget.isPicture) {
      this.picture = decodePng(Uint8Array.wrap(file.content));
      if (this.picture === null) this.problem = "This is not a picture that can be shown.";
    } else if (isText(file.content)) {
      const editing = new TextEditing(String.UTF8.decode(file.content));
      editing.moveTo(0, false);
      this.text = editing;
    } else this.problem = "This is not a text.";
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const picture = this.picture;
    if (picture !== null) return new Padding(EdgeInsets.all(16), new FittedImage(picture));
    const text = this.text;
    if (text === null) return new Center(new Text(this.problem, theme.body.colored(theme.colors.muted)));
    const area = new TextArea(text);
    area.isReadOnly = true;
    area.style = theme.code;
    return area;
  }
}

/** True if no byte is a control character that texts do not have. */
function isText(bytes: ArrayBuffer): bool {
  const at = changetype<usize>(bytes);
  for (let i = 0; i < bytes.byteLength; i++) {
    const byte = load<u8>(at + i);
    if (byte < 9 || (byte > 13 && byte < 27)) return false;
  }
  return true;
}
