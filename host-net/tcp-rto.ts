// Retransmission timeout, RFC 6298. The minimum is 200 ms as in Linux, not 1 s: the link is memory.

const INITIAL_MS = 1000;
const MIN_MS = 200;
const MAX_MS = 10_000;

/** Estimates how long to wait for an acknowledgement before sending again. */
export class RtoEstimator {
  #smoothedMs = 0;
  #variationMs = 0;
  #baseMs = INITIAL_MS;
  #backoff = 1;
  #measured = false;

  /** The time-out to use, in milliseconds. */
  get timeoutMs(): number {
    return Math.min(this.#baseMs * this.#backoff, MAX_MS);
  }

  /** Takes a round trip of a segment that was sent once (Karn's rule). §2.2, §2.3. */
  sample(roundTripMs: number): void {
    if (this.#measured) {
      this.#variationMs += (Math.abs(this.#smoothedMs - roundTripMs) - this.#variationMs) / 4;
      this.#smoothedMs += (roundTripMs - this.#smoothedMs) / 8;
    } else {
      this.#measured = true;
      this.#smoothedMs = roundTripMs;
      this.#variationMs = roundTripMs / 2;
    }
    this.#baseMs = Math.max(this.#smoothedMs + 4 * this.#variationMs, MIN_MS);
  }

  /** Doubles the time-out after it has passed. §5.5. */
  backOff(): void {
    if (this.timeoutMs < MAX_MS) this.#backoff *= 2;
  }

  /** Ends the doubling: the peer has acknowledged something new. */
  restore(): void {
    this.#backoff = 1;
  }
}
