// The cursor's picture for viewers, which draw it themselves.
import type { Cursor } from "../../../devices/framebuffer/cursor.ts";
import type { PixelWriter } from "./pixel-format.ts";
import * as p from "./protocol.ts";
import { rectHeader } from "./update.ts";

const VMWARE_ALPHA = 1;
const OPAQUE_FROM = 128; // alpha, where there is only a mask

/** The rectangle of the VMware Cursor pseudo-encoding: with alpha. Without a cursor one of no pixels. */
export function alphaCursorRect(cursor: Cursor | undefined): Uint8Array {
  const { width = 0, height = 0, hotX = 0, hotY = 0, pixels = new Uint32Array() } = cursor ?? {};
  const head = rectHeader({ x: hotX, y: hotY, width, height }, p.ENCODING_VMWARE_CURSOR);
  const bytes = new Uint8Array(2 + 4 * pixels.length); // type and padding, then red, green, blue, alpha
  bytes[0] = VMWARE_ALPHA;
  for (const [i, pixel] of pixels.entries()) {
    const { red, green, blue, alpha } = straight(pixel);
    bytes.set([red, green, blue, alpha], 2 + 4 * i);
  }
  return Buffer.concat([head, bytes]);
}

/** The rectangle of the Cursor pseudo-encoding, RFC 6143 §7.8.1: pixels and a mask. */
export function maskedCursorRect(cursor: Cursor | undefined, writer: PixelWriter): Uint8Array {
  const { width = 0, height = 0, hotX = 0, hotY = 0, pixels = new Uint32Array() } = cursor ?? {};
  const head = rectHeader({ x: hotX, y: hotY, width, height }, p.ENCODING_CURSOR);
  const colours = new Uint8Array(pixels.length * writer.format.bytes);
  writer.write(
    pixels.map((pixel) => {
      const { red, green, blue } = straight(pixel);
      return (red << 16) | (green << 8) | blue;
    }),
    colours,
    0,
  );
  const stride = Math.ceil(width / 8);
  const mask = new Uint8Array(stride * height);
  for (const [i, pixel] of pixels.entries()) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const at = y * stride + (x >> 3);
    if (pixel >>> 24 >= OPAQUE_FROM) mask[at] = (mask[at] ?? 0) | (0x80 >> (x & 7));
  }
  return Buffer.concat([head, colours, mask]);
}

/** The colour of a pixel that was multiplied by its alpha. */
function straight(pixel: number): { red: number; green: number; blue: number; alpha: number } {
  const alpha = pixel >>> 24;
  const channel = (value: number): number =>
    alpha === 0 ? 0 : Math.min(255, Math.round(((value & 0xff) * 255) / alpha));
  return { red: channel(pixel >>> 16), green: channel(pixel >>> 8), blue: channel(pixel), alpha };
}
