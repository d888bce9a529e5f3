// PNG files for tests: those of vmm/display/png.ts, and what tests need besides.

import { inflateSync } from "node:zlib";
import { emitPng as emitFile, type PixelImage, pngChunk } from "../../vmm/display/png.ts";

export { encodePng } from "../../vmm/display/png.ts";

/** Pixels as a picture file has them. */
export type Picture = PixelImage;

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const CHUNK_OVERHEAD = 12; // length, type, CRC
const PALETTE = 3;
const COLOUR = 2;

/** A file of rows that are filtered and packed, of a colour type. The palette is red, green, and transparent blue. */
export function emitPng(width: number, height: number, colourType: number, data: Uint8Array): Uint8Array {
  const palette = [
    pngChunk("PLTE", Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255])),
    pngChunk("tRNS", Buffer.from([255, 255, 0])),
  ];
  return emitFile(width, height, colourType, data, colourType === PALETTE ? palette : []);
}

/** Reads what `encodePng` or `screenshotPng` wrote. @throws Error for a file of another kind */
export function decodePng(file: Uint8Array): Picture {
  const bytes = Buffer.from(file);
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Error("no PNG signature");
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  const channels = bytes[25] === COLOUR ? 3 : 4;
  const rows = inflateSync(imageData(bytes));
  const rgba = new Uint8Array(width * height * 4);
  const stride = width * channels + 1;
  for (let y = 0; y < height; y++) {
    const row = rows.subarray(y * stride, (y + 1) * stride);
    if (row[0] !== 0) throw new Error(`row ${y} has filter ${row[0]}`);
    if (channels === 4) rgba.set(row.subarray(1), y * width * 4);
    else
      for (let x = 0; x < width; x++)
        rgba.set([...row.subarray(1 + 3 * x, 4 + 3 * x), 255], (y * width + x) * 4);
  }
  return { width, height, rgba };
}

function imageData(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 8; at < bytes.length; at += bytes.readUInt32BE(at) + CHUNK_OVERHEAD) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(bytes.subarray(at + 8, at + 8 + length));
  }
  return Buffer.concat(parts);
}
