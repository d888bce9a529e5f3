// A growable array of u32, and the records built on it. The compiler allocates nothing else but code.

const INITIAL_CAPACITY: u32 = 16;

/** A growable array of u32 outside of the garbage collector's reach. Indices are the caller's to check. */
@unmanaged
export class Words {
  start: usize;
  length: u32;
  capacity: u32;

  constructor() {
    this.start = heap.alloc(INITIAL_CAPACITY << 2);
    this.capacity = INITIAL_CAPACITY;
  }

  free(): void {
    heap.free(this.start);
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

  /** Makes room for `count` words in all. */
  require(count: u32): void {
    if (count <= this.capacity) return;
    const capacity = max(count, this.capacity << 1);
    const start = heap.alloc((<usize>capacity) << 2);
    memory.copy(start, this.start, (<usize>this.length) << 2);
    heap.free(this.start);
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
