import type { Clipping } from "../../../devices/framebuffer/clipboard.ts";
import {
  clipboardCaps,
  clipboardNotice,
  clipboardProvision,
  clipboardRequest,
  cutText,
  providedText,
} from "./clipboard.ts";
import { HeldInput } from "./held-input.ts";
import * as p from "./protocol.ts";

/** The guest's clipboard, as a viewer reaches it. */
export interface GuestClipboard {
  /** What is in it; undefined while the guest has said nothing. */
  readonly clipboard: Clipping | undefined;
  /** The viewer has a text for it. */
  paste(text: string): void;
}

/** The clipboards of a viewer and the guest. */
export class ClipboardLink {
  /** Keys go through here: they wait while a text was asked for that they may paste. */
  readonly keys = new HeldInput();
  readonly #guest: GuestClipboard;
  readonly #send: (bytes: Uint8Array) => void;
  #isExtended = false;
  #told: Clipping | undefined; // the viewer knows of this one

  constructor(guest: GuestClipboard, send: (bytes: Uint8Array) => void) {
    this.#guest = guest;
    this.#send = send;
  }

  /** Whether the viewer knows the extended clipboard. */
  set isExtended(extended: boolean) {
    this.#isExtended = extended;
    if (extended) this.#send(clipboardCaps());
  }

  /** Tells the viewer of another text in the guest's clipboard, if there is one. */
  tell(): void {
    const { clipboard } = this.#guest;
    if (clipboard === undefined || clipboard === this.#told) return;
    this.#told = clipboard;
    this.#send(this.#isExtended ? clipboardNotice(true) : cutText(clipboard.text));
  }

  /** ClientCutText. */
  take(text: string): void {
    this.#guest.paste(text.replaceAll("\r\n", "\n"));
  }

  /** A message of the extended clipboard: CLIPBOARD_* flags, and what follows them. */
  takeExtended(flags: number, content: Uint8Array): void {
    const { clipboard } = this.#guest;
    const has = (flag: number): boolean => (flags & flag) !== 0;
    if (has(p.CLIPBOARD_CAPS)) return; // all of it fits where text goes at all
    if (has(p.CLIPBOARD_NOTIFY)) {
      if (!has(p.CLIPBOARD_TEXT)) return; // the viewer has none
      this.keys.hold(); // one of them may be there to paste it
      this.#send(clipboardRequest());
    } else if (has(p.CLIPBOARD_PEEK)) this.#send(clipboardNotice(clipboard !== undefined));
    else if (has(p.CLIPBOARD_REQUEST)) {
      if (clipboard !== undefined) this.#send(clipboardProvision(clipboard.text));
    } else if (has(p.CLIPBOARD_PROVIDE)) {
      const text = providedText(flags, content);
      if (text !== undefined) this.#guest.paste(text);
      this.keys.release();
    }
  }
}
