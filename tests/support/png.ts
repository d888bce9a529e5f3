// PNG, W3C recommendation 2003: 8 bits of red, green, blue and alpha, not interlaced, rows unfiltered.

import { crc32, deflateSync, inflateSync } from "node:zlib";

/** Pixels as a picture file has them. */
export interface Picture {
  width: number;
  height: number;
  /** Red, green, blue, alpha of each pixel; alpha is not multiplied in. */
  rgba: Uint8Array;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const IHDR_SIZE = 13;
const CHUNK_OVERHEAD = 12; // length, type, CRC
const PALETTE = 3;
const COLOUR_ALPHA = 6;

/** The bytes of a PNG file. */
export function encodePng({ width, height, rgba }: Picture): Uint8Array {
  const rows = Buffer.alloc(height * (width * 4 + 1));
  for (let y = 0; y < height; y++)
    rows.set(rgba.subarray(y * width * 4, (y + 1) * width * 4), y * (width * 4 + 1) + 1);
  return emitPng(width, height, COLOUR_ALPHA, deflateSync(rows, { level: 9 }));
}

/** A file of rows that are filtered and packed, of a colour type. The palette is red, green, and transparent blue. */
export function emitPng(width: number, height: number, colourType: number, data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(IHDR_SIZE);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourType, 0, 0, 0], 8);
  const parts: Uint8Array[] = [SIGNATURE, chunk("IHDR", header)];
  if (colourType === PALETTE)
    parts.push(
      chunk("PLTE", Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255])),
      chunk("tRNS", Buffer.from([255, 255, 0])),
    );
  parts.push(chunk("IDAT", data), chunk("IEND", Buffer.alloc(0)));
  return Buffer.concat(parts);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(data.length + CHUNK_OVERHEAD);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

/** Reads what `encodePng` wrote. @throws Error for a file of another kind */
export function decodePng(file: Uint8Array): Picture {
  const bytes = Buffer.from(file);
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Error("no PNG signature");
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  const rows = inflateSync(imageData(bytes));
  const rgba = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const row = rows.subarray(y * (width * 4 + 1), (y + 1) * (width * 4 + 1));
    if (row[0] !== 0) throw new Error(`row ${y} has filter ${row[0]}`);
    rgba.set(row.subarray(1), y * width * 4);
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
