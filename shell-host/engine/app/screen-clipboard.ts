import { CLIPBOARD_MAX } from "../../../guest-kernel/abi/window.ts";
import { clipboard_get, clipboard_set } from "../../sdk/oscortex.ts";
import { Clipboard } from "../foundation/clipboard.ts";

/** The clipboard that all windows share. The kernel lets only the one with the keyboard use it. */
export class ScreenClipboard extends Clipboard {
  read(): string {
    const buffer = new ArrayBuffer(<i32>CLIPBOARD_MAX);
    const length = clipboard_get(changetype<usize>(buffer), CLIPBOARD_MAX);
    if (length <= 0 || length > <i32>CLIPBOARD_MAX) return "";
    return String.UTF8.decodeUnsafe(changetype<usize>(buffer), length);
  }

  write(text: string): void {
    const bytes = String.UTF8.encode(text);
    clipboard_set(changetype<usize>(bytes), bytes.byteLength);
  }
}
