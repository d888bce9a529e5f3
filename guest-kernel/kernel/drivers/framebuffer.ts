// The framebuffer, the driver's side (abi/framebuffer.ts): the mode, what changed, the cursor's picture.
//
// A register is an exit; damage is told through memory, and rings only when the host sleeps and somebody looks.

import {
  CLIPBOARD_LENGTH,
  DAMAGE_BEGUN,
  DAMAGE_COPIES,
  DAMAGE_COPY,
  DAMAGE_FRAMES,
  DAMAGE_HEAD,
  DAMAGE_RECT_COUNT,
  DAMAGE_RECT_SIZE,
  DAMAGE_RECTS,
  DAMAGE_WAITING,
  FRAMEBUFFER_ADDRESS,
  FRAMEBUFFER_CLIPBOARD,
  FRAMEBUFFER_CURSOR,
  FRAMEBUFFER_DAMAGE,
  FRAMEBUFFER_DOORBELL,
  FRAMEBUFFER_ENABLE,
  FRAMEBUFFER_HEIGHT,
  FRAMEBUFFER_MAGIC,
  FRAMEBUFFER_MAGIC_VALUE,
  FRAMEBUFFER_MAX_SIDE,
  FRAMEBUFFER_PASTE,
  FRAMEBUFFER_PASTES,
  FRAMEBUFFER_STRIDE,
  FRAMEBUFFER_WANTED_HEIGHT,
  FRAMEBUFFER_WANTED_SCALE,
  FRAMEBUFFER_WANTED_WIDTH,
  FRAMEBUFFER_WIDTH,
} from "../../abi/framebuffer.ts";
import { FRAMEBUFFER_GPA, PAGE_SIZE } from "../../abi/memory-map.ts";
import { CLIPBOARD_MAX } from "../../abi/window.ts";
import { framesAlloc, framesFree } from "../mm/frames.ts";
import { mmioRead32, mmioWrite32 } from "./mmio.ts";

const PIXEL: u32 = 4; // bytes
const STRIDE_ALIGN: u32 = 64; // rows begin at cache lines

let damage: usize = 0; // the damage page, 0 where there is no screen
let head: u32 = 0; // rectangles written so far
let published: u32 = 0; // those that the host was told of
let frames: u32 = 0;
let begun: u32 = 0;

let pixels: usize = 0; // 0 before the first mode
let allocatedPages: u32 = 0;
let width: u32 = 0;
let height: u32 = 0;
let stride: u32 = 0; // bytes

let wantedChanged: bool = false;
let pasteCame: bool = false;
let pastes: u32 = 0; // texts that were taken

/** Looks whether there is a screen. False, at the cost of an exit, where there is none. Once, at boot. */
export function framebufferStart(): bool {
  if (mmioRead32(FRAMEBUFFER_GPA + FRAMEBUFFER_MAGIC) != FRAMEBUFFER_MAGIC_VALUE) return false;
  damage = framesAlloc(1);
  return damage != 0;
}

/** True if there is a screen, with or without a mode. */
export function framebufferPresent(): bool {
  return damage != 0;
}

/** The width that whoever looks would like, in pixels, 1..FRAMEBUFFER_MAX_SIDE. An exit, as the next two. */
export function framebufferWantedWidth(): u32 {
  return wantedSide(FRAMEBUFFER_WANTED_WIDTH);
}

/** The wanted height. */
export function framebufferWantedHeight(): u32 {
  return wantedSide(FRAMEBUFFER_WANTED_HEIGHT);
}

/** The wanted scale, device pixels for 100 logical ones. Any number: the caller bounds it. */
export function framebufferWantedScale(): u32 {
  return mmioRead32(FRAMEBUFFER_GPA + FRAMEBUFFER_WANTED_SCALE);
}

function wantedSide(register: usize): u32 {
  return min(max(mmioRead32(FRAMEBUFFER_GPA + register), 1), FRAMEBUFFER_MAX_SIDE);
}

/** True if another size or scale has become wanted since the last call. */
export function framebufferTakeWanted(): bool {
  const changed = wantedChanged;
  wantedChanged = false;
  return changed;
}

/** EVENT_BIT_SCREEN came. */
export function framebufferEvent(): void {
  wantedChanged = true;
  pasteCame = true;
}

/**
 * Takes the newest text that whoever looks has offered into abi's CLIPBOARD_* at `text`, which has room for CLIPBOARD_MAX
 * bytes. False if there is none since the last call; asks the host, two exits, only after EVENT_BIT_SCREEN.
 */
export function framebufferTakePaste(text: usize): bool {
  if (!pasteCame) return false;
  pasteCame = false;
  const offered = mmioRead32(FRAMEBUFFER_GPA + FRAMEBUFFER_PASTES);
  if (offered == pastes) return false;
  pastes = offered;
  store<u32>(text, CLIPBOARD_MAX, CLIPBOARD_LENGTH);
  mmioWrite32(FRAMEBUFFER_GPA + FRAMEBUFFER_PASTE, <u32>text);
  // SAFETY: the kernel does not trust the host less than itself, but a length is bounded where it is read.
  if (load<u32>(text, CLIPBOARD_LENGTH) > CLIPBOARD_MAX) store<u32>(text, 0, CLIPBOARD_LENGTH);
  return true;
}

/** Tells the host of the text in abi's CLIPBOARD_* at `text`. An exit. */
export function framebufferClipboard(text: usize): void {
  if (damage != 0) mmioWrite32(FRAMEBUFFER_GPA + FRAMEBUFFER_CLIPBOARD, <u32>text);
}

/**
 * Sets a mode of `newWidth` x `newHeight` pixels. Its pixels are anything: the caller draws all of them, tells so by
 * framebufferDamage and framebufferShow, and only then they are shown. False, and the mode is what it was, if there
 * is no screen, no memory, or no such mode. Some exits.
 */
export function framebufferSetMode(newWidth: u32, newHeight: u32): bool {
  if (damage == 0 || newWidth - 1 >= FRAMEBUFFER_MAX_SIDE || newHeight - 1 >= FRAMEBUFFER_MAX_SIDE)
    return false;
  const newStride = (newWidth * PIXEL + STRIDE_ALIGN - 1) & ~(STRIDE_ALIGN - 1);
  const pages = (newStride * newHeight + <u32>PAGE_SIZE - 1) / <u32>PAGE_SIZE;
  const place = pages == allocatedPages ? pixels : framesAlloc(pages);
  if (place == 0) return false;
  if (!enable(place, newWidth, newHeight, newStride)) {
    if (place != pixels) framesFree(place, pages);
    if (pixels != 0) enable(pixels, width, height, stride);
    return false;
  }
  if (pixels != 0 && place != pixels) framesFree(pixels, allocatedPages); // the host has left it
  pixels = place;
  allocatedPages = pages;
  width = newWidth;
  height = newHeight;
  stride = newStride;
  head = published; // what was not told yet was damage of the mode before
  return true;
}

function enable(place: usize, newWidth: u32, newHeight: u32, newStride: u32): bool {
  mmioWrite32(FRAMEBUFFER_GPA + FRAMEBUFFER_ADDRESS, <u32>place);
  mmioWrite32(FRAMEBUFFER_GPA + FRAMEBUFFER_WIDTH, newWidth);
  mmioWrite32(FRAMEBUFFER_GPA + FRAMEBUFFER_HEIGHT, newHeight);
  mmioWrite32(FRAMEBUFFER_GPA + FRAMEBUFFER_STRIDE, newStride);
  mmioWrite32(FRAMEBUFFER_GPA + FRAMEBUFFER_DAMAGE, <u32>damage);
  mmioWrite32(FRAMEBUFFER_GPA + FRAMEBUFFER_ENABLE, 1);
  return mmioRead32(FRAMEBUFFER_GPA + FRAMEBUFFER_ENABLE) == 1;
}

/** Where the pixels are, u32 0xXXRRGGBB each; 0 before the first mode. */
export function framebufferPixels(): usize {
  return pixels;
}

/** Pixels in a row; 0 before the first mode. */
export function framebufferWidth(): u32 {
  return width;
}

/** Rows; 0 before the first mode. */
export function framebufferHeight(): u32 {
  return height;
}

/** Bytes from a row to the next, a multiple of 64. */
export function framebufferStride(): u32 {
  return stride;
}

/**
 * Notes that a rectangle has changed, which must be inside of the screen. The host hears of it by framebufferShow.
 * More than DAMAGE_RECT_COUNT before that make all of the screen damaged, so join what is close together.
 */
export function framebufferDamage(x: u32, y: u32, w: u32, h: u32): void {
  if (pixels == 0) return;
  assert(w <= width && x <= width - w && h <= height && y <= height - h, "framebufferDamage: off the screen");
  put(x, y, w, h);
}

/** A frame begins: to be called before its first pixel is drawn. */
export function framebufferBegin(): void {
  if (pixels != 0) atomic.store<u32>(damage + DAMAGE_BEGUN, ++begun);
}

/** True if the host wants to hear of copies. */
export function framebufferWantsCopies(): bool {
  return pixels != 0 && atomic.load<u32>(damage + DAMAGE_COPIES) == 1;
}

/**
 * Notes that in the frame that has begun `w` x `h` pixels at `x`, `y` are what was at `fromX`, `fromY` when the frame before
 * was done. Both must be inside of the screen. Before the frame's framebufferDamage.
 */
export function framebufferCopy(fromX: u32, fromY: u32, x: u32, y: u32, w: u32, h: u32): void {
  put(x | DAMAGE_COPY, y, w, h);
  put(fromX | DAMAGE_COPY, fromY, begun, 0);
}

function put(x: u32, y: u32, w: u32, h: u32): void {
  const rect = damage + DAMAGE_RECTS + DAMAGE_RECT_SIZE * <usize>(head & (DAMAGE_RECT_COUNT - 1));
  store<u32>(rect, x);
  store<u32>(rect, y, 4);
  store<u32>(rect, w, 8);
  store<u32>(rect, h, 12);
  head++;
}

/** Ends a frame: tells the host of the damage since the last call, if there is any. Wakes it if it sleeps and somebody looks. */
export function framebufferShow(): void {
  if (head == published) return;
  published = head;
  atomic.store<u32>(damage + DAMAGE_FRAMES, ++frames);
  atomic.store<u32>(damage + DAMAGE_HEAD, head);
  if (atomic.load<u32>(damage + DAMAGE_WAITING) == 0) return; // the usual case, without a locked exchange
  if (atomic.xchg<u32>(damage + DAMAGE_WAITING, 0) != 0)
    mmioWrite32(FRAMEBUFFER_GPA + FRAMEBUFFER_DOORBELL, 1);
}

/**
 * Makes the picture of abi's CURSOR_* at `picture` the cursor; 0 hides it. The host takes a copy. An exit: call it
 * when the cursor has changed.
 */
export function framebufferCursor(picture: usize): void {
  if (damage != 0) mmioWrite32(FRAMEBUFFER_GPA + FRAMEBUFFER_CURSOR, <u32>picture);
}
