// The log on standard error: lines of the host, of the kernel, and of apps.

import { Writable } from "node:stream";

const KERNEL_LINE = /^\[ *\d+\.\d+\] /; // the kernel's time stamp (guest-kernel/kernel/log.ts)
const LINE_FEED = 10;
const MAX_LINE = 8192; // bytes that are kept to see a whole line
const DIM = "\x1b[2m";
const BOLD = "\x1b[1m";
const RESET = "\x1b[0m";

/** How much is logged: `quiet` leaves out the kernel's lines and the host's notes. */
export type LogLevel = "quiet" | "normal" | "verbose";

/** The log. Colours are for a terminal. */
export class Log {
  /** Takes the guest's log console. */
  readonly guest: Writable;
  readonly #stream: Writable;
  readonly #level: LogLevel;
  readonly #colours: boolean;

  constructor(stream: Writable, level: LogLevel, colours: boolean) {
    this.#stream = stream;
    stream.on("error", () => {}); // whoever read it is gone: there is nobody to tell
    this.#level = level;
    this.#colours = colours;
    this.guest = new LineStream(stream, (line) => this.#guestLine(line));
  }

  /** What went wrong. Always shown. */
  error(text: string): void {
    this.#stream.write(this.#styled(BOLD, `oscortex: ${text}`));
  }

  /** What most users want to know. */
  note(text: string): void {
    if (this.#level !== "quiet") this.#stream.write(this.#styled(DIM, `oscortex: ${text}`));
  }

  /** What helps to find a fault. */
  detail(text: string): void {
    if (this.#level === "verbose") this.note(text);
  }

  #guestLine(line: string): string {
    if (!KERNEL_LINE.test(line)) return line;
    return this.#level === "quiet" ? "" : this.#styled(DIM, line.trimEnd());
  }

  #styled(style: string, text: string): string {
    return this.#colours ? `${style}${text}${RESET}\n` : `${text}\n`;
  }
}

/** Passes whole lines, each as `edit` leaves it, on to a stream. The callback of a write waits for that stream. */
class LineStream extends Writable {
  readonly #target: Writable;
  readonly #edit: (line: string) => string;
  #rest = Buffer.alloc(0); // the beginning of a line whose end has not come

  constructor(target: Writable, edit: (line: string) => string) {
    super();
    this.#target = target;
    this.#edit = edit;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    let text = "";
    for (let end = this.#lineEnd(); end > 0; end = this.#lineEnd()) {
      text += this.#edit(this.#rest.toString("utf8", 0, end));
      this.#rest = this.#rest.subarray(end);
    }
    this.#forward(text, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#forward(this.#rest.toString(), callback);
  }

  /** Where the first line ends, its line feed included; 0 if it has not ended yet. */
  #lineEnd(): number {
    const end = this.#rest.indexOf(LINE_FEED) + 1;
    return end === 0 && this.#rest.length > MAX_LINE ? this.#rest.length : end;
  }

  #forward(text: string, callback: (error?: Error | null) => void): void {
    if (text === "") callback();
    else this.#target.write(text, callback);
  }
}
