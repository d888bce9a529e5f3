// A growable buffer of machine code with labels.

import { storageAlloc, storageFree } from "./storage.ts";

const INITIAL_BYTES: u32 = 4096;
const INITIAL_LABELS: u32 = 64;

// No single emit writes more bytes than this between two calls of `reserve`.
const RESERVE: u32 = 32;

// A label's word: its bound offset, or with this bit the chain of rel32 fields that wait for it. Each waiting
// field holds the offset of the next one; CHAIN_END ends the chain.
const UNBOUND: u32 = 0x80000000;
const CHAIN_END: u32 = 0x7fffffff;

/** A position in the code that jumps can name before it is known. */
export type Label = u32;

/** Machine code under construction. `free` returns its memory. */
@unmanaged
export class CodeBuffer {
  start: usize; // linear address of the first byte
  length: u32; // bytes emitted
  capacity: u32;
  maxBytes: u32; // more is refused, as what finds no memory: `overflowed` turns true and the code is rubbish
  spare: usize; // contiguous bytes of memory that must be left when the buffer grows
  overflowed: bool;
  starved: bool; // why it overflowed: there was no memory
  labels: usize; // u32 each
  labelCount: u32;
  labelCapacity: u32;

  /** An empty buffer for at most `maxBytes` of code. */
  constructor(maxBytes: u32) {
    this.init(maxBytes);
  }

  /** Makes the buffer empty and ready; what it held before is not released. */
  init(maxBytes: u32): void {
    this.start = storageAlloc(INITIAL_BYTES);
    this.length = 0;
    this.capacity = INITIAL_BYTES;
    this.maxBytes = max(maxBytes, INITIAL_BYTES);
    this.spare = 0;
    this.overflowed = false;
    this.starved = false;
    this.labels = storageAlloc(INITIAL_LABELS << 2);
    this.labelCount = 0;
    this.labelCapacity = INITIAL_LABELS;
  }

  /** Releases the code and the labels. */
  free(): void {
    storageFree(this.start, this.capacity);
    storageFree(this.labels, (<usize>this.labelCapacity) << 2);
  }

  /** Releases what is not needed once the code has been copied elsewhere. */
  settle(): void {
    this.free();
    this.init(this.maxBytes);
  }

  /** Makes room for `RESERVE` more bytes. */
  reserve(): void {
    if (this.capacity - this.length < RESERVE) this.grow();
  }

  private grow(): void {
    const capacity = min(this.capacity << 1, this.maxBytes);
    const start = capacity - this.length < RESERVE ? 0 : storageAlloc(capacity, this.spare);
    if (start == 0) {
      this.starved = capacity - this.length >= RESERVE;
      this.overflowed = true;
      this.length = 0; // emits go on somewhere harmless until the owner looks at `overflowed`
      this.labelCount = 0;
      return;
    }
    memory.copy(start, this.start, this.length);
    storageFree(this.start, this.capacity);
    this.start = start;
    this.capacity = capacity;
  }

  /** Appends one byte. The caller has reserved. */
  byte(value: u32): void {
    store<u8>(this.start + this.length, <u8>value);
    this.length += 1;
  }

  /** Appends a little-endian u32. The caller has reserved. */
  word(value: u32): void {
    store<u32>(this.start + this.length, value);
    this.length += 4;
  }

  /** Appends a little-endian u64. The caller has reserved. */
  quad(value: u64): void {
    store<u64>(this.start + this.length, value);
    this.length += 8;
  }

  /** The u32 at `offset`. */
  wordAt(offset: u32): u32 {
    return load<u32>(this.start + offset);
  }

  /** Overwrites the u32 at `offset`; out of range offsets (after an overflow) are ignored. */
  patchWord(offset: u32, value: u32): void {
    if (this.overflowed || offset + 4 > this.length) return;
    store<u32>(this.start + offset, value);
  }

  /** Makes the byte at `offset`, a rel8 field, point to here. */
  patchShort(offset: u32): void {
    if (this.overflowed) return;
    const distance = this.length - offset - 1;
    assert(distance < 128);
    store<u8>(this.start + offset, <u8>distance);
  }

  /** A fresh label. */
  newLabel(): Label {
    if (this.labelCount == this.labelCapacity) this.growLabels();
    const label = this.labelCount++;
    store<u32>(this.labels + (label << 2), UNBOUND | CHAIN_END);
    return label;
  }

  private growLabels(): void {
    const bytes = (<usize>this.labelCapacity) << 2;
    const labels = storageAlloc(bytes << 1);
    assert(labels != 0); // as in Words.require
    memory.copy(labels, this.labels, bytes);
    storageFree(this.labels, bytes);
    this.labels = labels;
    this.labelCapacity <<= 1;
  }

  /** Forgets all labels, so that their numbers can be used again. */
  resetLabels(): void {
    this.labelCount = 0;
  }

  /** Makes `label` mean the current position. */
  bind(label: Label): void {
    if (this.overflowed) return;
    const word = this.labels + (label << 2);
    let waiting = load<u32>(word) & ~UNBOUND;
    assert((load<u32>(word) & UNBOUND) != 0);
    while (waiting != CHAIN_END) {
      const next = this.wordAt(waiting);
      this.patchWord(waiting, this.length - waiting - 4);
      waiting = next;
    }
    store<u32>(word, this.length);
  }

  /** True once `label` has its position. */
  isBound(label: Label): bool {
    return (load<u32>(this.labels + (label << 2)) & UNBOUND) == 0;
  }

  /** The position of a bound label. */
  positionOf(label: Label): u32 {
    return load<u32>(this.labels + (label << 2));
  }

  /** Appends a rel32 field that points to `label`. The caller has reserved. */
  relative(label: Label): void {
    if (this.overflowed) return;
    const word = this.labels + (label << 2);
    const value = load<u32>(word);
    if (value & UNBOUND) {
      store<u32>(word, UNBOUND | this.length);
      this.word(value & ~UNBOUND);
    } else {
      this.word(value - this.length - 4);
    }
  }
}
