// Windows: open, draw, hear what happens. Needs `surfaces`. Numbers: guest-kernel/abi/window.ts.

import {
  WINDOW_EVENT_BUTTONS,
  WINDOW_EVENT_CODE,
  WINDOW_EVENT_MODIFIERS,
  WINDOW_EVENT_SIZE,
  WINDOW_EVENT_TEXT,
  WINDOW_EVENT_TIME_MS,
  WINDOW_EVENT_TYPE,
  WINDOW_EVENT_X,
  WINDOW_EVENT_Y,
  WINDOW_MAX_RECTS,
  WINDOW_NORMAL,
  WINDOW_SET_CURSOR,
} from "../../guest-kernel/abi/window.ts";
import { close, gpu_submit_strided, read, window_control, window_create, window_title } from "./oscortex.ts";

const EVENTS_READ: u32 = 32; // by one call
const RECT_SIZE: usize = 16;

/** A window on the screen. It shows from its first picture on. */
export class Window {
  private events: StaticArray<u8> = new StaticArray<u8>(<i32>(EVENTS_READ * WINDOW_EVENT_SIZE));
  private next: usize = 0; // offset of the event behind the current one
  private end: usize = 0;
  private event: usize = 0;
  private rects: StaticArray<i32> = new StaticArray<i32>(<i32>WINDOW_MAX_RECTS * 4);
  private rectCount: i32 = 0;

  constructor(
    /** The handle; negative if it could not be opened: -E_*. */
    public handle: i32,
  ) {}

  /** Opens a window of `width` x `height` device pixels, its title bar included; look at `error` before use. */
  static open(width: u32, height: u32, flags: u32 = WINDOW_NORMAL): Window {
    return new Window(window_create(width, height, flags));
  }

  /** 0, or why there is no window: -E_*. */
  get error(): i32 {
    return min(this.handle, 0);
  }

  /** Sets the title. 0, or -E_*. */
  setTitle(title: string): i32 {
    const bytes = String.UTF8.encode(title);
    return window_title(this.handle, changetype<usize>(bytes), bytes.byteLength);
  }

  /** Acts on the window: WINDOW_*. 0, or -E_*. */
  control(action: u32, a: i32 = 0, b: i32 = 0): i32 {
    return window_control(this.handle, action, a, b);
  }

  /** Sets the pointer's shape inside of the window, CURSOR_*. */
  setCursor(cursor: u32): i32 {
    return this.control(WINDOW_SET_CURSOR, <i32>cursor);
  }

  /** Takes the next event, whose values the getters give. Waits if there is none. 0, or -E_*. */
  waitEvent(): i32 {
    if (this.next >= this.end) {
      const bytes = read(this.handle, changetype<usize>(this.events), <u32>this.events.length);
      if (bytes < 0) return bytes;
      this.next = 0;
      this.end = <usize>bytes;
    }
    this.event = changetype<usize>(this.events) + this.next;
    this.next += WINDOW_EVENT_SIZE;
    return 0;
  }

  /** True if waitEvent has an event that was read before: it is served at once. */
  get hasEvent(): bool {
    return this.next < this.end;
  }

  /** WINDOW_EVENT_POINTER_MOVE and so on. */
  get type(): u32 {
    return load<u32>(this.event, WINDOW_EVENT_TYPE);
  }

  /** When it happened, ms of the monotonic clock; wraps. */
  get timeMs(): u32 {
    return load<u32>(this.event, WINDOW_EVENT_TIME_MS);
  }

  /** Where the pointer is; the width of a size. */
  get x(): i32 {
    return load<i32>(this.event, WINDOW_EVENT_X);
  }

  /** Where the pointer is; the height of a size. */
  get y(): i32 {
    return load<i32>(this.event, WINDOW_EVENT_Y);
  }

  /** POINTER_* that are down. */
  get buttons(): u32 {
    return load<u32>(this.event, WINDOW_EVENT_BUTTONS);
  }

  /** Depends on the type. */
  get code(): u32 {
    return load<u32>(this.event, WINDOW_EVENT_CODE);
  }

  /** The code point that a key types. */
  get text(): u32 {
    return load<u32>(this.event, WINDOW_EVENT_TEXT);
  }

  /** MODIFIER_* that are held. */
  get modifiers(): u32 {
    return load<u32>(this.event, WINDOW_EVENT_MODIFIERS);
  }

  /** Notes that a rectangle of the picture has changed. Of very many, the last ones are joined. */
  damage(x: i32, y: i32, width: i32, height: i32): void {
    const full = this.rectCount == <i32>WINDOW_MAX_RECTS;
    const at =
      changetype<usize>(this.rects) + <usize>(full ? this.rectCount - 1 : this.rectCount++) * RECT_SIZE;
    if (full) {
      const right = max(x + width, load<i32>(at) + load<i32>(at, 8));
      const bottom = max(y + height, load<i32>(at, 4) + load<i32>(at, 12));
      x = min(x, load<i32>(at));
      y = min(y, load<i32>(at, 4));
      width = right - x;
      height = bottom - y;
    }
    store<i32>(at, x);
    store<i32>(at, y, 4);
    store<i32>(at, width, 8);
    store<i32>(at, height, 12);
  }

  /**
   * Shows what has been damaged of a picture of `width` x `height` pixels, u32 0xAARRGGBB premultiplied, rows `stride`
   * bytes apart. 0, or -E_*. WINDOW_EVENT_FRAME says that it is on the screen. Nothing is done without damage.
   */
  submit(pixels: usize, stride: u32, width: u32, height: u32): i32 {
    if (this.rectCount == 0) return 0;
    const layout = ((<i64>stride) << 32) | ((<i64>width) << 16) | height;
    const rects = changetype<usize>(this.rects);
    const result = gpu_submit_strided(this.handle, pixels, layout, rects, this.rectCount);
    this.rectCount = 0;
    return result;
  }

  /** Closes the window. */
  close(): void {
    close(this.handle);
  }
}
