const PERIOD_MS = 5;

/** Watches how long this host lets a process wait that wants to run: what a measurement beside it must allow for. */
export class HostStalls {
  /** The longest wait so far, ms. */
  worstMs = 0;
  #last = performance.now();
  readonly #timer = setInterval(() => this.#tick(), PERIOD_MS);

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    this.worstMs = Math.max(this.worstMs, now - this.#last - PERIOD_MS);
    this.#last = now;
  }
}
