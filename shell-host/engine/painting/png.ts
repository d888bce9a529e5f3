// PNG, W3C recommendation 2003: 8 bits a channel; grey, colour and palette, with and without alpha; not interlaced. CRCs are not
// looked at: what is bad shows as an error of the format, or as a bad picture.

import { Bitmap } from "./bitmap.ts";
import { premultiply } from "./color.ts";
import { inflateZlib } from "./inflate.ts";

const SIGNATURE: u64 = 0x89504e470d0a1a0a;
const CHUNK_IHDR: u32 = 0x49484452;
const CHUNK_PLTE: u32 = 0x504c5445;
const CHUNK_TRNS: u32 = 0x74524e53;
const CHUNK_IDAT: u32 = 0x49444154;
const CHUNK_OVERHEAD: u32 = 12; // length, type, CRC
const IHDR_SIZE: u32 = 13;
const MAX_SIDE: u32 = 8192;
const MAX_PIXELS: u32 = 16 * 1024 * 1024;

const GREY: u8 = 0;
const COLOUR: u8 = 2;
const PALETTE: u8 = 3;
const GREY_ALPHA: u8 = 4;
const COLOUR_ALPHA: u8 = 6;

/** The picture of a PNG file; null if it is none, or of a kind that is not supported. At most 8192 x 8192, 16 Mi pixels. */
export function decodePng(file: Uint8Array): Bitmap | null {
  return new PngReader(file).read();
}

class PngReader {
  private at: usize;
  private length: u32;
  private width: u32 = 0;
  private height: u32 = 0;
  private kind: u8 = 0;
  private palette: StaticArray<u32> = new StaticArray<u32>(256);
  private packed: Uint8Array = new Uint8Array(0);
  private packedLength: u32 = 0;

  constructor(private file: Uint8Array) {
    this.at = file.dataStart;
    this.length = file.length;
  }

  read(): Bitmap | null {
    if (this.length < 8 || bswap<u64>(load<u64>(this.at)) != SIGNATURE) return null;
    this.packed = new Uint8Array(this.length);
    let ok = true;
    let offset: u32 = 8;
    while (ok && offset + CHUNK_OVERHEAD <= this.length) {
      const size = this.u32At(offset);
      if (size > this.length - offset - CHUNK_OVERHEAD) return null;
      ok = this.chunk(this.u32At(offset + 4), offset + 8, size);
      offset += size + CHUNK_OVERHEAD;
    }
    return ok && this.width > 0 ? this.unpack() : null;
  }

  private u32At(offset: u32): u32 {
    return bswap<u32>(load<u32>(this.at + offset));
  }

  /** Takes a chunk; false if the file is bad. */
  private chunk(type: u32, offset: u32, size: u32): bool {
    const data = this.at + offset;
    if (type == CHUNK_IHDR) return size == IHDR_SIZE && this.header(data, offset);
    if (type == CHUNK_PLTE) {
      for (let i: u32 = 0; i < min(size / 3, 256); i++)
        this.palette[i] = 0xff000000 | this.rgbAt(data + i * 3);
    } else if (type == CHUNK_TRNS && this.kind == PALETTE) {
      for (let i: u32 = 0; i < min(size, 256); i++)
        this.palette[i] = (this.palette[i] & 0xffffff) | ((<u32>load<u8>(data + i)) << 24);
    } else if (type == CHUNK_IDAT) {
      memory.copy(this.packed.dataStart + this.packedLength, data, size);
      this.packedLength += size;
    }
    return true;
  }

  private header(data: usize, offset: u32): bool {
    this.width = this.u32At(offset);
    this.height = this.u32At(offset + 4);
    this.kind = load<u8>(data, 9);
    if (this.width == 0 || this.height == 0 || this.width > MAX_SIDE || this.height > MAX_SIDE) return false;
    if (this.width * this.height > MAX_PIXELS || this.channels == 0) return false;
    const depth = load<u8>(data, 8);
    const interlaced = load<u8>(data, 12);
    return depth == 8 && load<u8>(data, 10) == 0 && load<u8>(data, 11) == 0 && interlaced == 0;
  }

  private get channels(): u32 {
    switch (this.kind) {
      case GREY:
      case PALETTE:
        return 1;
      case GREY_ALPHA:
        return 2;
      case COLOUR:
        return 3;
      case COLOUR_ALPHA:
        return 4;
      default:
        return 0;
    }
  }

  private rgbAt(data: usize): u32 {
    return ((<u32>load<u8>(data)) << 16) | ((<u32>load<u8>(data, 1)) << 8) | load<u8>(data, 2);
  }

  private unpack(): Bitmap | null {
    const stride = this.width * this.channels;
    const rows = new Uint8Array((stride + 1) * this.height);
    const size = inflateZlib(this.packed.dataStart, this.packedLength, rows.dataStart, rows.length);
    if (size != rows.length) return null;
    const bitmap = Bitmap.allocate(this.width, this.height);
    const nothing = new Uint8Array(stride);
    let above = nothing.dataStart;
    for (let y: u32 = 0; y < this.height; y++) {
      const row = rows.dataStart + y * (stride + 1);
      if (!this.unfilter(load<u8>(row), row + 1, above, stride)) return null;
      above = row + 1;
      for (let x: u32 = 0; x < this.width; x++)
        store<u32>(bitmap.at(x, y), premultiply(this.colorAt(above, x)));
    }
    return bitmap;
  }

  /** §9: undoes the filter of a row, which has the filter before its bytes. */
  private unfilter(filter: u8, row: usize, above: usize, stride: u32): bool {
    if (filter > 4) return false;
    const step = this.channels;
    for (let i: u32 = 0; i < stride; i++) {
      const a = i >= step ? <i32>load<u8>(row + i - step) : 0;
      const b = <i32>load<u8>(above + i);
      const c = i >= step ? <i32>load<u8>(above + i - step) : 0;
      let predicted = 0;
      if (filter == 1) predicted = a;
      else if (filter == 2) predicted = b;
      else if (filter == 3) predicted = (a + b) >> 1;
      else if (filter == 4) predicted = paeth(a, b, c);
      store<u8>(row + i, <u8>(load<u8>(row + i) + predicted));
    }
    return true;
  }

  /** The colour of a pixel, 0xAARRGGBB with straight alpha. */
  private colorAt(row: usize, x: u32): u32 {
    const at = row + x * this.channels;
    const first = <u32>load<u8>(at);
    switch (this.kind) {
      case GREY:
        return 0xff000000 | (first * 0x010101);
      case PALETTE:
        return this.palette[first];
      case GREY_ALPHA:
        return ((<u32>load<u8>(at, 1)) << 24) | (first * 0x010101);
      case COLOUR:
        return 0xff000000 | this.rgbAt(at);
      default:
        return ((<u32>load<u8>(at, 3)) << 24) | this.rgbAt(at);
    }
  }
}

/** §9.4. */
function paeth(a: i32, b: i32, c: i32): i32 {
  const pa = abs(b - c);
  const pb = abs(a - c);
  const pc = abs(a + b - 2 * c);
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
}
