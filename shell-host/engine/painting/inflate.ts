// DEFLATE, RFC 1951, inside of zlib, RFC 1950. Bad data ends it; nothing outside of the two buffers is touched.

const MAX_BITS: i32 = 15; // of a code
const MAX_LITERALS: i32 = 288;
const MAX_DISTANCES: i32 = 30;
const END_OF_BLOCK: i32 = 256;
const ZLIB_HEADER: i32 = 2;

// §3.2.5: base and extra bits of lengths (codes 257..285) and distances.
const LENGTH_BASE: StaticArray<u16> = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const LENGTH_EXTRA: StaticArray<u8> = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const DISTANCE_BASE: StaticArray<u16> = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
const CODE_LENGTH_ORDER: StaticArray<u8> = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A canonical Huffman code: how many codes there are of each length, and the symbols in the order of their codes. */
class HuffmanCode {
  private counts: StaticArray<u16> = new StaticArray<u16>(MAX_BITS + 1);
  private symbols: StaticArray<u16> = new StaticArray<u16>(MAX_LITERALS);

  /** Makes the code of `count` code lengths; false if there are more codes than fit. */
  build(lengths: StaticArray<u8>, from: i32, count: i32): bool {
    this.counts.fill(0);
    for (let i = 0; i < count; i++) this.counts[lengths[from + i]]++;
    this.counts[0] = 0;
    const next = new StaticArray<u16>(MAX_BITS + 2);
    let left = 1;
    for (let bits = 1; bits <= MAX_BITS; bits++) {
      left = (left << 1) - this.counts[bits];
      if (left < 0) return false;
      next[bits + 1] = next[bits] + this.counts[bits];
    }
    for (let i = 0; i < count; i++) {
      const length = lengths[from + i];
      if (length != 0) this.symbols[next[length]++] = <u16>i;
    }
    return true;
  }

  /** The symbol that comes next; -1 if the bits are no code. */
  read(input: Inflater): i32 {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let bits = 1; bits <= MAX_BITS; bits++) {
      code |= input.bits(1);
      const count = <i32>this.counts[bits];
      if (code - first < count) return this.symbols[index + code - first];
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return -1;
  }
}

class Inflater {
  private held: u32 = 0;
  private heldBits: i32 = 0;
  private ok: bool = true;
  private written: i32 = 0;
  private literals: HuffmanCode = new HuffmanCode();
  private distances: HuffmanCode = new HuffmanCode();
  private lengths: StaticArray<u8> = new StaticArray<u8>(MAX_LITERALS + 32);

  constructor(
    private from: usize,
    private end: usize,
    private to: usize,
    private capacity: i32,
  ) {}

  /** The next bits, the first one lowest; zeros behind the end, which is an error. */
  bits(count: i32): i32 {
    while (this.heldBits < count) {
      if (this.from < this.end) this.held |= (<u32>load<u8>(this.from++)) << this.heldBits;
      else this.ok = false;
      this.heldBits += 8;
    }
    const value = this.held & ((1 << count) - 1);
    this.held >>= count;
    this.heldBits -= count;
    return value;
  }

  /** The number of bytes that came out; -1 if the data is bad. */
  run(): i32 {
    let isLast = false;
    while (this.ok && !isLast) {
      isLast = this.bits(1) == 1;
      const type = this.bits(2);
      if (type == 0) this.stored();
      else if (type == 1) this.compressed(this.fixedCodes());
      else if (type == 2) this.compressed(this.dynamicCodes());
      else this.ok = false;
    }
    return this.ok ? this.written : -1;
  }

  private stored(): void {
    this.bits(this.heldBits & 7);
    const length = this.bits(16);
    const complement = this.bits(16);
    if (length != (~complement & 0xffff)) this.ok = false;
    for (let i = 0; i < length && this.ok; i++) this.put(<u8>this.bits(8));
  }

  private fixedCodes(): bool {
    const lengths = this.lengths;
    for (let i = 0; i < MAX_LITERALS; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    lengths.fill(5, MAX_LITERALS, MAX_LITERALS + MAX_DISTANCES);
    return (
      this.literals.build(lengths, 0, MAX_LITERALS) &&
      this.distances.build(lengths, MAX_LITERALS, MAX_DISTANCES)
    );
  }

  private dynamicCodes(): bool {
    const literalCount = this.bits(5) + 257;
    const distanceCount = this.bits(5) + 1;
    const lengthCount = this.bits(4) + 4;
    if (literalCount > 286 || distanceCount > MAX_DISTANCES) return false;
    this.lengths.fill(0);
    for (let i = 0; i < lengthCount; i++) this.lengths[CODE_LENGTH_ORDER[i]] = <u8>this.bits(3);
    if (!this.literals.build(this.lengths, 0, 19)) return false;
    if (!this.readLengths(literalCount + distanceCount)) return false;
    if (this.lengths[END_OF_BLOCK] == 0) return false;
    return (
      this.distances.build(this.lengths, literalCount, distanceCount) &&
      this.literals.build(this.lengths, 0, literalCount)
    );
  }

  /** §3.2.7: lengths and their repetitions. */
  private readLengths(total: i32): bool {
    let before: u8 = 0;
    for (let at = 0; at < total;) {
      const symbol = this.literals.read(this);
      if (symbol < 0 || !this.ok) return false;
      let repeat = 1;
      if (symbol < 16) before = <u8>symbol;
      else if (symbol == 16) {
        if (at == 0) return false;
        repeat = 3 + this.bits(2);
      } else {
        before = 0;
        repeat = symbol == 17 ? 3 + this.bits(3) : 11 + this.bits(7);
      }
      if (at + repeat > total) return false;
      this.lengths.fill(before, at, at + repeat);
      at += repeat;
    }
    return true;
  }

  private compressed(hasCodes: bool): void {
    if (!hasCodes) this.ok = false;
    while (this.ok) {
      const symbol = this.literals.read(this);
      if (symbol == END_OF_BLOCK) return;
      if (symbol < 0) this.ok = false;
      else if (symbol < END_OF_BLOCK) this.put(<u8>symbol);
      else this.copy(symbol - END_OF_BLOCK - 1);
    }
  }

  private copy(lengthCode: i32): void {
    if (lengthCode >= LENGTH_BASE.length) {
      this.ok = false;
      return;
    }
    const length = <i32>LENGTH_BASE[lengthCode] + this.bits(LENGTH_EXTRA[lengthCode]);
    const code = this.distances.read(this);
    if (code < 0) {
      this.ok = false;
      return;
    }
    const distance = <i32>DISTANCE_BASE[code] + this.bits(max(0, (code >> 1) - 1));
    if (distance > this.written) this.ok = false;
    // Byte by byte: what is copied may overlap what it is copied from.
    for (let i = 0; i < length && this.ok; i++) this.put(load<u8>(this.to + this.written - distance));
  }

  private put(byte: u8): void {
    if (this.written >= this.capacity) this.ok = false;
    else store<u8>(this.to + this.written++, byte);
  }
}

/**
 * Unpacks zlib data of `length` bytes.
 *
 * @returns the number of bytes that came out; -1 if the data is bad or there are more than `capacity`
 */
export function inflateZlib(from: usize, length: i32, to: usize, capacity: i32): i32 {
  if (length < ZLIB_HEADER) return -1;
  const method = load<u8>(from);
  const flags = load<u8>(from, 1);
  const isZlib = (method & 15) == 8 && (((<i32>method) << 8) | flags) % 31 == 0 && (flags & 32) == 0;
  if (!isZlib) return -1;
  return new Inflater(from + ZLIB_HEADER, from + length, to, capacity).run();
}
