// The picture that a viewer makes of what it is sent.
import * as p from "../../vmm/display/rfb/protocol.ts";
import type { Picture } from "./png.ts";
import type { SeenRect } from "./rfb-client.ts";

/** Pixels that change with each rectangle. */
export class ViewerPicture {
  width = 0;
  height = 0;
  /** 0xRRGGBB, row by row. */
  pixels = new Uint32Array(0);
  /** Rectangles of each encoding so far. */
  readonly seen = new Map<number, number>();

  apply(rect: SeenRect): void {
    this.seen.set(rect.encoding, (this.seen.get(rect.encoding) ?? 0) + 1);
    const { x, y, width, height } = rect;
    if (rect.encoding === p.ENCODING_EXTENDED_DESKTOP_SIZE || rect.encoding === p.ENCODING_DESKTOP_SIZE)
      this.resize(width, height);
    const from = rect.from === undefined ? rect.pixels : this.#part(rect.from, width, height);
    if (from === undefined) return;
    if (x + width > this.width || y + height > this.height) throw new Error("a rectangle off the screen");
    for (let row = 0; row < height; row++)
      this.pixels.set(from.subarray(row * width, (row + 1) * width), (y + row) * this.width + x);
  }

  /** Another size; what was seen is gone. */
  resize(width: number, height: number): void {
    if (width === this.width && height === this.height) return;
    this.width = width;
    this.height = height;
    this.pixels = new Uint32Array(width * height);
  }

  /** As a picture file has it. */
  picture(): Picture {
    const rgba = new Uint8Array(this.pixels.length * 4);
    for (const [i, pixel] of this.pixels.entries())
      rgba.set([(pixel >> 16) & 255, (pixel >> 8) & 255, pixel & 255, 255], i * 4);
    return { width: this.width, height: this.height, rgba };
  }

  #part(at: { x: number; y: number }, width: number, height: number): Uint32Array {
    if (at.x + width > this.width || at.y + height > this.height)
      throw new Error("a copy from off the screen");
    const part = new Uint32Array(width * height);
    for (let row = 0; row < height; row++) {
      const start = (at.y + row) * this.width + at.x;
      part.set(this.pixels.subarray(start, start + width), row * width);
    }
    return part;
  }
}
