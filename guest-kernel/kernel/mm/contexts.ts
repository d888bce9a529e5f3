// Memory for instance contexts. Pages given out here are never used for anything else: the host's preemption
// store may come late, and must then hit no more than another process's limit word.

import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { framesAlloc } from "./frames.ts";

// In a free block, clear of the limit word at its start
const FREE_NEXT: usize = 8; // usize
const FREE_PAGES: usize = 12; // u32

let free: usize = 0;

/** Zeroed contiguous pages for a context and its tables; 0 when out of memory. */
export function contextAlloc(pages: u32): usize {
  let link: usize = 0;
  for (let block = free; block != 0; block = load<usize>(block, FREE_NEXT)) {
    if (load<u32>(block, FREE_PAGES) == pages) {
      const next = load<usize>(block, FREE_NEXT);
      if (link == 0) free = next;
      else store<usize>(link, next, FREE_NEXT);
      memory.fill(block, 0, <usize>pages * PAGE_SIZE);
      return block;
    }
    link = block;
  }
  return framesAlloc(pages);
}

/** Takes a context's pages back. */
export function contextFree(context: usize, pages: u32): void {
  store<usize>(context, free, FREE_NEXT);
  store<u32>(context, pages, FREE_PAGES);
  free = context;
}
