// The screen and the clipboard.

import {
  CLIPBOARD_MAX,
  SCREEN_HEIGHT,
  SCREEN_INFO_SIZE,
  SCREEN_SCALE,
  SCREEN_THEME,
  SCREEN_WIDTH,
  WINDOW_INFO_APP,
  WINDOW_INFO_FLAGS,
  WINDOW_INFO_HEIGHT,
  WINDOW_INFO_ID,
  WINDOW_INFO_PID,
  WINDOW_INFO_SIZE,
  WINDOW_INFO_STATE,
  WINDOW_INFO_TITLE,
  WINDOW_INFO_WIDTH,
  WINDOW_INFO_X,
  WINDOW_INFO_Y,
} from "../../guest-kernel/abi/window.ts";
import { Result } from "./files.ts";
import {
  clipboard_get,
  clipboard_set,
  screen_info,
  screen_set_mode,
  screen_set_theme,
  window_list,
  window_manage,
} from "./oscortex.ts";

export { screen_set_mode as setScreenMode, screen_set_theme as setTheme, window_manage as manageWindow };

/** What the screen is like. Its width is 0 where there is none. */
export class ScreenInfo {
  constructor(
    /** Pixels. */
    public width: i32,
    public height: i32,
    /** Device pixels for 100 logical ones. */
    public scale: i32,
    /** THEME_*. */
    public theme: u32,
  ) {}
}

/** A window of whatever process. */
export class WindowInfo {
  constructor(
    public id: u32,
    public pid: i32,
    /** WINDOW_STATE_*. */
    public state: u32,
    /** WINDOW_*, as created. */
    public flags: u32,
    public x: i32,
    public y: i32,
    public width: i32,
    public height: i32,
    public title: string,
    /** The name of its package. */
    public app: string,
  ) {}
}

/** What the screen is like. */
export function screenInfo(): ScreenInfo {
  const buffer = memory.data(16, 4);
  if (SCREEN_INFO_SIZE != 16) ERROR("buffer");
  screen_info(buffer);
  return new ScreenInfo(
    load<i32>(buffer, SCREEN_WIDTH),
    load<i32>(buffer, SCREEN_HEIGHT),
    load<i32>(buffer, SCREEN_SCALE),
    load<u32>(buffer, SCREEN_THEME),
  );
}

/** Every window, the topmost first. Needs `desktop`. */
export function windows(): Result<WindowInfo[]> {
  let capacity: i32 = 16 * <i32>WINDOW_INFO_SIZE;
  while (true) {
    const buffer = new ArrayBuffer(capacity);
    const length = window_list(changetype<usize>(buffer), capacity);
    if (length < 0) return new Result<WindowInfo[]>(length, []);
    if (length <= capacity) return new Result(0, decode(changetype<usize>(buffer), length));
    capacity = length;
  }
}

function decode(buffer: usize, length: i32): WindowInfo[] {
  const list = new Array<WindowInfo>();
  for (let at = buffer; at < buffer + <usize>length; at += WINDOW_INFO_SIZE) {
    list.push(
      new WindowInfo(
        load<u32>(at, WINDOW_INFO_ID),
        load<i32>(at, WINDOW_INFO_PID),
        load<u32>(at, WINDOW_INFO_STATE),
        load<u32>(at, WINDOW_INFO_FLAGS),
        load<i32>(at, WINDOW_INFO_X),
        load<i32>(at, WINDOW_INFO_Y),
        load<i32>(at, WINDOW_INFO_WIDTH),
        load<i32>(at, WINDOW_INFO_HEIGHT),
        field(at + WINDOW_INFO_TITLE),
        field(at + WINDOW_INFO_APP),
      ),
    );
  }
  return list;
}

function field(at: usize): string {
  let length: usize = 0;
  while (length < 64 && load<u8>(at + length) != 0) length++;
  return String.UTF8.decodeUnsafe(at, length);
}

/** Puts text into the clipboard: 0, or -E_NOFOCUS, -E_INVAL above 64 KiB of UTF-8. */
export function setClipboard(text: string): i32 {
  const bytes = String.UTF8.encode(text);
  return clipboard_set(changetype<usize>(bytes), bytes.byteLength);
}

/** The clipboard's text; empty without the focus. */
export function clipboardText(): string {
  const buffer = new ArrayBuffer(<i32>CLIPBOARD_MAX);
  const length = clipboard_get(changetype<usize>(buffer), CLIPBOARD_MAX);
  return length <= 0 ? "" : String.UTF8.decodeUnsafe(changetype<usize>(buffer), length);
}
