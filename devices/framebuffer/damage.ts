// The damage ring in guest memory (guest-kernel/abi/framebuffer.ts), read by the host.
import * as f from "../../guest-kernel/abi/framebuffer.ts";
import type { GuestMemory } from "../guest-memory.ts";

/** Pixels of the screen. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

const WORD = 4; // bytes

/** The guest's damage page. Nothing that the guest writes there makes a rectangle leave the screen. */
export class DamageRing {
  readonly #words: Int32Array;
  #taken: number; // as DAMAGE_HEAD, of what was taken
  readonly #rect: Rect = { x: 0, y: 0, width: 0, height: 0 };

  /** The ring at `gpa`; undefined if RAM does not hold it there. What was in it before is not damage. */
  static at(memory: GuestMemory, gpa: number): DamageRing | undefined {
    if (gpa % WORD !== 0 || !memory.contains(gpa, f.DAMAGE_PAGE_SIZE)) return undefined;
    const { buffer, byteOffset } = memory.bytes;
    return new DamageRing(new Int32Array(buffer, byteOffset + gpa, f.DAMAGE_PAGE_SIZE / WORD));
  }

  private constructor(words: Int32Array) {
    this.#words = words;
    this.#taken = this.#load(f.DAMAGE_HEAD);
  }

  /** Whether there is damage that was not taken. */
  get pending(): boolean {
    return this.#load(f.DAMAGE_HEAD) !== this.#taken;
  }

  /** Frames that the guest says it has composed. */
  get frames(): number {
    return this.#load(f.DAMAGE_FRAMES);
  }

  /** Asks the guest to ring at the next damage. Look at `pending` afterwards: it may have come meanwhile. */
  watch(): void {
    Atomics.store(this.#words, f.DAMAGE_WAITING / WORD, 1);
  }

  /**
   * Hands over what was damaged, cut to `width` x `height`; the rectangle is reused. True if that was all of the
   * screen, because the guest was faster than we are.
   */
  take({ width, height }: { width: number; height: number }, each: (rect: Rect) => void): boolean {
    const head = this.#load(f.DAMAGE_HEAD);
    const count = (head - this.#taken) >>> 0;
    const first = this.#taken;
    this.#taken = head;
    if (count > f.DAMAGE_RECT_COUNT) return this.#takeAll(width, height, each);
    for (let i = 0; i < count; i++) if (this.#read((first + i) >>> 0, width, height)) each(this.#rect);
    // The guest may have gone on, and have written over what was just read.
    if ((this.#load(f.DAMAGE_HEAD) - first) >>> 0 <= f.DAMAGE_RECT_COUNT) return false;
    this.#taken = this.#load(f.DAMAGE_HEAD);
    return this.#takeAll(width, height, each);
  }

  #takeAll(width: number, height: number, each: (rect: Rect) => void): true {
    Object.assign(this.#rect, { x: 0, y: 0, width, height });
    each(this.#rect);
    return true;
  }

  /** Reads rectangle `index`; false if none of it is on the screen. */
  #read(index: number, screenWidth: number, screenHeight: number): boolean {
    const at = f.DAMAGE_RECTS + f.DAMAGE_RECT_SIZE * (index % f.DAMAGE_RECT_COUNT);
    const rect = this.#rect;
    rect.x = this.#load(at);
    rect.y = this.#load(at + WORD);
    rect.width = Math.min(this.#load(at + 2 * WORD), screenWidth - rect.x);
    rect.height = Math.min(this.#load(at + 3 * WORD), screenHeight - rect.y);
    return rect.width > 0 && rect.height > 0;
  }

  #load(offset: number): number {
    return Atomics.load(this.#words, offset / WORD) >>> 0;
  }
}
