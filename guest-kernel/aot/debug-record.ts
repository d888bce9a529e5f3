// What the compiler notes for debug information with FLAG_DEBUG: where instructions begin, and how each function keeps
// its frame. image/debug-record.ts reads it.

import { Words, newWords, releaseWords } from "./words.ts";

// A position: code offset, wasm offset of the instruction that begins there.
// A function: code offset behind the stores of the saved registers, these registers (a bit each), code offset of the
// body, code offset behind the `ret`, number of locals; then of each local its home (regalloc.ts Homes.homes) and type.

/** Positions and frames of the functions of a module, in their order. */
@unmanaged
export class DebugRecord {
  positions: Words = newWords();
  functions: Words = newWords();

  free(): void {
    releaseWords(this.positions);
    releaseWords(this.functions);
  }

  /** An instruction begins. One that emitted nothing gives its place to the next. */
  position(codeOffset: u32, wasmOffset: u32): void {
    const last = this.positions.length - 2;
    if (this.positions.length != 0 && this.positions.get(last) == codeOffset) {
      this.positions.set(last + 1, wasmOffset);
      return;
    }
    this.positions.push(codeOffset);
    this.positions.push(wasmOffset);
  }

  /** The prologue of the next function has stored the registers of `saved`. */
  saved(codeOffset: u32, saved: u32): void {
    this.functions.push(codeOffset);
    this.functions.push(saved);
  }

  /** Its body begins. */
  body(codeOffset: u32): void {
    this.functions.push(codeOffset);
  }

  /** It has returned; what follows up to the next function is jumped to. */
  returned(codeOffset: u32, homes: Words, types: Words): void {
    this.functions.push(codeOffset);
    this.functions.push(homes.length);
    for (let i: u32 = 0; i < homes.length; i++) {
      this.functions.push(homes.get(i));
      this.functions.push(types.get(i));
    }
  }
}
