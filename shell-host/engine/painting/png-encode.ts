// PNG files: 8 bits a channel, red, green, blue. Rows are filtered by the one above, so that what is alike becomes zeros, and runs of
// equal bytes are packed by deflate (RFC 1951) with its fixed codes: small enough for drawings, and quick.

import { Bitmap } from "./bitmap.ts";

const MAX_RUN: i32 = 258;
const MIN_RUN: i32 = 3;
const FILTER_UP: u8 = 2;
const CRC_POLYNOMIAL: u32 = 0xedb88320;
const ADLER_MODULUS: u32 = 65521;

const crcTable = memory.data(1024, 4);
let crcReady: bool = false;

/** The bytes of a PNG file. What is transparent is laid over white. */
export function encodePng(bitmap: Bitmap): Uint8Array {
  const rows = filteredRows(bitmap);
  const packed = new BitWriter(rows.length / 4 + 1024);
  packed.byte(0x78); // zlib: deflate, a window of 32 KiB
  packed.byte(0x01);
  deflateRuns(packed, rows);
  packed.word(adler32(rows));
  const file = new BitWriter(packed.length + 64);
  file.word(0x89504e47);
  file.word(0x0d0a1a0a);
  const header = new BitWriter(13);
  header.word(bitmap.width);
  header.word(bitmap.height);
  header.byte(8);
  header.byte(2); // colour
  header.byte(0);
  header.byte(0);
  header.byte(0);
  writeChunk(file, 0x49484452, header);
  writeChunk(file, 0x49444154, packed);
  writeChunk(file, 0x49454e44, new BitWriter(1));
  return file.bytes.slice(0, file.length);
}

/** Filter type and bytes of each row, red first. */
function filteredRows(bitmap: Bitmap): Uint8Array {
  const stride = bitmap.width * 3 + 1;
  const rows = new Uint8Array(stride * bitmap.height);
  for (let y = 0; y < bitmap.height; y++) {
    const row = rows.dataStart + y * stride;
    store<u8>(row, FILTER_UP);
    for (let x = 0; x < bitmap.width; x++) {
      const pixel = opaque(load<u32>(bitmap.at(x, y)));
      const above: u32 = y > 0 ? opaque(load<u32>(bitmap.at(x, y - 1))) : 0;
      const to = row + 1 + x * 3;
      store<u8>(to, <u8>((pixel >> 16) - (above >> 16)));
      store<u8>(to, <u8>((pixel >> 8) - (above >> 8)), 1);
      store<u8>(to, <u8>(pixel - above), 2);
    }
  }
  return rows;
}

/** A premultiplied pixel over white. */
function opaque(pixel: u32): u32 {
  const rest = 255 - (pixel >> 24);
  return pixel + rest * 0x010101;
}

/** One block of literals and of runs at distance 1, in the fixed codes. */
function deflateRuns(out: BitWriter, bytes: Uint8Array): void {
  out.bits(1, 1); // the last block
  out.bits(1, 2); // fixed codes
  const start = bytes.dataStart;
  const length = bytes.length;
  for (let at = 0; at < length;) {
    const value = load<u8>(start + at);
    let run = 0; // bytes behind this one that equal it
    while (run < MAX_RUN && at + 1 + run < length && load<u8>(start + at + 1 + run) == value) run++;
    writeSymbol(out, value);
    at++;
    if (run < MIN_RUN) continue;
    writeLength(out, run);
    out.bits(0, 5); // distance 1
    at += run;
  }
  writeSymbol(out, 256);
  out.align();
}

/** RFC 1951 §3.2.6; Huffman codes go highest bit first. */
function writeSymbol(out: BitWriter, symbol: u32): void {
  if (symbol < 144) out.code(0x30 + symbol, 8);
  else if (symbol < 256) out.code(0x190 + symbol - 144, 9);
  else if (symbol < 280) out.code(symbol - 256, 7);
  else out.code(0xc0 + symbol - 280, 8);
}

/** RFC 1951 §3.2.5: the code of a length, and its extra bits. */
function writeLength(out: BitWriter, length: i32): void {
  if (length == MAX_RUN) return writeSymbol(out, 285);
  const rest = length - 3;
  if (rest < 8) return writeSymbol(out, 257 + rest);
  const extra = 29 - clz<i32>(rest); // bits below the two that follow the highest
  writeSymbol(out, 257 + 4 * extra + (rest >> extra));
  out.bits(rest & ((1 << extra) - 1), extra);
}

function adler32(bytes: Uint8Array): u32 {
  let a: u32 = 1;
  let b: u32 = 0;
  for (let i = 0; i < bytes.length; i++) {
    a = (a + load<u8>(bytes.dataStart + i)) % ADLER_MODULUS;
    b = (b + a) % ADLER_MODULUS;
  }
  return (b << 16) | a;
}

function writeChunk(file: BitWriter, type: u32, content: BitWriter): void {
  file.word(content.length);
  const from = file.length;
  file.word(type);
  for (let i = 0; i < content.length; i++) file.byte(content.bytes[i]);
  file.word(crc32(file.bytes.dataStart + from, file.length - from));
}

function crc32(at: usize, length: i32): u32 {
  if (!crcReady) makeCrcTable();
  let crc: u32 = 0xffffffff;
  for (let i = 0; i < length; i++)
    crc = load<u32>(crcTable + (((crc ^ load<u8>(at + i)) & 255) << 2)) ^ (crc >> 8);
  return ~crc;
}

function makeCrcTable(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? CRC_POLYNOMIAL ^ (value >> 1) : value >> 1;
    store<u32>(crcTable + (i << 2), value);
  }
  crcReady = true;
}

/** Bytes that grow, with bits from the lowest on. */
class BitWriter {
  bytes: Uint8Array;
  length: i32 = 0;
  private pending: u32 = 0;
  private count: i32 = 0; // of bits in `pending`

  constructor(capacity: i32) {
    this.bytes = new Uint8Array(capacity);
  }

  byte(value: u32): void {
    if (this.length == this.bytes.length) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.length++] = <u8>value;
  }

  /** Four bytes, the highest first. */
  word(value: u32): void {
    this.byte(value >> 24);
    this.byte(value >> 16);
    this.byte(value >> 8);
    this.byte(value);
  }

  bits(value: u32, count: i32): void {
    this.pending |= value << this.count;
    this.count += count;
    while (this.count >= 8) {
      this.byte(this.pending & 255);
      this.pending >>= 8;
      this.count -= 8;
    }
  }

  /** A Huffman code: its highest bit first. */
  code(value: u32, count: i32): void {
    let reversed: u32 = 0;
    for (let i = 0; i < count; i++) reversed |= ((value >> i) & 1) << (count - 1 - i);
    this.bits(reversed, count);
  }

  /** Goes on at the next whole byte. */
  align(): void {
    if (this.count > 0) this.bits(0, 8 - this.count);
  }
}
