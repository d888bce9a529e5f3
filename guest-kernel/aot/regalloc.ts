// Gives each local of a function its home: a register for those used most, a place in the frame for the others.
//
// A function keeps locals in the registers that callees preserve, and in those that its own arguments arrive in. Those are
// volatile: around each call that comes back they are stored and loaded, so a local gets one only if its uses outweigh
// that.

import { FLOAT_ARGUMENTS, INT_ARGUMENTS, intArgument } from "./convention.ts";
import { R10, R12, R13, R8, R9, RAX, RBX, RCX, RDI, RDX, RSI } from "./operand.ts";
import { frameBytesOf, usesXmm } from "./types.ts";
import { Words, newWords, releaseWords } from "./words.ts";

const PRESERVED: u32 = (1 << RBX) | (1 << R12) | (1 << R13);
const VOLATILE_HOMES: u32 = (1 << RDI) | (1 << RSI) | (1 << R8) | (1 << R9);
const ARGUMENT_HOMES: u32 = (1 << RDI) | (1 << RSI);
const TEMPORARIES: u32 = (1 << RAX) | (1 << RCX) | (1 << RDX) | (1 << R10);
const VOLATILE_XMM_HOMES: u32 = 0x3f00; // xmm8..xmm13
const XMM_TEMPORARIES: u32 = 0x7fff & ~VOLATILE_XMM_HOMES;

// A preserved register costs a save and a restore.
const MIN_PRESERVED_USES: u32 = 3;
const MIN_VOLATILE_USES: u32 = 1;
const MIN_XMM_USES: u32 = 2;

const NO_HOME: u32 = 16;
const STACK_ARGUMENTS: u32 = 16; // bytes from rbp: saved rbp, return address

// A local in a volatile register of a function with calls: local, displacement from rbp of where calls save it.
export const VOLATILE_WORDS: u32 = 2;

/** The homes of one function's locals. */
@unmanaged
export class Homes {
  homes: Words = newWords(); // a register number, or from 16 on a displacement from rbp
  arrivals: Words = newWords(); // of each parameter: argument register, NO_HOME for the stack
  volatile: Words = newWords();
  saved: u32; // preserved registers in use, a bit each
  intPool: u32; // general registers left for values
  xmmPool: u32;
  saveCost: u32; // weighted stores and loads that calls cost a local in a volatile register
  frameBytes: u32; // of saved registers and locals, from rbp down
  firstZeroed: u32; // bytes from rbp to the first word of locals in the frame that start as zero
  zeroedCount: u32; // words of 8 bytes to be zeroed from there down

  free(): void {
    releaseWords(this.homes);
    releaseWords(this.arrivals);
    releaseWords(this.volatile);
  }

  /**
   * Assigns homes. `types` and `uses` have an entry per local, parameters first. `callWeight` is that of all calls;
   * `takesArguments` is true if other instructions take rdi and rsi; with `inFrame` no local gets a register.
   */
  assign(types: Words, uses: Words, params: u32, callWeight: u32, takesArguments: bool, inFrame: bool): void {
    this.arrive(types, params);
    this.homes.length = 0;
    for (let i: u32 = 0; i < types.length; i++) this.homes.push(NO_HOME);
    this.saveCost = 2 * callWeight;
    const free = inFrame ? 0 : 0xffffffff;
    const volatile = takesArguments ? VOLATILE_HOMES & ~ARGUMENT_HOMES : VOLATILE_HOMES;
    const intsLeft = this.assignRegisters(types, uses, params, (PRESERVED | volatile) & free, false);
    const xmmsLeft = this.assignRegisters(types, uses, params, VOLATILE_XMM_HOMES & free, true);
    this.saved = inFrame ? 0 : PRESERVED & ~intsLeft;
    this.intPool = TEMPORARIES | (VOLATILE_HOMES & ~volatile) | (volatile & intsLeft);
    this.xmmPool = XMM_TEMPORARIES | xmmsLeft;
    this.placeInFrame(types, params);
    this.placeVolatile(types);
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
      const arrival = local < params ? this.arrivals.get(local) : NO_HOME;
      const r = floats ? this.chooseXmm(free, count) : this.chooseInt(free, count, arrival);
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

  /** Gives those in volatile registers a place below the others, where calls save them. */
  private placeVolatile(types: Words): void {
    this.volatile.length = 0;
    if (this.saveCost == 0) return;
    for (let i: u32 = 0; i < types.length; i++) {
      const home = this.homes.get(i);
      if (home >= NO_HOME || (!usesXmm(types.get(i)) && (PRESERVED >> home) & 1)) continue;
      this.frameBytes += frameBytesOf(types.get(i));
      this.volatile.push(i);
      this.volatile.push(-this.frameBytes);
    }
  }

  private chooseXmm(free: u32, count: u32): u32 {
    return count < MIN_XMM_USES || count <= this.saveCost ? NO_HOME : <u32>ctz(free);
  }

  /** A register of `free` for a local used `count` times that arrives in `arrival`; NO_HOME if none pays. */
  private chooseInt(free: u32, count: u32, arrival: u32): u32 {
    const preserved = free & PRESERVED;
    if (this.saveCost != 0 && preserved && count >= MIN_PRESERVED_USES) return <u32>ctz(preserved);
    const volatile = count > this.saveCost ? free & ~PRESERVED : 0;
    if (count < MIN_VOLATILE_USES) return NO_HOME;
    if (arrival != NO_HOME && (volatile >> arrival) & 1) return arrival;
    if (volatile) return 31 - <u32>clz(volatile); // from r9 down: the first arguments keep theirs
    return count < MIN_PRESERVED_USES || !preserved ? NO_HOME : <u32>ctz(preserved);
  }
}
