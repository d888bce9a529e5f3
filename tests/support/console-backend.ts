import type { ConsoleBackend, ConsoleEvents } from "../../devices/console/backend.ts";

/** A console whose two ends the test holds. */
export class FakeConsole implements ConsoleBackend {
  /** Everything printed. */
  output = "";
  /** While false, `write` asks for no more. */
  open = true;
  #events: ConsoleEvents | undefined;
  #input = new Uint8Array(0);

  attach(events: ConsoleEvents): void {
    this.#events = events;
  }

  write(bytes: Uint8Array): boolean {
    this.output += Buffer.from(bytes).toString("latin1");
    return this.open;
  }

  /** Takes output again. */
  reopen(): void {
    this.open = true;
    this.#events?.onWritable();
  }

  /** Adds input. */
  type(text: string): void {
    this.#input = new Uint8Array(Buffer.concat([this.#input, Buffer.from(text, "latin1")]));
    this.#events?.onReadable();
  }

  async flush(): Promise<void> {}

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
}
