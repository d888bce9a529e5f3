// Events on their way to a guest that may be slow.
import { EV_ABS, EV_KEY, EV_MSC, EV_REL, EV_SYN } from "../../guest-kernel/abi/virtio-input.ts";

/** As of <linux/input.h>. */
export interface InputEvent {
  readonly type: number;
  readonly code: number;
  readonly value: number;
}

const MAX_WAITING = 1024; // events, from where on only releases of keys are kept
const SYNC: InputEvent = { type: EV_SYN, code: 0, value: 0 };

/**
 * Groups of events, each ended by EV_SYN. A move of the pointer replaces one that waits at the end; when the guest
 * takes nothing any more, presses and turns of the wheel are lost, but no release of a key that it saw pressed.
 */
export class EventQueue {
  #events: InputEvent[] = [];
  #at = 0; // of the first that waits
  #moveAt = -1; // where the last group begins, if it is a move of which nothing was taken
  readonly #held = new Set<number>(); // keys and buttons whose press was queued

  get length(): number {
    return this.#events.length - this.#at;
  }

  get first(): InputEvent | undefined {
    return this.#events[this.#at];
  }

  /** Takes the first away. */
  shift(): void {
    if (this.#at === this.#moveAt) this.#moveAt = -1;
    this.#at++;
    if (this.#at < this.#events.length) return;
    this.#events = [];
    this.#at = 0;
    this.#moveAt = -1;
  }

  /** Adds a group, without its EV_SYN. */
  push(group: readonly InputEvent[]): void {
    const kept = group.filter((event) => this.#keeps(event));
    if (kept.length === 0) return;
    const isMove = kept.every(({ type }) => type === EV_ABS);
    if (isMove && this.#moveAt >= 0) this.#events.length = this.#moveAt;
    this.#moveAt = isMove ? this.#events.length : -1;
    this.#events.push(...kept, SYNC);
  }

  /** Forgets all, also what is held. */
  clear(): void {
    this.#events = [];
    this.#at = 0;
    this.#moveAt = -1;
    this.#held.clear();
  }

  #keeps({ type, code, value }: InputEvent): boolean {
    if (type === EV_KEY && value === 0) return this.#held.delete(code);
    if (this.length >= MAX_WAITING && (type !== EV_ABS || this.#moveAt < 0)) return false;
    if (type === EV_KEY) this.#held.add(code);
    return type === EV_KEY || type === EV_ABS || type === EV_REL || type === EV_MSC;
  }
}
