// Code for tables and references.
//
// A function reference is a number, null is 0; function descriptors, which the context points to, turn it into a table
// entry. An external reference is any 64-bit number but 0. A table entry keeps what it was made of beside its code,
// so that table.get can return it.
//
// An imported table is reached through its address, which the context has in the table's place.

import {
  ENTRY_CODE,
  ENTRY_REFERENCE,
  ENTRY_SIZE,
  REFERENCES_COUNT,
  REFERENCES_ENTRIES,
  REFERENCES_FIRST,
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
import { CC_A, CC_AE, CC_B, CC_E, Operand, RAX, RCX, RDI, RDX, RSI, mem, memIndex, reg } from "./operand.ts";
import { TYPE_EXTERNREF, TYPE_FUNCREF, TYPE_I32 } from "./types.ts";
import { SCRATCH } from "./values.ts";
import { ALU_ADD, ALU_CMP, ALU_SUB } from "./x64.ts";
import { SHIFT_SHL, W32, W64 } from "./x64-encoder.ts";

const ENTRY_SHIFT: u32 = 4; // log2 of ENTRY_SIZE

function isExternal(g: Generator, table: u32): bool {
  return g.wasm.tableField(table, m.TABLE_TYPE) == TYPE_EXTERNREF;
}

/** The word of `table` at TABLE_*. Register `temp`, which nothing else may use meanwhile, is changed for imported tables. */
export function tableWord(g: Generator, table: u32, field: usize, temp: u32): Operand {
  const at = g.layout.table(table);
  if (!g.wasm.tableField(table, m.TABLE_IMPORTED)) return g.context(at + <u32>field);
  g.a.mov(W64, temp, g.context(at));
  return mem(temp, <i32>field);
}

/** `r` holds an index; it becomes the address of the entry, checked. */
function entryAddress(g: Generator, table: u32, r: u32): void {
  g.a.alu(W32, ALU_CMP, r, tableWord(g, table, TABLE_LENGTH, SCRATCH));
  g.trapIf(CC_AE, TRAP_TABLE_OUT_OF_BOUNDS);
  g.a.shiftImm(W64, SHIFT_SHL, reg(r), ENTRY_SHIFT);
  g.a.alu(W64, ALU_ADD, r, tableWord(g, table, TABLE_BASE, SCRATCH));
}

export function emitTableGet(g: Generator): void {
  const table = g.r.u32();
  const r = g.popIntTemp();
  entryAddress(g, table, r);
  if (isExternal(g, table)) g.a.mov(W64, r, mem(r, <i32>ENTRY_CODE));
  else g.a.mov(W32, r, mem(r, <i32>ENTRY_REFERENCE));
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

/**
 * `r` holds a function reference; it becomes the address of its descriptor. Valid code makes no others than there are:
 * that is checked here all the same, so that memory is safe whatever the validator lets through.
 */
function descriptorAddress(g: Generator, r: u32): void {
  g.a.mov(W32, r, reg(r));
  g.a.alu(W32, ALU_CMP, r, g.context(g.layout.references + <u32>REFERENCES_COUNT));
  g.trapIf(CC_AE, TRAP_TABLE_OUT_OF_BOUNDS);
  g.a.shiftImm(W64, SHIFT_SHL, reg(r), ENTRY_SHIFT);
  g.a.alu(W64, ALU_ADD, r, g.context(g.layout.references + <u32>REFERENCES_ENTRIES));
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
  g.a.mov(W32, dst, tableWord(g, table, TABLE_LENGTH, dst));
  g.pushInt(TYPE_I32, dst);
}

/** Traps if `start` + rdx is beyond the u32 `length`. */
function checkRange(g: Generator, start: u32, length: Operand): void {
  g.a.mov(W32, RAX, length);
  g.a.lea(W64, SCRATCH, memIndex(start, RDX, 0, 0));
  g.a.cmp(W64, SCRATCH, reg(RAX));
  g.trapIf(CC_A, TRAP_TABLE_OUT_OF_BOUNDS);
}

/** `r` holds an index of an entry; it becomes its address, `base` being that of the first. */
function scaleIndex(g: Generator, r: u32, base: Operand): void {
  g.a.shiftImm(W64, SHIFT_SHL, reg(r), ENTRY_SHIFT);
  g.a.alu(W64, ALU_ADD, r, base);
}

/** Copies rdx entries. */
function copyEntries(g: Generator): void {
  g.a.shiftImm(W64, SHIFT_SHL, reg(RDX), ENTRY_SHIFT);
  callCopyHelper(g);
  releaseBulkOperands(g);
}

export function emitTableCopy(g: Generator): void {
  const to = g.r.u32();
  const from = g.r.u32();
  popBulkOperands(g);
  checkRange(g, RDI, tableWord(g, to, TABLE_LENGTH, RAX));
  checkRange(g, RSI, tableWord(g, from, TABLE_LENGTH, RAX));
  scaleIndex(g, RDI, tableWord(g, to, TABLE_BASE, RAX));
  scaleIndex(g, RSI, tableWord(g, from, TABLE_BASE, RAX));
  copyEntries(g);
}

export function emitTableInit(g: Generator): void {
  const from = g.layout.elem(g.r.u32());
  const to = g.r.u32();
  popBulkOperands(g);
  checkRange(g, RDI, tableWord(g, to, TABLE_LENGTH, RAX));
  checkRange(g, RSI, g.context(from + <u32>SEGMENT_LENGTH));
  scaleIndex(g, RDI, tableWord(g, to, TABLE_BASE, RAX));
  scaleIndex(g, RSI, g.context(from + <u32>SEGMENT_BASE));
  copyEntries(g);
}

export function emitTableFill(g: Generator): void {
  const table = g.r.u32();
  popBulkOperands(g); // index, value, count
  checkRange(g, RDI, tableWord(g, table, TABLE_LENGTH, RAX));
  scaleIndex(g, RDI, tableWord(g, table, TABLE_BASE, RAX));
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
  g.spillRegisters(g.height - 2);
  g.popIntInto(RDX); // count
  g.popIntInto(RSI); // value
  g.claimInt(RDI);
  g.claimInt(RCX);
  const failed = a.newLabel();
  const done = a.newLabel();
  a.mov(W32, RCX, tableWord(g, table, TABLE_LENGTH, RAX));
  a.lea(W64, RDI, memIndex(RCX, RDX, 0, 0));
  a.mov(W32, SCRATCH, tableWord(g, table, TABLE_MAX, RAX));
  a.cmp(W64, RDI, reg(SCRATCH));
  a.jcc(CC_A, failed);
  a.movTo(W32, tableWord(g, table, TABLE_LENGTH, RAX), RDI);
  a.mov(W64, RDI, reg(RCX));
  scaleIndex(g, RDI, tableWord(g, table, TABLE_BASE, RAX));
  fillEntries(g, isExternal(g, table));
  a.jmp(done);
  a.bind(failed);
  a.movImm(RCX, 0xffffffff);
  a.bind(done);
  releaseBulkOperands(g);
  g.pushInt(TYPE_I32, RCX);
}

export function emitRefFunc(g: Generator): void {
  const func = g.r.u32();
  const dst = g.resultInt();
  g.a.mov(W32, dst, g.context(g.layout.references + <u32>REFERENCES_FIRST));
  g.a.aluImm(W32, ALU_ADD, reg(dst), <i32>(func + 1));
  g.pushInt(TYPE_FUNCREF, dst);
}

export function emitRefIsNull(g: Generator): void {
  const r = g.popIntTemp();
  g.a.test(W64, reg(r), r);
  g.a.setcc(CC_E, r);
  g.a.movzx8(r, reg(r));
  g.pushInt(TYPE_I32, r);
}
