import type { Clock, Timer } from "../../host-net/clock.ts";

interface Alarm {
  readonly atMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is advanced. */
export class VirtualClock implements Clock {
  #nowMs = 1000;
  readonly #alarms = new Set<Alarm>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const alarm = { atMs: this.#nowMs + delayMs, callback };
    this.#alarms.add(alarm);
    return { cancel: () => this.#alarms.delete(alarm) };
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#alarms.size;
  }

  /** Moves on to the earliest timer and runs it. False: there is none. */
  advanceToNext(): boolean {
    let next: Alarm | undefined;
    for (const alarm of this.#alarms) if (next === undefined || alarm.atMs < next.atMs) next = alarm;
    if (next === undefined) return false;
    this.#alarms.delete(next);
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.callback();
    return true;
  }

  /** Moves on by `durationMs`, running the timers on the way in order. */
  advance(durationMs: number): void {
    const untilMs = this.#nowMs + durationMs;
    this.after(durationMs, () => undefined);
    while (this.#nowMs < untilMs) this.advanceToNext();
  }
}
