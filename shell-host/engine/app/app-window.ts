// A window on the screen with a tree of widgets in it.

import {
  CURSOR_ARROW,
  WINDOW_DESCRIPTION_MAX,
  WINDOW_DRAW,
  WINDOW_EVENT_BLUR,
  WINDOW_EVENT_BUTTONS,
  WINDOW_EVENT_CLOSE,
  WINDOW_EVENT_CODE,
  WINDOW_EVENT_FOCUS,
  WINDOW_EVENT_FRAME,
  WINDOW_EVENT_KEY_DOWN,
  WINDOW_EVENT_KEY_REPEAT,
  WINDOW_EVENT_POINTER_DOWN,
  WINDOW_EVENT_POINTER_LEAVE,
  WINDOW_EVENT_POINTER_MOVE,
  WINDOW_EVENT_POINTER_UP,
  WINDOW_EVENT_RESIZE,
  WINDOW_EVENT_SCREEN,
  WINDOW_EVENT_SIZE,
  WINDOW_EVENT_TYPE,
  WINDOW_EVENT_WHEEL,
  WINDOW_EVENT_X,
  WINDOW_EVENT_Y,
  WINDOW_FIXED_SIZE,
  WINDOW_FOCUS,
  WINDOW_LAYER_MASK,
  WINDOW_NORMAL,
  WINDOW_SET_CURSOR,
  WINDOW_SET_MIN_SIZE,
  WINDOW_SET_SIZE,
  WINDOW_STATE_FOCUSED,
} from "../../../guest-kernel/abi/window.ts";
import {
  close,
  gpu_submit_strided,
  read,
  window_control,
  window_create,
  window_describe,
  window_title,
} from "../../sdk/oscortex.ts";
import { Action, ValueAction } from "../foundation/action.ts";
import { Rect } from "../foundation/geometry.ts";
import { PointerEvent, PointerKind } from "../gestures/events.ts";
import { Bitmap } from "../painting/bitmap.ts";
import { IconLook } from "../widgets/app-icon.ts";
import { AppRoot, WindowLink } from "../widgets/app-root.ts";
import { Widget } from "../widgets/framework.ts";
import { UiWindow } from "../widgets/window.ts";
import { keyEventAt } from "./key-map.ts";
import { now, screen, screenChanged } from "./screen.ts";

const MAX_EVENTS: u32 = 32; // read at a time
const LINE_FEED: u8 = 10;
const MAX_RECTS: i32 = 64;
const NOTCH: f64 = 120; // what a notch of the wheel counts
const NOTCH_PIXELS: f64 = 72; // how far it scrolls
const FRAME_WAIT: f64 = 100; // milliseconds after which a frame that nobody acknowledged is taken as shown

const events = memory.data(1024, 8);
if (<usize>MAX_EVENTS * WINDOW_EVENT_SIZE > 1024) ERROR("events");
const rectWords = memory.data(64 * 16, 4);

/** What a window looks like when it opens. Sizes in logical pixels. */
export class WindowOptions {
  icon: IconLook | null = null;
  /** WINDOW_* of guest-kernel/abi/window.ts. */
  flags: u32 = WINDOW_NORMAL;
  minWidth: i32 = 240;
  minHeight: i32 = 160;

  constructor(
    public title: string,
    public width: i32,
    public height: i32,
  ) {}

  withIcon(icon: IconLook): WindowOptions {
    this.icon = icon;
    return this;
  }

  withFlags(flags: u32): WindowOptions {
    this.flags = flags;
    return this;
  }

  atLeast(width: i32, height: i32): WindowOptions {
    this.minWidth = width;
    this.minHeight = height;
    return this;
  }
}

/** A window on the screen. */
export class AppWindow extends WindowLink {
  /** Called when the user wants it closed; without one it closes. */
  onClose: Action | null = null;
  /** Called when it gets (true) or loses (false) the keyboard. */
  onFocus: ValueAction<bool> | null = null;
  /** Gets the address of each event that is not for the widgets: those for the desktop. */
  onOther: ValueAction<usize> | null = null;
  private ui: UiWindow;
  private root: AppRoot;
  private bitmap: Bitmap;
  private pixels: usize = 0; // of the heap, room for `room` pixels
  private room: i32 = 0;
  private awaitsFrame: f64 = -Infinity; // when the frame was submitted that is not on the screen yet
  private cursor: u32 = CURSOR_ARROW;
  private isShown: bool = false; // it has had a picture
  private activates: bool = false; // it wants the keyboard once it has
  private description: string = "";
  private undescribed: bool = false; // it shows something else than it was described

  /** Opens a window; null if there is no screen, or none may be opened: `openError` says which. */
  static open(options: WindowOptions, content: Widget): AppWindow | null {
    const scale = screen().scale;
    const width = <u32>ceil(<f64>options.width * scale);
    const height = <u32>ceil(<f64>options.height * scale);
    const handle = window_create(width, height, options.flags);
    openError = handle;
    if (handle < 0) return null;
    return new AppWindow(handle, options, content, <i32>width, <i32>height);
  }

  private constructor(
    readonly handle: i32,
    options: WindowOptions,
    content: Widget,
    width: i32,
    height: i32,
  ) {
    super();
    const root = new AppRoot(content, null);
    root.title = options.title;
    root.icon = options.icon;
    root.isFramed = (options.flags & WINDOW_LAYER_MASK) == WINDOW_NORMAL;
    root.isFixed = (options.flags & WINDOW_FIXED_SIZE) != 0;
    root.state = WINDOW_STATE_FOCUSED;
    this.root = root;
    this.bitmap = Bitmap.over(0, 0, 0, 0);
    this.ui = new UiWindow(root.build(screen().theme));
    root.link = this;
    this.resize(width, height);
    this.setTitle(options.title);
    this.refresh();
    if (root.isFramed) this.setMinimum(options);
    opened.push(this);
  }

  /** Only what the user sizes has a least size. */
  private setMinimum(options: WindowOptions): void {
    const scale = screen().scale;
    const width = <i32>ceil(<f64>options.minWidth * scale);
    this.control(WINDOW_SET_MIN_SIZE, width, <i32>ceil(<f64>options.minHeight * scale));
  }

  // ---- what the app does

  setTitle(title: string): void {
    const bytes = String.UTF8.encode(title);
    window_title(this.handle, changetype<usize>(bytes), bytes.byteLength);
    if (this.root.title == title) return;
    this.root.title = title;
    this.refresh();
  }

  /** Takes the window from the screen. Its widgets are disposed before the loop waits again. */
  close(): void {
    const at = opened.indexOf(this);
    if (at < 0) return;
    opened.splice(at, 1);
    close(this.handle);
    if (this.pixels != 0) heap.free(this.pixels);
    this.pixels = 0;
    closed.push(this.ui);
  }

  get isOpen(): bool {
    return opened.includes(this);
  }

  /** WINDOW_SET_PLACE and the like, in device pixels. */
  control(action: u32, a: i32 = 0, b: i32 = 0): i32 {
    return window_control(this.handle, action, a, b);
  }

  /** Takes the keyboard and comes to the front, as soon as it shows. */
  activate(): void {
    if (this.isShown) this.control(WINDOW_FOCUS);
    else this.activates = true;
  }

  /** Asks for another size, in logical pixels. */
  setSize(width: f64, height: f64): void {
    const scale = screen().scale;
    const deviceWidth = <i32>ceil(width * scale);
    const deviceHeight = <i32>ceil(height * scale);
    if (deviceWidth == this.bitmap.width && deviceHeight == this.bitmap.height) return;
    if (this.control(WINDOW_SET_SIZE, deviceWidth, deviceHeight) == 0) this.resize(deviceWidth, deviceHeight);
  }

  /** Size in logical pixels. */
  get width(): f64 {
    return <f64>this.bitmap.width / screen().scale;
  }

  get height(): f64 {
    return <f64>this.bitmap.height / screen().scale;
  }

  /** Builds everything again, in the present theme. */
  refresh(): void {
    this.ui.setWidget(this.root.build(screen().theme));
  }

  // ---- what the loop does

  /** Reads what has happened, as far as it is there: the handle must be readable. */
  serve(): void {
    const bytes = read(this.handle, events, MAX_EVENTS * <u32>WINDOW_EVENT_SIZE);
    for (let at: i32 = 0; at < bytes && this.isOpen; at += <i32>WINDOW_EVENT_SIZE) this.deliver(events + at);
  }

  /** Draws what has changed and shows it. */
  draw(now: f64): void {
    if (!this.ui.needsFrame && this.ui.nextFrame(now) > now) return;
    if (now - this.awaitsFrame < FRAME_WAIT) return;
    this.control(WINDOW_DRAW);
    const rects = this.ui.frame(now, this.bitmap, screen().scale);
    if (rects.length == 0) return;
    this.submit(rects);
    this.undescribed = true;
    this.isShown = true;
    if (this.activates) this.control(WINDOW_FOCUS);
    this.activates = false;
    this.awaitsFrame = now;
  }

  /** When the loop has to come back, in milliseconds of the frame clock. */
  nextFrame(now: f64): f64 {
    const next = this.ui.nextFrame(now);
    const ready = this.awaitsFrame + FRAME_WAIT;
    return ready > now ? max(next, ready) : next;
  }

  /** Tells the kernel what the window shows, if that has changed. Whoever cannot see it reads it there, and so do tests. */
  describe(): void {
    if (!this.undescribed) return;
    this.undescribed = false;
    const text = this.ui.describe();
    if (text == this.description) return;
    this.description = text;
    const bytes = String.UTF8.encode(text);
    const most = min(bytes.byteLength, <i32>WINDOW_DESCRIPTION_MAX);
    window_describe(
      this.handle,
      changetype<usize>(bytes),
      wholeLines(changetype<usize>(bytes), bytes.byteLength, most),
    );
  }

  private submit(rects: Rect[]): void {
    const count = min(rects.length, MAX_RECTS);
    for (let i = 0; i < count; i++) {
      const at = rectWords + i * 16;
      store<i32>(at, <i32>rects[i].left);
      store<i32>(at, <i32>rects[i].top, 4);
      store<i32>(at, <i32>rects[i].width, 8);
      store<i32>(at, <i32>rects[i].height, 12);
    }
    const bitmap = this.bitmap;
    const layout = ((<i64>bitmap.stride) << 32) | ((<i64>bitmap.width) << 16) | <i64>bitmap.height;
    gpu_submit_strided(this.handle, bitmap.pixels, layout, rectWords, count);
  }

  /** Takes a picture of another size. Its memory only grows, so that dragging an edge does not wear out the heap. */
  private resize(width: i32, height: i32): void {
    const count = width * height;
    if (count > this.room) {
      if (this.pixels != 0) heap.free(this.pixels);
      this.room = count;
      this.pixels = heap.alloc(<usize>count * 4);
    }
    this.bitmap = Bitmap.over(this.pixels, width, height, width * 4);
    this.ui.repaint();
    this.awaitsFrame = -Infinity;
  }

  private deliver(event: usize): void {
    switch (load<u32>(event, WINDOW_EVENT_TYPE)) {
      case WINDOW_EVENT_POINTER_MOVE:
        return this.pointer(PointerKind.Move, event, load<u32>(event, WINDOW_EVENT_BUTTONS));
      case WINDOW_EVENT_POINTER_DOWN:
        return this.pointer(PointerKind.Down, event, load<u32>(event, WINDOW_EVENT_CODE));
      case WINDOW_EVENT_POINTER_UP:
        return this.pointer(PointerKind.Up, event, load<u32>(event, WINDOW_EVENT_CODE));
      case WINDOW_EVENT_POINTER_LEAVE:
        return this.pointer(PointerKind.Cancel, event, 0);
      case WINDOW_EVENT_WHEEL:
        return this.pointer(PointerKind.Wheel, event, 0);
      case WINDOW_EVENT_KEY_DOWN:
      case WINDOW_EVENT_KEY_REPEAT: {
        this.ui.key(keyEventAt(event));
        return;
      }
      case WINDOW_EVENT_FRAME: {
        this.awaitsFrame = -Infinity;
        return;
      }
      case WINDOW_EVENT_FOCUS:
        return this.setFocus(true);
      case WINDOW_EVENT_BLUR:
        return this.setFocus(false);
      case WINDOW_EVENT_RESIZE:
        return this.takeSize(event);
      case WINDOW_EVENT_SCREEN:
        return this.takeScreen(event);
      case WINDOW_EVENT_CLOSE:
        return this.askToClose();
      default: {
        const onOther = this.onOther;
        if (onOther !== null) onOther.run(event);
      }
    }
  }

  private pointer(kind: PointerKind, event: usize, buttons: u32): void {
    const scale = screen().scale;
    const x = <f64>load<i32>(event, WINDOW_EVENT_X) / scale;
    const y = <f64>load<i32>(event, WINDOW_EVENT_Y) / scale;
    const notches = kind == PointerKind.Wheel ? <f64>load<i32>(event, WINDOW_EVENT_CODE) / NOTCH : 0;
    this.ui.pointer(new PointerEvent(kind, x, y, buttons, now(), notches * NOTCH_PIXELS));
    const shape = this.ui.cursor;
    if (shape == this.cursor) return;
    this.cursor = shape;
    this.control(WINDOW_SET_CURSOR, <i32>shape);
  }

  private setFocus(focused: bool): void {
    const state = this.root.state & ~WINDOW_STATE_FOCUSED;
    this.root.state = focused ? state | WINDOW_STATE_FOCUSED : state;
    this.refresh();
    const onFocus = this.onFocus;
    if (onFocus !== null) onFocus.run(focused);
  }

  private takeSize(event: usize): void {
    const width = load<i32>(event, WINDOW_EVENT_X);
    const height = load<i32>(event, WINDOW_EVENT_Y);
    if (width <= 0 || height <= 0) return;
    const state = load<u32>(event, WINDOW_EVENT_CODE);
    if (state != this.root.state) {
      this.root.state = state;
      this.refresh();
    }
    if (width != this.bitmap.width || height != this.bitmap.height) this.resize(width, height);
  }

  private takeScreen(event: usize): void {
    screenChanged();
    this.refresh();
    this.ui.repaint();
    const onOther = this.onOther;
    if (onOther !== null) onOther.run(event);
  }

  private askToClose(): void {
    const onClose = this.onClose;
    if (onClose !== null) onClose.run();
    else this.close();
  }
}

/** So many of `length` bytes that only whole lines are left, `most` at most. */
function wholeLines(bytes: usize, length: i32, most: i32): i32 {
  if (length == most) return length;
  while (most > 0 && load<u8>(bytes + most - 1) != LINE_FEED) most--;
  return most;
}

let opened: AppWindow[] = [];
let closed: UiWindow[] = []; // whose widgets are still there

/** Disposes the widgets of windows that were closed: nothing of them is running now. For the loop. */
export function disposeClosed(): void {
  while (closed.length > 0) closed.pop().unmount();
}

/** Why the last window could not be opened: -E_*. */
export let openError: i32 = 0;

/** The windows that are open. */
export function openWindows(): AppWindow[] {
  return opened;
}
