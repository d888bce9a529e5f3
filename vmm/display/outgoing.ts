import type { SessionOutput } from "./rfb/session.ts";

const HIGH_BYTES = 1024 * 1024; // waiting for the network: no more is taken
const LOW_BYTES = 256 * 1024; // and is again
const SLOW_MS = 100; // to get from the one to the other: this is no short way
const SLOW_FOR_MS = 10_000;

/** The part of a socket that sends. */
export interface Sending {
  write(bytes: Uint8Array, sent: () => void): void;
  /** Bytes that wait. */
  readonly waiting: number;
}

/** Back-pressure for one viewer, and whether its way is short enough to compress nothing. */
export class Outgoing implements SessionOutput {
  readonly #sending: Sending;
  readonly #isLocal: boolean;
  readonly #onDrained: () => void;
  #blockedAt: number | undefined; // ms, when it took no more
  #slowUntil = 0; // ms

  /** `isLocal`: to this machine. */
  constructor(sending: Sending, isLocal: boolean, onDrained: () => void) {
    this.#sending = sending;
    this.#isLocal = isLocal;
    this.#onDrained = onDrained;
  }

  get near(): boolean {
    return this.#isLocal && performance.now() >= this.#slowUntil;
  }

  send(bytes: Uint8Array): boolean {
    this.#sending.write(bytes, () => this.#sent());
    if (this.#sending.waiting < HIGH_BYTES) return true;
    this.#blockedAt ??= performance.now();
    return false;
  }

  #sent(): void {
    if (this.#blockedAt === undefined || this.#sending.waiting > LOW_BYTES) return;
    const now = performance.now();
    if (now - this.#blockedAt > SLOW_MS) this.#slowUntil = now + SLOW_FOR_MS;
    this.#blockedAt = undefined;
    this.#onDrained();
  }
}
