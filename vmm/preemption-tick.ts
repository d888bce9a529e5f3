import { EVENT_BIT_TICK } from "../guest-kernel/abi/event-page.ts";
import type { EventPage } from "./event-page.ts";
import type { Mailbox } from "./mailbox.ts";

/** How long a process may run before it is preempted: between one and two of these. */
const TICK_MS = 5;

/**
 * Preempts a process that runs for longer than its time slice. Main thread.
 *
 * No timer runs while the guest sleeps: the tick ends when it finds the guest idle, and the vCPU thread wakes the
 * main thread when the guest runs again.
 */
export class PreemptionTick {
  readonly #events: EventPage;
  readonly #mailbox: Mailbox;
  #timer: NodeJS.Timeout | undefined;
  #lastSeq = 0;

  constructor(events: EventPage, mailbox: Mailbox) {
    this.#events = events;
    this.#mailbox = mailbox;
  }

  /** Ticks if the guest is not idle. */
  start(): void {
    if (this.#timer !== undefined || this.#events.idle) return;
    this.#mailbox.ticking = true;
    this.#lastSeq = this.#events.runSeq;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#mailbox.ticking = false;
  }

  #tick(): void {
    if (this.#events.idle) {
      this.stop();
      this.start(); // the guest may have begun to run before it saw that nobody ticks
      return;
    }
    const seq = this.#events.runSeq;
    if (seq === this.#lastSeq && this.#events.processRuns) this.#events.raise(EVENT_BIT_TICK);
    this.#lastSeq = seq;
  }
}
