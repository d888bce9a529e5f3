// Gives each local of a function its home: a register for those used most, a place in the frame for the others.
//
// A function that makes calls keeps locals in the registers that callees preserve; one that makes none also in
// those that its own arguments arrive in.

import { FLOAT_ARGUMENTS, INT_ARGUMENTS, intArgument } from "./convention.ts";
import { R10, R12, R13, R8, R9, RAX, RBX, RCX, RDI, RDX, RSI } from "./operand.ts";
import { frameBytesOf, usesXmm } from "./types.ts";
import { Words, newWords, releaseWords } from "./words.ts";

const PRESERVED: u32 = (1 << RBX) | (1 << R12) | (1 << R13);
const LEAF_HOMES: u32 = (1 << RDI) | (1 << RSI) | (1 << R8) | (1 << R9);
const TEMPORARIES: u32 = (1 << RAX) | (1 << RCX) | (1 << RDX) | (1 << R10);
const LEAF_XMM_HOMES: u32 = 0x3f00; // xmm8..xmm13
const XMM_TEMPORARIES: u32 = 0x7fff & ~LEAF_XMM_HOMES;

// A preserved register costs a save and a restore.
const MIN_PRESERVED_USES: u32 = 3;
const MIN_LEAF_USES: u32 = 1;
const MIN_XMM_USES: u32 = 2;

const NO_HOME: u32 = 16;
const STACK_ARGUMENTS: u32 = 16; // bytes from rbp: saved rbp, return address

/** The homes of one function's locals. */
@unmanaged
export class Homes {
  homes: Words = newWords(); // a register number, or from 16 on a displacement from rbp
  arrivals: Words = newWords(); // of each parameter: argument register, NO_HOME for the stack
  saved: u32; // preserved registers in use, a bit each
  intPool: u32; // general registers left for values
  xmmPool: u32;
  frameBytes: u32; // of saved registers and locals, from rbp down
  firstZeroed: u32; // bytes from rbp to the first word of locals in the frame that start as zero
  zeroedCount: u32; // words of 8 bytes to be zeroed from there down

  free(): void {
    releaseWords(this.homes);
    releaseWords(this.arrivals);
  }

  /** Assigns homes. `types` and `uses` have an entry per local, parameters first. */
  assign(types: Words, uses: Words, params: u32, isLeaf: bool): void {
    this.arrive(types, params);
    this.homes.length = 0;
    for (let i: u32 = 0; i < types.length; i++) this.homes.push(NO_HOME);
    const ints = isLeaf ? PRESERVED | LEAF_HOMES : PRESERVED;
    const intsLeft = this.assignRegisters(types, uses, params, ints, false);
    const xmmsLeft = isLeaf
      ? this.assignRegisters(types, uses, params, LEAF_XMM_HOMES, true)
      : LEAF_XMM_HOMES;
    this.saved = PRESERVED & ~intsLeft;
    this.intPool = TEMPORARIES | LEAF_HOMES;
    if (isLeaf) this.intPool &= ~LEAF_HOMES | intsLeft;
    this.xmmPool = XMM_TEMPORARIES | xmmsLeft;
    this.placeInFrame(types, params);
  }

  /** Where each parameter arrives; those on the stack stay there. */
  private arrive(types: Words, params: u32): void {
    let ints: u32 = 0;
    let floats: u32 = 0;
    this.arrivals.length = 0;
    for (let i: u32 = 0; i < params; i++) {
      if (usesXmm(types.get(i))) this.arrivals.push(floats < FLOAT_ARGUMENTS ? floats++ : NO_HOME);
      else this.arrivals.push(ints < INT_ARGUMENTS ? intArgument(ints++) : NO_HOME);
    }
  }

  /** Gives registers of `free` to the most used locals of one kind; returns those left. */
  private assignRegisters(types: Words, uses: Words, params: u32, free: u32, floats: bool): u32 {
    while (free) {
      const local = this.mostUsed(types, uses, floats);
      if (local == types.length) break;
      const count = uses.get(local);
      const r = chooseRegister(free, count, local < params ? this.arrivals.get(local) : NO_HOME, floats);
      if (r == NO_HOME) break;
      this.homes.set(local, r);
      free &= ~(1 << r);
    }
    return free;
  }

  /** The most used local of one kind that has no home; the number of locals if there is none in use. */
  private mostUsed(types: Words, uses: Words, floats: bool): u32 {
    let best = types.length;
    let most: u32 = 0;
    for (let i: u32 = 0; i < types.length; i++) {
      if (this.homes.get(i) != NO_HOME || usesXmm(types.get(i)) != floats || uses.get(i) <= most) continue;
      most = uses.get(i);
      best = i;
    }
    return best;
  }

  /** Places the others: stack parameters where they are, the rest below the saved registers. */
  private placeInFrame(types: Words, params: u32): void {
    let bytes = (<u32>popcnt(this.saved)) << 3;
    let above = STACK_ARGUMENTS;
    this.zeroedCount = 0;
    for (let i: u32 = 0; i < this.homes.length; i++) {
      const onStack = i < params && this.arrivals.get(i) == NO_HOME;
      if (this.homes.get(i) != NO_HOME) {
        if (onStack) above += frameBytesOf(types.get(i));
        continue;
      }
      if (onStack) {
        this.homes.set(i, above);
        above += frameBytesOf(types.get(i));
        continue;
      }
      const size = frameBytesOf(types.get(i));
      if (i >= params) {
        if (this.zeroedCount == 0) this.firstZeroed = bytes + 8;
        this.zeroedCount += size >> 3;
      }
      bytes += size;
      this.homes.set(i, -bytes);
    }
    this.frameBytes = bytes;
  }
}

/** A register of `free` for a local used `count` times that arrives in `arrival`; NO_HOME if none pays. */
function chooseRegister(free: u32, count: u32, arrival: u32, floats: bool): u32 {
  if (floats) return count < MIN_XMM_USES ? NO_HOME : <u32>ctz(free);
  if (count < MIN_LEAF_USES) return NO_HOME;
  if (arrival != NO_HOME && (free >> arrival) & 1) return arrival;
  const leaf = free & ~PRESERVED;
  if (leaf) return 31 - <u32>clz(leaf); // from r9 down: the first arguments keep theirs
  return count < MIN_PRESERVED_USES ? NO_HOME : <u32>ctz(free);
}
