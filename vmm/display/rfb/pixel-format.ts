// PIXEL_FORMAT, RFC 6143 §7.4, and pixels in any true-colour format.
import { RfbError } from "./errors.ts";
import { PIXEL_FORMAT_SIZE } from "./protocol.ts";

/** How a viewer wants its pixels. */
export interface PixelFormat {
  /** 1, 2 or 4. */
  readonly bytes: number;
  readonly depth: number;
  readonly bigEndian: boolean;
  readonly redMax: number;
  readonly greenMax: number;
  readonly blueMax: number;
  readonly redShift: number;
  readonly greenShift: number;
  readonly blueShift: number;
}

/** u32 0xXXRRGGBB, little-endian: the framebuffer's own. */
export const NATIVE_FORMAT: PixelFormat = {
  bytes: 4,
  depth: 24,
  bigEndian: false,
  redMax: 255,
  greenMax: 255,
  blueMax: 255,
  redShift: 16,
  greenShift: 8,
  blueShift: 0,
};

const LEVELS = 256; // of a colour in the framebuffer

/** Reads a format from `at`. @throws RfbError for one that has no true colours, or makes no sense */
export function parsePixelFormat(view: DataView, at: number): PixelFormat {
  const bits = view.getUint8(at);
  if (bits !== 8 && bits !== 16 && bits !== 32) throw new RfbError(`pixels of ${bits} bits`);
  if (view.getUint8(at + 3) === 0) throw new RfbError("colour maps are not supported");
  const format: PixelFormat = {
    bytes: bits / 8,
    depth: view.getUint8(at + 1),
    bigEndian: view.getUint8(at + 2) !== 0,
    redMax: view.getUint16(at + 4),
    greenMax: view.getUint16(at + 6),
    blueMax: view.getUint16(at + 8),
    redShift: view.getUint8(at + 10),
    greenShift: view.getUint8(at + 11),
    blueShift: view.getUint8(at + 12),
  };
  checkColour(bits, format.redMax, format.redShift);
  checkColour(bits, format.greenMax, format.greenShift);
  checkColour(bits, format.blueMax, format.blueShift);
  return format;
}

/** §7.4: a maximum is 2^n - 1, and all of the colour lies in the pixel. */
function checkColour(bits: number, max: number, shift: number): void {
  const width = 32 - Math.clz32(max);
  if (max === 0 || (max & (max + 1)) !== 0 || shift + width > bits)
    throw new RfbError(`a colour up to ${max} at bit ${shift} of ${bits}`);
}

/** Writes a format to `at`. */
export function emitPixelFormat(view: DataView, at: number, format: PixelFormat): void {
  new Uint8Array(view.buffer, view.byteOffset + at, PIXEL_FORMAT_SIZE).fill(0);
  view.setUint8(at, format.bytes * 8);
  view.setUint8(at + 1, format.depth);
  view.setUint8(at + 2, format.bigEndian ? 1 : 0);
  view.setUint8(at + 3, 1);
  view.setUint16(at + 4, format.redMax);
  view.setUint16(at + 6, format.greenMax);
  view.setUint16(at + 8, format.blueMax);
  view.setUint8(at + 10, format.redShift);
  view.setUint8(at + 11, format.greenShift);
  view.setUint8(at + 12, format.blueShift);
}

/** Turns the framebuffer's pixels into a viewer's. */
export class PixelWriter {
  readonly format: PixelFormat;
  /** Bytes of a pixel in ZRLE (CPIXEL, §7.7.5): 3 where the colours of 4 bytes fit in 3 of them. */
  readonly compactBytes: number;
  readonly #compactFrom: number; // which of the 4 bytes come
  readonly #isNative: boolean;
  readonly #isSwapped: boolean; // red and blue change places, as noVNC asks for
  readonly #red: Uint32Array;
  readonly #green: Uint32Array;
  readonly #blue: Uint32Array;

  constructor(format: PixelFormat) {
    this.format = format;
    this.#red = levels(format, format.redMax, format.redShift);
    this.#green = levels(format, format.greenMax, format.greenShift);
    this.#blue = levels(format, format.blueMax, format.blueShift);
    const { redShift, greenShift, blueShift } = format;
    const whole = format.bytes === 4 && !format.bigEndian && format.greenMax === 255 && greenShift === 8;
    const fullColours = format.redMax === 255 && format.blueMax === 255;
    this.#isNative = whole && fullColours && redShift === 16 && blueShift === 0;
    this.#isSwapped = whole && fullColours && redShift === 0 && blueShift === 16;
    // Of the pixel as it goes over the wire
    const used = (this.#red[255] ?? 0) | (this.#green[255] ?? 0) | (this.#blue[255] ?? 0);
    const low = (used & 0xff000000) === 0;
    const high = (used & 0xff) === 0;
    this.compactBytes = format.bytes === 4 && format.depth <= 24 && (low || high) ? 3 : format.bytes;
    this.#compactFrom = this.compactBytes === 3 && !low ? 1 : 0;
  }

  /** The bytes of a framebuffer pixel, the first of them in the lowest byte. */
  convert(pixel: number): number {
    return (
      ((this.#red[(pixel >>> 16) & 0xff] ?? 0) |
        (this.#green[(pixel >>> 8) & 0xff] ?? 0) |
        (this.#blue[pixel & 0xff] ?? 0)) >>>
      0
    );
  }

  /** Writes `source` as the viewer's pixels to `target`, from byte `at`, which is a multiple of 4 for those of 4 bytes. */
  write(source: Uint32Array, target: Uint8Array, at: number): void {
    if (this.format.bytes === 4) {
      const pixels = new Uint32Array(target.buffer, target.byteOffset + at, source.length);
      if (this.#isNative) pixels.set(source);
      else if (this.#isSwapped) swapRedAndBlue(source, pixels);
      else for (let i = 0; i < source.length; i++) pixels[i] = this.convert(source[i] ?? 0);
      return;
    }
    const { bytes } = this.format;
    for (let i = 0; i < source.length; i++) {
      const pixel = this.convert(source[i] ?? 0);
      target[at + i * bytes] = pixel;
      if (bytes === 2) target[at + 2 * i + 1] = pixel >>> 8;
    }
  }

  /** Writes a converted pixel as a CPIXEL to `at`; where the next one goes. */
  writeCompact(pixel: number, target: Uint8Array, at: number): number {
    let rest = pixel >>> (8 * this.#compactFrom);
    for (let i = 0; i < this.compactBytes; i++) {
      target[at + i] = rest;
      rest >>>= 8;
    }
    return at + this.compactBytes;
  }
}

// PERF: a pixel of a full screen in a nanosecond
function swapRedAndBlue(source: Uint32Array, target: Uint32Array): void {
  for (let i = 0; i < source.length; i++) {
    const pixel = source[i]!; // SAFETY: i < length
    target[i] = (pixel & 0xff00) | ((pixel >>> 16) & 0xff) | ((pixel & 0xff) << 16);
  }
}

/** What each level of a colour adds to the pixel, its bytes in the order in which they are sent. */
function levels(format: PixelFormat, max: number, shift: number): Uint32Array {
  return Uint32Array.from({ length: LEVELS }, (_, level) => {
    const value = (Math.round((level * max) / (LEVELS - 1)) << shift) >>> 0;
    return format.bigEndian ? swapBytes(value, format.bytes) : value;
  });
}

function swapBytes(value: number, bytes: number): number {
  if (bytes === 1) return value;
  if (bytes === 2) return ((value & 0xff) << 8) | (value >>> 8);
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}
