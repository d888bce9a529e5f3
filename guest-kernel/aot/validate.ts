// Validates function bodies by the algorithm of the specification's appendix (WebAssembly 2.0 §7.3), and notes
// what the code generator wants to know before it starts: how much each local is used, and whether there are calls.

import { readBlockType } from "./block-type.ts";
import * as limits from "./limits.ts";
import * as m from "./module.ts";
import { Module } from "./module.ts";
import * as op from "./opcodes.ts";
import { Reader } from "./reader.ts";
import {
  TYPE_F32,
  TYPE_F64,
  TYPE_FUNCREF,
  TYPE_I32,
  TYPE_I64,
  TYPE_UNKNOWN,
  TYPE_V128,
  isReference,
  isValueType,
} from "./types.ts";
import { validateVector } from "./validate-vector.ts";
import { Words, newWords, releaseWords } from "./words.ts";

// A control frame
const FRAME_OP: u32 = 0; // OP_BLOCK, OP_LOOP, OP_IF, OP_ELSE; OP_END for the function itself
const FRAME_TYPE: u32 = 1; // block type
const FRAME_HEIGHT: u32 = 2; // operands below it
const FRAME_UNREACHABLE: u32 = 3;
const FRAME_WORDS: u32 = 4;

// A use in a loop counts as eight of the code around it, three loops deep at most.
const LOOP_SHIFT: u32 = 3;
const MAX_LOOP_SHIFT: u32 = 9;
const MAX_CALL_WEIGHT: u32 = 1 << 24; // twice it is no overflow

/** Validates one function at a time; keeps its stacks between them. */
@unmanaged
export class Validator {
  r: Reader;
  wasm: Module;
  operands: Words = newWords(); // types
  frames: Words = newWords();
  locals: Words = newWords(); // types
  uses: Words = newWords(); // weighted uses of each local
  localCount: u32;
  loopShift: u32;
  callWeight: u32; // weighted calls that come back
  takesArgumentRegisters: bool; // some instruction takes rdi and rsi, as bulk operations do
  hasVectors: bool; // the function handles vectors
  hasTableWrites: bool; // of the module: it needs the function descriptors

  constructor(r: Reader, wasm: Module) {
    this.r = r;
    this.wasm = wasm;
  }

  free(): void {
    releaseWords(this.operands);
    releaseWords(this.frames);
    releaseWords(this.locals);
    releaseWords(this.uses);
  }

  /** Validates the body of `func`; returns the offset of its first instruction. Errors are in the reader. */
  validateFunction(func: u32): u32 {
    const r = this.r;
    const type = this.wasm.functionType(func);
    r.at = this.wasm.functionField(func, m.FUNC_BODY);
    r.end = this.wasm.functionField(func, m.FUNC_BODY_END);
    this.readLocals(type);
    const first = r.at;
    this.operands.length = 0;
    this.frames.length = 0;
    this.loopShift = 0;
    this.callWeight = 0;
    this.takesArgumentRegisters = false;
    this.hasVectors = false;
    this.pushFrame(op.OP_END, type);
    while (!r.failed && this.frames.length != 0) this.instruction(r.byte());
    if (!r.failed && r.remaining() != 0) r.fail("section size mismatch");
    return first;
  }

  private readLocals(type: u32): void {
    const r = this.r;
    const params = this.wasm.paramCount(type);
    this.locals.length = 0;
    for (let i: u32 = 0; i < params; i++) this.locals.push(this.wasm.param(type, i));
    const groups = r.count(0xffffffff, "");
    for (let i: u32 = 0; i < groups && !r.failed; i++) {
      const count = r.u32();
      const local = r.byte();
      if (!isValueType(local)) return r.failAt(r.at - 1, "malformed value type");
      if (count > limits.MAX_LOCALS - this.locals.length) return r.fail("too many locals");
      for (let j: u32 = 0; j < count; j++) this.locals.push(local);
    }
    this.localCount = this.locals.length;
    this.uses.length = 0;
    this.uses.resize(this.localCount);
  }

  // ── operands ──────────────────────────────────────────────────────────────────────────────────────────

  push(type: u32): void {
    if (this.operands.length == limits.MAX_OPERANDS) return this.r.fail("too many operands");
    this.operands.push(type);
    if (type == TYPE_V128) this.hasVectors = true;
  }

  private frameField(depth: u32, field: u32): u32 {
    return this.frames.get(this.frames.length - (depth + 1) * FRAME_WORDS + field);
  }

  private popAny(): u32 {
    if (this.r.failed) return TYPE_UNKNOWN;
    if (this.operands.length == this.frameField(0, FRAME_HEIGHT)) {
      if (!this.frameField(0, FRAME_UNREACHABLE)) this.r.fail("type mismatch");
      return TYPE_UNKNOWN;
    }
    this.operands.length -= 1;
    return this.operands.get(this.operands.length);
  }

  pop(expected: u32): u32 {
    const found = this.popAny();
    if (found == TYPE_UNKNOWN) return expected;
    if (found != expected && expected != TYPE_UNKNOWN) this.r.fail("type mismatch");
    return found;
  }

  // ── control frames ────────────────────────────────────────────────────────────────────────────────────

  private pushFrame(opcode: u32, blockType: u32): void {
    if (this.frames.length == limits.MAX_NESTING * FRAME_WORDS) return this.r.fail("nesting too deep");
    this.frames.push(opcode);
    this.frames.push(blockType);
    this.frames.push(this.operands.length);
    this.frames.push(0);
    if (opcode == op.OP_LOOP) this.loopShift += LOOP_SHIFT;
    if (opcode == op.OP_END) return; // a function's parameters are locals, not operands
    const params = this.wasm.blockParamCount(blockType);
    for (let i: u32 = 0; i < params; i++) this.push(this.wasm.blockParam(blockType, i));
  }

  /** Checks that exactly the block's results are there and removes the innermost frame. */
  private popFrame(): void {
    const blockType = this.frameField(0, FRAME_TYPE);
    const height = this.frameField(0, FRAME_HEIGHT);
    this.popResults(blockType);
    if (this.operands.length != height) this.r.fail("type mismatch");
    if (this.frameField(0, FRAME_OP) == op.OP_LOOP) this.loopShift -= LOOP_SHIFT;
    this.frames.length -= FRAME_WORDS;
  }

  private popResults(blockType: u32): void {
    for (let i = this.wasm.blockResultCount(blockType); i > 0; i--)
      this.pop(this.wasm.blockResult(blockType, i - 1));
  }

  private popParams(blockType: u32): void {
    for (let i = this.wasm.blockParamCount(blockType); i > 0; i--)
      this.pop(this.wasm.blockParam(blockType, i - 1));
  }

  private pushResults(blockType: u32): void {
    const count = this.wasm.blockResultCount(blockType);
    for (let i: u32 = 0; i < count; i++) this.push(this.wasm.blockResult(blockType, i));
  }

  private setUnreachable(): void {
    if (this.r.failed) return;
    const frame = this.frames.length - FRAME_WORDS;
    this.operands.length = this.frames.get(frame + FRAME_HEIGHT);
    this.frames.set(frame + FRAME_UNREACHABLE, 1);
  }

  private labelCount(depth: u32): u32 {
    const blockType = this.frameField(depth, FRAME_TYPE);
    if (this.frameField(depth, FRAME_OP) == op.OP_LOOP) return this.wasm.blockParamCount(blockType);
    return this.wasm.blockResultCount(blockType);
  }

  private labelType(depth: u32, index: u32): u32 {
    const blockType = this.frameField(depth, FRAME_TYPE);
    if (this.frameField(depth, FRAME_OP) == op.OP_LOOP) return this.wasm.blockParam(blockType, index);
    return this.wasm.blockResult(blockType, index);
  }

  private popLabel(depth: u32): void {
    for (let i = this.labelCount(depth); i > 0; i--) this.pop(this.labelType(depth, i - 1));
  }

  private pushLabel(depth: u32): void {
    const count = this.labelCount(depth);
    for (let i: u32 = 0; i < count; i++) this.push(this.labelType(depth, i));
  }

  private readLabel(): u32 {
    const depth = this.r.u32();
    if (depth < this.frames.length / FRAME_WORDS) return depth;
    this.r.fail("unknown label");
    return 0;
  }

  // ── instructions ──────────────────────────────────────────────────────────────────────────────────────

  private instruction(opcode: u32): void {
    if (opcode >= op.OP_I32_EQZ && opcode <= op.OP_I64_EXTEND32_S)
      return this.plain(op.plainSignature(opcode));
    if (opcode >= op.OP_I32_LOAD && opcode <= op.OP_I64_STORE32) return this.access(opcode);
    if (opcode < op.OP_DROP) return this.control(opcode);
    if (opcode >= op.OP_LOCAL_GET && opcode <= op.OP_TABLE_SET) return this.variable(opcode);
    switch (opcode) {
      case op.OP_DROP:
        this.popAny();
        break;
      case op.OP_SELECT:
        this.select();
        break;
      case op.OP_SELECT_TYPED:
        this.selectTyped();
        break;
      case op.OP_MEMORY_SIZE:
        this.memoryIndex();
        this.push(TYPE_I32);
        break;
      case op.OP_MEMORY_GROW: {
        this.memoryIndex();
        this.pop(TYPE_I32);
        this.push(TYPE_I32);
        this.takesArgumentRegisters = true;
        this.countCall();
        break;
      }
      case op.OP_I32_CONST:
        this.r.s32();
        this.push(TYPE_I32);
        break;
      case op.OP_I64_CONST:
        this.r.s64();
        this.push(TYPE_I64);
        break;
      case op.OP_F32_CONST:
        this.r.skip(4);
        this.push(TYPE_F32);
        break;
      case op.OP_F64_CONST:
        this.r.skip(8);
        this.push(TYPE_F64);
        break;
      case op.OP_REF_NULL:
        this.push(this.referenceType());
        break;
      case op.OP_REF_IS_NULL:
        this.refIsNull();
        break;
      case op.OP_REF_FUNC:
        this.refFunc();
        break;
      case op.OP_PREFIX_FC:
        this.bulk(this.r.u32());
        break;
      case op.OP_PREFIX_FE:
        this.atomic(this.r.u32());
        break;
      case op.OP_PREFIX_FD:
        validateVector(this, this.r.u32());
        break;
      default:
        this.illegal("illegal opcode");
    }
  }

  illegal(reason: string): void {
    if (!this.r.failed) this.r.failAt(this.r.at - 1, reason);
  }

  plain(signature: u32): void {
    const second = (signature >> 16) & 0xff;
    if (second) this.pop(second);
    this.pop((signature >> 8) & 0xff);
    this.push(signature & 0xff);
  }

  private control(opcode: u32): void {
    switch (opcode) {
      case op.OP_UNREACHABLE:
        this.setUnreachable();
        break;
      case op.OP_NOP:
        break;
      case op.OP_BLOCK:
      case op.OP_LOOP:
        this.enterBlock(opcode);
        break;
      case op.OP_IF: {
        const blockType = readBlockType(this.r, this.wasm);
        this.pop(TYPE_I32);
        this.popParams(blockType);
        this.pushFrame(opcode, blockType);
        break;
      }
      case op.OP_ELSE:
        this.elseBlock();
        break;
      case op.OP_END:
        this.endBlock();
        break;
      case op.OP_BR:
        this.popLabel(this.readLabel());
        this.setUnreachable();
        break;
      case op.OP_BR_IF: {
        const depth = this.readLabel();
        this.pop(TYPE_I32);
        this.popLabel(depth);
        this.pushLabel(depth);
        break;
      }
      case op.OP_BR_TABLE:
        this.branchTable();
        break;
      case op.OP_RETURN:
        this.popLabel(this.frames.length / FRAME_WORDS - 1);
        this.setUnreachable();
        break;
      case op.OP_CALL:
        this.call();
        break;
      case op.OP_CALL_INDIRECT:
        this.callIndirect();
        break;
      default:
        this.illegal("illegal opcode");
    }
  }

  private enterBlock(opcode: u32): void {
    const blockType = readBlockType(this.r, this.wasm);
    this.popParams(blockType);
    this.pushFrame(opcode, blockType);
  }

  private elseBlock(): void {
    if (this.frameField(0, FRAME_OP) != op.OP_IF) return this.illegal("else without if");
    const blockType = this.frameField(0, FRAME_TYPE);
    this.popFrame();
    if (!this.r.failed) this.pushFrame(op.OP_ELSE, blockType);
  }

  private endBlock(): void {
    const blockType = this.frameField(0, FRAME_TYPE);
    if (this.frameField(0, FRAME_OP) == op.OP_IF) this.checkIfWithoutElse(blockType);
    const outermost = this.frames.length == FRAME_WORDS;
    this.popFrame();
    if (!outermost && !this.r.failed) this.pushResults(blockType);
  }

  /** Without else, what goes in is what comes out. */
  private checkIfWithoutElse(blockType: u32): void {
    const count = this.wasm.blockResultCount(blockType);
    if (count != this.wasm.blockParamCount(blockType)) return this.r.fail("type mismatch");
    for (let i: u32 = 0; i < count; i++) {
      if (this.wasm.blockParam(blockType, i) != this.wasm.blockResult(blockType, i))
        this.r.fail("type mismatch");
    }
  }

  private branchTable(): void {
    this.pop(TYPE_I32);
    const count = this.r.count(0xffffffff, "");
    let arity: u32 = 0;
    for (let i: u32 = 0; i <= count && !this.r.failed; i++) {
      const depth = this.readLabel();
      if (i == 0) arity = this.labelCount(depth);
      else if (this.labelCount(depth) != arity) return this.r.fail("type mismatch");
      this.checkLabel(depth, arity);
    }
    for (let i: u32 = 0; i < arity; i++) this.popAny();
    this.setUnreachable();
  }

  /** Checks that the top operands fit a label, leaving them in place. */
  private checkLabel(depth: u32, arity: u32): void {
    const height = this.operands.length;
    const available = height - this.frameField(0, FRAME_HEIGHT);
    if (arity > available && !this.frameField(0, FRAME_UNREACHABLE)) return this.r.fail("type mismatch");
    for (let i: u32 = 0; i < min(arity, available); i++) {
      const found = this.operands.get(height - 1 - i);
      const expected = this.labelType(depth, arity - 1 - i);
      if (found != TYPE_UNKNOWN && found != expected) return this.r.fail("type mismatch");
    }
  }

  private call(): void {
    const func = this.r.u32();
    if (func >= this.wasm.functionCount) return this.r.fail("unknown function");
    this.callType(this.wasm.functionType(func));
  }

  private callIndirect(): void {
    const type = this.r.u32();
    const table = this.tableIndex();
    if (this.r.failed) return;
    if (this.wasm.tableField(table, m.TABLE_TYPE) != TYPE_FUNCREF) return this.r.fail("type mismatch");
    if (type >= this.wasm.typeCount()) return this.r.fail("unknown type");
    this.pop(TYPE_I32);
    this.callType(type);
  }

  private callType(type: u32): void {
    this.popParams(type);
    this.pushResults(type);
    if (this.r.peek() != op.OP_UNREACHABLE) this.countCall(); // else it does not come back
  }

  private countCall(): void {
    this.callWeight = min(this.callWeight + this.weight(), MAX_CALL_WEIGHT);
  }

  /** What something is worth here: more the deeper in loops it is. */
  private weight(): u32 {
    return 1 << min(this.loopShift, MAX_LOOP_SHIFT);
  }

  private select(): void {
    this.pop(TYPE_I32);
    const first = this.popAny();
    const second = this.pop(first);
    if (isReference(first) || isReference(second)) this.r.fail("type mismatch");
    this.push(first == TYPE_UNKNOWN ? second : first);
  }

  private selectTyped(): void {
    if (this.r.u32() != 1) return this.r.fail("invalid result arity");
    const type = this.r.byte();
    if (!isValueType(type)) return this.r.failAt(this.r.at - 1, "malformed value type");
    this.pop(TYPE_I32);
    this.pop(type);
    this.pop(type);
    this.push(type);
  }

  private variable(opcode: u32): void {
    const index = this.r.u32();
    if (opcode <= op.OP_LOCAL_TEE) return this.local(opcode, index);
    if (opcode <= op.OP_GLOBAL_SET) return this.global(opcode, index);
    if (index >= this.wasm.tableCount) return this.r.fail("unknown table");
    const type = this.wasm.tableField(index, m.TABLE_TYPE);
    if (opcode == op.OP_TABLE_SET) {
      this.pop(type);
      this.pop(TYPE_I32);
      this.hasTableWrites = true;
    } else {
      this.pop(TYPE_I32);
      this.push(type);
    }
  }

  private local(opcode: u32, index: u32): void {
    if (index >= this.localCount) return this.r.fail("unknown local");
    const type = this.locals.get(index);
    if (opcode != op.OP_LOCAL_GET) this.pop(type);
    if (opcode != op.OP_LOCAL_SET) this.push(type);
    this.uses.set(index, this.uses.get(index) + this.weight());
  }

  private global(opcode: u32, index: u32): void {
    if (index >= this.wasm.globalCount) return this.r.fail("unknown global");
    const type = this.wasm.globalField(index, m.GLOBAL_TYPE);
    if (opcode == op.OP_GLOBAL_GET) return this.push(type);
    if (!this.wasm.globalField(index, m.GLOBAL_MUTABLE)) return this.r.fail("global is immutable");
    this.pop(type);
  }

  // ── memory ────────────────────────────────────────────────────────────────────────────────────────────

  private memoryIndex(): void {
    if (this.r.byte() != 0) return this.illegal("zero byte expected");
    this.checkMemory();
  }

  private checkMemory(): void {
    if (!this.wasm.hasMemory) this.r.fail("unknown memory");
  }

  /** An alignment and an offset, §5.4.6; `exact` for atomics. */
  memoryArgument(size: u32, exact: bool): void {
    const align = this.r.u32();
    this.r.u32();
    this.checkMemory();
    if (align >= 32) this.r.fail("malformed memop flags");
    else if (align > size) this.r.fail("alignment must not be larger than natural");
    else if (exact && align != size) this.r.fail("atomic alignment must be natural");
  }

  private access(opcode: u32): void {
    this.memoryArgument(op.accessSize(opcode), false);
    const type = op.accessType(opcode);
    if (opcode >= op.OP_I32_STORE) {
      this.pop(type);
      this.pop(TYPE_I32);
    } else {
      this.pop(TYPE_I32);
      this.push(type);
    }
  }

  private atomic(sub: u32): void {
    if (sub <= op.FE_WAIT64) return this.illegal("waiting and notifying are not supported");
    if (sub == op.FE_FENCE) {
      if (this.r.byte() != 0) this.illegal("zero byte expected");
      return;
    }
    if (sub < op.FE_FIRST_ACCESS || sub > op.FE_LAST_ACCESS) return this.illegal("illegal opcode");
    const group = (sub - op.FE_FIRST_ACCESS) / op.FE_GROUP_SIZE;
    const variant = (sub - op.FE_FIRST_ACCESS) % op.FE_GROUP_SIZE;
    const type = op.atomicType(variant);
    this.memoryArgument(op.atomicSize(variant), true);
    if (group != op.FE_GROUP_LOAD) this.pop(type);
    if (group == op.FE_GROUP_CMPXCHG) this.pop(type);
    this.pop(TYPE_I32);
    if (group != op.FE_GROUP_STORE) this.push(type);
  }

  // ── references, tables, bulk operations ───────────────────────────────────────────────────────────────

  private referenceType(): u32 {
    const type = this.r.byte();
    if (!isReference(type)) this.illegal("malformed reference type");
    return type;
  }

  private refIsNull(): void {
    const type = this.popAny();
    if (type != TYPE_UNKNOWN && !isReference(type)) this.r.fail("type mismatch");
    this.push(TYPE_I32);
  }

  private refFunc(): void {
    const func = this.r.u32();
    if (func >= this.wasm.functionCount) return this.r.fail("unknown function");
    if (!this.wasm.isReferenced(func)) return this.r.fail("undeclared function reference");
    this.push(TYPE_FUNCREF);
  }

  private tableIndex(): u32 {
    const table = this.r.u32();
    if (table < this.wasm.tableCount) return table;
    this.r.fail("unknown table");
    return 0;
  }

  private elemIndex(): u32 {
    const segment = this.r.u32();
    if (segment < this.wasm.elemCount) return segment;
    this.r.fail("unknown elem segment");
    return 0;
  }

  private dataIndex(): void {
    const segment = this.r.u32();
    if (this.wasm.declaredDatas == m.NO_DATA_COUNT) return this.r.fail("data count section required");
    if (segment >= this.wasm.declaredDatas) this.r.fail("unknown data segment");
  }

  private tableType(table: u32): u32 {
    return this.r.failed ? TYPE_UNKNOWN : this.wasm.tableField(table, m.TABLE_TYPE);
  }

  private popThree(): void {
    this.pop(TYPE_I32);
    this.pop(TYPE_I32);
    this.pop(TYPE_I32);
    this.takesArgumentRegisters = true;
  }

  private bulk(sub: u32): void {
    if (sub <= 7) return this.plain(op.saturatingSignature(sub));
    switch (sub) {
      case op.FC_MEMORY_INIT:
        this.dataIndex();
        this.memoryIndex();
        this.popThree();
        break;
      case op.FC_DATA_DROP:
        this.dataIndex();
        break;
      case op.FC_MEMORY_COPY:
        this.memoryIndex();
        this.memoryIndex();
        this.popThree();
        break;
      case op.FC_MEMORY_FILL:
        this.memoryIndex();
        this.popThree();
        break;
      case op.FC_TABLE_INIT: {
        const segment = this.elemIndex();
        const type = this.tableType(this.tableIndex());
        if (!this.r.failed && this.wasm.elemField(segment, m.ELEM_TYPE) != type) this.r.fail("type mismatch");
        this.popThree();
        break;
      }
      case op.FC_ELEM_DROP:
        this.elemIndex();
        break;
      case op.FC_TABLE_COPY: {
        const to = this.tableType(this.tableIndex());
        const from = this.tableType(this.tableIndex());
        if (to != from) this.r.fail("type mismatch");
        this.popThree();
        break;
      }
      case op.FC_TABLE_GROW:
        this.tableGrow(this.tableIndex());
        break;
      case op.FC_TABLE_SIZE:
        this.tableIndex();
        this.push(TYPE_I32);
        break;
      case op.FC_TABLE_FILL: {
        const type = this.tableType(this.tableIndex());
        this.pop(TYPE_I32);
        this.pop(type);
        this.pop(TYPE_I32);
        this.takesArgumentRegisters = true;
        this.hasTableWrites = true;
        break;
      }
      default:
        this.illegal("illegal opcode");
    }
  }

  private tableGrow(table: u32): void {
    if (this.r.failed) return;
    this.pop(TYPE_I32);
    this.pop(this.tableType(table));
    this.push(TYPE_I32);
    this.takesArgumentRegisters = true;
    this.hasTableWrites = true;
    this.wasm.tables.set(table * m.TABLE_WORDS + m.TABLE_GROWS, 1);
  }
}
