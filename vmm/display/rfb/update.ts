// FramebufferUpdate, RFC 6143 §7.6.1: rectangles, encoded and sent a band at a time, so that no viewer holds up the
// host for long or has more than a band queued.
import type { Rect } from "../../../devices/framebuffer/damage.ts";
import { Deflater } from "./deflater.ts";
import type { PixelWriter } from "./pixel-format.ts";
import * as p from "./protocol.ts";
import { emitZrle, type PixelRows, TILE, zrleBound } from "./zrle.ts";

const BAND_PIXELS = 64 * 1024;
const RECT_HEADER = 12; // bytes

/** How pixels go to a viewer. */
export interface Encoding {
  readonly id: typeof p.ENCODING_RAW | typeof p.ENCODING_ZLIB | typeof p.ENCODING_ZRLE;
  readonly writer: PixelWriter;
}

/** The bytes that begin an update of `count` rectangles. */
export function updateHeader(count: number): Uint8Array {
  return Uint8Array.of(p.FRAMEBUFFER_UPDATE, 0, count >> 8, count & 0xff);
}

/** The bytes that begin a rectangle. */
export function rectHeader({ x, y, width, height }: Rect, encoding: number): Uint8Array {
  const bytes = new Uint8Array(RECT_HEADER);
  writeRectHeader(new DataView(bytes.buffer), 0, { x, y, width, height }, encoding);
  return bytes;
}

/** A rectangle that the viewer copies from another place, §7.7.2. */
export function copyRect(to: Rect, from: Rect): Uint8Array {
  const bytes = new Uint8Array(RECT_HEADER + 4);
  const view = new DataView(bytes.buffer);
  writeRectHeader(view, 0, to, p.ENCODING_COPY_RECT);
  view.setUint16(RECT_HEADER, from.x);
  view.setUint16(RECT_HEADER + 2, from.y);
  return bytes;
}

function writeRectHeader(view: DataView, at: number, { x, y, width, height }: Rect, encoding: number): void {
  view.setUint16(at, x);
  view.setUint16(at + 2, y);
  view.setUint16(at + 4, width);
  view.setUint16(at + 6, height);
  view.setInt32(at + 8, encoding);
}

/** Cuts rectangles into bands that are encoded at once. */
export function bandsOf(rects: readonly Rect[]): Rect[] {
  return rects.flatMap((rect) => {
    const rows = Math.max(TILE, Math.floor(BAND_PIXELS / rect.width / TILE) * TILE);
    const count = Math.ceil(rect.height / rows);
    return Array.from({ length: count }, (_, i) => ({
      ...rect,
      y: rect.y + i * rows,
      height: Math.min(rows, rect.height - i * rows),
    }));
  });
}

/** Encodes bands for one viewer, whose zlib streams it owns. */
export class BandEncoder {
  readonly #streams = new Map<number, Deflater>();
  #closed = false;

  /** Hands the bytes of a band to `done`, in this call or later, in order if it is asked for one after the other. */
  encode(rows: PixelRows, band: Rect, encoding: Encoding, done: (bytes: Uint8Array) => void): void {
    if (encoding.id === p.ENCODING_RAW) done(rawBand(rows, band, encoding.writer));
    else this.#deflate(encoding.id, band, packedBand(rows, band, encoding), done);
  }

  close(): void {
    this.#closed = true;
    for (const stream of this.#streams.values()) stream.close();
  }

  #deflate(id: number, band: Rect, bytes: Uint8Array, done: (bytes: Uint8Array) => void): void {
    let stream = this.#streams.get(id);
    if (stream === undefined) this.#streams.set(id, (stream = new Deflater()));
    stream.deflate(bytes, (pieces) => {
      if (this.#closed) return;
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
      const head = new Uint8Array(RECT_HEADER + 4);
      const view = new DataView(head.buffer);
      writeRectHeader(view, 0, band, id);
      view.setUint32(RECT_HEADER, length);
      done(Buffer.concat([head, ...pieces]));
    });
  }
}

/** §7.7.1 */
function rawBand(rows: PixelRows, band: Rect, writer: PixelWriter): Uint8Array {
  const bytes = new Uint8Array(RECT_HEADER + band.width * band.height * writer.format.bytes);
  writeRectHeader(new DataView(bytes.buffer), 0, band, p.ENCODING_RAW);
  writePixels(rows, band, writer, bytes, RECT_HEADER);
  return bytes;
}

/** What is compressed of a band. */
function packedBand(rows: PixelRows, band: Rect, { id, writer }: Encoding): Uint8Array {
  if (id === p.ENCODING_ZRLE) {
    const bytes = new Uint8Array(zrleBound(band, writer));
    return bytes.subarray(0, emitZrle(rows, band, writer, bytes));
  }
  const bytes = new Uint8Array(band.width * band.height * writer.format.bytes);
  writePixels(rows, band, writer, bytes, 0);
  return bytes;
}

function writePixels(rows: PixelRows, band: Rect, writer: PixelWriter, target: Uint8Array, at: number): void {
  const stride = band.width * writer.format.bytes;
  for (let i = 0; i < band.height; i++)
    writer.write(rows.row(band.x, band.y + i, band.width), target, at + i * stride);
}
