// Page frames: 4 KiB pages of guest RAM, by a bitmap. The lowest that are free are given out first, so that what is small and
// stays does not spread over all of RAM, and runs of LARGE_FRAMES stay free for processes.

import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";

const WORD_FRAMES: u32 = 32;

/** Frames behind a large page of the CPU: 2 MiB. */
export const LARGE_FRAMES: u32 = LARGE_PAGE_SIZE / <u32>PAGE_SIZE;

/** Pages that processes leave to the kernel: what it needs to serve the others when they have taken all. */
export const FRAMES_RESERVED: u32 = 256;

let bitmap: usize = 0; // u32 words, bit set = in use
let firstFrame: usize = 0; // address of frame 0
let frameCount: u32 = 0;
let freeFrames: u32 = 0;
let lowest: u32 = 0; // no frame below it is free

/** Gives the pages of [start, end) to the allocator. The bitmap takes the first of them. */
export function framesInit(start: usize, end: usize): void {
  start = (start + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
  const pages = <u32>((end - start) / PAGE_SIZE);
  const words = (pages + WORD_FRAMES - 1) / WORD_FRAMES;
  const bitmapPages = (words * 4 + <u32>PAGE_SIZE - 1) / <u32>PAGE_SIZE;
  bitmap = start;
  memory.fill(bitmap, 0, <usize>words * 4);
  firstFrame = start + <usize>bitmapPages * PAGE_SIZE;
  frameCount = pages - bitmapPages;
  freeFrames = frameCount;
  lowest = 0;
  // Bits past the last frame stay taken.
  for (let frame = frameCount; frame < words * WORD_FRAMES; frame++) mark(frame, true);
}

/** Allocates contiguous zeroed pages. Returns their address, or 0 when there is no such run. */
export function framesAlloc(pages: u32): usize {
  return framesAllocAligned(pages, 1);
}

/** As framesAlloc, the address a multiple of `alignPages` pages (a power of two). */
export function framesAllocAligned(pages: u32, alignPages: u32): usize {
  if (pages == 0 || pages > freeFrames) return 0;
  const address = take(pages, alignPages);
  if (address != 0) memory.fill(address, 0, <usize>pages * PAGE_SIZE);
  return address;
}

/** Allocates a page that holds anything: no part of it may be shown to a process before it was overwritten. 0 if there is none. */
export function framesAllocAny(): usize {
  return freeFrames == 0 ? 0 : take(1, 1);
}

function take(pages: u32, alignPages: u32): usize {
  const frame = search(pages, alignPages);
  if (frame < 0) return 0;
  for (let i: u32 = 0; i < pages; i++) mark(<u32>frame + i, true);
  freeFrames -= pages;
  if (<u32>frame == lowest || (pages == 1 && alignPages == 1)) lowest = <u32>frame + pages;
  return firstFrame + <usize>frame * PAGE_SIZE;
}

/** Allocates a zeroed page for a process; 0 when only the kernel's reserve is left. */
export function framesAllocUser(): usize {
  return freeFrames > FRAMES_RESERVED ? framesAlloc(1) : 0;
}

/** Allocates the zeroed frames of a large page for a process; 0 when there is no such run, or only the kernel's reserve is left. */
export function framesAllocLarge(): usize {
  return freeFrames >= FRAMES_RESERVED + LARGE_FRAMES ? framesAllocAligned(LARGE_FRAMES, LARGE_FRAMES) : 0;
}

/** True if framesAlloc would find so many contiguous pages. */
export function framesHaveRun(pages: u32): bool {
  return pages == 0 || (pages <= freeFrames && search(pages, 1) >= 0);
}

/** Frees pages from framesAlloc: all of a run or a part of it. */
export function framesFree(address: usize, pages: u32): void {
  const frame = <u32>((address - firstFrame) / PAGE_SIZE);
  assert(address >= firstFrame && frame + pages <= frameCount, "framesFree: not a frame");
  for (let i: u32 = 0; i < pages; i++) {
    assert(taken(frame + i), "framesFree: already free");
    mark(frame + i, false);
  }
  freeFrames += pages;
  lowest = min(lowest, frame);
}

/** Pages that are free. */
export function framesFreeCount(): u32 {
  return freeFrames;
}

/** Pages that processes can still have. */
export function framesUserCount(): u32 {
  return freeFrames > FRAMES_RESERVED ? freeFrames - FRAMES_RESERVED : 0;
}

/** Pages that the allocator was given, less its bitmap. */
export function framesTotalCount(): u32 {
  return frameCount;
}

/** The first run of `pages` free frames at a multiple of `alignPages` pages, or -1. */
function search(pages: u32, alignPages: u32): i32 {
  const skew = <u32>(firstFrame / PAGE_SIZE);
  let run: u32 = 0;
  for (let frame = lowest; frame < frameCount; frame++) {
    const ahead = (0 - (frame + skew)) & (alignPages - 1); // frames to the next multiple
    if (run == 0 && ahead != 0) {
      frame += ahead - 1;
    } else if (run == 0 && (frame & (WORD_FRAMES - 1)) == 0 && word(frame) == 0xffffffff) {
      frame += WORD_FRAMES - 1;
    } else if (taken(frame)) {
      run = 0;
    } else if (++run == pages) {
      return <i32>(frame + 1 - pages);
    }
  }
  return -1;
}

function word(frame: u32): u32 {
  return load<u32>(bitmap + <usize>((frame >> 5) << 2));
}

function taken(frame: u32): bool {
  return ((word(frame) >> (frame & 31)) & 1) != 0;
}

function mark(frame: u32, used: bool): void {
  const at = bitmap + <usize>((frame >> 5) << 2);
  const bit = (<u32>1) << (frame & 31);
  const bits = load<u32>(at);
  store<u32>(at, used ? bits | bit : bits & ~bit);
}
