// The framebuffer (guest-kernel/abi/framebuffer.ts): where the guest draws, and how it tells what it has drawn.
//
// The guest is not trusted: a mode is checked as a whole when it is enabled, and damage is cut to the screen.
import * as f from "../../guest-kernel/abi/framebuffer.ts";
import { PAGE_SIZE } from "../../guest-kernel/abi/memory-map.ts";
import { CLIPBOARD_MAX } from "../../guest-kernel/abi/window.ts";
import type { GuestMemory } from "../guest-memory.ts";
import { type Clipping, readClipboard, writeClipboard } from "./clipboard.ts";
import { type Cursor, readCursor } from "./cursor.ts";
import { type Copy, DamageRing, type Rect } from "./damage.ts";

const REGISTER_WIDTH = 4; // bytes
const PIXEL = 4; // bytes

/** A size and a scale (device pixels for 100 logical ones) that the guest is asked for. */
export interface Wanted {
  width: number;
  height: number;
  scale: number;
}

/** What the guest shows: pixels of u32 0xXXRRGGBB in its memory, checked to lie there. */
export interface Mode {
  /** Guest-physical, of the first row. */
  readonly address: number;
  readonly width: number;
  readonly height: number;
  /** Bytes from a row to the next, a multiple of 4. */
  readonly stride: number;
}

/** Who looks at the screen. Called from within the guest's store; must not block. */
export interface FramebufferListener {
  /** There is a new mode with something drawn in it, or none any more. All of it is damage. */
  onMode(): void;
  /** There is damage, once after each `watch`. */
  onDamage(): void;
  /** The cursor looks different. */
  onCursor(): void;
  /** The guest has another text in its clipboard. */
  onClipboard(): void;
}

/** The register file, and the pixels behind it. Made before there is memory; `connect` joins the two. */
export class FramebufferDevice {
  #wanted: Wanted;
  #memory: GuestMemory | undefined;
  #raise: () => void = () => {};
  #listener: FramebufferListener = { onMode() {}, onDamage() {}, onCursor() {}, onClipboard() {} };

  // As stored: claims until FRAMEBUFFER_ENABLE
  #address = 0;
  #width = 0;
  #height = 0;
  #stride = 0;
  #damageAt = 0;

  #pending: Mode | undefined; // enabled, nothing drawn yet
  #mode: Mode | undefined;
  #damage: DamageRing | undefined;
  #copies = false;
  #cursor: Cursor | undefined;
  #clipboard: Clipping | undefined;
  #paste = new Uint8Array(0); // the newest text of whoever looks
  #pastes = 0;

  constructor(wanted: Wanted) {
    this.#wanted = checkWanted(wanted);
  }

  /** Joins guest memory, at a multiple of 4 in its buffer; `raise` sets EVENT_BIT_SCREEN. Before the guest runs, once. */
  connect(memory: GuestMemory, raise: () => void): void {
    this.#memory = memory;
    this.#raise = raise;
  }

  /** Who hears of changes from now on. */
  set listener(listener: FramebufferListener) {
    this.#listener = listener;
  }

  /** What is shown; undefined before the guest has drawn anything. */
  get mode(): Mode | undefined {
    return this.#mode;
  }

  /** The cursor's picture; undefined if it is hidden. */
  get cursor(): Cursor | undefined {
    return this.#cursor;
  }

  /** The text in the guest's clipboard; undefined before it has put any there. */
  get clipboard(): Clipping | undefined {
    return this.#clipboard;
  }

  /** Offers a text to the guest, for its clipboard. One that is longer than CLIPBOARD_MAX bytes of UTF-8 is dropped. */
  paste(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > CLIPBOARD_MAX) return;
    this.#paste = bytes;
    this.#pastes = (this.#pastes + 1) >>> 0;
    this.#raise();
  }

  /** Frames that the guest says it has shown. */
  get frames(): number {
    return this.#damage?.frames ?? 0;
  }

  /** What the guest is asked for. Throws RangeError for a size that no mode can have. */
  get wanted(): Wanted {
    return this.#wanted;
  }

  set wanted(wanted: Wanted) {
    const { width, height, scale } = this.#wanted;
    this.#wanted = checkWanted(wanted);
    if (wanted.width !== width || wanted.height !== height || wanted.scale !== scale) this.#raise();
  }

  /** `width` pixels of row `y` from `x` on, inside of the mode, seen where the guest draws them: they change under the reader. */
  row(mode: Mode, x: number, y: number, width: number): Uint32Array {
    const { buffer, byteOffset } = this.#memory!.bytes; // SAFETY: a mode is of the memory
    return new Uint32Array(buffer, byteOffset + mode.address + y * mode.stride + x * PIXEL, width);
  }

  /**
   * Asks for `onDamage` at the next damage; true if there is some already, for which nobody will be called. Until it
   * is called again the guest need not tell, so it has no exits for a screen at which nobody looks.
   */
  watch(): boolean {
    this.#damage?.watch();
    return this.#mode !== undefined && this.#damage?.pending === true;
  }

  /**
   * Hands over each rectangle that has changed since the last call, inside of the mode, and each copy in its place among them:
   * as a rectangle to those who do not take copies. True if it was all of the mode.
   */
  takeDamage(damaged: (rect: Rect) => void, copied?: (copy: Copy) => void): boolean {
    if (this.#mode === undefined || this.#damage === undefined) return false;
    return this.#damage.take(this.#mode, { damaged, copied: copied ?? (({ to }) => damaged(to)) });
  }

  /** Frames that the guest has begun to draw: a pixel that was read before this is of none that begins later. */
  get begun(): number {
    return this.#damage?.begun ?? 0;
  }

  /** Whether anybody can copy pixels; then the guest tells of those that have only moved. */
  set copies(wanted: boolean) {
    this.#copies = wanted;
    if (this.#damage !== undefined) this.#damage.copies = wanted;
  }

  /** A guest load. Registers have 32 bits; anything else reads as zero. */
  readMmio(offset: number, width = REGISTER_WIDTH): number {
    if (width !== REGISTER_WIDTH) return 0;
    switch (offset) {
      case f.FRAMEBUFFER_MAGIC:
        return f.FRAMEBUFFER_MAGIC_VALUE;
      case f.FRAMEBUFFER_WANTED_WIDTH:
        return this.#wanted.width;
      case f.FRAMEBUFFER_WANTED_HEIGHT:
        return this.#wanted.height;
      case f.FRAMEBUFFER_WANTED_SCALE:
        return this.#wanted.scale;
      case f.FRAMEBUFFER_ADDRESS:
        return this.#address;
      case f.FRAMEBUFFER_WIDTH:
        return this.#width;
      case f.FRAMEBUFFER_HEIGHT:
        return this.#height;
      case f.FRAMEBUFFER_STRIDE:
        return this.#stride;
      case f.FRAMEBUFFER_DAMAGE:
        return this.#damageAt;
      case f.FRAMEBUFFER_PASTES:
        return this.#pastes;
      case f.FRAMEBUFFER_ENABLE:
        return this.#mode === undefined && this.#pending === undefined ? 0 : 1;
      default:
        return 0;
    }
  }

  /** A guest store. Unknown and read-only registers, and other widths, ignore it. */
  writeMmio(offset: number, value: number, width = REGISTER_WIDTH): void {
    if (width !== REGISTER_WIDTH) return;
    switch (offset) {
      case f.FRAMEBUFFER_ADDRESS:
        this.#address = value >>> 0;
        break;
      case f.FRAMEBUFFER_WIDTH:
        this.#width = value >>> 0;
        break;
      case f.FRAMEBUFFER_HEIGHT:
        this.#height = value >>> 0;
        break;
      case f.FRAMEBUFFER_STRIDE:
        this.#stride = value >>> 0;
        break;
      case f.FRAMEBUFFER_DAMAGE:
        this.#damageAt = value >>> 0;
        break;
      case f.FRAMEBUFFER_ENABLE:
        this.#enable(value === 1);
        break;
      case f.FRAMEBUFFER_DOORBELL:
        this.#doorbell();
        break;
      case f.FRAMEBUFFER_CURSOR:
        this.#setCursor(value >>> 0);
        break;
      case f.FRAMEBUFFER_CLIPBOARD:
        this.#takeClipboard(value >>> 0);
        break;
      case f.FRAMEBUFFER_PASTE:
        this.#givePaste(value >>> 0);
        break;
    }
  }

  #enable(on: boolean): void {
    const shown = this.#mode !== undefined;
    this.#mode = undefined;
    this.#pending = on ? this.#checkedMode() : undefined;
    this.#damage = this.#pending === undefined ? undefined : DamageRing.at(this.#memory!, this.#damageAt); // SAFETY: checkedMode
    if (this.#damage === undefined) this.#pending = undefined;
    if (this.#damage !== undefined) this.#damage.copies = this.#copies;
    this.#damage?.watch(); // its first damage shows it, whoever looks
    if (shown && this.#pending === undefined) this.#listener.onMode();
  }

  /** The mode that the registers say, if it is sound: the one place that looks at them. */
  #checkedMode(): Mode | undefined {
    const address = this.#address;
    const width = this.#width;
    const height = this.#height;
    const stride = this.#stride;
    if (!isSide(width) || !isSide(height) || address % PAGE_SIZE !== 0) return undefined;
    if (stride % PIXEL !== 0 || stride < width * PIXEL) return undefined;
    // No product of 32-bit numbers below 2^45 loses a bit in a double.
    if (this.#memory?.contains(address, stride * height) !== true) return undefined;
    return { address, width, height, stride };
  }

  #doorbell(): void {
    if (this.#pending !== undefined && this.#damage?.pending) {
      this.#mode = this.#pending;
      this.#pending = undefined;
      this.#listener.onMode();
    } else if (this.#mode !== undefined) this.#listener.onDamage();
  }

  #setCursor(address: number): void {
    this.#cursor =
      address === 0 || this.#memory === undefined ? undefined : readCursor(this.#memory, address);
    this.#listener.onCursor();
  }

  #takeClipboard(address: number): void {
    const clipping = this.#memory === undefined ? undefined : readClipboard(this.#memory, address);
    if (clipping === undefined) return;
    this.#clipboard = clipping;
    this.#listener.onClipboard();
  }

  #givePaste(address: number): void {
    if (this.#memory !== undefined) writeClipboard(this.#memory, address, this.#paste);
  }
}

function isSide(pixels: number): boolean {
  return pixels >= 1 && pixels <= f.FRAMEBUFFER_MAX_SIDE;
}

function checkWanted(wanted: Wanted): Wanted {
  const { width, height, scale } = wanted;
  const whole = [width, height, scale].every((number) => Number.isInteger(number));
  if (!whole || !isSide(width) || !isSide(height) || scale < 50 || scale > 400)
    throw new RangeError(`a screen of ${width}x${height} at ${scale} %`);
  return wanted;
}
