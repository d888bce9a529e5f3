// What windows show, in words, as their apps tell it: for those who cannot see the screen, and for tests. /sys/ui/tree.

import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { WINDOW_DESCRIPTION_MAX } from "../../abi/window.ts";
import { framesAlloc } from "../mm/frames.ts";
import { textBytes } from "../vfs/text.ts";
import { AppWindow, DESCRIPTION_FRAMES } from "./app-window.ts";

if (<usize>DESCRIPTION_FRAMES * PAGE_SIZE < <usize>WINDOW_DESCRIPTION_MAX) ERROR("DESCRIPTION_FRAMES");

/** Where the next description of a window goes, WINDOW_DESCRIPTION_MAX bytes; 0 if there is no memory. */
export function descriptionRoom(window: AppWindow): usize {
  if (window.description == 0) window.description = framesAlloc(DESCRIPTION_FRAMES);
  return window.description;
}

/** Takes what was written there: so many bytes of UTF-8. */
export function descriptionTake(window: AppWindow, length: u32): void {
  window.descriptionLength = length;
}

/** Writes the description of a window into the text that is being made. */
export function descriptionText(window: AppWindow): void {
  textBytes(window.description, window.descriptionLength);
}
