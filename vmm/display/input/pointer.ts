import type { InputEvent } from "../../../devices/input/events.ts";
import * as v from "../../../guest-kernel/abi/virtio-input.ts";
import type { HeldKeys } from "./held-keys.ts";

// RFC 6143 §7.5.5: bits of the button mask
const BUTTONS: readonly (readonly [bit: number, code: number])[] = [
  [1 << 0, v.BTN_LEFT],
  [1 << 1, v.BTN_MIDDLE],
  [1 << 2, v.BTN_RIGHT],
];
const WHEEL: readonly (readonly [bit: number, code: number, notches: number])[] = [
  [1 << 3, v.REL_WHEEL, 1],
  [1 << 4, v.REL_WHEEL, -1],
  [1 << 5, v.REL_HWHEEL, -1],
  [1 << 6, v.REL_HWHEEL, 1],
];

/** The pointer of one viewer, as a tablet. */
export class Pointer {
  readonly #held: HeldKeys;
  #buttons = 0;
  #x = -1; // as the guest was told
  #y = -1;

  constructor(held: HeldKeys) {
    this.#held = held;
  }

  /** The pointer is at a pixel of a screen of that size, with these buttons down. */
  moved(x: number, y: number, buttons: number, screen: { width: number; height: number }): void {
    const before = this.#buttons;
    this.#buttons = buttons;
    const isClick = buttons !== before; // another viewer may have moved the pointer
    const move = this.#move(position(x, screen.width), position(y, screen.height), isClick);
    const turned = WHEEL.filter(([bit]) => (buttons & ~before & bit) !== 0);
    const wheel = turned.map(([, code, value]): InputEvent => ({ type: v.EV_REL, code, value }));
    if (move.length + wheel.length > 0) this.#held.send([...move, ...wheel]);
    for (const [bit, code] of BUTTONS) {
      if ((buttons & ~before & bit) !== 0) this.#held.press(code);
      if ((before & ~buttons & bit) !== 0) this.#held.release(code);
    }
  }

  #move(x: number, y: number, always: boolean): InputEvent[] {
    if (x === this.#x && y === this.#y && !always) return [];
    this.#x = x;
    this.#y = y;
    return [
      { type: v.EV_ABS, code: v.ABS_X, value: x },
      { type: v.EV_ABS, code: v.ABS_Y, value: y },
    ];
  }

  /** Lets go of the buttons. */
  close(): void {
    for (const [bit, code] of BUTTONS) if ((this.#buttons & bit) !== 0) this.#held.release(code);
    this.#buttons = 0;
  }
}

/** A pixel of 0..size - 1 as 0..ABS_MAX_VALUE. */
function position(pixel: number, size: number): number {
  const last = Math.max(1, size - 1);
  return Math.round((Math.min(pixel, last) * v.ABS_MAX_VALUE) / last);
}
