// A process's linear memory as the kernel reaches it: by the frames behind its window. This is the door for
// pointers from processes: check with `userContains` first, then copy.

import { CTX_MEMORY_PAGES } from "../../abi/instance.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { Process } from "../proc/process.ts";
import {
  MEMORY_PAGE,
  Window,
  windowFrame,
  windowMapData,
  windowMapLarge,
  windowTakesLarge,
  windowUnmap,
  windowUnmapLarge,
} from "./windows.ts";
import { framesAllocLarge, framesAllocUser, framesFree, LARGE_FRAMES } from "./frames.ts";
import { reclaim } from "./reclaim.ts";

/** 4 KiB frames in a 64 KiB WebAssembly page. */
export const FRAMES_PER_PAGE: u32 = 16;

/** True if the process owns the bytes it names. Until then they are only a claim. */
export function userContains(process: Process, address: u32, length: u32): bool {
  return <u64>address + <u64>length <= (<u64>load<u32>(process.context, CTX_MEMORY_PAGES)) << 16;
}

/** The kernel's address of a byte of the process's memory; valid to the end of its 4 KiB page. */
export function userLinear(process: Process, address: u32): usize {
  // SAFETY: callers have checked the address with userContains, so its page is mapped.
  return windowFrame(process.window, MEMORY_PAGE + (address >> 12)) | (address & (<u32>PAGE_SIZE - 1));
}

/** Bytes from `address` to the end of its page, at most `length`: what one userLinear covers. */
export function userChunk(address: u32, length: u32): u32 {
  return min<u32>(length, <u32>PAGE_SIZE - (address & (<u32>PAGE_SIZE - 1)));
}

/**
 * Bytes from `address` on that lie side by side in the kernel's memory, at most `length`, which were checked: what one userLinear
 * covers when its process has frames that follow each other, or a large page.
 */
export function userSpan(process: Process, address: u32, length: u32): u32 {
  const start = userLinear(process, address);
  let span = userChunk(address, length);
  while (span < length && userLinear(process, address + span) == start + <usize>span)
    span += min(length - span, <u32>PAGE_SIZE);
  return span;
}

/** Copies checked bytes out of the process's memory. */
export function copyFromUser(process: Process, destination: usize, address: u32, length: u32): void {
  while (length != 0) {
    const chunk = userChunk(address, length);
    memory.copy(destination, userLinear(process, address), chunk);
    destination += chunk;
    address += chunk;
    length -= chunk;
  }
}

/** Copies into checked bytes of the process's memory. */
export function copyToUser(process: Process, address: u32, source: usize, length: u32): void {
  while (length != 0) {
    const chunk = userChunk(address, length);
    memory.copy(userLinear(process, address), source, chunk);
    source += chunk;
    address += chunk;
    length -= chunk;
  }
}

/** Copies checked bytes of one process's memory to checked bytes of another's, or of its own. */
export function copyUserToUser(to: Process, target: u32, from: Process, source: u32, length: u32): void {
  while (length != 0) {
    const chunk = userChunk(target, userChunk(source, length));
    memory.copy(userLinear(to, target), userLinear(from, source), chunk);
    target += chunk;
    source += chunk;
    length -= chunk;
  }
}

/**
 * Maps fresh zeroed frames behind 64 KiB pages [from, to), for which caches may have to give some back: as large pages where
 * one lies in between and memory is in one piece. False, and nothing mapped, when out of memory.
 */
export function userMemoryMap(window: Window, from: u32, to: u32): bool {
  if (!reclaim((to - from) * FRAMES_PER_PAGE)) return false;
  const start = MEMORY_PAGE + from * FRAMES_PER_PAGE;
  const end = MEMORY_PAGE + to * FRAMES_PER_PAGE;
  let page = start;
  while (page < end) {
    const mapped =
      page + LARGE_FRAMES <= end && mapLarge(window, page) ? LARGE_FRAMES : mapSmall(window, page);
    if (mapped == 0) {
      userFramesUnmap(window, start, page);
      return false;
    }
    page += mapped;
  }
  return true;
}

function mapLarge(window: Window, page: u32): bool {
  if (!windowTakesLarge(window, page)) return false;
  const frame = framesAllocLarge();
  return frame != 0 && windowMapLarge(window, page, frame);
}

/** Pages that it mapped: 1 or 0. */
function mapSmall(window: Window, page: u32): u32 {
  const frame = framesAllocUser();
  if (frame == 0) return 0;
  if (windowMapData(window, page, frame)) return 1;
  framesFree(frame, 1);
  return 0;
}

/** Unmaps and frees the frames behind 64 KiB pages [from, to). */
export function userMemoryUnmap(window: Window, from: u32, to: u32): void {
  userFramesUnmap(window, MEMORY_PAGE + from * FRAMES_PER_PAGE, MEMORY_PAGE + to * FRAMES_PER_PAGE);
}

/** Unmaps window pages [from, to) and frees their frames. A large page goes as a whole: no process keeps a part of one. */
export function userFramesUnmap(window: Window, from: u32, to: u32): void {
  for (let page = from; page < to; page++) {
    const large = windowUnmapLarge(window, page);
    if (large != 0) {
      framesFree(large, LARGE_FRAMES);
      page |= LARGE_FRAMES - 1;
      continue;
    }
    const frame = windowUnmap(window, page);
    if (frame != 0) framesFree(frame, 1);
  }
}
