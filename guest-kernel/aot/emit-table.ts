// Code for tables and references.
//
// A reference to function i is the number i + 1, null is 0; the context's function descriptors turn it into a table
// entry. An external reference is any 64-bit number but 0. A table entry keeps what it was made of beside its code,
// so that table.get can return it.

import {
  ENTRY_CODE,
  ENTRY_SIZE,
  SEGMENT_BASE,
  SEGMENT_LENGTH,
  TABLE_BASE,
  TABLE_LENGTH,
  TABLE_MAX,
  TRAP_TABLE_OUT_OF_BOUNDS,
} from "../abi/instance.ts";
import { callCopyHelper, popBulkOperands, releaseBulkOperands } from "./emit-memory.ts";
import { Generator } from "./generator.ts";
import * as m from "./module.ts";
import { CC_A, CC_AE, CC_B, CC_E, R14, RAX, RCX, RDI, RDX, RSI, mem, memIndex, reg } from "./operand.ts";
import { TYPE_EXTERNREF, TYPE_I32 } from "./types.ts";
import { SCRATCH } from "./values.ts";
import { ALU_ADD, ALU_CMP, ALU_SUB } from "./x64.ts";
import { SHIFT_SHL, W32, W64 } from "./x64-encoder.ts";

const ENTRY_SHIFT: u32 = 4; // log2 of ENTRY_SIZE

/** u32 in a table entry, beside code and type: the function reference that it was made of. */
export const ENTRY_REFERENCE: u32 = 12;

function isExternal(g: Generator, table: u32): bool {
  return g.wasm.tableField(table, m.TABLE_TYPE) == TYPE_EXTERNREF;
}

/** `r` holds an index; it becomes the address of the entry, checked. */
function entryAddress(g: Generator, table: u32, r: u32): void {
  const at = g.layout.table(table);
  g.a.alu(W32, ALU_CMP, r, g.context(at + <u32>TABLE_LENGTH));
  g.trapIf(CC_AE, TRAP_TABLE_OUT_OF_BOUNDS);
  g.a.shiftImm(W64, SHIFT_SHL, reg(r), ENTRY_SHIFT);
  g.a.alu(W64, ALU_ADD, r, g.context(at + <u32>TABLE_BASE));
}

export function emitTableGet(g: Generator): void {
  const table = g.r.u32();
  const r = g.popIntTemp();
  entryAddress(g, table, r);
  if (isExternal(g, table)) g.a.mov(W64, r, mem(r, <i32>ENTRY_CODE));
  else g.a.mov(W32, r, mem(r, ENTRY_REFERENCE));
  g.pushInt(g.wasm.tableField(table, m.TABLE_TYPE), r);
}

export function emitTableSet(g: Generator): void {
  const table = g.r.u32();
  const value = g.popIntTemp();
  const entry = g.popIntTemp();
  entryAddress(g, table, entry);
  if (!isExternal(g, table)) descriptorAddress(g, value);
  storeEntry(g, isExternal(g, table), entry, value);
  g.freeInt(value);
  g.freeInt(entry);
}

/** `r` holds a function reference; it becomes the address of its descriptor. */
function descriptorAddress(g: Generator, r: u32): void {
  g.a.shiftImm(W64, SHIFT_SHL, reg(r), ENTRY_SHIFT);
  g.a.lea(W64, r, memIndex(R14, r, 0, <i32>g.layout.descriptors));
}

/** Stores to the entry at `entry`: an external reference, or the descriptor that `value` points to. */
function storeEntry(g: Generator, external: bool, entry: u32, value: u32): void {
  if (external) {
    g.a.movTo(W64, mem(entry, <i32>ENTRY_CODE), value);
    return;
  }
  const xmm = g.allocXmm();
  g.a.movups(xmm, mem(value, 0));
  g.a.movupsTo(mem(entry, 0), xmm);
  g.freeXmm(xmm);
}

export function emitTableSize(g: Generator): void {
  const table = g.r.u32();
  const dst = g.resultInt();
  g.a.mov(W32, dst, g.context(g.layout.table(table) + <u32>TABLE_LENGTH));
  g.pushInt(TYPE_I32, dst);
}

/** Traps if `start` + rdx is beyond the u32 at `length` in the context. */
function checkRange(g: Generator, start: u32, length: u32): void {
  g.a.mov(W32, RAX, g.context(length));
  g.a.lea(W64, SCRATCH, memIndex(start, RDX, 0, 0));
  g.a.cmp(W64, SCRATCH, reg(RAX));
  g.trapIf(CC_A, TRAP_TABLE_OUT_OF_BOUNDS);
}

/** `r` holds an index of an entry; it becomes its address, `base` being where in the context the first one's is. */
function scaleIndex(g: Generator, r: u32, base: u32): void {
  g.a.shiftImm(W64, SHIFT_SHL, reg(r), ENTRY_SHIFT);
  g.a.alu(W64, ALU_ADD, r, g.context(base));
}

function copyEntries(g: Generator, to: u32, from: u32): void {
  scaleIndex(g, RDI, to);
  scaleIndex(g, RSI, from);
  g.a.shiftImm(W64, SHIFT_SHL, reg(RDX), ENTRY_SHIFT);
  callCopyHelper(g);
  releaseBulkOperands(g);
}

export function emitTableCopy(g: Generator): void {
  const to = g.layout.table(g.r.u32());
  const from = g.layout.table(g.r.u32());
  popBulkOperands(g);
  checkRange(g, RDI, to + <u32>TABLE_LENGTH);
  checkRange(g, RSI, from + <u32>TABLE_LENGTH);
  copyEntries(g, to + <u32>TABLE_BASE, from + <u32>TABLE_BASE);
}

export function emitTableInit(g: Generator): void {
  const from = g.layout.elem(g.r.u32());
  const to = g.layout.table(g.r.u32());
  popBulkOperands(g);
  checkRange(g, RDI, to + <u32>TABLE_LENGTH);
  checkRange(g, RSI, from + <u32>SEGMENT_LENGTH);
  copyEntries(g, to + <u32>TABLE_BASE, from + <u32>SEGMENT_BASE);
}

export function emitTableFill(g: Generator): void {
  const table = g.r.u32();
  const at = g.layout.table(table);
  popBulkOperands(g); // index, value, count
  checkRange(g, RDI, at + <u32>TABLE_LENGTH);
  scaleIndex(g, RDI, at + <u32>TABLE_BASE);
  fillEntries(g, isExternal(g, table));
  releaseBulkOperands(g);
}

/** Stores the reference in rsi to rdx entries from rdi on. */
function fillEntries(g: Generator, external: bool): void {
  const a = g.a;
  const top = a.newLabel();
  const end = a.newLabel();
  if (!external) descriptorAddress(g, RSI);
  a.bind(top);
  a.aluImm(W64, ALU_SUB, reg(RDX), 1);
  a.jcc(CC_B, end);
  storeEntry(g, external, RDI, RSI);
  a.aluImm(W64, ALU_ADD, reg(RDI), <i32>ENTRY_SIZE);
  a.jmp(top);
  a.bind(end);
}

/** table.grow: the storage for the maximum is there from the start, so only the length changes. */
export function emitTableGrow(g: Generator): void {
  const a = g.a;
  const table = g.r.u32();
  const at = g.layout.table(table);
  g.spillRegisters(g.height - 2);
  g.popIntInto(RDX); // count
  g.popIntInto(RSI); // value
  g.claimInt(RDI);
  g.claimInt(RCX);
  const failed = a.newLabel();
  const done = a.newLabel();
  a.mov(W32, RCX, g.context(at + <u32>TABLE_LENGTH));
  a.lea(W64, RDI, memIndex(RCX, RDX, 0, 0));
  a.mov(W32, SCRATCH, g.context(at + <u32>TABLE_MAX));
  a.cmp(W64, RDI, reg(SCRATCH));
  a.jcc(CC_A, failed);
  a.movTo(W32, g.context(at + <u32>TABLE_LENGTH), RDI);
  a.mov(W64, RDI, reg(RCX));
  scaleIndex(g, RDI, at + <u32>TABLE_BASE);
  fillEntries(g, isExternal(g, table));
  a.jmp(done);
  a.bind(failed);
  a.movImm(RCX, 0xffffffff);
  a.bind(done);
  releaseBulkOperands(g);
  g.pushInt(TYPE_I32, RCX);
}

export function emitRefIsNull(g: Generator): void {
  const r = g.popIntTemp();
  g.a.test(W64, reg(r), r);
  g.a.setcc(CC_E, r);
  g.a.movzx8(r, reg(r));
  g.pushInt(TYPE_I32, r);
}
