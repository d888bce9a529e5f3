// A guest's side of the framebuffer, played by a test: sets modes, draws, tells of damage.
import { FramebufferDevice, type Wanted } from "../../devices/framebuffer/device.ts";
import type { Rect } from "../../devices/framebuffer/damage.ts";
import { GuestMemory } from "../../devices/guest-memory.ts";
import type { InputEvent } from "../../devices/input/events.ts";
import * as f from "../../guest-kernel/abi/framebuffer.ts";

const RAM_BYTES = 32 * 1024 * 1024;
const DAMAGE_PAGE = 0x1000;
const CURSOR_PAGE = 0x2000;
const CLIPBOARD = 0x1f00000; // behind the pixels
const PIXELS = 0x10000;

/** A framebuffer, its guest, and what comes from viewers. */
export class FakeScreen {
  readonly memory = new GuestMemory(new SharedArrayBuffer(RAM_BYTES));
  readonly device: FramebufferDevice;
  /** Groups of events that viewers sent. */
  readonly input: (readonly InputEvent[])[] = [];
  /** How often another size was asked for. */
  sizeWishes = 0;
  /** What the guest does then. */
  onWanted: (wanted: Wanted) => void = () => {};
  /** Doorbells so far. */
  rings = 0;
  width = 0;
  height = 0;
  stride = 0;
  #head = 0;

  constructor(wanted: Wanted = { width: 160, height: 120, scale: 100 }) {
    this.device = new FramebufferDevice(wanted);
    this.device.connect(this.memory, () => {
      this.sizeWishes++;
      this.onWanted(this.device.wanted);
    });
  }

  send(events: readonly InputEvent[]): void {
    this.input.push(events);
  }

  /** Sets a mode without drawing anything. */
  setMode(width: number, height: number, stride = width * 4): void {
    Object.assign(this, { width, height, stride });
    const registers: [offset: number, value: number][] = [
      [f.FRAMEBUFFER_ADDRESS, PIXELS],
      [f.FRAMEBUFFER_WIDTH, width],
      [f.FRAMEBUFFER_HEIGHT, height],
      [f.FRAMEBUFFER_STRIDE, stride],
      [f.FRAMEBUFFER_DAMAGE, DAMAGE_PAGE],
      [f.FRAMEBUFFER_ENABLE, 1],
    ];
    for (const [offset, value] of registers) this.device.writeMmio(offset, value);
  }

  /** Fills a rectangle, by a colour or a function of the place, and shows it. */
  draw(rect: Rect, colour: number | ((x: number, y: number) => number)): void {
    this.begin();
    this.paint(rect, colour);
    this.damage(rect);
    this.show();
  }

  /** Begins a frame: to be called before it is painted. */
  begin(): void {
    const words = new Int32Array(this.memory.bytes.buffer, DAMAGE_PAGE, f.DAMAGE_PAGE_SIZE / 4);
    Atomics.add(words, f.DAMAGE_BEGUN / 4, 1);
  }

  /** Whether the host wants to hear of copies. */
  get wantsCopies(): boolean {
    return this.memory.view.getUint32(DAMAGE_PAGE + f.DAMAGE_COPIES, true) === 1;
  }

  /** Paints what a rectangle was before somewhere else, and notes that; in a frame that has begun. */
  move(from: Rect, x: number, y: number): void {
    const before = Array.from({ length: from.height }, (_, row) =>
      this.row(from.x, from.y + row, from.width),
    );
    for (const [row, pixels] of before.entries())
      for (const [column, pixel] of pixels.entries())
        this.memory.view.setUint32(this.#at(x + column, y + row), pixel, true);
    const begun = this.memory.view.getUint32(DAMAGE_PAGE + f.DAMAGE_BEGUN, true);
    this.entry([(x | f.DAMAGE_COPY) >>> 0, y, from.width, from.height]);
    this.entry([(from.x | f.DAMAGE_COPY) >>> 0, from.y, begun, 0]);
  }

  /** A copy of pixels of a row. */
  row(x: number, y: number, width: number): number[] {
    return Array.from({ length: width }, (_, i) => this.memory.view.getUint32(this.#at(x + i, y), true));
  }

  #at(x: number, y: number): number {
    return PIXELS + y * this.stride + 4 * x;
  }

  /** Fills a rectangle, and tells nobody. */
  paint(rect: Rect, colour: number | ((x: number, y: number) => number)): void {
    for (let y = rect.y; y < rect.y + rect.height; y++) {
      for (let x = rect.x; x < rect.x + rect.width; x++) {
        const value = typeof colour === "number" ? colour : colour(x, y);
        this.memory.view.setUint32(this.#at(x, y), value, true);
      }
    }
  }

  /** All of the screen. */
  get whole(): Rect {
    return { x: 0, y: 0, width: this.width, height: this.height };
  }

  /** Notes damage; `show` tells of it. */
  damage({ x, y, width, height }: Rect): void {
    this.entry([x, y, width, height]);
  }

  /** Writes four words into the damage ring, whatever they mean. */
  entry(words: readonly [number, number, number, number]): void {
    const at = DAMAGE_PAGE + f.DAMAGE_RECTS + f.DAMAGE_RECT_SIZE * (this.#head % f.DAMAGE_RECT_COUNT);
    for (const [i, value] of words.entries()) this.memory.view.setUint32(at + 4 * i, value, true);
    this.#head = (this.#head + 1) >>> 0;
  }

  /** Ends a frame, as the kernel's driver does. */
  show(): void {
    const words = new Int32Array(this.memory.bytes.buffer, DAMAGE_PAGE, f.DAMAGE_PAGE_SIZE / 4);
    Atomics.add(words, f.DAMAGE_FRAMES / 4, 1);
    Atomics.store(words, f.DAMAGE_HEAD / 4, this.#head);
    if (Atomics.exchange(words, f.DAMAGE_WAITING / 4, 0) === 0) return;
    this.rings++;
    this.device.writeMmio(f.FRAMEBUFFER_DOORBELL, 1);
  }

  /** Shows a cursor of `width` x `height` pixels. */
  setCursor(width: number, height: number, pixels: readonly number[], hotX = 0, hotY = 0): void {
    for (const [i, value] of [width, height, hotX, hotY, ...pixels].entries())
      this.memory.view.setUint32(CURSOR_PAGE + 4 * i, value, true);
    this.device.writeMmio(f.FRAMEBUFFER_CURSOR, CURSOR_PAGE);
  }

  /** Has a text in the guest's clipboard. */
  copy(text: string): void {
    const bytes = Buffer.from(text);
    this.memory.view.setUint32(CLIPBOARD + f.CLIPBOARD_LENGTH, bytes.length, true);
    this.memory.bytes.set(bytes, CLIPBOARD + f.CLIPBOARD_TEXT);
    this.device.writeMmio(f.FRAMEBUFFER_CLIPBOARD, CLIPBOARD);
  }

  /** Texts that were offered so far. */
  get pastes(): number {
    return this.device.readMmio(f.FRAMEBUFFER_PASTES);
  }

  /** The newest text that was offered; the guest has room for `room` bytes. */
  paste(room = 65536): string {
    this.memory.view.setUint32(CLIPBOARD + f.CLIPBOARD_LENGTH, room, true);
    this.device.writeMmio(f.FRAMEBUFFER_PASTE, CLIPBOARD);
    const length = this.memory.view.getUint32(CLIPBOARD + f.CLIPBOARD_LENGTH, true);
    const at = CLIPBOARD + f.CLIPBOARD_TEXT;
    return Buffer.from(this.memory.bytes.slice(at, at + length)).toString();
  }

  hideCursor(): void {
    this.device.writeMmio(f.FRAMEBUFFER_CURSOR, 0);
  }
}
