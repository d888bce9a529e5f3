// PNG, W3C recommendation 2003: 8 bits a channel, not interlaced, rows unfiltered.
import { promisify } from "node:util";
import { crc32, deflate, deflateSync } from "node:zlib";
import type { Picture } from "./rfb/session.ts";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const IHDR_SIZE = 13;
const CHUNK_OVERHEAD = 12; // length, type, CRC
const COLOUR = 2;
const COLOUR_ALPHA = 6;
const deflateLater = promisify(deflate);

/** Pixels as a picture file has them. */
export interface PixelImage {
  width: number;
  height: number;
  /** Red, green, blue, alpha of each pixel; alpha is not multiplied in. */
  rgba: Uint8Array;
}

/** The bytes of a PNG file. */
export function encodePng({ width, height, rgba }: PixelImage): Uint8Array {
  const rows = Buffer.alloc(height * (width * 4 + 1));
  for (let y = 0; y < height; y++)
    rows.set(rgba.subarray(y * width * 4, (y + 1) * width * 4), y * (width * 4 + 1) + 1);
  return emitPng(width, height, COLOUR_ALPHA, deflateSync(rows, { level: 9 }));
}

/** What is on a screen now, as the bytes of a PNG file without alpha. Compressed off this thread. */
export async function screenshotPng(picture: Picture): Promise<Uint8Array> {
  const { width, height } = picture;
  const packed = await deflateLater(colourRows(picture));
  return emitPng(width, height, COLOUR, packed);
}

/** As `screenshotPng`, at once: for a process that is about to end. */
export function screenshotPngSync(picture: Picture): Uint8Array {
  return emitPng(picture.width, picture.height, COLOUR, deflateSync(colourRows(picture)));
}

/** Red, green and blue of each pixel, with the filter byte 0 before each row. */
function colourRows(picture: Picture): Buffer {
  const { width, height } = picture;
  const bytes = Buffer.alloc(height * (width * 3 + 1));
  let at = 0;
  for (let y = 0; y < height; y++) {
    const pixels = picture.row(0, y, width);
    at++;
    for (let x = 0; x < width; x++) {
      const pixel = pixels[x]!; // SAFETY: x < width
      bytes[at++] = pixel >>> 16;
      bytes[at++] = pixel >>> 8;
      bytes[at++] = pixel;
    }
  }
  return bytes;
}

/** A file of rows that are filtered and packed, of a colour type; for one with a palette, `palette` has its chunks. */
export function emitPng(
  width: number,
  height: number,
  colourType: number,
  data: Uint8Array,
  palette: readonly Uint8Array[] = [],
): Uint8Array {
  const header = Buffer.alloc(IHDR_SIZE);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourType, 0, 0, 0], 8);
  const ends = [pngChunk("IDAT", data), pngChunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([SIGNATURE, pngChunk("IHDR", header), ...palette, ...ends]);
}

/** A chunk of a file, with its length and CRC. */
export function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(data.length + CHUNK_OVERHEAD);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}
