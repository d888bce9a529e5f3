// Where copied text goes. An app in a window uses the screen's clipboard; without one, text stays in the process.

/** Keeps copied text. */
export abstract class Clipboard {
  abstract read(): string;
  abstract write(text: string): void;
}

class ProcessClipboard extends Clipboard {
  private text: string = "";

  read(): string {
    return this.text;
  }

  write(text: string): void {
    this.text = text;
  }
}

let clipboard: Clipboard = new ProcessClipboard();

/** Uses another clipboard from here on. */
export function setClipboard(other: Clipboard): void {
  clipboard = other;
}

/** The text that was copied last; empty if there is none. */
export function copiedText(): string {
  return clipboard.read();
}

/** Copies text. */
export function copyText(text: string): void {
  if (text.length > 0) clipboard.write(text);
}
