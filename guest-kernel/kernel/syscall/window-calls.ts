// System calls on one's own windows.

import { CAP_DESKTOP, CAP_SURFACES } from "../../abi/capabilities.ts";
import {
  E_AGAIN,
  E_BADF,
  E_FAULT,
  E_INVAL,
  E_LIMIT,
  E_NOFOCUS,
  E_NOMEM,
  E_NOSYS,
  E_PERM,
} from "../../abi/errors.ts";
import {
  WINDOW_EVENT_SIZE,
  WINDOW_DESCRIPTION_MAX,
  WINDOW_DRAW,
  WINDOW_FOCUS,
  WINDOW_LAYER_MASK,
  WINDOW_MAX_RECTS,
  WINDOW_MAX_SIDE,
  WINDOW_MAXIMISE,
  WINDOW_MINIMISE,
  WINDOW_NORMAL,
  WINDOW_SET_CURSOR,
  WINDOW_SET_MIN_SIZE,
  WINDOW_SET_PLACE,
  WINDOW_SET_RESERVED,
  WINDOW_SET_SIZE,
} from "../../abi/window.ts";
import { SYS_GPU_SUBMIT_STRIDED } from "../../abi/syscall.ts";
import { granted } from "../caps/capabilities.ts";
import { setHandle } from "../ipc/handles.ts";
import { Rect, RECT_SIZE, rectEmpty, rectSet } from "../compositor/rect.ts";
import { screenPixels } from "../compositor/screen.ts";
import { copyFromUser, copyToUser, userContains } from "../mm/user-memory.ts";
import { checkUtf8 } from "../pkg/utf8.ts";
import {
  current,
  HANDLE_MAX,
  HANDLE_WINDOW,
  Process,
  processFreeHandle,
  processHandle,
} from "../proc/process.ts";
import { waitBlock, waitNotify, WAKE_WINDOWS } from "../sched/wait.ts";
import { windowActivate } from "../wm/activate.ts";
import { AppWindow, windowAt } from "../wm/app-window.ts";
import { hungEnd } from "../wm/closing.ts";
import { descriptionRoom, descriptionTake } from "../wm/description.ts";
import { eventPeek, eventPop } from "../wm/events.ts";
import { focusWindow } from "../wm/focus.ts";
import { windowAskSize, windowMaximise, windowMinimise } from "../wm/layout.ts";
import { paceDraw } from "../wm/pace.ts";
import {
  sizeChanged,
  windowAccept,
  windowDamage,
  windowOpen,
  windowPixel,
  windowPresent,
  windowSetCursor,
  windowSetMinimum,
  windowSetPlace,
  windowSetReserved,
  windowSetTitle,
} from "../wm/window.ts";

/** Pixels that one turn copies: well below a millisecond's work, and the screen of most. */
const SUBMIT_PIXELS: i32 = 1 << 20;

const TITLE_READ_MAX: u32 = 256; // bytes, of which the first stay

const title = memory.data(256);
const rects = memory.data(1024, 8); // i32 x, y, width, height each, as the process gave them
if (RECT_SIZE * <usize>WINDOW_MAX_RECTS != 1024) ERROR("rects");
const rect = changetype<Rect>(memory.data(16, 8));

/** window_create(width, height, flags) -> handle */
export function sysWindowCreate(width: u32, height: u32, flags: u32): i32 {
  if (!granted(CAP_SURFACES)) return -E_PERM;
  if ((flags & WINDOW_LAYER_MASK) != WINDOW_NORMAL && !granted(CAP_DESKTOP)) return -E_PERM;
  if (screenPixels == 0) return -E_NOSYS;
  const number = processFreeHandle(current);
  if (number < 0) return -E_LIMIT;
  const slot = windowOpen(current, width, height, flags);
  if (slot < 0) return slot;
  setHandle(current, number, HANDLE_WINDOW, slot);
  return number;
}

/** window_title(handle, text, len) -> 0 */
export function sysWindowTitle(number: i32, text: u32, len: u32): i32 {
  const window = ownWindow(current, number);
  if (window === null) return -E_BADF;
  if (len > TITLE_READ_MAX) return -E_INVAL;
  if (!userContains(current, text, len)) return -E_FAULT;
  copyFromUser(current, title, text, len);
  if (!checkUtf8(title, len)) return -E_INVAL;
  windowSetTitle(window, title, len);
  return 0;
}

/** window_describe(handle, text, len) -> 0 */
export function sysWindowDescribe(number: i32, text: u32, len: u32): i32 {
  const window = ownWindow(current, number);
  if (window === null) return -E_BADF;
  if (len > WINDOW_DESCRIPTION_MAX) return -E_INVAL;
  if (!userContains(current, text, len)) return -E_FAULT;
  const to = descriptionRoom(window);
  if (to == 0) return -E_NOMEM;
  copyFromUser(current, to, text, len);
  const sound = checkUtf8(to, len);
  descriptionTake(window, sound ? len : 0);
  return sound ? 0 : -E_INVAL;
}

/** gpu_submit_strided(handle, pixels, layout, rects, count) -> 0 */
export function sysGpuSubmitStrided(number: i32, pixels: u32, layout: i64, list: u32, count: u32): i32 {
  const window = ownWindow(current, number);
  if (window === null) return -E_BADF;
  const stride = <u32>(layout >> 32);
  const width = <u32>layout >> 16;
  const height = <u32>layout & 0xffff;
  if (width - 1 >= WINDOW_MAX_SIDE || height - 1 >= WINDOW_MAX_SIDE) return -E_INVAL;
  if (count - 1 >= WINDOW_MAX_RECTS || (pixels & 3) != 0 || (stride & 3) != 0 || stride < width * 4)
    return -E_INVAL;
  const bytes = <u64>stride * (height - 1) + width * 4;
  if (bytes > u32.MAX_VALUE || !userContains(current, pixels, <u32>bytes)) return -E_FAULT;
  if (!userContains(current, list, count * <u32>RECT_SIZE)) return -E_FAULT;
  copyFromUser(current, rects, list, count * <u32>RECT_SIZE);
  if (!checkRects(count, width, height)) return -E_INVAL;
  const error = windowAccept(window, <i32>width, <i32>height);
  if (error < 0) return error;
  const whole = sizeChanged() || area(count) >= <u64>width * <u64>height;
  const progress = <u32>number | (count << COUNT_AT) | (whole ? WHOLE : 0);
  const result = copySome(current, window, progress, pixels, stride);
  if (result == 0) return 0;
  const size = (width << 16) | height;
  return waitBlock(SYS_GPU_SUBMIT_STRIDED, WAKE_WINDOWS, i64.MAX_VALUE, result, pixels, stride, list, size);
}

// How far a submit has got, in one word: the handle, the count of rectangles, the one that is copied, WHOLE, its row
const COUNT_AT: u32 = 6;
const INDEX_AT: u32 = 13;
const WHOLE: u32 = 1 << 19; // one rectangle: all of the picture
const ROW_AT: u32 = 20;
if (HANDLE_MAX > 64 || WINDOW_MAX_RECTS > 64 || WINDOW_MAX_SIDE > 4096) ERROR("progress");

/** A submit goes on: 0 when it is done, -E_AGAIN, or why it cannot. */
export function submitTry(process: Process): i32 {
  const progress = process.wait0;
  const window = ownWindow(process, <i32>(progress & 63));
  if (window === null) return -E_BADF;
  const width = process.wait4 >> 16;
  const height = process.wait4 & 0xffff;
  // Another process may hold the window too, and have changed its size.
  if (window.surface.width != <i32>width || window.surface.height != <i32>height) return -E_INVAL;
  const count = (progress >> COUNT_AT) & 127;
  copyFromUser(process, rects, process.wait3, count * <u32>RECT_SIZE);
  if (!checkRects(count, width, height)) return -E_INVAL;
  process.wait0 = copySome(process, window, progress, process.wait1, process.wait2);
  return process.wait0 == 0 ? 0 : -E_AGAIN;
}

/** Copies as much as a turn may. 0 when all is copied, and the window presents it; else the progress. */
function copySome(process: Process, window: AppWindow, progress: u32, pixels: u32, stride: u32): u32 {
  const count: u32 = (progress & WHOLE) != 0 ? 1 : (progress >> COUNT_AT) & 127;
  let index = (progress >> INDEX_AT) & 63;
  let row = progress >> ROW_AT;
  let room = SUBMIT_PIXELS;
  for (; index < count; index++, row = 0) {
    rectOf(window, progress, index);
    const width = rect.right - rect.left;
    if (width <= 0) continue;
    for (let y = rect.top + <i32>row; y < rect.bottom; y++, row++, room -= width) {
      if (room <= 0) {
        waitNotify(WAKE_WINDOWS); // on in the next turn
        return (
          (progress & ((1 << INDEX_AT) - 1)) | (progress & WHOLE) | (index << INDEX_AT) | (row << ROW_AT)
        );
      }
      const from = pixels + <u32>y * stride + <u32>rect.left * 4;
      copyFromUser(process, windowPixel(window, rect.left, y), from, <u32>width * 4);
    }
  }
  for (index = 0; index < count; index++) {
    rectOf(window, progress, index);
    if (!rectEmpty(rect)) windowDamage(window, rect);
  }
  windowPresent(window);
  return 0;
}

/** Sets `rect` to rectangle `index` of a submit. */
function rectOf(window: AppWindow, progress: u32, index: u32): void {
  if ((progress & WHOLE) != 0) rectSet(rect, 0, 0, window.surface.width, window.surface.height);
  else readRect(index);
}

/** Pixels of all rectangles, those that overlap counted twice. */
function area(count: u32): u64 {
  let pixels: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    readRect(i);
    pixels += <u64>(rect.right - rect.left) * <u64>(rect.bottom - rect.top);
  }
  return pixels;
}

/** True if every rectangle lies inside of the picture. */
function checkRects(count: u32, width: u32, height: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    const at = rects + <usize>i * RECT_SIZE;
    const x = load<u32>(at);
    const y = load<u32>(at, 4);
    if (x > width || load<u32>(at, 8) > width - x || y > height || load<u32>(at, 12) > height - y)
      return false;
  }
  return true;
}

function readRect(index: u32): void {
  const at = rects + <usize>index * RECT_SIZE;
  const x = load<i32>(at);
  const y = load<i32>(at, 4);
  rectSet(rect, x, y, x + load<i32>(at, 8), y + load<i32>(at, 12));
}

/** window_control(handle, action, a, b) -> 0 */
export function sysWindowControl(number: i32, action: u32, a: i32, b: i32): i32 {
  const window = ownWindow(current, number);
  if (window === null) return -E_BADF;
  switch (action) {
    case WINDOW_SET_SIZE:
      if (<u32>a - 1 >= WINDOW_MAX_SIDE || <u32>b - 1 >= WINDOW_MAX_SIDE) return -E_INVAL;
      windowAskSize(window, a, b);
      return 0;
    case WINDOW_SET_MIN_SIZE:
      return windowSetMinimum(window, a, b);
    case WINDOW_SET_CURSOR:
      return windowSetCursor(window, <u32>a);
    case WINDOW_DRAW:
      paceDraw(window);
      return 0;
    case WINDOW_MINIMISE:
      windowMinimise(window);
      return 0;
    case WINDOW_MAXIMISE:
      windowMaximise(window);
      return 0;
    case WINDOW_FOCUS:
      return takeFocus(window);
    case WINDOW_SET_PLACE:
    case WINDOW_SET_RESERVED:
      return placed(window, action, a, b);
    default:
      return -E_INVAL;
  }
}

/** A process may raise another of its windows, not take the focus from somebody else's. */
function takeFocus(window: AppWindow): i32 {
  const holder = focusWindow();
  if (holder !== null && holder.pid != current.pid && !granted(CAP_DESKTOP)) return -E_NOFOCUS;
  windowActivate(window);
  return 0;
}

function placed(window: AppWindow, action: u32, a: i32, b: i32): i32 {
  if (!granted(CAP_DESKTOP)) return -E_PERM;
  if ((window.flags & WINDOW_LAYER_MASK) == WINDOW_NORMAL) return -E_INVAL;
  if (action == WINDOW_SET_RESERVED) return windowSetReserved(window, a, b);
  windowSetPlace(window, a, b);
  return 0;
}

/** Reads whole events of a window into checked memory: bytes, -E_AGAIN if there is none, -E_INVAL without room for one. */
export function windowReadTry(process: Process, slot: i32, buf: u32, len: u32): i32 {
  const window = windowAt(slot);
  if (len < <u32>WINDOW_EVENT_SIZE) return -E_INVAL;
  let done: u32 = 0;
  while (len - done >= <u32>WINDOW_EVENT_SIZE) {
    const event = eventPeek(window);
    if (event == 0) break;
    copyToUser(process, buf + done, event, <u32>WINDOW_EVENT_SIZE);
    eventPop(window);
    done += <u32>WINDOW_EVENT_SIZE;
  }
  hungEnd(window);
  return done == 0 ? -E_AGAIN : <i32>done;
}

/** The window behind a handle of a process; null if it is none. */
function ownWindow(process: Process, number: i32): AppWindow | null {
  const handle = processHandle(process, number);
  return handle === null || handle.kind != HANDLE_WINDOW ? null : windowAt(handle.id);
}
