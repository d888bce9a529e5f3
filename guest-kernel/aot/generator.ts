// The code generator's state for one function, and what all its parts use: sites, traps, labels, frames.

import {
  CTX_LIMIT,
  CTX_SAFEPOINT,
  CTX_STACK_LIMIT,
  TRAP_NONE,
  TRAP_STACK_OVERFLOW,
} from "../abi/instance.ts";
import { Label } from "./code-buffer.ts";
import { DebugRecord } from "./debug-record.ts";
import { Layout } from "./layout.ts";
import { FLAG_DEBUG, FLAG_LOCALS_IN_FRAME, FLAG_PREEMPTIBLE } from "./limits.ts";
import { Module } from "./module.ts";
import * as op from "./opcodes.ts";
import { CC_B, CC_NE, Operand, R14, RAX, RBP, RCX, RSP, mem, reg } from "./operand.ts";
import { ParallelMove } from "./parallel-move.ts";
import { Reader } from "./reader.ts";
import { Homes, VOLATILE_WORDS } from "./regalloc.ts";
import { frameBytesOf, usesXmm, widthOf } from "./types.ts";
import { Validator } from "./validate.ts";
import { Values } from "./values.ts";
import { Words, newWords, releaseWords } from "./words.ts";
import { ALU_ADD, ALU_CMP, ALU_SUB, Assembler } from "./x64.ts";
import { W32, W64 } from "./x64-encoder.ts";

// A control frame
export const CONTROL_OP: u32 = 0; // OP_BLOCK, OP_LOOP, OP_IF, OP_ELSE; OP_END for the function
export const CONTROL_TYPE: u32 = 1; // block type
export const CONTROL_HEIGHT: u32 = 2; // values below it
export const CONTROL_LABEL: u32 = 3; // where a branch to it goes
export const CONTROL_ELSE: u32 = 4; // label of the else part
export const CONTROL_BRANCHED: u32 = 5; // 1 if something jumps to its label
export const CONTROL_WORDS: u32 = 6;

// A trap that is jumped to, emitted after the function: label, kind << 24 | wasm offset.
const TRAP_WORDS: u32 = 2;
// A safepoint call, emitted after the function: label, label of where it returns to, wasm offset.
const SAFEPOINT_WORDS: u32 = 3;

const POOL_WORDS: u32 = 5;
const POOL_SEARCH: u32 = 64; // constants looked through for one that is there already

const FRAME_UNKNOWN: i32 = 0x7ffffff0; // placeholder that takes a 32-bit field
const MAX_ZERO_STORES: u32 = 8; // more locals than this are zeroed by a loop
const FRAME_ALIGN: u32 = 16;

/** Code generation for one function at a time. */
@unmanaged
export class Generator extends Values {
  r: Reader;
  wasm: Module;
  layout: Layout;
  validator: Validator;
  flags: u32;
  sites: Words = newWords(); // code offset, kind << 24 | wasm offset
  calls: Words = newWords(); // offset of a rel32 field, function index
  controls: Words = newWords();
  traps: Words = newWords();
  safepoints: Words = newWords();
  pool: Words = newWords(); // vector constants behind the function: label, four words
  moves: ParallelMove = new ParallelMove();
  homesOf: Homes;
  debug: DebugRecord = new DebugRecord(); // filled with FLAG_DEBUG only
  opOffset: u32; // wasm offset of the current instruction
  copyHelper: u32; // code offset of the copy routine
  dead: bool; // what follows cannot be reached
  deadDepth: u32; // blocks opened since then
  outgoing: u32; // bytes of stack arguments of the call that has most
  negatedFrameField: u32; // offsets of the two fields of the prologue that hold the frame's size
  frameField: u32;

  /** `validator` supplies the types and uses of locals, and has validated each function before. */
  constructor(
    a: Assembler,
    r: Reader,
    wasm: Module,
    layout: Layout,
    validator: Validator,
    homes: Homes,
    flags: u32,
  ) {
    super(a, validator.locals, homes.homes);
    this.r = r;
    this.wasm = wasm;
    this.layout = layout;
    this.validator = validator;
    this.homesOf = homes;
    this.flags = flags;
  }

  free(): void {
    this.freeValues();
    releaseWords(this.sites);
    releaseWords(this.calls);
    releaseWords(this.controls);
    releaseWords(this.traps);
    releaseWords(this.safepoints);
    releaseWords(this.pool);
    this.debug.free();
    heap.free(changetype<usize>(this.debug));
    this.moves.free();
    heap.free(changetype<usize>(this.moves));
    this.homesOf.free();
    heap.free(changetype<usize>(this.homesOf));
  }

  // ── sites and traps ───────────────────────────────────────────────────────────────────────────────────

  /** Records that the next instruction may trap so, or (TRAP_NONE) that a call returns here. */
  site(kind: u32): void {
    this.siteAt(kind, this.opOffset);
  }

  private siteAt(kind: u32, wasmOffset: u32): void {
    this.sites.push(this.a.length);
    this.sites.push((kind << 24) | wasmOffset);
  }

  /** Traps here. */
  trap(kind: u32): void {
    this.site(kind);
    this.a.ud2();
  }

  /** Traps if `cc` holds. */
  trapIf(cc: u32, kind: u32): void {
    const where = (kind << 24) | this.opOffset;
    const last = this.traps.length - TRAP_WORDS;
    if (this.traps.length == 0 || this.traps.get(last + 1) != where) {
      this.traps.push(this.a.newLabel());
      this.traps.push(where);
    }
    this.a.jcc(cc, this.traps.get(this.traps.length - TRAP_WORDS));
  }

  /** An operand in the instance context. */
  context(offset: u32): Operand {
    return mem(R14, <i32>offset);
  }

  // ── destinations ──────────────────────────────────────────────────────────────────────────────────────

  /** The local that the next instruction sets or tees, if it lives in a register; -1 otherwise. */
  nextLocal(float: bool): i32 {
    const next = this.r.peek();
    if (next != op.OP_LOCAL_SET && next != op.OP_LOCAL_TEE) return -1;
    const local = this.r.byteAt(this.r.at + 1); // validated: there is an index
    if (local >= 0x80 || this.homeRegister(local) >= 16) return -1;
    return usesXmm(this.localTypes.get(local)) == float ? <i32>local : -1;
  }

  /** A register for an integer result: the home that it is about to be moved to, or a fresh one. */
  resultInt(): u32 {
    const local = this.nextLocal(false);
    if (local < 0) return this.allocInt();
    this.saveLocal(local);
    return this.homeRegister(local);
  }

  // ── calls ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Before a call: stores the locals whose registers callees may change. */
  saveHomes(): void {
    const volatile = this.homesOf.volatile;
    for (let i: u32 = 0; i < volatile.length; i += VOLATILE_WORDS) {
      const local = volatile.get(i);
      const to = mem(RBP, <i32>volatile.get(i + 1));
      const type = this.localTypes.get(local);
      if (usesXmm(type)) this.a.storeXmmOf(type, to, this.homeRegister(local));
      else this.a.movTo(W64, to, this.homeRegister(local));
    }
  }

  /** After the call: loads them again. Leaves rax, rdx, xmm0 and the scratch registers alone. */
  restoreHomes(): void {
    const volatile = this.homesOf.volatile;
    for (let i: u32 = 0; i < volatile.length; i += VOLATILE_WORDS) {
      const local = volatile.get(i);
      const from = mem(RBP, <i32>volatile.get(i + 1));
      const type = this.localTypes.get(local);
      if (usesXmm(type)) this.a.loadXmmOf(type, this.homeRegister(local), from);
      else this.a.mov(W64, this.homeRegister(local), from);
    }
  }

  // ── functions ─────────────────────────────────────────────────────────────────────────────────────────

  /** Starts a function, which has just been validated: homes for its locals, then the prologue. */
  startFunction(type: u32): void {
    const params = this.wasm.paramCount(type);
    const uses = this.validator.uses;
    this.homesOf.assign(
      this.localTypes,
      uses,
      params,
      this.validator.callWeight,
      this.validator.takesArgumentRegisters,
      (this.flags & FLAG_LOCALS_IN_FRAME) != 0,
    );
    this.startValues(
      this.homesOf.intPool,
      this.homesOf.xmmPool,
      this.homesOf.frameBytes,
      this.validator.hasVectors,
    );
    this.controls.length = 0;
    this.traps.length = 0;
    this.safepoints.length = 0;
    this.pool.length = 0;
    this.outgoing = 0;
    this.dead = false;
    this.a.resetLabels();
    this.prologue();
    this.saveRegisters();
    if (this.flags & FLAG_DEBUG) this.debug.saved(this.a.length, this.homesOf.saved);
    this.placeParameters(params, uses);
    this.zeroLocals(params);
    if (this.flags & FLAG_DEBUG) this.debug.body(this.a.length, this.localTypes.length);
  }

  private prologue(): void {
    const a = this.a;
    a.push(RBP);
    a.mov(W64, RBP, reg(RSP));
    a.lea(W64, RAX, mem(RSP, -FRAME_UNKNOWN));
    this.negatedFrameField = a.length - 4;
    // Code that has no safepoints cannot obey a request to preempt.
    const limit = this.flags & FLAG_PREEMPTIBLE ? <u32>CTX_LIMIT : <u32>CTX_STACK_LIMIT;
    a.alu(W64, ALU_CMP, RAX, this.context(limit));
    this.safepointIfBelow();
    a.aluImm32(W64, ALU_SUB, reg(RSP), FRAME_UNKNOWN);
    this.frameField = a.length - 4;
  }

  /** Goes to the slow path if the comparison before said "below", and comes back here from it. */
  safepointIfBelow(): void {
    const slow = this.a.newLabel();
    const back = this.a.newLabel();
    this.a.jcc(CC_B, slow);
    this.a.bind(back);
    this.safepoints.push(slow);
    this.safepoints.push(back);
    this.safepoints.push(this.opOffset);
  }

  private saveRegisters(): void {
    let at: i32 = 0;
    for (let rest = this.homesOf.saved; rest; rest &= rest - 1) {
      at -= 8;
      this.a.movTo(W64, mem(RBP, at), <u32>ctz(rest));
    }
  }

  private restoreRegisters(): void {
    let at: i32 = 0;
    for (let rest = this.homesOf.saved; rest; rest &= rest - 1) {
      at -= 8;
      this.a.mov(W64, <u32>ctz(rest), mem(RBP, at));
    }
  }

  /** Brings the parameters from where they arrive to their homes. i32 are zero-extended, whoever called. */
  private placeParameters(params: u32, uses: Words): void {
    const keepAll = (this.flags & FLAG_LOCALS_IN_FRAME) != 0;
    for (let i: u32 = 0; i < params; i++) {
      const arrival = this.homesOf.arrivals.get(i);
      if (arrival < 16 && this.homeRegister(i) >= 16 && (keepAll || uses.get(i) != 0))
        this.storeParameter(i, arrival);
    }
    for (let i: u32 = 0; i < params; i++) this.moveParameter(i, false);
    this.moves.emitInt(this.a);
    for (let i: u32 = 0; i < params; i++) this.moveParameter(i, true);
    this.moves.emitXmm(this.a);
    for (let i: u32 = 0; i < params; i++) {
      if (this.homesOf.arrivals.get(i) >= 16 && this.homeRegister(i) < 16) this.loadParameter(i);
    }
  }

  private storeParameter(local: u32, arrival: u32): void {
    const type = this.localTypes.get(local);
    if (usesXmm(type)) this.a.storeXmmOf(type, this.home(local), arrival);
    else this.a.movTo(widthOf(type), this.home(local), arrival);
  }

  private moveParameter(local: u32, floats: bool): void {
    const type = this.localTypes.get(local);
    const arrival = this.homesOf.arrivals.get(local);
    const home = this.homeRegister(local);
    if (arrival >= 16 || home >= 16 || usesXmm(type) != floats) return;
    this.moves.add(floats ? W64 : widthOf(type), home, arrival);
  }

  /** A parameter on the stack that is used enough for a register. */
  private loadParameter(local: u32): void {
    const type = this.localTypes.get(local);
    const from = mem(RBP, this.stackArrival(local));
    if (usesXmm(type)) this.a.loadXmmOf(type, this.homeRegister(local), from);
    else this.a.mov(widthOf(type), this.homeRegister(local), from);
  }

  private stackArrival(local: u32): i32 {
    let at: i32 = 16;
    for (let i: u32 = 0; i < local; i++) {
      if (this.homesOf.arrivals.get(i) >= 16) at += <i32>frameBytesOf(this.localTypes.get(i));
    }
    return at;
  }

  private zeroLocals(params: u32): void {
    for (let i = params; i < this.localTypes.length; i++) {
      const home = this.homeRegister(i);
      if (home >= 16) continue;
      if (usesXmm(this.localTypes.get(i))) this.a.xorps(home);
      else this.a.xor(W32, home, reg(home));
    }
    const count = this.homesOf.zeroedCount;
    if (count > MAX_ZERO_STORES) return this.zeroByLoop(count);
    for (let i: u32 = 0; i < count; i++) {
      this.a.movImmTo(W64, mem(RBP, -(<i32>(this.homesOf.firstZeroed + (i << 3)))), 0);
    }
  }

  private zeroByLoop(count: u32): void {
    const a = this.a;
    const top = a.newLabel();
    a.lea(W64, RAX, mem(RBP, -(<i32>(this.homesOf.firstZeroed + ((count - 1) << 3)))));
    a.movImm(RCX, count);
    a.bind(top);
    a.movImmTo(W64, mem(RAX, 0), 0);
    a.aluImm(W64, ALU_ADD, reg(RAX), 8);
    a.aluImm(W32, ALU_SUB, reg(RCX), 1);
    a.jcc(CC_NE, top);
  }

  /** Ends a function: the epilogue, then traps and safepoints. */
  finishFunction(): void {
    this.restoreRegisters();
    this.a.leave();
    this.a.ret();
    if (this.flags & FLAG_DEBUG) this.debug.returned(this.a.length, this.homesOf.homes, this.localTypes);
    this.emitTraps();
    this.emitSafepoints();
    this.emitPool();
    const used = this.homesOf.frameBytes + (this.slots << this.slotShift) + this.outgoing;
    const frame = (used + FRAME_ALIGN - 1) & ~(FRAME_ALIGN - 1);
    this.a.patchWord(this.negatedFrameField, -frame);
    this.a.patchWord(this.frameField, frame);
  }

  /** Sets vector register `r` to a constant. */
  loadVectorConstant(r: u32, low: u64, high: u64): void {
    if ((low | high) == 0) return this.a.xorps(r);
    if ((low & high) == 0xffffffffffffffff) return this.a.ones(r);
    this.a.movupsLabel(r, this.poolLabel(low, high));
  }

  private poolLabel(low: u64, high: u64): Label {
    const pool = this.pool;
    const recent = POOL_SEARCH * POOL_WORDS;
    for (let i = pool.length > recent ? pool.length - recent : 0; i < pool.length; i += POOL_WORDS) {
      const at = pool.start + ((<usize>i) << 2);
      if (load<u64>(at, 4) == low && load<u64>(at, 12) == high) return pool.get(i);
    }
    const label = this.a.newLabel();
    pool.push(label);
    pool.push(<u32>low);
    pool.push(<u32>(low >> 32));
    pool.push(<u32>high);
    pool.push(<u32>(high >> 32));
    return label;
  }

  private emitPool(): void {
    if (this.pool.length == 0) return;
    this.a.align(16);
    for (let i: u32 = 0; i < this.pool.length; i += POOL_WORDS) {
      this.a.bind(this.pool.get(i));
      this.a.reserve();
      for (let j: u32 = 1; j < POOL_WORDS; j++) this.a.word(this.pool.get(i + j));
    }
  }

  private emitTraps(): void {
    for (let i: u32 = 0; i < this.traps.length; i += TRAP_WORDS) {
      const where = this.traps.get(i + 1);
      this.a.bind(this.traps.get(i));
      this.siteAt(where >> 24, where & 0xffffff);
      this.a.ud2();
    }
  }

  private emitSafepoints(): void {
    for (let i: u32 = 0; i < this.safepoints.length; i += SAFEPOINT_WORDS) {
      const offset = this.safepoints.get(i + 2);
      this.a.bind(this.safepoints.get(i));
      if (this.flags & FLAG_PREEMPTIBLE) this.emitSafepoint(this.safepoints.get(i + 1), offset, i == 0);
      else this.emitOverflow(offset);
    }
  }

  /** The slow path of a check: the prologue's, which knows its frame in rax, may find the stack full. */
  private emitSafepoint(back: Label, wasmOffset: u32, isPrologue: bool): void {
    const a = this.a;
    let overflow: u32 = 0;
    if (isPrologue) {
      a.alu(W64, ALU_CMP, RAX, this.context(<u32>CTX_STACK_LIMIT));
      overflow = a.jccShort(CC_B);
    }
    a.callRm(this.context(<u32>CTX_SAFEPOINT));
    this.siteAt(TRAP_NONE, wasmOffset);
    a.jmp(back);
    if (!isPrologue) return;
    a.patchShort(overflow);
    this.emitOverflow(wasmOffset);
  }

  private emitOverflow(wasmOffset: u32): void {
    this.siteAt(TRAP_STACK_OVERFLOW, wasmOffset);
    this.a.ud2();
  }

  /** Notes that a call passes `bytes` on the stack. */
  needOutgoing(bytes: u32): void {
    this.outgoing = max(this.outgoing, bytes);
  }
}
