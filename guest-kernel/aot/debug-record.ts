// What the compiler notes for debug information with FLAG_DEBUG: where instructions begin, and how each function keeps
// its frame. image/debug-record.ts reads it.

import { Words, newWords, releaseWords } from "./words.ts";

// A position: code offset, wasm offset of the instruction that begins there.
// A function: code offset behind the stores of the saved registers, these registers (a bit each), code offset of the
// body, code offset behind the `ret`, number of locals; then of each local its home (regalloc.ts Homes.homes), its type, and
// the code offsets where the first and the last instruction that names it begin (the first is 0 if none does).

/** Positions and frames of the functions of a module, in their order. */
@unmanaged
export class DebugRecord {
  positions: Words = newWords();
  functions: Words = newWords();
  private uses: Words = newWords(); // of each local of the current function: first, last

  free(): void {
    releaseWords(this.positions);
    releaseWords(this.functions);
    releaseWords(this.uses);
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

  /** Its body begins, with so many locals. */
  body(codeOffset: u32, locals: u32): void {
    this.functions.push(codeOffset);
    this.uses.length = 0;
    this.uses.resize(locals << 1);
  }

  /** An instruction that names a local begins. */
  named(codeOffset: u32, local: u32): void {
    if (this.uses.get(local << 1) == 0) this.uses.set(local << 1, codeOffset);
    this.uses.set((local << 1) + 1, codeOffset);
  }

  /** It has returned; what follows up to the next function is jumped to. */
  returned(codeOffset: u32, homes: Words, types: Words): void {
    this.functions.push(codeOffset);
    this.functions.push(homes.length);
    for (let i: u32 = 0; i < homes.length; i++) {
      this.functions.push(homes.get(i));
      this.functions.push(types.get(i));
      this.functions.push(this.uses.get(i << 1));
      this.functions.push(this.uses.get((i << 1) + 1));
    }
  }
}
