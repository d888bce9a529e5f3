// A trace file in the Trace Event Format (JSON array format), which Perfetto and chrome://tracing open.

import { closeSync, openSync, writeSync } from "node:fs";

const FLUSH_CHARACTERS = 1 << 16;

/** Times are microseconds. */
export interface TraceEvent {
  ph: "X" | "i" | "C" | "M" | "b" | "e" | "n";
  name: string;
  pid: number;
  tid: number;
  ts?: number;
  dur?: number;
  cat?: string;
  id?: number;
  args?: Record<string, unknown>;
}

/** Writes events as they come: the file is a valid array once it is closed, and read by both viewers before. */
export class ChromeTraceFile {
  readonly #fd: number;
  #buffer = "[";
  #empty = true;

  /** Throws the host's error if the file cannot be made. */
  constructor(path: string) {
    this.#fd = openSync(path, "w");
  }

  add(event: TraceEvent): void {
    this.#buffer += `${this.#empty ? "\n" : ",\n"}${JSON.stringify(event)}`;
    this.#empty = false;
    if (this.#buffer.length > FLUSH_CHARACTERS) this.#flush();
  }

  close(): void {
    this.#buffer += "\n]\n";
    this.#flush();
    closeSync(this.#fd);
  }

  #flush(): void {
    writeSync(this.#fd, this.#buffer);
    this.#buffer = "";
  }
}
