// Surfaces: pictures with a place on the screen. Their pixels are frames of the kernel, which the owner cannot reach.

import { E_NOMEM } from "../../abi/errors.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { framesAlloc, framesFree, framesFreeCount, FRAMES_RESERVED } from "../mm/frames.ts";

/** A picture on the screen. Lives in a table; `used` false means that the entry is free. */
@unmanaged
export class Surface {
  left: i32; // place on the screen
  top: i32;
  width: i32;
  height: i32;
  pixels: usize; // u32 0xAARRGGBB, premultiplied, row by row without gaps; 0: none, then `color` all over
  pages: u32; // at `pixels`
  color: u32; // premultiplied
  radius: i32; // of its corners
  shadow: u32; // SHADOW_*
  dim: u32; // 256: as it is; less: darker
  layer: u32; // those with more are above
  motion: usize; // Motion while it is on its way, motion.ts; 0: it is where it is
  used: bool;
  visible: bool;
  opaque: bool; // its alpha is not looked at; but its corners are cut
}

export const SHADOW_NONE: u32 = 0;
export const SHADOW_WEAK: u32 = 1;
export const SHADOW_STRONG: u32 = 2;

/** The opacity of what is drawn as it is. */
export const OPACITY_FULL: i32 = 256;

/** Not dimmed. */
export const DIM_NONE: u32 = 256;

const BYTES: i32 = 4; // of a pixel

/**
 * Gives a surface another size; its place stays, its pixels are anything. 0, or -E_NOMEM and it is as it was. Sides are
 * at least 1 and at most WINDOW_MAX_SIDE.
 */
export function surfaceResize(surface: Surface, width: i32, height: i32): i32 {
  const pages = surfacePages(width, height);
  if (pages != surface.pages) {
    if (pages > surface.pages && framesFreeCount() < pages + FRAMES_RESERVED) return -E_NOMEM;
    const pixels = framesAlloc(pages);
    if (pixels == 0) return -E_NOMEM;
    surfaceFree(surface);
    surface.pixels = pixels;
    surface.pages = pages;
  }
  surface.width = width;
  surface.height = height;
  return 0;
}

/** Gives back the pixels. */
export function surfaceFree(surface: Surface): void {
  if (surface.pages != 0) framesFree(surface.pixels, surface.pages);
  surface.pixels = 0;
  surface.pages = 0;
}

/** Frames that the pixels of a surface take. */
export function surfacePages(width: i32, height: i32): u32 {
  return (<u32>(width * height * BYTES) + <u32>PAGE_SIZE - 1) / <u32>PAGE_SIZE;
}

/** The kernel's address of a pixel of a surface with pixels. */
export function surfaceAt(surface: Surface, x: i32, y: i32): usize {
  return surface.pixels + <usize>((y * surface.width + x) * BYTES);
}
