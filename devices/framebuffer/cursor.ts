import * as f from "../../guest-kernel/abi/framebuffer.ts";
import type { GuestMemory } from "../guest-memory.ts";

/** A picture of the cursor, copied out of the guest. */
export interface Cursor {
  readonly width: number;
  readonly height: number;
  /** The pixel that points, inside of the picture. */
  readonly hotX: number;
  readonly hotY: number;
  /** u32 0xAARRGGBB, premultiplied, row by row. */
  readonly pixels: Uint32Array;
}

/** Copies the picture that the guest has at `gpa`; undefined, no cursor, if there is none that makes sense. */
export function readCursor(memory: GuestMemory, gpa: number): Cursor | undefined {
  if (!memory.contains(gpa, f.CURSOR_PIXELS)) return undefined;
  const { view } = memory;
  const width = view.getUint32(gpa + f.CURSOR_WIDTH, true);
  const height = view.getUint32(gpa + f.CURSOR_HEIGHT, true);
  const hotX = view.getUint32(gpa + f.CURSOR_HOT_X, true);
  const hotY = view.getUint32(gpa + f.CURSOR_HOT_Y, true);
  if (!isSide(width) || !isSide(height) || hotX >= width || hotY >= height) return undefined;
  const at = gpa + f.CURSOR_PIXELS;
  if (!memory.contains(at, width * height * 4)) return undefined;
  const pixels = Uint32Array.from({ length: width * height }, (_, i) => view.getUint32(at + 4 * i, true));
  return { width, height, hotX, hotY, pixels };
}

function isSide(pixels: number): boolean {
  return pixels >= 1 && pixels <= f.CURSOR_MAX_SIDE;
}
