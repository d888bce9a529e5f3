// Reads the binary format, WebAssembly 2.0 §5: the one door through which a module's bytes enter.
//
// Errors stick: the first one is kept, and from then on every read returns 0 at the end of the input, so that
// callers check `failed` once per step instead of after each read.

const CONTINUES: u32 = 0x80;

/** A bounds-checked cursor over a module. Offsets count from the module's first byte. */
@unmanaged
export class Reader {
  base: usize; // linear address of the module
  at: u32; // offset of the next byte
  end: u32; // offset that reads may not pass: the end of the section or function
  length: u32; // bytes of the module
  failed: bool;
  errorOffset: u32;
  error: usize; // a static string

  /** Reads the `length` bytes at `base`. */
  constructor(base: usize, length: u32) {
    this.base = base;
    this.end = length;
    this.length = length;
  }

  /** Refuses the module at the cursor. */
  fail(reason: string): void {
    this.failAt(this.at, reason);
  }

  /** Refuses the module at `offset`. */
  failAt(offset: u32, reason: string): void {
    if (!this.failed) {
      this.failed = true;
      this.errorOffset = offset;
      this.error = changetype<usize>(reason);
    }
    this.at = this.end;
  }

  /** Bytes left before `end`. */
  remaining(): u32 {
    return this.end - this.at;
  }

  /** Linear address of the byte at `offset`. */
  address(offset: u32): usize {
    return this.base + offset;
  }

  /** The byte at `offset`, which the caller knows to be in the module. */
  byteAt(offset: u32): u32 {
    return load<u8>(this.base + offset);
  }

  /** The next byte without taking it; 0 at the end. */
  peek(): u32 {
    return this.at < this.end ? load<u8>(this.base + this.at) : 0;
  }

  byte(): u32 {
    if (this.at >= this.end) {
      this.fail("unexpected end");
      return 0;
    }
    const value = load<u8>(this.base + this.at);
    this.at += 1;
    return value;
  }

  /** Takes `count` bytes and returns the offset of the first. */
  skip(count: u32): u32 {
    const start = this.at;
    if (count > this.remaining()) this.fail("unexpected end");
    else this.at += count;
    return start;
  }

  /** A little-endian u32, as f32 constants and the header have it. */
  fixed32(): u32 {
    const start = this.skip(4);
    return this.failed ? 0 : load<u32>(this.base + start);
  }

  fixed64(): u64 {
    const start = this.skip(8);
    return this.failed ? 0 : load<u64>(this.base + start);
  }

  /** An unsigned LEB128 of at most 32 bits, §5.2.2. */
  u32(): u32 {
    const first = this.byte();
    if (first < CONTINUES) return first;
    let value = first & 0x7f;
    for (let shift: u32 = 7; shift < 28; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < CONTINUES) return value;
    }
    const last = this.byte();
    if (last >= CONTINUES) this.fail("integer representation too long");
    else if (last > 0x0f) this.fail("integer too large");
    return value | (last << 28);
  }

  /** A signed LEB128 of at most `bits` bits (32, 33 or 64), sign-extended. */
  private signed(bits: u32): i64 {
    let value: u64 = 0;
    let shift: u32 = 0;
    let byte: u32 = CONTINUES;
    while (byte >= CONTINUES) {
      byte = this.byte();
      value |= (<u64>(byte & 0x7f)) << shift;
      shift += 7;
      if (shift >= bits) return this.lastSigned(value, byte, bits, shift);
    }
    return <i64>(value << (64 - shift)) >> (64 - shift);
  }

  /** The byte in which `bits` end: the bits above them must repeat the sign. */
  private lastSigned(value: u64, byte: u32, bits: u32, shift: u32): i64 {
    if (byte >= CONTINUES) {
      this.fail("integer representation too long");
      return 0;
    }
    const used = 7 - (shift - bits); // bits of this byte that count
    const signAndAbove = (byte >> (used - 1)) & 0x7f;
    const allOnes: u32 = 0x7f >> (used - 1);
    if (signAndAbove != 0 && signAndAbove != allOnes) this.fail("integer too large");
    return <i64>(value << (64 - bits)) >> (64 - bits);
  }

  s32(): i32 {
    return <i32>this.signed(32);
  }

  s33(): i64 {
    return this.signed(33);
  }

  s64(): i64 {
    return this.signed(64);
  }

  /** A count of items that take at least one byte each, at most `limit`. */
  count(limit: u32, tooMany: string): u32 {
    const value = this.u32();
    if (value > this.remaining()) this.fail("unexpected end");
    else if (value > limit) this.fail(tooMany);
    return this.failed ? 0 : value;
  }

  /** A name, §5.2.4: returns its length; its bytes end at the cursor. */
  name(): u32 {
    const length = this.u32();
    const start = this.skip(length);
    if (!this.failed && !isUtf8(this.base + start, length)) this.failAt(start, "malformed UTF-8 encoding");
    return this.failed ? 0 : length;
  }
}

/** True if the bytes are well-formed UTF-8, Unicode 15 table 3-7. */
export function isUtf8(start: usize, length: u32): bool {
  const end = start + length;
  let at = start;
  while (at < end) {
    const lead: u32 = load<u8>(at);
    const size = sequenceSize(lead);
    if (size == 0 || size > <u32>(end - at)) return false;
    if (size > 1 && !isSecondByte(lead, load<u8>(at + 1))) return false;
    for (let i: u32 = 2; i < size; i++) {
      if ((load<u8>(at + i) & 0xc0) != 0x80) return false;
    }
    at += size;
  }
  return true;
}

function sequenceSize(lead: u32): u32 {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

function isSecondByte(lead: u32, byte: u32): bool {
  let low: u32 = 0x80;
  let high: u32 = 0xbf;
  if (lead == 0xe0) low = 0xa0;
  else if (lead == 0xed) high = 0x9f;
  else if (lead == 0xf0) low = 0x90;
  else if (lead == 0xf4) high = 0x8f;
  return byte >= low && byte <= high;
}
