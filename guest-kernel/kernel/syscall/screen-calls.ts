// System calls about the screen and everybody's windows.

import { CAP_DESKTOP, CAP_SURFACES } from "../../abi/capabilities.ts";
import { E_FAULT, E_INVAL, E_NOFOCUS, E_NOSYS, E_PERM, E_SRCH } from "../../abi/errors.ts";
import {
  CLIPBOARD_MAX,
  SCREEN_HEIGHT,
  SCREEN_INFO_SIZE,
  SCREEN_SCALE,
  SCREEN_THEME,
  SCREEN_WIDTH,
  SHORTCUT_FRAMES,
  SHORTCUT_LAUNCHER,
  THEME_DARK,
  THEME_STILL,
  WINDOW_CLOSE,
  WINDOW_END,
  WINDOW_EVENT_SHORTCUT,
  WINDOW_FOCUS,
  WINDOW_INFO_SIZE,
  WINDOW_MAXIMISE,
  WINDOW_MINIMISE,
  WINDOW_SHORTCUT,
} from "../../abi/window.ts";
import { granted } from "../caps/capabilities.ts";
import { screenHeight, screenPixels, screenScale, screenWidth } from "../compositor/screen.ts";
import { copyFromUser, copyToUser, userContains } from "../mm/user-memory.ts";
import { current } from "../proc/process.ts";
import { windowActivate } from "../wm/activate.ts";
import { windowFind } from "../wm/app-window.ts";
import { setTheme, tellDesktop, theme } from "../wm/broadcast.ts";
import { clipboardLength, clipboardRoom, clipboardTake, clipboardText } from "../wm/clipboard.ts";
import { windowAskClose } from "../wm/closing.ts";
import { focusWindow } from "../wm/focus.ts";
import { windowMaximise, windowMinimise } from "../wm/layout.ts";
import { screenMode } from "../wm/screen-mode.ts";
import { windowCount, windowInfo } from "../wm/window-info.ts";
import { endProcess } from "./process-calls.ts";

const info = memory.data(16, 4);
if (SCREEN_INFO_SIZE != 16) ERROR("info");

/** window_list(buf, capacity) -> bytes in all */
export function sysWindowList(buf: u32, capacity: u32): i32 {
  if (!granted(CAP_DESKTOP)) return -E_PERM;
  if (!userContains(current, buf, capacity)) return -E_FAULT;
  const size = <u32>WINDOW_INFO_SIZE;
  const count: u32 = screenPixels == 0 ? 0 : windowCount();
  const fit = min(count, capacity / size);
  for (let i: u32 = 0; i < fit; i++) copyToUser(current, buf + i * size, windowInfo(i), size);
  return <i32>(count * size);
}

/** window_manage(id, action) -> 0 */
export function sysWindowManage(id: u32, action: u32): i32 {
  if (!granted(CAP_DESKTOP)) return -E_PERM;
  if (action == WINDOW_SHORTCUT) return pressShortcut(id);
  const window = windowFind(id);
  if (window === null) return -E_SRCH;
  switch (action) {
    case WINDOW_MINIMISE:
      windowMinimise(window);
      return 0;
    case WINDOW_MAXIMISE:
      windowMaximise(window);
      return 0;
    case WINDOW_FOCUS:
      windowActivate(window);
      return 0;
    case WINDOW_CLOSE:
      windowAskClose(window);
      return 0;
    case WINDOW_END:
      return endProcess(window.pid);
    default:
      return -E_INVAL;
  }
}

/** As if the user had pressed the keys of a shortcut of the desktop. */
function pressShortcut(code: u32): i32 {
  if (code != SHORTCUT_LAUNCHER && code != SHORTCUT_FRAMES) return -E_INVAL;
  if (screenPixels == 0) return -E_NOSYS;
  tellDesktop(WINDOW_EVENT_SHORTCUT, code, 0);
  return 0;
}

/** screen_info(buf) -> 0 */
export function sysScreenInfo(buf: u32): i32 {
  if (!userContains(current, buf, <u32>SCREEN_INFO_SIZE)) return -E_FAULT;
  store<u32>(info, screenWidth, SCREEN_WIDTH);
  store<u32>(info, screenHeight, SCREEN_HEIGHT);
  store<u32>(info, screenScale, SCREEN_SCALE);
  store<u32>(info, theme, SCREEN_THEME);
  copyToUser(current, buf, info, <u32>SCREEN_INFO_SIZE);
  return 0;
}

/** screen_set_mode(width, height, scale) -> 0 */
export function sysScreenSetMode(width: u32, height: u32, scale: u32): i32 {
  if (!granted(CAP_DESKTOP)) return -E_PERM;
  return screenPixels == 0 ? -E_NOSYS : screenMode(width, height, scale);
}

/** screen_set_theme(theme) -> 0 */
export function sysScreenSetTheme(newTheme: u32): i32 {
  if (!granted(CAP_DESKTOP)) return -E_PERM;
  if ((newTheme & ~(THEME_DARK | THEME_STILL)) != 0) return -E_INVAL;
  if (screenPixels == 0) return -E_NOSYS;
  setTheme(newTheme);
  return 0;
}

/** clipboard_set(text, len) -> 0 */
export function sysClipboardSet(text: u32, len: u32): i32 {
  if (!granted(CAP_SURFACES)) return -E_PERM;
  if (!focused()) return -E_NOFOCUS;
  if (len > CLIPBOARD_MAX) return -E_INVAL;
  if (!userContains(current, text, len)) return -E_FAULT;
  copyFromUser(current, clipboardRoom(), text, len);
  clipboardTake(len);
  return 0;
}

/** clipboard_get(buf, capacity) -> bytes in all */
export function sysClipboardGet(buf: u32, capacity: u32): i32 {
  if (!granted(CAP_SURFACES)) return -E_PERM;
  if (!focused()) return -E_NOFOCUS;
  if (!userContains(current, buf, capacity)) return -E_FAULT;
  const length = clipboardLength();
  if (length <= capacity) copyToUser(current, buf, clipboardText(), length);
  return <i32>length;
}

/** True if the caller has the window with the focus. */
function focused(): bool {
  const window = focusWindow();
  return window !== null && window.pid == current.pid;
}
