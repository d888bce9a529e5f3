// The operand stack as the code generator sees it: what each value is, and which register or slot holds it.
//
// A value stays what it was pushed as (a constant, a local, a register) until an instruction needs it elsewhere.
// Value i has a slot of its own in the frame, its place whenever control flow meets.

import { Operand, R11, RAX, RBP, RCX, RDX, baseOf, indexOf, isRegister, mem, reg } from "./operand.ts";
import { TYPE_I32, TYPE_V128, usesXmm, widthOf } from "./types.ts";
import { storageAlloc, storageFree } from "./storage.ts";
import { Words, newWords, releaseWords } from "./words.ts";
import { Assembler } from "./x64.ts";
import { W64 } from "./x64-encoder.ts";

// Kinds of values
export const IN_SLOT: u32 = 0;
export const CONSTANT: u32 = 1;
export const IN_LOCAL: u32 = 2; // `ref` is the local
export const IN_REGISTER: u32 = 3; // `ref` is a general register
export const IN_XMM: u32 = 4; // `ref` is a vector register
export const IN_FLAGS: u32 = 5; // `ref` is the condition under which it is 1

// A value
const VALUE_KIND: usize = 0; // u8
const VALUE_TYPE: usize = 1; // u8
const VALUE_REF: usize = 4; // u32
const VALUE_BITS: usize = 8; // u64, of a constant
const VALUE_SHIFT: usize = 4; // log2 of its size

// Registers that are never allocated: any emit may use them for a moment.
export const SCRATCH: u32 = R11;
export const SCRATCH_XMM: u32 = 15;

const INITIAL_VALUES: u32 = 64;
const NOBODY: i32 = -1; // a register that an instruction under construction holds

// Registers that instructions ask for by name are given out last.
const WANTED_BY_NAME: u32 = (1 << RAX) | (1 << RCX) | (1 << RDX);

/** Sixteen i32, one per register. */
@unmanaged
class RegisterMap {
  get(r: u32): i32 {
    return load<i32>(changetype<usize>(this) + (r << 2));
  }

  set(r: u32, value: i32): void {
    store<i32>(changetype<usize>(this) + (r << 2), value);
  }
}

const REGISTER_MAP_SIZE: usize = 64;

function newRegisterMap(): RegisterMap {
  return changetype<RegisterMap>(heap.alloc(REGISTER_MAP_SIZE));
}

/** The operand stack, the registers that hold its values, and the homes of locals. */
@unmanaged
export class Values {
  a: Assembler;
  values: usize;
  capacity: u32;
  height: u32;
  flushedTo: u32; // values below this are in their slots or constant
  slotBase: u32; // bytes between rbp and the first slot
  slotShift: u32; // log2 of a slot's size
  slots: u32; // slots in use so far: the frame's size
  intPool: u32; // general registers that may hold values, a bit each
  intFree: u32;
  xmmPool: u32;
  xmmFree: u32;
  intOwners: RegisterMap = newRegisterMap(); // value that each register holds, or NOBODY
  xmmOwners: RegisterMap = newRegisterMap();
  localTypes: Words;
  homes: Words; // of each local: a register number, or from 16 on a displacement from rbp
  pending: Words = newWords(); // of each local: how many values are IN_LOCAL of it
  pendingTotal: u32;

  constructor(a: Assembler, localTypes: Words, homes: Words) {
    this.a = a;
    this.localTypes = localTypes;
    this.homes = homes;
    this.capacity = INITIAL_VALUES;
    this.values = storageAlloc((<usize>INITIAL_VALUES) << VALUE_SHIFT);
  }

  /** Releases what belongs to the operand stack. */
  freeValues(): void {
    storageFree(this.values, (<usize>this.capacity) << VALUE_SHIFT);
    heap.free(changetype<usize>(this.intOwners));
    heap.free(changetype<usize>(this.xmmOwners));
    releaseWords(this.pending);
  }

  /** Prepares for a function. Locals' homes are in place. */
  startValues(intPool: u32, xmmPool: u32, slotBase: u32, hasVectors: bool): void {
    this.height = 0;
    this.flushedTo = 0;
    this.slotBase = slotBase;
    this.slotShift = hasVectors ? 4 : 3;
    this.slots = 0;
    this.intPool = this.intFree = intPool;
    this.xmmPool = this.xmmFree = xmmPool;
    this.pending.length = 0;
    this.pending.resize(this.localTypes.length);
    this.pendingTotal = 0;
  }

  // ── the stack ─────────────────────────────────────────────────────────────────────────────────────────

  private at(index: u32): usize {
    return this.values + ((<usize>index) << VALUE_SHIFT);
  }

  kind(index: u32): u32 {
    return load<u8>(this.at(index), VALUE_KIND);
  }

  type(index: u32): u32 {
    return load<u8>(this.at(index), VALUE_TYPE);
  }

  ref(index: u32): u32 {
    return load<u32>(this.at(index), VALUE_REF);
  }

  bits(index: u32): u64 {
    return load<u64>(this.at(index), VALUE_BITS);
  }

  private set(index: u32, kind: u32, type: u32, ref: u32): void {
    const value = this.at(index);
    store<u8>(value, <u8>kind, VALUE_KIND);
    store<u8>(value, <u8>type, VALUE_TYPE);
    store<u32>(value, ref, VALUE_REF);
  }

  private push(kind: u32, type: u32, ref: u32): void {
    if (this.height == this.capacity) this.growValues();
    this.set(this.height, kind, type, ref);
    this.height += 1;
  }

  private growValues(): void {
    const bytes = (<usize>this.capacity) << VALUE_SHIFT;
    const values = storageAlloc(bytes << 1);
    assert(values != 0); // as in Words.require
    memory.copy(values, this.values, bytes);
    storageFree(this.values, bytes);
    this.values = values;
    this.capacity <<= 1;
  }

  pushConstant(type: u32, bits: u64): void {
    this.push(CONSTANT, type, 0);
    store<u64>(this.at(this.height - 1), bits, VALUE_BITS);
  }

  pushLocal(local: u32): void {
    this.push(IN_LOCAL, this.localTypes.get(local), local);
    this.pending.set(local, this.pending.get(local) + 1);
    this.pendingTotal += 1;
  }

  /** Pushes what register `r` holds, which the instruction has allocated (or is a local's home). */
  pushInt(type: u32, r: u32): void {
    if ((this.intPool >> r) & 1) this.intOwners.set(r, this.height);
    this.push(IN_REGISTER, type, r);
  }

  pushXmm(type: u32, r: u32): void {
    if ((this.xmmPool >> r) & 1) this.xmmOwners.set(r, this.height);
    this.push(IN_XMM, type, r);
  }

  /** Pushes an i32 that is 1 under condition `cc`. The next instruction emitted must be the one that uses it. */
  pushFlags(cc: u32): void {
    this.push(IN_FLAGS, TYPE_I32, cc);
  }

  /** Pushes a value that is already in its slot. */
  pushSlot(type: u32): void {
    this.useSlot(this.height);
    this.push(IN_SLOT, type, 0);
  }

  /** Removes the top value's entry; its register stays taken. */
  private forget(): void {
    this.height -= 1;
    if (this.flushedTo > this.height) this.flushedTo = this.height;
    if (this.kind(this.height) == IN_LOCAL) this.dropPending(this.ref(this.height));
  }

  private dropPending(local: u32): void {
    this.pending.set(local, this.pending.get(local) - 1);
    this.pendingTotal -= 1;
  }

  /** Removes the top value and frees its register. */
  drop(): void {
    const top = this.height - 1;
    if (this.kind(top) == IN_REGISTER) this.freeInt(this.ref(top));
    else if (this.kind(top) == IN_XMM) this.freeXmm(this.ref(top));
    this.forget();
  }

  /** Removes values until `height` are left. */
  truncate(height: u32): void {
    while (this.height > height) this.drop();
  }

  topIsConstant(): bool {
    return this.kind(this.height - 1) == CONSTANT;
  }

  /** True if the top value is an integer constant that fits a sign-extended 32-bit immediate. */
  topIsImmediate(): bool {
    const top = this.height - 1;
    if (this.kind(top) != CONSTANT) return false;
    return this.type(top) == TYPE_I32 || <i64>this.bits(top) == <i64>(<i32>this.bits(top));
  }

  /** Takes the top value, a constant. */
  popConstant(): u64 {
    const bits = this.bits(this.height - 1);
    this.forget();
    return bits;
  }

  /** Exchanges the top two values. */
  swap(): void {
    const top = this.at(this.height - 1);
    const below = this.at(this.height - 2);
    const low = load<u64>(top);
    const high = load<u64>(top, 8);
    memory.copy(top, below, 16);
    store<u64>(below, low);
    store<u64>(below, high, 8);
    this.claimOwnership(this.height - 1);
    this.claimOwnership(this.height - 2);
    this.flushedTo = min(this.flushedTo, this.height - 2);
    // A value in its slot has moved to another slot's place.
    assert(this.kind(this.height - 1) != IN_SLOT && this.kind(this.height - 2) != IN_SLOT);
  }

  /** True if `swap` may be used: neither of the top two values is in its slot. */
  canSwap(): bool {
    return this.kind(this.height - 1) != IN_SLOT && this.kind(this.height - 2) != IN_SLOT;
  }

  private claimOwnership(index: u32): void {
    const r = this.ref(index);
    if (this.kind(index) == IN_REGISTER && (this.intPool >> r) & 1) this.intOwners.set(r, index);
    else if (this.kind(index) == IN_XMM && (this.xmmPool >> r) & 1) this.xmmOwners.set(r, index);
  }

  // ── slots and homes ───────────────────────────────────────────────────────────────────────────────────

  slot(index: u32): Operand {
    return mem(RBP, -(<i32>(this.slotBase + ((index + 1) << this.slotShift))));
  }

  private useSlot(index: u32): void {
    if (index >= this.slots) this.slots = index + 1;
  }

  /** The register that local `local` lives in; 16 or more if it lives in the frame. */
  homeRegister(local: u32): u32 {
    return this.homes.get(local);
  }

  /** Where local `local` lives. */
  home(local: u32): Operand {
    const home = this.homes.get(local);
    return home < 16 ? reg(home) : mem(RBP, <i32>home);
  }

  /** Brings the value to its slot. Leaves the flags and all other registers alone. */
  spill(index: u32): void {
    const kind = this.kind(index);
    if (kind == IN_SLOT) return;
    this.useSlot(index);
    this.storeValue(this.slot(index), index);
    if (kind == IN_REGISTER) this.freeInt(this.ref(index));
    else if (kind == IN_XMM) this.freeXmm(this.ref(index));
    else if (kind == IN_LOCAL) this.dropPending(this.ref(index));
    this.set(index, IN_SLOT, this.type(index), 0);
  }

  /** Copies the value to the slot of position `to`, which is not above its own. Leaves the flags alone. */
  storeToSlot(to: u32, index: u32): void {
    this.useSlot(to);
    if (to != index || this.kind(index) != IN_SLOT) this.storeValue(this.slot(to), index);
  }

  /** Stores the value to memory, 8 bytes (4 for f32, 16 for v128). Uses the scratch registers; leaves the flags alone. */
  storeValue(to: Operand, index: u32): void {
    const type = this.type(index);
    const kind = this.kind(index);
    if (kind == IN_XMM) {
      this.a.storeXmmOf(type, to, this.ref(index));
    } else if (kind == IN_LOCAL && usesXmm(type) && this.homeRegister(this.ref(index)) < 16) {
      this.a.storeXmmOf(type, to, this.homeRegister(this.ref(index)));
    } else if (type == TYPE_V128) {
      this.loadXmm(SCRATCH_XMM, index);
      this.a.movupsTo(to, SCRATCH_XMM);
    } else if (kind == IN_REGISTER) {
      this.a.movTo(W64, to, this.ref(index));
    } else if (kind == IN_LOCAL && this.homeRegister(this.ref(index)) < 16) {
      this.a.movTo(W64, to, this.homeRegister(this.ref(index)));
    } else {
      this.loadInt(SCRATCH, index);
      this.a.movTo(W64, to, SCRATCH);
    }
  }

  /** Puts the value into general register `r`, floats as their bits. Leaves the flags alone. */
  loadInt(r: u32, index: u32): void {
    const w = widthOf(this.type(index));
    switch (this.kind(index)) {
      case IN_SLOT:
        this.a.mov(w, r, this.slot(index));
        break;
      case CONSTANT:
        this.a.movImm(r, this.bits(index));
        break;
      case IN_LOCAL: {
        const home = this.home(this.ref(index));
        if (home != reg(r)) this.a.mov(w, r, home);
        break;
      }
      case IN_REGISTER: {
        if (this.ref(index) != r) this.a.mov(w, r, reg(this.ref(index)));
        break;
      }
      case IN_XMM:
        this.a.movFromXmm(w, reg(r), this.ref(index));
        break;
      case IN_FLAGS: {
        this.a.setcc(this.ref(index), r);
        this.a.movzx8(r, reg(r));
        break;
      }
      default:
        assert(false);
    }
  }

  /** Puts the float or vector into vector register `r`. Leaves the flags alone. */
  loadXmm(r: u32, index: u32): void {
    const type = this.type(index);
    switch (this.kind(index)) {
      case IN_SLOT:
        this.a.loadXmmOf(type, r, this.slot(index));
        break;
      case CONSTANT:
        this.loadFloatConstant(widthOf(type), r, this.bits(index));
        break;
      case IN_LOCAL: {
        const home = this.homeRegister(this.ref(index));
        if (home >= 16) this.a.loadXmmOf(type, r, this.home(this.ref(index)));
        else this.a.movaps(r, home);
        break;
      }
      case IN_XMM: {
        if (this.ref(index) != r) this.a.movaps(r, this.ref(index));
        break;
      }
      default:
        assert(false);
    }
  }

  /** Sets vector register `r` to a float's bits. */
  loadFloatConstant(w: u32, r: u32, bits: u64): void {
    if (bits == 0) return this.a.xorps(r);
    this.a.movImm(SCRATCH, bits);
    this.a.movToXmm(w, r, reg(SCRATCH));
  }

  /** Brings all values to where they are whatever path control takes: constants stay, others go to their slots. */
  flush(): void {
    for (let i = this.flushedTo; i < this.height; i++) {
      if (this.kind(i) != CONSTANT) this.spill(i);
    }
    this.flushedTo = this.height;
  }

  /** Brings the top `count` values to their slots, constants too. */
  flushTop(count: u32): void {
    for (let i = this.height - count; i < this.height; i++) this.spill(i);
  }

  /** Brings to their slots the values below `index` that a call would destroy. */
  spillRegisters(index: u32): void {
    for (let r: u32 = 0; r < 16; r++) {
      const bit: u32 = 1 << r;
      if (this.intPool & ~this.intFree & bit) this.spillOwner(this.intOwners.get(r), index);
      if (this.xmmPool & ~this.xmmFree & bit) this.spillOwner(this.xmmOwners.get(r), index);
    }
  }

  private spillOwner(owner: i32, below: u32): void {
    if (owner != NOBODY && <u32>owner < below) this.spill(<u32>owner);
  }

  /** Gives the values that still mean local `local` a place of their own: the local is about to change. */
  saveLocal(local: u32): void {
    for (let i = this.height; this.pending.get(local) != 0; i--) {
      if (this.kind(i - 1) == IN_LOCAL && this.ref(i - 1) == local) this.saveValue(i - 1);
    }
  }

  /** As `saveLocal`, but for the top value, which the local is about to get. */
  saveLocalBelowTop(local: u32): void {
    const top = this.height - 1;
    const own: u32 = this.kind(top) == IN_LOCAL && this.ref(top) == local ? 1 : 0;
    for (let i = top; this.pending.get(local) != own; i--) {
      if (this.kind(i - 1) == IN_LOCAL && this.ref(i - 1) == local) this.saveValue(i - 1);
    }
  }

  /** Stores the value to the local's home in the frame. */
  storeToHome(local: u32, index: u32): void {
    const type = this.type(index);
    const home = this.home(local);
    if (
      this.kind(index) == CONSTANT &&
      !usesXmm(type) &&
      <i64>this.bits(index) == <i64>(<i32>this.bits(index))
    ) {
      this.a.movImmTo(widthOf(type), home, <i32>this.bits(index));
    } else {
      this.storeValue(home, index);
    }
  }

  private saveValue(index: u32): void {
    const type = this.type(index);
    if (this.intFree == 0 || usesXmm(type)) return this.spill(index);
    const r = this.allocInt();
    this.loadInt(r, index);
    this.dropPending(this.ref(index));
    this.intOwners.set(r, index);
    this.set(index, IN_REGISTER, type, r);
  }

  // ── registers ─────────────────────────────────────────────────────────────────────────────────────────

  /** A general register not in `avoid`, for the instruction under construction; spills a value if need be. */
  allocInt(avoid: u32 = 0): u32 {
    let free = this.intFree & ~avoid;
    if (free == 0) {
      this.spillOldest(avoid);
      free = this.intFree & ~avoid;
    }
    const preferred = free & ~WANTED_BY_NAME;
    const r = <u32>ctz(preferred ? preferred : free);
    this.takeInt(r);
    return r;
  }

  private takeInt(r: u32): void {
    this.intFree &= ~(1 << r);
    this.intOwners.set(r, NOBODY);
  }

  private spillOldest(avoid: u32): void {
    let oldest = i32.MAX_VALUE;
    for (let r: u32 = 0; r < 16; r++) {
      if (!(((this.intPool & ~this.intFree & ~avoid) >> r) & 1)) continue;
      const owner = this.intOwners.get(r);
      if (owner != NOBODY && owner < oldest) oldest = owner;
    }
    assert(oldest != i32.MAX_VALUE);
    this.spill(<u32>oldest);
  }

  /** Takes general register `r`, moving the value in it elsewhere. Leaves the flags alone. */
  claimInt(r: u32): void {
    const owner = this.intOwners.get(r);
    if (!((this.intFree >> r) & 1)) {
      assert(owner != NOBODY);
      if (this.intFree != 0) {
        const to = this.allocInt();
        this.a.mov(W64, to, reg(r));
        this.intOwners.set(to, owner);
        this.set(<u32>owner, IN_REGISTER, this.type(<u32>owner), to);
      } else {
        this.spill(<u32>owner);
      }
    }
    this.takeInt(r);
  }

  /** Gives back a general register; no effect on homes of locals and the scratch register. */
  freeInt(r: u32): void {
    this.intFree |= this.intPool & (1 << r);
  }

  allocXmm(): u32 {
    if (this.xmmFree == 0) this.spillOldestXmm();
    const r = <u32>ctz(this.xmmFree);
    this.takeXmm(r);
    return r;
  }

  private takeXmm(r: u32): void {
    this.xmmFree &= ~(1 << r);
    this.xmmOwners.set(r, NOBODY);
  }

  private spillOldestXmm(): void {
    let oldest = i32.MAX_VALUE;
    for (let r: u32 = 0; r < 16; r++) {
      if (!(((this.xmmPool & ~this.xmmFree) >> r) & 1)) continue;
      const owner = this.xmmOwners.get(r);
      if (owner != NOBODY && owner < oldest) oldest = owner;
    }
    assert(oldest != i32.MAX_VALUE);
    this.spill(<u32>oldest);
  }

  /** Takes vector register `r`, moving the value in it elsewhere. */
  claimXmm(r: u32): void {
    if (!((this.xmmFree >> r) & 1)) this.spill(<u32>this.xmmOwners.get(r));
    this.takeXmm(r);
  }

  freeXmm(r: u32): void {
    this.xmmFree |= this.xmmPool & (1 << r);
  }

  /** Gives back the registers of an operand that `popOperand` or `popAddress` returned. */
  release(operand: Operand): void {
    if (isRegister(operand)) this.freeInt(baseOf(operand));
    else if (indexOf(operand) < 16) this.freeInt(indexOf(operand));
  }

  // ── popping ───────────────────────────────────────────────────────────────────────────────────────────

  /** Takes the top integer into a register that the caller may read; `freeInt` it. */
  popInt(avoid: u32 = 0): u32 {
    const operand = this.popOperand(avoid);
    if (isRegister(operand)) return baseOf(operand);
    const r = this.allocInt(avoid);
    this.a.mov(widthOf(this.type(this.height)), r, operand);
    return r;
  }

  /** Takes the top integer into a register not in `avoid` that the caller may change; free or push it. */
  popIntTemp(avoid: u32 = 0): u32 {
    const top = this.height - 1;
    const held = this.kind(top) == IN_REGISTER ? this.ref(top) : SCRATCH;
    if (((this.intPool & ~avoid) >> held) & 1) {
      this.intOwners.set(held, NOBODY);
      this.forget();
      return held;
    }
    const r = this.allocInt(avoid);
    this.loadInt(r, this.height - 1);
    this.drop();
    return r;
  }

  /** Takes the top integer into register `r`, which no instruction under construction may hold. */
  popIntInto(r: u32): void {
    const top = this.height - 1;
    if (this.kind(top) == IN_REGISTER && this.ref(top) == r) {
      this.intOwners.set(r, NOBODY);
      return this.forget();
    }
    this.claimInt(r);
    this.loadInt(r, top);
    this.drop();
  }

  /** Takes the top integer as a register or memory operand that the caller may read; `release` it. */
  popOperand(avoid: u32 = 0): Operand {
    const top = this.height - 1;
    const kind = this.kind(top);
    if (kind == IN_LOCAL) {
      this.forget();
      return this.home(this.ref(top));
    }
    if (kind == IN_SLOT) {
      this.forget();
      return this.slot(top);
    }
    return reg(this.popIntTemp(avoid));
  }

  /** Takes the top float or vector into a vector register that the caller may read; `freeXmm` it. */
  popXmm(): u32 {
    const operand = this.popXmmOperand();
    if (isRegister(operand)) return baseOf(operand);
    const r = this.allocXmm();
    this.a.loadXmmOf(this.type(this.height), r, operand);
    return r;
  }

  /** Takes the top float or vector into a vector register that the caller may change; free or push it. */
  popXmmTemp(): u32 {
    const top = this.height - 1;
    const held = this.kind(top) == IN_XMM ? this.ref(top) : SCRATCH_XMM;
    if ((this.xmmPool >> held) & 1) {
      this.xmmOwners.set(held, NOBODY);
      this.forget();
      return held;
    }
    const r = this.allocXmm();
    this.loadXmm(r, top);
    this.drop();
    return r;
  }

  /** Takes the top float as a vector register or memory operand to read; `releaseXmm` it. */
  popXmmOperand(): Operand {
    const top = this.height - 1;
    const kind = this.kind(top);
    if (kind == IN_LOCAL) {
      this.forget();
      return this.home(this.ref(top));
    }
    if (kind == IN_SLOT) {
      this.forget();
      return this.slot(top);
    }
    return reg(this.popXmmTemp());
  }

  releaseXmm(operand: Operand): void {
    if (isRegister(operand)) this.freeXmm(baseOf(operand));
  }

  /** Brings the top value into rax or xmm0, where single results are handed over. Leaves the flags alone. */
  topToResult(): void {
    const type = this.type(this.height - 1);
    if (usesXmm(type)) {
      if (this.kind(this.height - 1) == IN_XMM && this.ref(this.height - 1) == 0) return;
      this.claimXmm(0);
      this.loadXmm(0, this.height - 1);
      this.drop();
      this.pushXmm(type, 0);
    } else {
      this.popIntInto(RAX);
      this.pushInt(type, RAX);
    }
  }

  /** Pushes the value that rax or xmm0 holds. */
  pushResult(type: u32): void {
    if (usesXmm(type)) {
      this.claimXmm(0);
      this.pushXmm(type, 0);
    } else {
      this.claimInt(RAX);
      this.pushInt(type, RAX);
    }
  }
}
