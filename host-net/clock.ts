/** A timer that is running. */
export interface Timer {
  cancel(): void;
}

/** Where the bridge gets its time from. Tests advance a virtual one. */
export interface Clock {
  /** Monotonic, in milliseconds. */
  nowMs(): number;

  /** Calls back once, `delayMs` from now, unless cancelled. */
  after(delayMs: number, callback: () => void): Timer;
}

/** The clock of the host. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, callback) {
    const timeout = setTimeout(callback, delayMs);
    timeout.unref();
    return { cancel: () => clearTimeout(timeout) };
  },
};
