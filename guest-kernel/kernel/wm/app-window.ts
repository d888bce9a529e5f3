// Windows: the table, and what the window manager knows of each. A window is on the screen from its first picture on.

import {
  WINDOW_BACKGROUND,
  WINDOW_INFO_TITLE,
  WINDOW_LAYER_MASK,
  WINDOW_NORMAL,
  WINDOW_OVERLAY,
  WINDOW_PANEL,
} from "../../abi/window.ts";
import { motionCancel } from "../compositor/motion.ts";
import { stackInsert, stackRemove } from "../compositor/stack.ts";
import { DIM_NONE, Surface, surfaceFree } from "../compositor/surface.ts";
import { framesAlloc, framesFree } from "../mm/frames.ts";

/** Windows of all processes together. */
export const WINDOWS_MAX: i32 = 64;

/** Frames of a description. */
export const DESCRIPTION_FRAMES: u32 = 2;

/** Bytes of a title and of an app's name, NUL-padded. */
export const TEXT_SIZE: usize = 64;

/** A window. Lives in a table; `id` 0 means that the entry is free. */
@unmanaged
export class AppWindow {
  id: u32; // never given twice
  slot: i32; // place in the table
  pid: i32; // of who opened it
  holders: i32; // handles that stand for it
  flags: u32; // WINDOW_*, as created
  state: u32; // WINDOW_STATE_*
  surface: Surface;
  mapped: bool; // it has had a picture
  minWidth: i32;
  minHeight: i32;
  wantedWidth: i32; // the size of the newest RESIZE
  wantedHeight: i32;
  placePending: bool; // it moves to pendingLeft, pendingTop when a picture of the wanted size comes
  pendingLeft: i32;
  pendingTop: i32;
  anchorRight: bool; // when its size changes the right edge stays where it is
  anchorBottom: bool;
  restoreLeft: i32; // where it was before it was maximised or snapped
  restoreTop: i32;
  restoreWidth: i32;
  restoreHeight: i32;
  snapSide: u32; // SNAP_*, while it is snapped
  cursor: u32; // CURSOR_* inside of it
  reservedTop: i32; // rows that a panel takes from maximised windows
  reservedBottom: i32;
  usedAt: u32; // the larger, the later it had the focus
  frame: u32; // WINDOW_EVENT_FRAME is due once this frame is done; 0: none is
  drawNs: i64; // when its app began to draw the next picture; 0: it has not said
  nextNs: i64; // its next picture shows at once from here on, and FRAME comes not before
  inputNs: i64; // when the oldest input came that it has not answered by a picture; 0: none
  unreadNs: i64; // since when events wait to be read; 0: none do
  closeNs: i64; // when the user wanted it closed; 0: not
  events: usize; // a frame: the queue, events.ts
  description: usize; // DESCRIPTION_FRAMES frames: what it shows, in words; 0: none
  descriptionLength: u32;
  head: u32; // of the queue: the oldest event
  count: u32; // events in the queue
  kinds: u32; // of those that are queued once at most, bit WINDOW_EVENT_*
}

const TITLE_AT: usize = (offsetof<AppWindow>() + 7) & ~(<usize>7);
const SURFACE_AT: usize = TITLE_AT + 2 * TEXT_SIZE;
const ENTRY_SIZE: usize = (SURFACE_AT + offsetof<Surface>() + 7) & ~(<usize>7);
if (WINDOW_INFO_TITLE < 32) ERROR("WINDOW_INFO_TITLE");

let table: usize = 0;
let lastId: u32 = 0;

/** Allocates the table. Once, at boot. */
export function windowsInit(): void {
  if (table == 0) table = heap.alloc(ENTRY_SIZE * <usize>WINDOWS_MAX);
  memory.fill(table, 0, ENTRY_SIZE * <usize>WINDOWS_MAX);
}

/** The entry of a slot, used or not. There must be a screen. */
export function windowAt(slot: i32): AppWindow {
  return changetype<AppWindow>(table + <usize>slot * ENTRY_SIZE);
}

/** The window with this id; null if there is none. */
export function windowFind(id: u32): AppWindow | null {
  if (table == 0 || id == 0) return null;
  for (let slot = 0; slot < WINDOWS_MAX; slot++) if (windowAt(slot).id == id) return windowAt(slot);
  return null;
}

/** Takes a free entry, all zero but for its id and queue. Null when there is none, or no memory. */
export function windowTake(): AppWindow | null {
  for (let slot = 0; slot < WINDOWS_MAX; slot++) {
    const window = windowAt(slot);
    if (window.id != 0) continue;
    const events = framesAlloc(1);
    if (events == 0) return null;
    memory.fill(changetype<usize>(window), 0, ENTRY_SIZE);
    window.id = ++lastId;
    window.slot = slot;
    window.events = events;
    window.surface = changetype<Surface>(changetype<usize>(window) + SURFACE_AT);
    window.surface.dim = DIM_NONE;
    return window;
  }
  return null;
}

/** Gives an entry back with all that it has. Nobody may remember it. */
export function windowFree(window: AppWindow): void {
  motionCancel(window.surface);
  if (window.mapped) stackRemove(window.surface);
  surfaceFree(window.surface);
  framesFree(window.events, 1);
  if (window.description != 0) framesFree(window.description, DESCRIPTION_FRAMES);
  window.id = 0;
}

/** Puts the surface of a window that has none on the screen into the stack. */
export function windowStack(window: AppWindow): void {
  window.surface.layer = layerRank(window.flags & WINDOW_LAYER_MASK);
  window.surface.visible = true;
  window.mapped = true;
  stackInsert(window.surface);
}

/** The window of a surface; null if the surface is of another kind. */
export function windowOf(surface: Surface): AppWindow | null {
  const entry = changetype<usize>(surface) - SURFACE_AT;
  if (entry < table || entry >= table + ENTRY_SIZE * <usize>WINDOWS_MAX) return null;
  return changetype<AppWindow>(entry);
}

/** A window's title: NUL-padded UTF-8, TEXT_SIZE bytes. */
export function windowTitle(window: AppWindow): usize {
  return changetype<usize>(window) + TITLE_AT;
}

/** The name of a window's package, as windowTitle. */
export function windowApp(window: AppWindow): usize {
  return changetype<usize>(window) + TITLE_AT + TEXT_SIZE;
}

/** True if the window is one that the user moves. */
export function windowNormal(window: AppWindow): bool {
  return (window.flags & WINDOW_LAYER_MASK) == WINDOW_NORMAL;
}

/** True if the window has any of these WINDOW_STATE_*. */
export function windowIs(window: AppWindow, states: u32): bool {
  return (window.state & states) != 0;
}

/** Frames that the pictures of a process's windows take. */
export function windowPages(pid: i32): u32 {
  let pages: u32 = 0;
  for (let slot = 0; slot < WINDOWS_MAX; slot++) {
    const window = windowAt(slot);
    if (window.id != 0 && window.pid == pid) pages += window.surface.pages;
  }
  return pages;
}

function layerRank(layer: u32): u32 {
  switch (layer) {
    case WINDOW_BACKGROUND:
      return 0;
    case WINDOW_PANEL:
      return 2;
    case WINDOW_OVERLAY:
      return 3;
    default:
      return 1;
  }
}
