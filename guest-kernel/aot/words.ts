// A growable array of u32, and the records built on it. The compiler allocates nothing else but code.

import { storageAlloc, storageFree, storageGrowth } from "./storage.ts";

const INITIAL_CAPACITY: u32 = 16;

/** A growable array of u32 outside of the garbage collector's reach. Indices are the caller's to check. */
@unmanaged
export class Words {
  start: usize;
  length: u32;
  capacity: u32;

  constructor() {
    this.init();
  }

  private init(): void {
    this.start = storageAlloc(INITIAL_CAPACITY << 2);
    this.length = 0;
    this.capacity = INITIAL_CAPACITY;
  }

  free(): void {
    storageFree(this.start, (<usize>this.capacity) << 2);
  }

  /** Makes it empty, and releases what it has grown by. */
  clear(): void {
    this.free();
    this.init();
  }

  get(index: u32): u32 {
    return load<u32>(this.start + ((<usize>index) << 2));
  }

  set(index: u32, value: u32): void {
    store<u32>(this.start + ((<usize>index) << 2), value);
  }

  push(value: u32): void {
    if (this.length == this.capacity) this.require(this.length + 1);
    store<u32>(this.start + ((<usize>this.length) << 2), value);
    this.length += 1;
  }

  /** The most bytes that can be taken while it grows by `more` bytes. */
  growth(more: usize): usize {
    return storageGrowth((<usize>this.length) << 2, (<usize>this.capacity) << 2, more);
  }

  /** Makes room for `count` words in all. */
  require(count: u32): void {
    if (count <= this.capacity) return;
    const capacity = max(count, this.capacity << 1);
    const start = storageAlloc((<usize>capacity) << 2);
    assert(start != 0); // who embeds the compiler has looked at `Compiler.stepRoom`
    memory.copy(start, this.start, (<usize>this.length) << 2);
    this.free();
    this.start = start;
    this.capacity = capacity;
  }

  /** Sets the length; further words are zero. */
  resize(length: u32): void {
    this.require(length);
    if (length > this.length) {
      memory.fill(this.start + ((<usize>this.length) << 2), 0, (<usize>(length - this.length)) << 2);
    }
    this.length = length;
  }
}

/** A fresh array; `releaseWords` takes it back. */
export function newWords(): Words {
  return new Words();
}

/** Frees an array that `newWords` made. */
export function releaseWords(words: Words): void {
  words.free();
  heap.free(changetype<usize>(words));
}
