// Finds equal byte strings among many: for canonical types and unique export names.

import { Words, newWords, releaseWords } from "./words.ts";

/** A chained hash table of u32 values; the caller compares. */
@unmanaged
export class HashIndex {
  heads: Words = newWords(); // entry number + 1 by hash
  entries: Words = newWords(); // value, hash, next entry + 1

  /** Makes room for about `count` entries. */
  constructor(count: u32) {
    let buckets: u32 = 16;
    while (buckets < count) buckets <<= 1;
    this.heads.resize(buckets);
  }

  free(): void {
    releaseWords(this.heads);
    releaseWords(this.entries);
  }

  /** The first entry with this hash, as a cursor for `next`; 0 if none. */
  first(hash: u32): u32 {
    return this.seek(this.heads.get(hash & (this.heads.length - 1)), hash);
  }

  /** The entry with the same hash after `cursor`; 0 if none. */
  next(cursor: u32): u32 {
    const entry = (cursor - 1) * 3;
    return this.seek(this.entries.get(entry + 2), this.entries.get(entry + 1));
  }

  private seek(cursor: u32, hash: u32): u32 {
    while (cursor != 0 && this.entries.get((cursor - 1) * 3 + 1) != hash) {
      cursor = this.entries.get((cursor - 1) * 3 + 2);
    }
    return cursor;
  }

  value(cursor: u32): u32 {
    return this.entries.get((cursor - 1) * 3);
  }

  add(hash: u32, value: u32): void {
    const bucket = hash & (this.heads.length - 1);
    this.entries.push(value);
    this.entries.push(hash);
    this.entries.push(this.heads.get(bucket));
    this.heads.set(bucket, this.entries.length / 3);
  }
}

/** FNV-1a over `length` bytes, continuing from `seed`. */
export function hashBytes(start: usize, length: u32, seed: u32): u32 {
  let hash = seed ^ 0x811c9dc5;
  for (let i: u32 = 0; i < length; i++) hash = (hash ^ load<u8>(start + i)) * 0x01000193;
  return hash ^ (hash >> 15);
}
