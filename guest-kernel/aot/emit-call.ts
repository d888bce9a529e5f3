// Code for calls: arguments to where the convention wants them (convention.ts), results to the operand stack.

import {
  ENTRY_CODE,
  ENTRY_TYPE,
  TABLE_BASE,
  TABLE_LENGTH,
  TRAP_NONE,
  TRAP_NULL_ELEMENT,
  TRAP_SIGNATURE_MISMATCH,
  TRAP_UNDEFINED_ELEMENT,
} from "../abi/instance.ts";
import { FLOAT_ARGUMENTS, INT_ARGUMENTS, intArgument } from "./convention.ts";
import { tableWord } from "./emit-table.ts";
import { Generator } from "./generator.ts";
import { OP_UNREACHABLE } from "./opcodes.ts";
import { CC_AE, CC_E, CC_NE, RAX, RSP, mem, reg } from "./operand.ts";
import { TYPE_I32, TYPE_V128, frameBytesOf, usesXmm } from "./types.ts";
import { IN_LOCAL, IN_REGISTER, IN_XMM, SCRATCH, SCRATCH_XMM } from "./values.ts";
import { ALU_ADD, ALU_CMP } from "./x64.ts";
import { SHIFT_SHL, W32, W64 } from "./x64-encoder.ts";

const ENTRY_SHIFT: u32 = 4; // log2 of ENTRY_SIZE

export function emitCall(g: Generator): void {
  const func = g.r.u32();
  const type = g.wasm.functionType(func);
  passStackAndFloats(g, type);
  passInts(g, type);
  if (func < g.wasm.importedFunctions) {
    g.a.callRm(g.context(g.layout.imports + (func << 3)));
    finishCall(g, type, true);
  } else {
    g.calls.push(g.a.callPatched());
    g.calls.push(func);
    finishCall(g, type, false);
  }
}

export function emitCallIndirect(g: Generator): void {
  const type = g.r.u32();
  const table = g.r.u32();
  const index = g.popIntTemp();
  passStackAndFloats(g, type);
  g.a.mov(W32, SCRATCH, reg(index));
  loadTarget(g, type, table, index);
  g.freeInt(index);
  passInts(g, type);
  g.a.callRm(reg(SCRATCH));
  finishCall(g, type, true);
}

/** The scratch register holds an index into a table; it becomes the code address, all checks passed. `temp` is changed. */
function loadTarget(g: Generator, type: u32, table: u32, temp: u32): void {
  const a = g.a;
  a.alu(W32, ALU_CMP, SCRATCH, tableWord(g, table, TABLE_LENGTH, temp));
  g.trapIf(CC_AE, TRAP_UNDEFINED_ELEMENT);
  a.shiftImm(W64, SHIFT_SHL, reg(SCRATCH), ENTRY_SHIFT);
  a.alu(W64, ALU_ADD, SCRATCH, tableWord(g, table, TABLE_BASE, temp));
  a.cmpImm(W64, mem(SCRATCH, <i32>ENTRY_CODE), 0);
  g.trapIf(CC_E, TRAP_NULL_ELEMENT);
  a.cmpImm(W32, mem(SCRATCH, <i32>ENTRY_TYPE), <i32>g.wasm.canonical(type));
  g.trapIf(CC_NE, TRAP_SIGNATURE_MISMATCH);
  a.mov(W64, SCRATCH, mem(SCRATCH, <i32>ENTRY_CODE));
}

/** Spills what the call would destroy, then passes the arguments that do not go to general registers. */
function passStackAndFloats(g: Generator, type: u32): void {
  const count = g.wasm.paramCount(type);
  const first = g.height - count;
  if (comesBack(g)) {
    g.spillRegisters(first);
    g.saveHomes();
  }
  let ints: u32 = 0;
  let floats: u32 = 0;
  let stack: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const float = usesXmm(g.wasm.param(type, i));
    if (float ? floats++ < FLOAT_ARGUMENTS : ints++ < INT_ARGUMENTS) continue;
    g.storeValue(mem(RSP, <i32>stack), first + i);
    stack += frameBytesOf(g.wasm.param(type, i));
  }
  g.needOutgoing(stack);
  if (floats != 0) passFloats(g, type, first, count);
}

function passFloats(g: Generator, type: u32, first: u32, count: u32): void {
  let target: u32 = 0;
  for (let i: u32 = 0; i < count && target < FLOAT_ARGUMENTS; i++) {
    if (!usesXmm(g.wasm.param(type, i))) continue;
    if (g.kind(first + i) == IN_XMM) g.moves.add(W64, target, g.ref(first + i));
    target += 1;
  }
  g.moves.emitXmm(g.a);
  target = 0;
  for (let i: u32 = 0; i < count && target < FLOAT_ARGUMENTS; i++) {
    if (!usesXmm(g.wasm.param(type, i))) continue;
    if (g.kind(first + i) != IN_XMM) g.loadXmm(target, first + i);
    target += 1;
  }
}

/** Passes the integers in general registers. Only the scratch register survives. */
function passInts(g: Generator, type: u32): void {
  const count = g.wasm.paramCount(type);
  const first = g.height - count;
  let target: u32 = 0;
  for (let i: u32 = 0; i < count && target < INT_ARGUMENTS; i++) {
    if (usesXmm(g.wasm.param(type, i))) continue;
    const source = registerOf(g, first + i);
    if (source < 16) g.moves.add(W64, intArgument(target), source);
    target += 1;
  }
  g.moves.emitInt(g.a);
  target = 0;
  for (let i: u32 = 0; i < count && target < INT_ARGUMENTS; i++) {
    if (usesXmm(g.wasm.param(type, i))) continue;
    if (registerOf(g, first + i) >= 16) g.loadInt(intArgument(target), first + i);
    target += 1;
  }
}

/** False if what follows the call traps: then nothing that is there now is needed again. */
function comesBack(g: Generator): bool {
  return g.r.peek() != OP_UNREACHABLE;
}

/** The general register that holds value `index`, if one does; 16 or more otherwise. */
function registerOf(g: Generator, index: u32): u32 {
  if (g.kind(index) == IN_REGISTER) return g.ref(index);
  return g.kind(index) == IN_LOCAL ? g.homeRegister(g.ref(index)) : 16;
}

/** After the call instruction: its site, its arguments gone, its results there. */
function finishCall(g: Generator, type: u32, foreign: bool): void {
  g.site(TRAP_NONE);
  g.truncate(g.height - g.wasm.paramCount(type));
  if (comesBack(g)) g.restoreHomes();
  const results = g.wasm.resultCount(type);
  if (results > 1) return pushResults(g, type, results);
  if (results == 0) return;
  const result = g.wasm.result(type, 0);
  // Code that is not this module's need not keep i32 zero-extended.
  if (foreign && result == TYPE_I32) g.a.mov(W32, RAX, reg(RAX));
  g.pushResult(result);
}

/** Several results lie in the context's results area: into their slots with them. */
function pushResults(g: Generator, type: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const result = g.wasm.result(type, i);
    const from = g.context(g.layout.result(i));
    g.pushSlot(result);
    if (result == TYPE_V128) {
      g.a.movups(SCRATCH_XMM, from);
      g.a.movupsTo(g.slot(g.height - 1), SCRATCH_XMM);
    } else {
      g.a.mov(W64, SCRATCH, from);
      g.a.movTo(W64, g.slot(g.height - 1), SCRATCH);
    }
  }
}
