// ZRLE before it is compressed: tiles of 64 x 64, RFC 6143 §7.7.6.
import type { Rect } from "../../../devices/framebuffer/damage.ts";
import type { PixelWriter } from "./pixel-format.ts";

/** Pixels of a tile's side. */
export const TILE = 64;

const MAX_PALETTE = 127;
const MAX_PACKED = 16;
const SOLID = 1;
const PLAIN_RLE = 128;
const PALETTE_RLE = 128; // + colours

/** Where pixels are read from. */
export interface PixelRows {
  /** `width` pixels of row `y` from `x` on: u32 0xXXRRGGBB. */
  row(x: number, y: number, width: number): Uint32Array;
}

const tile = new Uint32Array(TILE * TILE);
const indices = new Uint8Array(TILE * TILE);

/** The most bytes that a rectangle can become. */
export function zrleBound({ width, height }: Rect, writer: PixelWriter): number {
  const tiles = Math.ceil(width / TILE) * Math.ceil(height / TILE);
  return width * height * writer.compactBytes + tiles;
}

/** Writes a rectangle's tiles to the start of `target`, which has room for `zrleBound`; how many bytes they are. */
export function emitZrle(rows: PixelRows, rect: Rect, writer: PixelWriter, target: Uint8Array): number {
  let at = 0;
  for (let y = rect.y; y < rect.y + rect.height; y += TILE) {
    const height = Math.min(TILE, rect.y + rect.height - y);
    for (let x = rect.x; x < rect.x + rect.width; x += TILE) {
      const width = Math.min(TILE, rect.x + rect.width - x);
      for (let row = 0; row < height; row++) tile.set(rows.row(x, y + row, width), row * width);
      at = emitTile(width, height, writer, target, at);
    }
  }
  return at;
}

/** Writes the pixels in `tile` in the shortest form; where the next tile goes. */
function emitTile(
  width: number,
  height: number,
  writer: PixelWriter,
  target: Uint8Array,
  at: number,
): number {
  const count = width * height;
  const palette = new Map<number, number>(); // colour → index
  let runs = 0;
  let runBytes = 0; // of lengths, in plain RLE
  let singles = 0;
  for (let i = 0; i < count;) {
    const pixel = tile[i]! & 0xffffff; // SAFETY: i < count
    let end = i + 1;
    while (end < count && (tile[end]! & 0xffffff) === pixel) end++;
    const length = end - i;
    runs++;
    if (length === 1) singles++;
    runBytes += Math.floor((length - 1) / 255) + 1;
    if (palette.size <= MAX_PALETTE && !palette.has(pixel)) palette.set(pixel, palette.size);
    i = end;
  }
  if (runs === 1) {
    target[at] = SOLID;
    return writer.writeCompact(writer.convert(tile[0]!), target, at + 1); // SAFETY: tiles are not empty
  }
  const pixelBytes = writer.compactBytes;
  const raw = count * pixelBytes;
  const plain = runs * pixelBytes + runBytes;
  const colours = palette.size;
  const paletteRle = colours <= MAX_PALETTE ? colours * pixelBytes + runs + runBytes - singles : Infinity;
  const packed =
    colours <= MAX_PACKED
      ? colours * pixelBytes + height * Math.ceil((width * packedBits(colours)) / 8)
      : Infinity;
  const least = Math.min(raw, plain, paletteRle, packed);
  if (least === packed) return emitPacked(width, height, palette, writer, target, at);
  if (least === paletteRle) return emitPaletteRle(count, palette, writer, target, at);
  if (least === plain) return emitPlainRle(count, writer, target, at);
  target[at++] = 0;
  for (let i = 0; i < count; i++) at = writer.writeCompact(writer.convert(tile[i]!), target, at); // SAFETY: i < count
  return at;
}

function packedBits(colours: number): number {
  if (colours <= 2) return 1;
  return colours <= 4 ? 2 : 4;
}

function emitPalette(
  palette: Map<number, number>,
  writer: PixelWriter,
  target: Uint8Array,
  at: number,
): number {
  for (const colour of palette.keys()) at = writer.writeCompact(writer.convert(colour), target, at);
  return at;
}

function emitPacked(
  width: number,
  height: number,
  palette: Map<number, number>,
  writer: PixelWriter,
  target: Uint8Array,
  at: number,
): number {
  target[at++] = palette.size;
  at = emitPalette(palette, writer, target, at);
  const bits = packedBits(palette.size);
  for (let i = 0; i < width * height; i++) indices[i] = palette.get(tile[i]! & 0xffffff) ?? 0; // SAFETY: i < count
  for (let y = 0; y < height; y++) {
    let byte = 0;
    let left = 8;
    for (let x = 0; x < width; x++) {
      left -= bits;
      byte |= indices[y * width + x]! << left; // SAFETY: inside of the tile
      if (left > 0) continue;
      target[at++] = byte;
      byte = 0;
      left = 8;
    }
    if (left < 8) target[at++] = byte; // rows begin at bytes
  }
  return at;
}

function emitPaletteRle(
  count: number,
  palette: Map<number, number>,
  writer: PixelWriter,
  target: Uint8Array,
  at: number,
): number {
  target[at++] = PALETTE_RLE + palette.size;
  at = emitPalette(palette, writer, target, at);
  for (let i = 0; i < count;) {
    const end = runEnd(i, count);
    const index = palette.get(tile[i]! & 0xffffff) ?? 0; // SAFETY: i < count
    if (end - i === 1) target[at++] = index;
    else {
      target[at++] = index | 0x80;
      at = emitLength(end - i, target, at);
    }
    i = end;
  }
  return at;
}

function emitPlainRle(count: number, writer: PixelWriter, target: Uint8Array, at: number): number {
  target[at++] = PLAIN_RLE;
  for (let i = 0; i < count;) {
    const end = runEnd(i, count);
    at = writer.writeCompact(writer.convert(tile[i]!), target, at); // SAFETY: i < count
    at = emitLength(end - i, target, at);
    i = end;
  }
  return at;
}

/** Where the run that begins at `i` ends. */
function runEnd(i: number, count: number): number {
  const pixel = tile[i]! & 0xffffff; // SAFETY: the caller has i < count
  let end = i + 1;
  while (end < count && (tile[end]! & 0xffffff) === pixel) end++;
  return end;
}

/** A run's length less 1, in bytes of 255 and a last one below that. */
function emitLength(length: number, target: Uint8Array, at: number): number {
  let rest = length - 1;
  for (; rest >= 255; rest -= 255) target[at++] = 255;
  target[at++] = rest;
  return at;
}
