// Code for memory: loads, stores, atomics, and the bulk operations.
//
// A load or store is checked by the MMU: the window behind r15 has a guard that covers every 32-bit address plus
// every 32-bit offset. Bulk operations compare with the memory's size before they touch anything.

import {
  CTX_MEMORY_GROW,
  CTX_MEMORY_BYTES,
  CTX_MEMORY_PAGES,
  SEGMENT_BASE,
  SEGMENT_LENGTH,
  TRAP_NONE,
  TRAP_OUT_OF_BOUNDS,
  TRAP_UNALIGNED_ATOMIC,
} from "../abi/instance.ts";
import { Generator } from "./generator.ts";
import * as op from "./opcodes.ts";
import { CC_A, CC_NE, Operand, R15, RAX, RCX, RDI, RDX, RSI, mem, memIndex, reg } from "./operand.ts";
import { TYPE_I32, usesXmm, widthOf } from "./types.ts";
import { SCRATCH } from "./values.ts";
import { ALU_ADD, ALU_AND, ALU_CMP, ALU_OR, ALU_XOR } from "./x64.ts";
import { W32, W64 } from "./x64-encoder.ts";

const MAX_DISP: u32 = 0x7fffffff;

/** Takes the top i32, an address, and returns the memory operand at `offset` from it; `release` it. */
export function popAddress(g: Generator, offset: u32): Operand {
  if (g.topIsConstant()) return constantAddress(g, g.popConstant() + <u64>offset);
  const address = g.popInt();
  if (offset <= MAX_DISP) return memIndex(R15, address, 0, <i32>offset);
  g.a.movImm(SCRATCH, offset);
  g.a.add(W64, SCRATCH, reg(address));
  g.freeInt(address);
  return memIndex(R15, SCRATCH, 0, 0);
}

function constantAddress(g: Generator, address: u64): Operand {
  if (address <= <u64>MAX_DISP) return mem(R15, <i32>address);
  g.a.movImm(SCRATCH, address);
  return memIndex(R15, SCRATCH, 0, 0);
}

/** Reads the alignment (validated, not needed) and returns the offset. */
export function readOffset(g: Generator): u32 {
  g.r.u32();
  return g.r.u32();
}

// ── loads and stores ────────────────────────────────────────────────────────────────────────────────────

export function emitLoad(g: Generator, opcode: u32): void {
  const type = op.accessType(opcode);
  const from = popAddress(g, readOffset(g));
  if (usesXmm(type)) {
    const dst = g.allocXmm();
    g.site(TRAP_OUT_OF_BOUNDS);
    g.a.movsLoad(widthOf(type), dst, from);
    g.release(from);
    return g.pushXmm(type, dst);
  }
  const dst = g.resultInt();
  g.site(TRAP_OUT_OF_BOUNDS);
  loadInteger(g, opcode, dst, from);
  g.release(from);
  g.pushInt(type, dst);
}

function loadInteger(g: Generator, opcode: u32, dst: u32, from: Operand): void {
  switch (opcode) {
    case 0x28:
    case 0x35:
      return g.a.mov(W32, dst, from); // i32.load, i64.load32_u
    case 0x29:
      return g.a.mov(W64, dst, from); // i64.load
    case 0x2c:
      return g.a.movsx8(W32, dst, from);
    case 0x2d:
    case 0x31:
      return g.a.movzx8(dst, from);
    case 0x2e:
      return g.a.movsx16(W32, dst, from);
    case 0x2f:
    case 0x33:
      return g.a.movzx16(dst, from);
    case 0x30:
      return g.a.movsx8(W64, dst, from);
    case 0x32:
      return g.a.movsx16(W64, dst, from);
    default:
      return g.a.movsxd(dst, from); // i64.load32_s
  }
}

export function emitStore(g: Generator, opcode: u32): void {
  const offset = readOffset(g);
  const type = op.accessType(opcode);
  if (usesXmm(type)) return storeFloat(g, type, offset);
  if (g.topIsImmediate()) return storeImmediate(g, op.accessSize(opcode), offset);
  const value = g.popInt();
  const to = popAddress(g, offset);
  g.site(TRAP_OUT_OF_BOUNDS);
  storeInteger(g, op.accessSize(opcode), to, value);
  g.release(to);
  g.freeInt(value);
}

function storeFloat(g: Generator, type: u32, offset: u32): void {
  const value = g.popXmm();
  const to = popAddress(g, offset);
  g.site(TRAP_OUT_OF_BOUNDS);
  g.a.movsStore(widthOf(type), to, value);
  g.release(to);
  g.freeXmm(value);
}

function storeImmediate(g: Generator, size: u32, offset: u32): void {
  const value = <i32>g.popConstant();
  const to = popAddress(g, offset);
  g.site(TRAP_OUT_OF_BOUNDS);
  if (size == 0) g.a.movImmTo8(to, value);
  else if (size == 1) g.a.movImmTo16(to, value);
  else g.a.movImmTo(size == 3 ? W64 : W32, to, value);
  g.release(to);
}

function storeInteger(g: Generator, size: u32, to: Operand, value: u32): void {
  if (size == 0) g.a.movTo8(to, value);
  else if (size == 1) g.a.movTo16(to, value);
  else g.a.movTo(size == 3 ? W64 : W32, to, value);
}

export function emitMemorySize(g: Generator): void {
  const dst = g.resultInt();
  g.a.mov(W32, dst, g.context(<u32>CTX_MEMORY_PAGES));
  g.pushInt(TYPE_I32, dst);
}

export function emitMemoryGrow(g: Generator): void {
  g.spillRegisters(g.height - 1);
  g.popIntInto(RDI);
  g.freeInt(RDI);
  g.saveHomes();
  g.a.callRm(g.context(<u32>CTX_MEMORY_GROW));
  g.site(TRAP_NONE);
  g.restoreHomes();
  g.a.mov(W32, RAX, reg(RAX));
  g.pushResult(TYPE_I32);
}

// ── atomics ─────────────────────────────────────────────────────────────────────────────────────────────

/** Threads proposal: an atomic access; `sub` is its opcode after OP_PREFIX_FE. */
export function emitAtomic(g: Generator, sub: u32): void {
  if (sub == op.FE_FENCE) {
    g.r.byte();
    return g.a.mfence();
  }
  const group = (sub - op.FE_FIRST_ACCESS) / op.FE_GROUP_SIZE;
  const variant = (sub - op.FE_FIRST_ACCESS) % op.FE_GROUP_SIZE;
  const size = op.atomicSize(variant);
  const type = op.atomicType(variant);
  const offset = readOffset(g);
  if (group == op.FE_GROUP_LOAD) return atomicLoad(g, type, size, offset);
  if (group == op.FE_GROUP_CMPXCHG) return atomicCompareExchange(g, type, size, offset);
  if (group >= 4 && group <= 6) return atomicLogic(g, group, type, size, offset);
  const value = g.popIntTemp();
  const at = popAtomicAddress(g, offset, size);
  if (group == 3) g.a.neg(W64, reg(value));
  g.site(TRAP_OUT_OF_BOUNDS);
  if (group == 2 || group == 3) lockedAdd(g, size, at, value);
  else exchange(g, size, at, value);
  g.release(at);
  if (group == op.FE_GROUP_STORE) return g.freeInt(value);
  zeroExtend(g, size, value);
  g.pushInt(type, value);
}

/** As `popAddress`, in a register of its own; traps unless the address is a multiple of the size: a locked access across lines is for no one. */
function popAtomicAddress(g: Generator, offset: u32, size: u32): Operand {
  const address = g.popIntTemp();
  if (offset != 0) {
    g.a.movImm(SCRATCH, offset);
    g.a.add(W64, address, reg(SCRATCH));
  }
  if (size != 0) {
    g.a.testImm(W32, reg(address), (1 << size) - 1);
    g.trapIf(CC_NE, TRAP_UNALIGNED_ATOMIC);
  }
  return memIndex(R15, address, 0, 0);
}

function atomicLoad(g: Generator, type: u32, size: u32, offset: u32): void {
  const from = popAtomicAddress(g, offset, size);
  const dst = g.allocInt();
  g.site(TRAP_OUT_OF_BOUNDS);
  if (size == 0) g.a.movzx8(dst, from);
  else if (size == 1) g.a.movzx16(dst, from);
  else g.a.mov(size == 3 ? W64 : W32, dst, from);
  g.release(from);
  g.pushInt(type, dst);
}

function lockedAdd(g: Generator, size: u32, at: Operand, value: u32): void {
  if (size == 1) return g.a.lockXadd16(at, value);
  g.a.lock();
  if (size == 0) g.a.xadd8(at, value);
  else g.a.xadd(size == 3 ? W64 : W32, at, value);
}

/** xchg with memory is locked without being asked. */
function exchange(g: Generator, size: u32, at: Operand, value: u32): void {
  if (size == 0) g.a.xchg8(at, value);
  else if (size == 1) g.a.xchg16(at, value);
  else g.a.xchg(size == 3 ? W64 : W32, at, value);
}

function lockedCompareExchange(g: Generator, size: u32, at: Operand, value: u32): void {
  if (size == 1) return g.a.lockCmpxchg16(at, value);
  g.a.lock();
  if (size == 0) g.a.cmpxchg8(at, value);
  else g.a.cmpxchg(size == 3 ? W64 : W32, at, value);
}

function zeroExtend(g: Generator, size: u32, r: u32): void {
  if (size == 0) g.a.movzx8(r, reg(r));
  else if (size == 1) g.a.movzx16(r, reg(r));
  else if (size == 2) g.a.mov(W32, r, reg(r));
}

function atomicCompareExchange(g: Generator, type: u32, size: u32, offset: u32): void {
  const replacement = g.popIntTemp(1 << RAX);
  g.popIntInto(RAX);
  const at = popAtomicAddress(g, offset, size);
  g.site(TRAP_OUT_OF_BOUNDS);
  lockedCompareExchange(g, size, at, replacement);
  g.release(at);
  g.freeInt(replacement);
  zeroExtend(g, size, RAX);
  g.pushInt(type, RAX);
}

/** and, or, xor: x86 has no form that returns the old value, so compare and exchange until it holds. */
function atomicLogic(g: Generator, group: u32, type: u32, size: u32, offset: u32): void {
  const a = g.a;
  const operation = group == 4 ? ALU_AND : group == 5 ? ALU_OR : ALU_XOR;
  const value = g.popIntTemp(1 << RAX);
  g.claimInt(RAX);
  const at = popAtomicAddress(g, offset, size);
  g.site(TRAP_OUT_OF_BOUNDS);
  if (size == 0) a.movzx8(RAX, at);
  else if (size == 1) a.movzx16(RAX, at);
  else a.mov(size == 3 ? W64 : W32, RAX, at);
  const again = a.newLabel();
  a.bind(again);
  a.mov(W64, SCRATCH, reg(RAX));
  a.alu(W64, operation, SCRATCH, reg(value));
  lockedCompareExchange(g, size, at, SCRATCH);
  a.jcc(CC_NE, again);
  g.release(at);
  g.freeInt(value);
  zeroExtend(g, size, RAX);
  g.pushInt(type, RAX);
}

// ── bulk operations ─────────────────────────────────────────────────────────────────────────────────────

/** Takes destination, source (or value) and length into rdi, rsi, rdx. */
export function popBulkOperands(g: Generator): void {
  g.spillRegisters(g.height - 3);
  g.popIntInto(RDX);
  g.popIntInto(RSI);
  g.popIntInto(RDI);
}

/** Gives back the registers that `popBulkOperands` took. */
export function releaseBulkOperands(g: Generator): void {
  g.freeInt(RDX);
  g.freeInt(RSI);
  g.freeInt(RDI);
}

/** Traps if `start` + rdx is beyond the memory. */
function checkMemoryRange(g: Generator, start: u32): void {
  g.a.lea(W64, SCRATCH, memIndex(start, RDX, 0, 0));
  g.a.cmp(W64, SCRATCH, g.context(<u32>CTX_MEMORY_BYTES));
  g.trapIf(CC_A, TRAP_OUT_OF_BOUNDS);
}

/** Calls the copy routine: rdi, rsi, rdx are addresses and bytes. */
export function callCopyHelper(g: Generator): void {
  const field = g.a.callPatched();
  g.a.patchWord(field, g.copyHelper - g.a.length);
  g.site(TRAP_NONE);
}

export function emitMemoryCopy(g: Generator): void {
  g.r.skip(2);
  popBulkOperands(g);
  checkMemoryRange(g, RDI);
  checkMemoryRange(g, RSI);
  g.a.add(W64, RDI, reg(R15));
  g.a.add(W64, RSI, reg(R15));
  callCopyHelper(g);
  releaseBulkOperands(g);
}

export function emitMemoryFill(g: Generator): void {
  g.r.skip(1);
  popBulkOperands(g);
  checkMemoryRange(g, RDI);
  g.a.add(W64, RDI, reg(R15));
  g.a.mov(W32, RAX, reg(RSI));
  g.a.mov(W64, RCX, reg(RDX));
  g.site(TRAP_OUT_OF_BOUNDS);
  g.a.repStosb();
  releaseBulkOperands(g);
}

export function emitMemoryInit(g: Generator): void {
  const segment = g.layout.data(g.r.u32());
  g.r.skip(1);
  popBulkOperands(g);
  checkMemoryRange(g, RDI);
  g.a.lea(W64, SCRATCH, memIndex(RSI, RDX, 0, 0));
  g.a.mov(W32, RAX, g.context(segment + <u32>SEGMENT_LENGTH));
  g.a.alu(W64, ALU_CMP, SCRATCH, reg(RAX));
  g.trapIf(CC_A, TRAP_OUT_OF_BOUNDS);
  g.a.alu(W64, ALU_ADD, RDI, reg(R15));
  g.a.alu(W64, ALU_ADD, RSI, g.context(segment + <u32>SEGMENT_BASE));
  callCopyHelper(g);
  releaseBulkOperands(g);
}

/** data.drop and elem.drop of the segment at context offset `segment`. */
export function emitDrop(g: Generator, segment: u32): void {
  g.a.movImmTo(W32, g.context(segment + <u32>SEGMENT_LENGTH), 0);
}
