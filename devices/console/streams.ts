import type { Readable, Writable } from "node:stream";
import { CONSOLE_END_OF_INPUT } from "../../guest-kernel/abi/console.ts";
import type { ConsoleBackend, ConsoleEvents } from "./backend.ts";

const NO_INPUT = new Uint8Array(0);
const END_OF_INPUT = Uint8Array.of(CONSOLE_END_OF_INPUT);

/**
 * A console on Node streams, as `process.stdin` and `process.stdout`.
 *
 * Order is kept and nothing is lost but what a broken output (its reader is gone) cannot take: that is dropped, and
 * `error` says why. The end of the input is sent as CONSOLE_END_OF_INPUT.
 */
export class StreamConsole implements ConsoleBackend {
  /** What broke the output, if anything did. */
  error: Error | undefined;

  readonly #output: Writable;
  readonly #input: Readable | undefined;
  #events: ConsoleEvents | undefined;
  #writing = 0; // chunks that the stream has not finished
  #flushed: (() => void)[] = [];
  #chunk: Uint8Array = NO_INPUT; // read from the stream and not yet by the guest
  readonly #onReadable = (): void => this.#events?.onReadable();
  readonly #onEnd = (): void => this.#endInput();

  constructor(output: Writable, input?: Readable) {
    this.#output = output;
    this.#input = input;
    output.on("error", (error: Error) => this.#breakOutput(error));
    output.on("drain", () => this.#events?.onWritable());
  }

  attach(events: ConsoleEvents): void {
    this.#events = events;
    this.#input?.on("end", this.#onEnd);
    this.#input?.on("error", this.#onEnd); // a terminal that went away
    this.#input?.on("readable", this.#onReadable);
  }

  write(bytes: Uint8Array): boolean {
    if (this.error !== undefined) return true;
    this.#writing++;
    // A copy: the guest gets its buffer back before the stream has written it.
    return this.#output.write(Buffer.from(bytes), () => this.#finishWrite());
  }

  async flush(): Promise<void> {
    if (this.#writing === 0) return;
    await new Promise<void>((resolve) => this.#flushed.push(resolve));
  }

  get readable(): boolean {
    if (this.#chunk.length === 0) this.#chunk = this.#nextChunk();
    return this.#chunk.length > 0;
  }

  read(target: Uint8Array): number {
    if (!this.readable) return 0;
    const count = Math.min(target.length, this.#chunk.length);
    target.set(this.#chunk.subarray(0, count));
    this.#chunk = this.#chunk.subarray(count);
    return count;
  }

  close(): void {
    const input = this.#input;
    if (input === undefined) return;
    input.off("readable", this.#onReadable);
    input.off("end", this.#onEnd);
    input.pause();
  }

  #nextChunk(): Uint8Array {
    const chunk: unknown = this.#input?.read() ?? NO_INPUT;
    if (typeof chunk === "string") return Buffer.from(chunk); // someone called setEncoding
    return chunk instanceof Uint8Array ? chunk : NO_INPUT;
  }

  #endInput(): void {
    // "end" comes after all data was read, so only the guest's share of the last chunk can be left.
    this.#chunk = Buffer.concat([this.#chunk, END_OF_INPUT]);
    this.#events?.onReadable();
  }

  #finishWrite(): void {
    this.#writing--;
    if (this.#writing > 0) return;
    const waiting = this.#flushed;
    this.#flushed = [];
    for (const resolve of waiting) resolve();
  }

  #breakOutput(error: Error): void {
    this.error ??= error;
    this.#events?.onWritable(); // so that the guest does not wait for ever
  }
}
