import type { InputEvent } from "../../../devices/input/events.ts";
import { EV_KEY, EV_MSC, MSC_TEXT } from "../../../guest-kernel/abi/virtio-input.ts";
import { KEY_CAPSLOCK } from "./keysym.ts";

/** Where events go to. */
export interface EventSink {
  send(events: readonly InputEvent[]): void;
}

/**
 * Keys and buttons that are down, of all viewers together: the guest sees one keyboard. A key that two hold goes up
 * when both have let it go.
 */
export class HeldKeys {
  readonly #sink: EventSink;
  readonly #counts = new Map<number, number>();
  #capsLock = false;

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  /** Whether Caps Lock is on, as the guest has it. */
  get capsLock(): boolean {
    return this.#capsLock;
  }

  has(code: number): boolean {
    return this.#counts.has(code);
  }

  /** Events that have nothing to do with keys. */
  send(events: readonly InputEvent[]): void {
    this.#sink.send(events);
  }

  press(code: number): void {
    const count = this.#counts.get(code) ?? 0;
    this.#counts.set(code, count + 1);
    if (count > 0) return;
    if (code === KEY_CAPSLOCK) this.#capsLock = !this.#capsLock;
    this.tell(code, true);
  }

  release(code: number): void {
    const count = this.#counts.get(code) ?? 0;
    if (count > 1) this.#counts.set(code, count - 1);
    else if (this.#counts.delete(code)) this.tell(code, false);
  }

  /** Types a character that no key has. */
  type(codePoint: number): void {
    this.#sink.send([{ type: EV_MSC, code: MSC_TEXT, value: codePoint }]);
  }

  /** Tells the guest of a key without a change of what is held: for a moment. */
  tell(code: number, down: boolean): void {
    this.#sink.send([{ type: EV_KEY, code, value: down ? 1 : 0 }]);
  }
}
