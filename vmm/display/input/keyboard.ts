import type { HeldKeys } from "./held-keys.ts";
import * as k from "./keysym.ts";
import { keyOfScanCode } from "./scan-code.ts";

const SHIFTS = [k.KEY_LEFTSHIFT, k.KEY_RIGHTSHIFT];
const COMMAND_KEYS = [
  k.KEY_LEFTCTRL,
  k.KEY_RIGHTCTRL,
  k.KEY_LEFTALT,
  k.KEY_RIGHTALT,
  k.KEY_LEFTMETA,
  k.KEY_RIGHTMETA,
];

/**
 * The keyboard of one viewer. The guest repeats keys by itself, so a key that is pressed again is not told again.
 *
 * A keysym says what is typed, on whatever keyboard; where the guest's US keyboard needs Shift for it, or must not have
 * it, Shift is put right for that moment. A character that a US keyboard has not is typed without a key. A scan code says
 * which key it was: for what types nothing, and for shortcuts.
 */
export class Keyboard {
  readonly #held: HeldKeys;
  readonly #codes = new Set<number>(); // that this viewer holds
  readonly #codeOf = new Map<number, number>(); // of a scan code, as it was pressed

  constructor(held: HeldKeys) {
    this.#held = held;
  }

  key(keysym: number, down: boolean): void {
    if (this.#typesCharacter(keysym, down)) return;
    const key = k.keyOfKeysym(keysym);
    if (key === undefined) return;
    if (!down) this.#release(key.code);
    else if (!this.#codes.has(key.code)) this.#pressTyped(key, keysym);
  }

  scanCode(scanCode: number, keysym: number, down: boolean): void {
    const isPressed = this.#codeOf.has(scanCode); // with Control, say, which is up by now
    if (!isPressed && this.#typesCharacter(keysym, down)) return;
    const text = k.isText(keysym) ? k.keyOfKeysym(keysym) : undefined;
    const code = this.#codeOf.get(scanCode) ?? text?.code ?? keyOfScanCode(scanCode);
    if (code === undefined || k.isLevelShift(keysym)) return;
    if (!down) {
      this.#codeOf.delete(scanCode);
      this.#release(code);
    } else if (!this.#codes.has(code)) {
      this.#codeOf.set(scanCode, code);
      if (text === undefined) this.#press(code);
      else this.#pressTyped(text, keysym);
    }
  }

  /** Lets go of everything. */
  close(): void {
    for (const code of this.#codes) this.#held.release(code);
    this.#codes.clear();
    this.#codeOf.clear();
  }

  /** Types what no key of the guest's has, with each repetition; true if the keysym is such a character. */
  #typesCharacter(keysym: number, down: boolean): boolean {
    const character = k.characterOf(keysym);
    if (character === undefined || COMMAND_KEYS.some((command) => this.#held.has(command))) return false;
    if (down) this.#held.type(character);
    return true;
  }

  #pressTyped({ code, shift }: k.Key, keysym: number): void {
    const held = this.#held;
    const shifts = SHIFTS.filter((shiftCode) => held.has(shiftCode));
    const isCommand = COMMAND_KEYS.some((command) => held.has(command));
    if (shift === undefined || isCommand) return this.#press(code);
    const wanted = shift !== (held.capsLock && k.isLetter(keysym));
    if (wanted === shifts.length > 0) return this.#press(code);
    if (wanted) {
      held.tell(k.KEY_LEFTSHIFT, true);
      this.#press(code);
      held.tell(k.KEY_LEFTSHIFT, false);
    } else {
      for (const shiftCode of shifts) held.tell(shiftCode, false);
      this.#press(code);
      for (const shiftCode of shifts) held.tell(shiftCode, true);
    }
  }

  #press(code: number): void {
    if (this.#codes.has(code)) return;
    this.#codes.add(code);
    this.#held.press(code);
  }

  #release(code: number): void {
    if (this.#codes.delete(code)) this.#held.release(code);
  }
}
