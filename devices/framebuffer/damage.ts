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

/** Pixels that are what was elsewhere before. */
export interface Copy {
  /** Where they come to. */
  readonly to: Rect;
  /** Where they come from, of the same size. Both lie on the screen. */
  readonly from: Rect;
  /** The frame that this is of, as `DamageRing.begun` counts them. */
  readonly frame: number;
}

/** Who takes damage. */
export interface DamageTarget {
  /** A rectangle has changed; it is reused. */
  damaged(rect: Rect): void;
  /** Pixels have moved. */
  copied(copy: Copy): void;
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

  /** Frames that the guest says it has begun to draw: stored before the first pixel of each. */
  get begun(): number {
    return this.#load(f.DAMAGE_BEGUN);
  }

  /** Whether the guest is to tell of copies. */
  set copies(wanted: boolean) {
    Atomics.store(this.#words, f.DAMAGE_COPIES / WORD, wanted ? 1 : 0);
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
  take({ width, height }: { width: number; height: number }, target: DamageTarget): boolean {
    const head = this.#load(f.DAMAGE_HEAD);
    const count = (head - this.#taken) >>> 0;
    const first = this.#taken;
    this.#taken = head;
    if (count > f.DAMAGE_RECT_COUNT) return this.#takeAll(width, height, target);
    for (let i = 0; i < count; i++) {
      if (this.#isCopy(first + i)) {
        const copy = i + 1 < count ? this.#readCopy(first + i, width, height) : undefined;
        if (copy !== undefined) target.copied(copy);
        else target.damaged(this.#whole(width, height)); // it makes no sense
        i++;
      } else if (this.#read(first + i, width, height)) target.damaged(this.#rect);
    }
    // The guest may have gone on, and have written over what was just read.
    if ((this.#load(f.DAMAGE_HEAD) - first) >>> 0 <= f.DAMAGE_RECT_COUNT) return false;
    this.#taken = this.#load(f.DAMAGE_HEAD);
    return this.#takeAll(width, height, target);
  }

  #takeAll(width: number, height: number, target: DamageTarget): true {
    target.damaged(this.#whole(width, height));
    return true;
  }

  #whole(width: number, height: number): Rect {
    return Object.assign(this.#rect, { x: 0, y: 0, width, height });
  }

  #isCopy(index: number): boolean {
    return this.#load(placeOf(index)) >>> 31 === 1;
  }

  /** Reads a copy from entry `index` and the next; undefined if it leads off the screen. */
  #readCopy(index: number, screenWidth: number, screenHeight: number): Copy | undefined {
    const to = placeOf(index);
    const from = placeOf(index + 1);
    const [x, fromX] = [this.#load(to), this.#load(from)].map((word) => word & ~f.DAMAGE_COPY);
    const [y, fromY] = [this.#load(to + WORD), this.#load(from + WORD)];
    const width = this.#load(to + 2 * WORD);
    const height = this.#load(to + 3 * WORD);
    const fits = (left: number, top: number): boolean =>
      left <= screenWidth - width && top <= screenHeight - height;
    if (!this.#isCopy(index + 1) || width === 0 || height === 0) return undefined;
    if (!fits(x!, y) || !fits(fromX!, fromY)) return undefined; // SAFETY: of the two above
    return {
      to: { x: x!, y, width, height },
      from: { x: fromX!, y: fromY, width, height },
      frame: this.#load(from + 2 * WORD),
    };
  }

  /** Reads rectangle `index`; false if none of it is on the screen. */
  #read(index: number, screenWidth: number, screenHeight: number): boolean {
    const at = placeOf(index);
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

/** Where entry `index`, which runs free, is in the page. */
function placeOf(index: number): number {
  return f.DAMAGE_RECTS + f.DAMAGE_RECT_SIZE * ((index >>> 0) % f.DAMAGE_RECT_COUNT);
}
