// Moves several registers at once: each destination gets what its source held before the first move.

import { reg } from "./operand.ts";
import { SCRATCH_XMM } from "./values.ts";
import { Assembler } from "./x64.ts";
import { W32, W64 } from "./x64-encoder.ts";

const NONE: u32 = 0xff;

/** A set of moves between the registers of one kind. */
@unmanaged
export class ParallelMove {
  pending: u32; // destinations still to be written, a bit each
  sources: usize; // u8 per destination
  narrow: u32; // destinations that are zero-extended from 32 bits, a bit each

  constructor() {
    this.sources = heap.alloc(16);
  }

  free(): void {
    heap.free(this.sources);
  }

  /** Adds a move. With `w` W32 the result is zero-extended, also if `to` is `from`. */
  add(w: u32, to: u32, from: u32): void {
    if (to == from && w != W32) return;
    this.pending |= 1 << to;
    if (w == W32) this.narrow |= 1 << to;
    store<u8>(this.sources + to, <u8>from);
  }

  /** Emits the moves among general registers. */
  emitInt(a: Assembler): void {
    while (this.pending) {
      const to = this.unread();
      if (to != NONE) {
        a.mov(this.widthOf(to), to, reg(this.source(to)));
        this.finish(to);
      } else {
        this.exchange(a, <u32>ctz(this.pending));
      }
    }
    this.narrow = 0;
  }

  /** Emits the moves among vector registers. */
  emitXmm(a: Assembler): void {
    while (this.pending) {
      let to = this.unread();
      if (to == NONE) {
        to = <u32>ctz(this.pending);
        a.movaps(SCRATCH_XMM, to);
        this.replaceSource(to, SCRATCH_XMM);
      }
      a.movaps(to, this.source(to));
      this.finish(to);
    }
    this.narrow = 0;
  }

  private source(to: u32): u32 {
    return load<u8>(this.sources + to);
  }

  private widthOf(to: u32): u32 {
    return (this.narrow >> to) & 1 ? W32 : W64;
  }

  private finish(to: u32): void {
    this.pending &= ~(1 << to);
  }

  /** A destination whose old value no other pending move needs. */
  private unread(): u32 {
    for (let rest = this.pending; rest; rest &= rest - 1) {
      const to = <u32>ctz(rest);
      if (!this.isRead(to)) return to;
    }
    return NONE;
  }

  private isRead(r: u32): bool {
    for (let rest = this.pending; rest; rest &= rest - 1) {
      const to = <u32>ctz(rest);
      if (to != r && this.source(to) == r) return true;
    }
    return false;
  }

  private replaceSource(from: u32, by: u32): void {
    for (let rest = this.pending; rest; rest &= rest - 1) {
      const to = <u32>ctz(rest);
      if (this.source(to) == from) store<u8>(this.sources + to, <u8>by);
    }
  }

  /** Breaks a cycle: `to` gets its value, and what it held is then in its source. */
  private exchange(a: Assembler, to: u32): void {
    const from = this.source(to);
    a.xchg(W64, reg(to), from);
    if (this.widthOf(to) == W32) a.mov(W32, to, reg(to));
    this.finish(to);
    this.replaceSource(to, from);
    this.dropFinished(from);
  }

  /** The last move of a cycle has become a move of `to` to itself. */
  private dropFinished(to: u32): void {
    if ((this.pending >> to) & 1 && this.source(to) == to && this.widthOf(to) != W32) this.finish(to);
  }
}
