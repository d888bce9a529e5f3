/** How many separate pieces of a stream may wait for what is missing before them. */
export const MAX_PIECES = 32;

/**
 * Which bytes beyond the end of a stream have arrived: sorted, disjoint pieces, as offsets from the stream's end.
 * Fixed in size, so that no sender can make it grow.
 */
export class Assembler {
  readonly #starts = new Int32Array(MAX_PIECES);
  readonly #ends = new Int32Array(MAX_PIECES);
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Notes that `[start, end)` has arrived. False: there are too many pieces, and it was not noted. */
  add(start: number, end: number): boolean {
    if (start >= end) return true;
    let first = 0; // the first piece that touches the new one, or lies behind it
    while (first < this.#count && this.#ends[first]! < start) first++;
    let last = first; // the first piece that lies wholly behind it
    let mergedStart = start;
    let mergedEnd = end;
    for (; last < this.#count && this.#starts[last]! <= end; last++) {
      mergedStart = Math.min(mergedStart, this.#starts[last]!);
      mergedEnd = Math.max(mergedEnd, this.#ends[last]!);
    }
    if (first === last && this.#count === MAX_PIECES) return false;
    this.#replace(first, last, mergedStart, mergedEnd);
    return true;
  }

  /** Takes the piece that begins at the stream's end, and returns its length (0: still missing). */
  takeFront(): number {
    if (this.#count === 0 || this.#starts[0]! !== 0) return 0;
    const length = this.#ends[0]!;
    this.#starts.copyWithin(0, 1, this.#count);
    this.#ends.copyWithin(0, 1, this.#count);
    this.#count--;
    for (let i = 0; i < this.#count; i++) {
      this.#starts[i]! -= length;
      this.#ends[i]! -= length;
    }
    return length;
  }

  /** Puts one piece where pieces `first` to `last` (exclusive) were. */
  #replace(first: number, last: number, start: number, end: number): void {
    this.#starts.copyWithin(first + 1, last, this.#count);
    this.#ends.copyWithin(first + 1, last, this.#count);
    this.#starts[first] = start;
    this.#ends[first] = end;
    this.#count += 1 - (last - first);
  }
}
