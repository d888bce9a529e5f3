// The console of a machine whose shell talks to a program: commands in, output and records (shell-host/shell/prompt.ts) out.

import type { ConsoleBackend, ConsoleEvents } from "../../devices/console/backend.ts";

const RECORD_SEPARATOR = "\x1e";
const MAX_RECORD = 65_536; // characters: a longer one is no record of our shell
const MAX_LINE = 4000; // bytes: a console line (shell-host/sdk/console.ts)

/** What the shell says when it waits for a command. */
export interface ShellRecord {
  /** The last command's exit status. */
  status: number;
  /** Background apps that have ended since: pid, exit status. */
  ended: readonly (readonly [pid: number, status: number])[];
}

/** The shell's end of the console. */
export class ShellConsole implements ConsoleBackend {
  readonly #token: string;
  readonly #onOutput: (text: string) => void;
  readonly #onRecord: (record: ShellRecord) => void;
  readonly #decoder = new TextDecoder();
  #events: ConsoleEvents | undefined;
  #input: Buffer = Buffer.alloc(0);
  #record: string | undefined; // the beginning of one

  /** `onOutput` gets what apps print, in order; `onRecord` each record with `token`. Neither may throw. */
  constructor(token: string, onOutput: (text: string) => void, onRecord: (record: ShellRecord) => void) {
    this.#token = token;
    this.#onOutput = onOutput;
    this.#onRecord = onRecord;
  }

  /** Types a line. Throws RangeError for one that the shell could not read whole. */
  type(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    if (bytes.length > MAX_LINE || /[\x00-\x08\n\r]/.test(line))
      throw new RangeError(`a command of ${bytes.length} bytes, or with control characters`);
    this.#input = Buffer.concat([this.#input, bytes]);
    this.#events?.onReadable();
  }

  attach(events: ConsoleEvents): void {
    this.#events = events;
  }

  write(bytes: Uint8Array): boolean {
    this.#take(this.#decoder.decode(Buffer.from(bytes), { stream: true })); // a copy: they are the guest's
    return true;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  get readable(): boolean {
    return this.#input.length > 0;
  }

  read(target: Uint8Array): number {
    const count = Math.min(target.length, this.#input.length);
    target.set(this.#input.subarray(0, count));
    this.#input = this.#input.subarray(count);
    return count;
  }

  close(): void {}

  #take(text: string): void {
    let rest = text;
    while (rest !== "") {
      if (this.#record === undefined) rest = this.#takeOutput(rest);
      else rest = this.#takeRecord(this.#record, rest);
    }
  }

  #takeOutput(text: string): string {
    const start = text.indexOf(RECORD_SEPARATOR);
    const output = start < 0 ? text : text.slice(0, start);
    if (output !== "") this.#onOutput(output);
    if (start < 0) return "";
    this.#record = "";
    return text.slice(start + 1);
  }

  #takeRecord(begun: string, text: string): string {
    const end = text.indexOf("\n");
    const whole = begun + (end < 0 ? text : text.slice(0, end));
    if (end < 0 && whole.length <= MAX_RECORD) {
      this.#record = whole;
      return "";
    }
    this.#record = undefined;
    const record = parseRecord(whole, this.#token);
    if (record === undefined) this.#onOutput(RECORD_SEPARATOR + whole + (end < 0 ? "" : "\n")); // an app's doing
    else this.#onRecord(record);
    return end < 0 ? "" : text.slice(end + 1);
  }
}

/** Undefined for what is no record of the shell with this token. */
function parseRecord(text: string, token: string): ShellRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("status" in value) || !("ended" in value))
    return undefined;
  const { status, ended } = value;
  if (!("token" in value) || value.token !== token) return undefined;
  if (typeof status !== "number" || !Array.isArray(ended) || !ended.every(isPair)) return undefined;
  return { status, ended };
}

function isPair(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((item) => typeof item === "number");
}
