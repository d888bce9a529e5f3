import {
  WINDOW_INFO_APP,
  WINDOW_INFO_FLAGS,
  WINDOW_INFO_ID,
  WINDOW_INFO_PID,
  WINDOW_INFO_SIZE,
  WINDOW_INFO_STATE,
  WINDOW_INFO_TITLE,
} from "../../../guest-kernel/abi/window.ts";
import { window_list } from "../../sdk/oscortex.ts";

const TEXT_SIZE: usize = 64;

/** A window on the screen. */
export class WindowInfo {
  constructor(
    readonly id: i32,
    readonly pid: i32,
    /** WINDOW_STATE_* */
    readonly state: u32,
    /** WINDOW_*, as it was created. */
    readonly flags: u32,
    readonly title: string,
    /** The package's name. */
    readonly app: string,
  ) {}
}

/** All windows, the topmost first. Needs the capability `desktop`. */
export function listWindows(): WindowInfo[] {
  let capacity = 32 * <i32>WINDOW_INFO_SIZE;
  while (true) {
    const buffer = new ArrayBuffer(capacity);
    const bytes = window_list(changetype<usize>(buffer), capacity);
    if (bytes > capacity) {
      capacity = bytes;
      continue;
    }
    const windows: WindowInfo[] = [];
    for (let at = 0; at + <i32>WINDOW_INFO_SIZE <= bytes; at += <i32>WINDOW_INFO_SIZE)
      windows.push(infoAt(changetype<usize>(buffer) + at));
    return windows;
  }
}

function infoAt(at: usize): WindowInfo {
  return new WindowInfo(
    load<i32>(at, WINDOW_INFO_ID),
    load<i32>(at, WINDOW_INFO_PID),
    load<u32>(at, WINDOW_INFO_STATE),
    load<u32>(at, WINDOW_INFO_FLAGS),
    textAt(at + WINDOW_INFO_TITLE),
    textAt(at + WINDOW_INFO_APP),
  );
}

function textAt(at: usize): string {
  let length: usize = 0;
  while (length < TEXT_SIZE && load<u8>(at + length) != 0) length++;
  return String.UTF8.decodeUnsafe(at, length);
}
