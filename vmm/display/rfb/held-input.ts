// Keys that wait for the text that they are to paste.

const WAIT_MS = 500; // for a viewer that says that it has a text and does not provide it
const MOST = 256; // keys; more than that have waited long enough

/** Lets keys through, but for the time between a request for a viewer's text and its coming. */
export class HeldInput {
  #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** The text was asked for. */
  hold(): void {
    this.#timer ??= setTimeout(() => this.release(), WAIT_MS).unref();
  }

  /** The text has come, or is not awaited any more: what waits happens. */
  release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const happen of waiting) happen();
  }

  /** A key: at once, or behind those that wait. */
  add(happen: () => void): void {
    if (this.#timer === undefined) return happen();
    this.#waiting.push(happen);
    if (this.#waiting.length > MOST) this.release();
  }
}
