// Code for blocks and branches.
//
// Where control flow meets, a block's single result is in rax or xmm0; several results, and the parameters of loops,
// are in the slots that follow the values below the block. Those values are in their slots or constant since the
// block was entered, so that every path finds them alike.

import { CTX_LIMIT, TRAP_UNREACHABLE } from "../abi/instance.ts";
import { readBlockType } from "./block-type.ts";
import { Label } from "./code-buffer.ts";
import { compareWithZero } from "./emit-integer.ts";
import * as gen from "./generator.ts";
import { Generator } from "./generator.ts";
import { FLAG_PREEMPTIBLE } from "./limits.ts";
import * as op from "./opcodes.ts";
import { CC_AE, CC_NE, RAX, RSP, XMM0, mem, memIndex, reg } from "./operand.ts";
import { usesXmm, widthOf } from "./types.ts";
import { IN_FLAGS, SCRATCH } from "./values.ts";
import { ALU_CMP } from "./x64.ts";
import { W32, W64 } from "./x64-encoder.ts";

// ── frames ──────────────────────────────────────────────────────────────────────────────────────────────

/** Opens the frame of a block whose parameters are on top of the stack. */
export function pushControl(g: Generator, opcode: u32, blockType: u32, params: u32): void {
  g.controls.push(opcode);
  g.controls.push(blockType);
  g.controls.push(g.height - params);
  g.controls.push(g.a.newLabel());
  g.controls.push(opcode == op.OP_IF ? g.a.newLabel() : 0);
  g.controls.push(0);
}

/** A field of the frame `depth` blocks out. */
function control(g: Generator, depth: u32, field: u32): u32 {
  return g.controls.get(g.controls.length - (depth + 1) * gen.CONTROL_WORDS + field);
}

function setControl(g: Generator, depth: u32, field: u32, value: u32): void {
  g.controls.set(g.controls.length - (depth + 1) * gen.CONTROL_WORDS + field, value);
}

/** Number of values that a branch to the frame takes along. */
function labelArity(g: Generator, depth: u32): u32 {
  const blockType = control(g, depth, gen.CONTROL_TYPE);
  if (control(g, depth, gen.CONTROL_OP) == op.OP_LOOP) return g.wasm.blockParamCount(blockType);
  return g.wasm.blockResultCount(blockType);
}

/** True if a branch to the frame hands its values over in slots (or the results area), not in rax or xmm0. */
function takesSlots(g: Generator, depth: u32): bool {
  const arity = labelArity(g, depth);
  return arity > 1 || (arity == 1 && control(g, depth, gen.CONTROL_OP) == op.OP_LOOP);
}

/** Ends the reachable code of the innermost block. */
function die(g: Generator): void {
  g.dead = true;
  g.deadDepth = 0;
  g.truncate(control(g, 0, gen.CONTROL_HEIGHT));
}

// ── blocks ──────────────────────────────────────────────────────────────────────────────────────────────

export function emitBlock(g: Generator): void {
  const blockType = readBlockType(g.r, g.wasm);
  const params = g.wasm.blockParamCount(blockType);
  g.flush();
  g.flushTop(params);
  pushControl(g, op.OP_BLOCK, blockType, params);
}

export function emitLoop(g: Generator): void {
  const blockType = readBlockType(g.r, g.wasm);
  const params = g.wasm.blockParamCount(blockType);
  g.flush();
  g.flushTop(params);
  pushControl(g, op.OP_LOOP, blockType, params);
  g.a.bind(control(g, 0, gen.CONTROL_LABEL));
  if (!(g.flags & FLAG_PREEMPTIBLE)) return;
  g.a.alu(W64, ALU_CMP, RSP, g.context(<u32>CTX_LIMIT));
  g.safepointIfBelow();
}

export function emitIf(g: Generator): void {
  const blockType = readBlockType(g.r, g.wasm);
  const params = g.wasm.blockParamCount(blockType);
  const cc = popCondition(g);
  g.flush(); // keeps the flags
  g.flushTop(params);
  pushControl(g, op.OP_IF, blockType, params);
  g.a.jcc(cc ^ 1, control(g, 0, gen.CONTROL_ELSE));
}

/** Takes the top i32 and returns the condition under which it is not zero. */
function popCondition(g: Generator): u32 {
  const top = g.height - 1;
  if (g.kind(top) == IN_FLAGS) {
    const cc = g.ref(top);
    g.drop();
    return cc;
  }
  compareWithZero(g, W32);
  return CC_NE;
}

export function emitElse(g: Generator): void {
  if (!g.dead) {
    handOver(g, 0);
    setControl(g, 0, gen.CONTROL_BRANCHED, 1);
    g.a.jmp(control(g, 0, gen.CONTROL_LABEL));
  }
  g.truncate(control(g, 0, gen.CONTROL_HEIGHT));
  g.a.bind(control(g, 0, gen.CONTROL_ELSE));
  setControl(g, 0, gen.CONTROL_OP, op.OP_ELSE);
  g.dead = false;
  pushBlockParams(g, control(g, 0, gen.CONTROL_TYPE));
}

/** The parameters of a block as they were when it was entered. */
function pushBlockParams(g: Generator, blockType: u32): void {
  const count = g.wasm.blockParamCount(blockType);
  for (let i: u32 = 0; i < count; i++) g.pushSlot(g.wasm.blockParam(blockType, i));
}

/** Ends the innermost block. Returns false at the end of the function. */
export function emitEnd(g: Generator): bool {
  const opcode = control(g, 0, gen.CONTROL_OP);
  if (opcode == op.OP_LOOP) {
    g.controls.length -= gen.CONTROL_WORDS;
    return true;
  }
  if (opcode == op.OP_IF) endIfWithoutElse(g);
  const isFunction = opcode == op.OP_END;
  if (control(g, 0, gen.CONTROL_BRANCHED) || isFunction) meet(g, isFunction);
  g.controls.length -= gen.CONTROL_WORDS;
  return !isFunction;
}

/** The path that skips the block: its parameters are its results. */
function endIfWithoutElse(g: Generator): void {
  const blockType = control(g, 0, gen.CONTROL_TYPE);
  if (g.wasm.blockResultCount(blockType) == 0) {
    if (!g.dead) g.truncate(control(g, 0, gen.CONTROL_HEIGHT));
    g.a.bind(control(g, 0, gen.CONTROL_ELSE));
    g.dead = false;
  } else {
    emitElse(g);
  }
}

/** Brings the paths that reach the end of the innermost block together. */
function meet(g: Generator, isFunction: bool): void {
  if (!g.dead) handOver(g, 0);
  g.truncate(control(g, 0, gen.CONTROL_HEIGHT));
  g.a.bind(control(g, 0, gen.CONTROL_LABEL));
  g.dead = false;
  if (isFunction) return;
  const blockType = control(g, 0, gen.CONTROL_TYPE);
  const count = g.wasm.blockResultCount(blockType);
  if (count == 1) return g.pushResult(g.wasm.blockResult(blockType, 0));
  for (let i: u32 = 0; i < count; i++) g.pushSlot(g.wasm.blockResult(blockType, i));
}

// ── branches ────────────────────────────────────────────────────────────────────────────────────────────

/** Brings the values that a branch takes along to where its target expects them. Leaves the flags alone. */
function handOver(g: Generator, depth: u32): void {
  const arity = labelArity(g, depth);
  if (arity == 0) return;
  if (takesSlots(g, depth)) copyToTarget(g, depth, arity);
  else g.topToResult();
}

/** Copies the top `arity` values, by the scratch registers only: the stack stays as it is for other paths. */
function copyToTarget(g: Generator, depth: u32, arity: u32): void {
  const isFunction = control(g, depth, gen.CONTROL_OP) == op.OP_END;
  const first = g.height - arity;
  const target = control(g, depth, gen.CONTROL_HEIGHT);
  for (let i: u32 = 0; i < arity; i++) {
    if (isFunction) g.storeValue(g.context(g.layout.result(i)), first + i);
    else g.storeToSlot(target + i, first + i);
  }
}

/** A jump to the frame, values handed over. */
function jump(g: Generator, depth: u32): void {
  setControl(g, depth, gen.CONTROL_BRANCHED, 1);
  g.a.jmp(control(g, depth, gen.CONTROL_LABEL));
}

export function emitBr(g: Generator, depth: u32): void {
  handOver(g, depth);
  jump(g, depth);
  die(g);
}

/** return: a branch to the function's own frame. */
export function emitReturn(g: Generator): void {
  emitBr(g, g.controls.length / gen.CONTROL_WORDS - 1);
}

export function emitBrIf(g: Generator): void {
  const depth = g.r.u32();
  const cc = popCondition(g);
  if (takesSlots(g, depth)) {
    const stay = g.a.newLabel();
    g.a.jcc(cc ^ 1, stay);
    handOver(g, depth);
    jump(g, depth);
    g.a.bind(stay);
  } else {
    handOver(g, depth);
    setControl(g, depth, gen.CONTROL_BRANCHED, 1);
    g.a.jcc(cc, control(g, depth, gen.CONTROL_LABEL));
  }
}

/** br_table: through a table of distances behind the jump. */
export function emitBrTable(g: Generator): void {
  const a = g.a;
  const index = g.popIntTemp(1 << RAX);
  const count = g.r.u32();
  const first = g.r.at;
  skipLabels(g, count);
  const fallback = g.r.u32();
  const bySlots = takesSlots(g, fallback) || anyTakesSlots(g, first, count);
  if (!bySlots) handOver(g, fallback);
  const table = a.newLabel();
  const otherwise = a.newLabel();
  a.cmpImm(W32, reg(index), <i32>count);
  a.jcc(CC_AE, otherwise);
  a.leaLabel(SCRATCH, table);
  a.lea(W64, SCRATCH, memIndex(SCRATCH, index, 2, 0));
  a.movsxd(index, mem(SCRATCH, 0));
  a.lea(W64, SCRATCH, memIndex(SCRATCH, index, 0, 4));
  a.jmpRm(reg(SCRATCH));
  g.freeInt(index);
  a.bind(table);
  emitTable(g, first, count, fallback, otherwise, bySlots);
  die(g);
}

function skipLabels(g: Generator, count: u32): void {
  for (let i: u32 = 0; i < count; i++) g.r.u32();
}

/** True if a label of the table wants its values in slots; the cursor ends where it was. */
function anyTakesSlots(g: Generator, first: u32, count: u32): bool {
  const end = g.r.at;
  let any = false;
  g.r.at = first;
  for (let i: u32 = 0; i < count; i++) any = takesSlots(g, g.r.u32()) || any;
  g.r.at = end;
  return any;
}

/** The table: for each label the distance from the end of its field. Then the jumps that hand values over. */
function emitTable(
  g: Generator,
  first: u32,
  count: u32,
  fallback: u32,
  otherwise: Label,
  bySlots: bool,
): void {
  const a = g.a;
  const end = g.r.at;
  const stubs = a.labelCount;
  if (bySlots) for (let i: u32 = 0; i < count; i++) a.newLabel();
  g.r.at = first;
  for (let i: u32 = 0; i < count; i++) {
    const depth = g.r.u32();
    setControl(g, depth, gen.CONTROL_BRANCHED, 1);
    a.reserve();
    a.relative(bySlots ? stubs + i : control(g, depth, gen.CONTROL_LABEL));
  }
  if (bySlots) {
    g.r.at = first;
    for (let i: u32 = 0; i < count; i++) {
      a.bind(stubs + i);
      emitStub(g, g.r.u32());
    }
  }
  g.r.at = end;
  a.bind(otherwise);
  if (bySlots) emitStub(g, fallback);
  else jump(g, fallback);
}

/** Hands the values over without changing the stack, then jumps. */
function emitStub(g: Generator, depth: u32): void {
  const arity = labelArity(g, depth);
  if (takesSlots(g, depth)) {
    copyToTarget(g, depth, arity);
  } else if (arity == 1) {
    if (usesXmm(g.type(g.height - 1))) g.loadXmm(XMM0, g.height - 1);
    else g.loadInt(RAX, g.height - 1);
  }
  jump(g, depth);
}

// ── select, unreachable ─────────────────────────────────────────────────────────────────────────────────

export function emitUnreachable(g: Generator): void {
  g.trap(TRAP_UNREACHABLE);
  die(g);
}

export function emitSelect(g: Generator): void {
  const type = g.type(g.height - 2);
  const cc = popCondition(g);
  if (usesXmm(type)) return selectFloat(g, type, cc);
  const otherwise = g.popOperand(); // moves keep the flags
  const value = g.popIntTemp();
  g.a.cmov(widthOf(type), cc ^ 1, value, otherwise);
  g.release(otherwise);
  g.pushInt(type, value);
}

function selectFloat(g: Generator, type: u32, cc: u32): void {
  const otherwise = g.popXmm();
  const value = g.popXmmTemp();
  const keep = g.a.jccShort(cc);
  g.a.movaps(value, otherwise);
  g.a.patchShort(keep);
  g.freeXmm(otherwise);
  g.pushXmm(type, value);
}
