// The pointer: whom its events go to, and what it does to windows. While a button is down all goes to whom it went down on.

import {
  MODIFIER_META,
  POINTER_LEFT,
  WINDOW_BACKGROUND,
  WINDOW_EVENT_POINTER_DOWN,
  WINDOW_EVENT_POINTER_LEAVE,
  WINDOW_EVENT_POINTER_MOVE,
  WINDOW_EVENT_POINTER_UP,
  WINDOW_EVENT_WHEEL,
  WINDOW_LAYER_MASK,
} from "../../abi/window.ts";
import { devicePixels } from "../compositor/screen.ts";
import { AppWindow } from "./app-window.ts";
import { windowAskClose } from "./closing.ts";
import { cursorShow, SHAPE_ARROW, SHAPE_MOVE, shapeOfEdges } from "./cursor.ts";
import { dragBegin, dragEnd, dragMove, dragWindow } from "./drag.ts";
import { eventPost } from "./events.ts";
import { focusByClick, focusSet, windowRaise } from "./focus.ts";
import {
  hitEdges,
  hitTest,
  hitWindow,
  PART_CLOSE,
  PART_EDGE,
  PART_INSIDE,
  PART_MAXIMISE,
  PART_MINIMISE,
  PART_NONE,
  PART_TITLE,
} from "./hit.ts";
import {
  inputNow,
  modifiers,
  pointerButtons,
  pointerX,
  pointerY,
  setPointer,
  setPointerButtons,
} from "./input-state.ts";
import { windowMaximise, windowMinimise } from "./layout.ts";

const DOUBLE_NS: i64 = 400_000_000;
const DOUBLE_DISTANCE: i32 = 5; // logical pixels

// What the buttons that are down are for
const GRAB_NONE: u32 = 0;
const GRAB_APP: u32 = 1; // the app's
const GRAB_DRAG: u32 = 2; // a window is moved or sized
const GRAB_BUTTON: u32 = 3; // of a title bar
const GRAB_NOBODY: u32 = 4; // went down where nobody takes them

let grab: u32 = GRAB_NONE;
let grabbed: AppWindow | null = null; // GRAB_APP, GRAB_BUTTON
let grabbedPart: u32 = 0; // GRAB_BUTTON
let hovered: AppWindow | null = null; // was told last where the pointer is

let clickNs: i64 = 0; // the last click on a title bar
let clickX: i32 = 0;
let clickY: i32 = 0;
let clicked: AppWindow | null = null;

/** The pointer has moved on the screen. */
export function pointerMove(x: i32, y: i32): void {
  setPointer(x, y);
  if (grab == GRAB_DRAG) dragMove();
  else if (grab == GRAB_APP || grab == GRAB_BUTTON) tell(grabbed!, WINDOW_EVENT_POINTER_MOVE, 0);
  else if (grab == GRAB_NONE) look(true);
}

/** A button, POINTER_*, went down. */
export function pointerDown(button: u32): void {
  setPointerButtons(pointerButtons | button);
  if (grab == GRAB_APP) tell(grabbed!, WINDOW_EVENT_POINTER_DOWN, button);
  if (grab != GRAB_NONE) return;
  const part = hitTest(pointerX, pointerY);
  const window = hitWindow;
  grab = GRAB_NOBODY;
  if (window === null) return focusSet(null);
  if (focusByClick(window)) {
    windowRaise(window);
    focusSet(window);
  } else if ((window.flags & WINDOW_LAYER_MASK) == WINDOW_BACKGROUND) {
    focusSet(null);
  }
  grab = press(window, part, button);
  grabbed = grab == GRAB_APP || grab == GRAB_BUTTON ? window : null;
  grabbedPart = part;
}

/** A button went up. */
export function pointerUp(button: u32): void {
  setPointerButtons(pointerButtons & ~button);
  if (grab == GRAB_APP) tell(grabbed!, WINDOW_EVENT_POINTER_UP, button);
  if (pointerButtons != 0) return;
  const window = grabbed;
  const was = grab;
  grab = GRAB_NONE;
  grabbed = null;
  if (was == GRAB_DRAG) dragEnd();
  if (was == GRAB_BUTTON && hitTest(pointerX, pointerY) == grabbedPart && hitWindow === window)
    titleButton(window!, grabbedPart);
  pointerLook();
}

/** The wheel has turned: 120 for a notch, down and to the right. */
export function pointerWheel(down: i32, right: i32): void {
  if (grab == GRAB_APP) return wheel(grabbed!, down, right);
  if (grab != GRAB_NONE) return;
  if (hitTest(pointerX, pointerY) == PART_INSIDE) wheel(hitWindow!, down, right);
}

/** Looks again at what is under the pointer: it has moved, or the windows have. */
export function pointerLook(): void {
  if (grab == GRAB_NONE) look(false);
}

function look(moved: bool): void {
  const part = hitTest(pointerX, pointerY);
  const window: AppWindow | null = part == PART_EDGE ? null : hitWindow;
  if (hovered !== null && hovered !== window) eventPost(hovered!, WINDOW_EVENT_POINTER_LEAVE, 0, 0, 0, 0);
  if (hovered !== window) moved = true;
  hovered = window;
  if (window !== null && moved) tell(window, WINDOW_EVENT_POINTER_MOVE, 0);
  if (part == PART_EDGE) cursorShow(shapeOfEdges(hitEdges));
  else cursorShow(part == PART_INSIDE ? window!.cursor : SHAPE_ARROW);
}

/** Forgets a window that closes. */
export function pointerForget(window: AppWindow): void {
  if (hovered === window) hovered = null;
  if (clicked === window) clicked = null;
  if (grabbed === window || (grab == GRAB_DRAG && dragWindow() === window)) {
    if (grab == GRAB_DRAG) dragEnd();
    grabbed = null;
    grab = pointerButtons == 0 ? GRAB_NONE : GRAB_NOBODY;
  }
}

/** A button goes down on a part of a window: what it is for. */
function press(window: AppWindow, part: u32, button: u32): u32 {
  const left = button == POINTER_LEFT;
  if (left && part == PART_EDGE) return drag(window, hitEdges);
  if (left && part != PART_NONE && focusByClick(window) && (modifiers & MODIFIER_META) != 0)
    return drag(window, 0);
  if (part == PART_INSIDE) return tell(window, WINDOW_EVENT_POINTER_DOWN, button) ? GRAB_APP : GRAB_NOBODY;
  if (!left || part == PART_EDGE) return GRAB_NOBODY;
  if (part != PART_TITLE) return GRAB_BUTTON;
  if (isDoubleClick(window)) {
    windowMaximise(window);
    return GRAB_NOBODY;
  }
  return drag(window, 0);
}

function drag(window: AppWindow, edges: u32): u32 {
  dragBegin(window, edges);
  cursorShow(edges == 0 ? SHAPE_MOVE : shapeOfEdges(edges));
  return GRAB_DRAG;
}

function isDoubleClick(window: AppWindow): bool {
  const near = devicePixels(DOUBLE_DISTANCE);
  const double =
    clicked === window &&
    inputNow - clickNs <= DOUBLE_NS &&
    abs(pointerX - clickX) <= near &&
    abs(pointerY - clickY) <= near;
  clicked = double ? null : window;
  clickNs = inputNow;
  clickX = pointerX;
  clickY = pointerY;
  return double;
}

function titleButton(window: AppWindow, part: u32): void {
  if (part == PART_CLOSE) windowAskClose(window);
  else if (part == PART_MAXIMISE) windowMaximise(window);
  else if (part == PART_MINIMISE) windowMinimise(window);
}

function wheel(window: AppWindow, down: i32, right: i32): void {
  const surface = window.surface;
  eventPost(window, WINDOW_EVENT_WHEEL, pointerX - surface.left, pointerY - surface.top, down, right);
}

/** Tells a window of the pointer, in its own coordinates. */
function tell(window: AppWindow, type: u32, button: u32): bool {
  return eventPost(window, type, pointerX - window.surface.left, pointerY - window.surface.top, button, 0);
}
