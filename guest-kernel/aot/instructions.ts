// Code generation for a function body: one instruction after the other, WebAssembly 2.0 §5.4. The body is valid.

import { readBlockType } from "./block-type.ts";
import { emitCall, emitCallIndirect } from "./emit-call.ts";
import * as control from "./emit-control.ts";
import * as float from "./emit-float.ts";
import * as integer from "./emit-integer.ts";
import * as memory from "./emit-memory.ts";
import * as table from "./emit-table.ts";
import { Generator } from "./generator.ts";
import { FLAG_DEBUG } from "./limits.ts";
import * as m from "./module.ts";
import * as op from "./opcodes.ts";
import { Operand, mem } from "./operand.ts";
import { TYPE_F32, TYPE_F64, TYPE_I32, TYPE_I64, usesXmm, widthOf } from "./types.ts";
import {
  IMMEDIATE_BYTES,
  IMMEDIATE_LANE,
  IMMEDIATE_MEMORY,
  IMMEDIATE_MEMORY_LANE,
  vectorImmediate,
} from "./vector-opcodes.ts";
import { emitVector } from "./emit-vector.ts";
import { SCRATCH } from "./values.ts";
import { W32, W64 } from "./x64-encoder.ts";

/** Generates code for the instructions from the reader's cursor to the end of the function of type `type`. */
export function emitBody(g: Generator, type: u32): void {
  control.pushControl(g, op.OP_END, type, 0);
  for (;;) {
    g.opOffset = g.r.at;
    if (g.flags & FLAG_DEBUG) g.debug.position(g.a.length, g.opOffset);
    const opcode = g.r.byte();
    if (g.dead && g.deadDepth == 0 && (opcode == op.OP_END || opcode == op.OP_ELSE)) {
      if (opcode == op.OP_ELSE) control.emitElse(g);
      else if (!control.emitEnd(g)) return;
    } else if (g.dead) {
      skip(g, opcode);
    } else if (opcode == op.OP_END) {
      if (!control.emitEnd(g)) return;
    } else {
      emitInstruction(g, opcode);
    }
  }
}

function emitInstruction(g: Generator, opcode: u32): void {
  if (opcode >= op.OP_I32_EQZ && opcode <= op.OP_I64_EXTEND32_S) return emitPlain(g, opcode);
  if (opcode >= op.OP_I32_STORE && opcode <= op.OP_I64_STORE32) return memory.emitStore(g, opcode);
  if (opcode >= op.OP_I32_LOAD && opcode < op.OP_I32_STORE) return memory.emitLoad(g, opcode);
  if (opcode < op.OP_DROP) return emitControl(g, opcode);
  switch (opcode) {
    case op.OP_DROP:
      return g.drop();
    case op.OP_SELECT:
      return control.emitSelect(g);
    case op.OP_SELECT_TYPED: {
      g.r.skip(2);
      return control.emitSelect(g);
    }
    case op.OP_LOCAL_GET:
      return emitLocalGet(g, g.r.u32());
    case op.OP_LOCAL_SET:
      return emitLocalSet(g, g.r.u32());
    case op.OP_LOCAL_TEE:
      return emitLocalTee(g, g.r.u32());
    case op.OP_GLOBAL_GET:
      return emitGlobalGet(g, g.r.u32());
    case op.OP_GLOBAL_SET:
      return emitGlobalSet(g, g.r.u32());
    case op.OP_TABLE_GET:
      return table.emitTableGet(g);
    case op.OP_TABLE_SET:
      return table.emitTableSet(g);
    case op.OP_MEMORY_SIZE: {
      g.r.byte();
      return memory.emitMemorySize(g);
    }
    case op.OP_MEMORY_GROW: {
      g.r.byte();
      return memory.emitMemoryGrow(g);
    }
    case op.OP_I32_CONST:
      return g.pushConstant(TYPE_I32, <u64>(<u32>g.r.s32()));
    case op.OP_I64_CONST:
      return g.pushConstant(TYPE_I64, <u64>g.r.s64());
    case op.OP_F32_CONST:
      return g.pushConstant(TYPE_F32, g.r.fixed32());
    case op.OP_F64_CONST:
      return g.pushConstant(TYPE_F64, g.r.fixed64());
    case op.OP_REF_NULL:
      return g.pushConstant(g.r.byte(), 0);
    case op.OP_REF_IS_NULL:
      return table.emitRefIsNull(g);
    case op.OP_REF_FUNC:
      return table.emitRefFunc(g);
    case op.OP_PREFIX_FD:
      return emitVector(g, g.r.u32());
    case op.OP_PREFIX_FC:
      return emitPrefixed(g, g.r.u32());
    default:
      return memory.emitAtomic(g, g.r.u32());
  }
}

function emitControl(g: Generator, opcode: u32): void {
  switch (opcode) {
    case op.OP_UNREACHABLE:
      return control.emitUnreachable(g);
    case op.OP_BLOCK:
      return control.emitBlock(g);
    case op.OP_LOOP:
      return control.emitLoop(g);
    case op.OP_IF:
      return control.emitIf(g);
    case op.OP_ELSE:
      return control.emitElse(g);
    case op.OP_BR:
      return control.emitBr(g, g.r.u32());
    case op.OP_BR_IF:
      return control.emitBrIf(g);
    case op.OP_BR_TABLE:
      return control.emitBrTable(g);
    case op.OP_RETURN:
      return control.emitReturn(g);
    case op.OP_CALL:
      return emitCall(g);
    case op.OP_CALL_INDIRECT:
      return emitCallIndirect(g);
  }
}

function emitPlain(g: Generator, opcode: u32): void {
  if (opcode == op.OP_I32_EQZ) return integer.emitEqz(g, W32);
  if (opcode <= 0x4f) return integer.emitComparison(g, W32, opcode - 0x46);
  if (opcode == 0x50) return integer.emitEqz(g, W64);
  if (opcode <= 0x5a) return integer.emitComparison(g, W64, opcode - 0x51);
  if (opcode <= 0x60) return float.emitFloatComparison(g, W32, opcode - 0x5b);
  if (opcode <= 0x66) return float.emitFloatComparison(g, W64, opcode - 0x61);
  if (opcode <= 0x78) return integer.emitArithmetic(g, W32, opcode - 0x67);
  if (opcode <= 0x8a) return integer.emitArithmetic(g, W64, opcode - 0x79);
  if (opcode <= 0x98) return float.emitFloatArithmetic(g, W32, opcode - 0x8b);
  if (opcode <= 0xa6) return float.emitFloatArithmetic(g, W64, opcode - 0x99);
  emitConversion(g, opcode);
}

function emitConversion(g: Generator, opcode: u32): void {
  switch (opcode) {
    case 0xa7:
      return integer.emitWrap(g);
    case 0xa8:
    case 0xa9:
      return float.emitTruncate(g, W32, W32, opcode == 0xa8, false);
    case 0xaa:
    case 0xab:
      return float.emitTruncate(g, W64, W32, opcode == 0xaa, false);
    case 0xac:
      return integer.emitExtendSigned(g, W64, 2);
    case 0xad:
      return integer.emitExtendUnsigned(g);
    case 0xae:
    case 0xaf:
      return float.emitTruncate(g, W32, W64, opcode == 0xae, false);
    case 0xb0:
    case 0xb1:
      return float.emitTruncate(g, W64, W64, opcode == 0xb0, false);
    case 0xb2:
    case 0xb3:
      return float.emitConvert(g, W32, W32, opcode == 0xb2);
    case 0xb4:
    case 0xb5:
      return float.emitConvert(g, W32, W64, opcode == 0xb4);
    case 0xb6:
      return float.emitFloatToFloat(g, W64);
    case 0xb7:
    case 0xb8:
      return float.emitConvert(g, W64, W32, opcode == 0xb7);
    case 0xb9:
    case 0xba:
      return float.emitConvert(g, W64, W64, opcode == 0xb9);
    case 0xbb:
      return float.emitFloatToFloat(g, W32);
    case 0xbc:
      return float.emitReinterpretFloat(g, W32);
    case 0xbd:
      return float.emitReinterpretFloat(g, W64);
    case 0xbe:
      return float.emitReinterpretInt(g, W32);
    case 0xbf:
      return float.emitReinterpretInt(g, W64);
    case 0xc0:
      return integer.emitExtendSigned(g, W32, 0);
    case 0xc1:
      return integer.emitExtendSigned(g, W32, 1);
    case 0xc2:
      return integer.emitExtendSigned(g, W64, 0);
    case 0xc3:
      return integer.emitExtendSigned(g, W64, 1);
    default:
      return integer.emitExtendSigned(g, W64, 2);
  }
}

function emitPrefixed(g: Generator, sub: u32): void {
  if (sub <= 7) return float.emitTruncate(g, (sub >> 1) & 1, sub >> 2, (sub & 1) == 0, true);
  switch (sub) {
    case op.FC_MEMORY_INIT:
      return memory.emitMemoryInit(g);
    case op.FC_DATA_DROP:
      return memory.emitDrop(g, g.layout.data(g.r.u32()));
    case op.FC_MEMORY_COPY:
      return memory.emitMemoryCopy(g);
    case op.FC_MEMORY_FILL:
      return memory.emitMemoryFill(g);
    case op.FC_TABLE_INIT:
      return table.emitTableInit(g);
    case op.FC_ELEM_DROP:
      return memory.emitDrop(g, g.layout.elem(g.r.u32()));
    case op.FC_TABLE_COPY:
      return table.emitTableCopy(g);
    case op.FC_TABLE_GROW:
      return table.emitTableGrow(g);
    case op.FC_TABLE_SIZE:
      return table.emitTableSize(g);
    default:
      return table.emitTableFill(g);
  }
}

// ── locals and globals ──────────────────────────────────────────────────────────────────────────────────

function emitLocalGet(g: Generator, local: u32): void {
  noteLocal(g, local);
  g.pushLocal(local);
}

function noteLocal(g: Generator, local: u32): void {
  if (g.flags & FLAG_DEBUG) g.debug.named(g.a.length, local);
}

function emitLocalSet(g: Generator, local: u32): void {
  noteLocal(g, local);
  const top = g.height - 1;
  const type = g.localTypes.get(local);
  const home = g.homeRegister(local);
  if (home >= 16) {
    g.saveLocalBelowTop(local);
    g.storeToHome(local, top);
  } else {
    g.saveLocalBelowTop(local);
    if (usesXmm(type)) g.loadXmm(home, top);
    else g.loadInt(home, top);
  }
  g.drop();
}

/** The value stays: in the register that it is in if the home is memory, as the local if that is a register. */
function emitLocalTee(g: Generator, local: u32): void {
  noteLocal(g, local);
  const type = g.localTypes.get(local);
  if (g.homeRegister(local) >= 16 && !g.topIsConstant()) {
    if (usesXmm(type)) g.pushXmm(type, g.popXmmTemp());
    else g.pushInt(type, g.popIntTemp());
    g.saveLocalBelowTop(local);
    return g.storeToHome(local, g.height - 1);
  }
  emitLocalSet(g, local);
  g.pushLocal(local);
}

function emitGlobalGet(g: Generator, global: u32): void {
  const type = g.wasm.globalField(global, m.GLOBAL_TYPE);
  if (usesXmm(type)) {
    const xmm = g.allocXmm();
    g.a.loadXmmOf(type, xmm, globalCell(g, global, SCRATCH));
    return g.pushXmm(type, xmm);
  }
  const dst = g.resultInt();
  g.a.mov(widthOf(type), dst, globalCell(g, global, dst));
  g.pushInt(type, dst);
}

function emitGlobalSet(g: Generator, global: u32): void {
  const type = g.wasm.globalField(global, m.GLOBAL_TYPE);
  const temp = g.wasm.isForeignGlobal(global) ? g.allocInt() : SCRATCH;
  const to = globalCell(g, global, temp);
  if (g.topIsImmediate() && !usesXmm(type)) {
    g.a.movImmTo(widthOf(type), to, <i32>g.popConstant());
  } else {
    g.storeValue(to, g.height - 1);
    g.drop();
  }
  if (temp != SCRATCH) g.freeInt(temp);
}

/** Where a global's value is. Register `temp` is changed if that is in another instance. */
function globalCell(g: Generator, global: u32, temp: u32): Operand {
  const at = g.context(g.layout.global(global));
  if (!g.wasm.isForeignGlobal(global)) return at;
  g.a.mov(W64, temp, at);
  return mem(temp, 0);
}

// ── code that cannot be reached ─────────────────────────────────────────────────────────────────────────

/** Passes over an instruction. */
function skip(g: Generator, opcode: u32): void {
  const r = g.r;
  switch (opcode) {
    case op.OP_BLOCK:
    case op.OP_LOOP:
    case op.OP_IF: {
      readBlockType(r, g.wasm);
      g.deadDepth += 1;
      break;
    }
    case op.OP_END:
      g.deadDepth -= 1;
      break;
    case op.OP_BR:
    case op.OP_BR_IF:
    case op.OP_CALL:
    case op.OP_REF_FUNC:
      r.u32();
      break;
    case op.OP_LOCAL_GET:
    case op.OP_LOCAL_SET:
    case op.OP_LOCAL_TEE:
      r.u32();
      break;
    case op.OP_GLOBAL_GET:
    case op.OP_GLOBAL_SET:
    case op.OP_TABLE_GET:
    case op.OP_TABLE_SET:
      r.u32();
      break;
    case op.OP_BR_TABLE: {
      for (let i = r.u32() + 1; i > 0; i--) r.u32();
      break;
    }
    case op.OP_CALL_INDIRECT:
      r.u32();
      r.u32();
      break;
    case op.OP_SELECT_TYPED:
      r.skip(2);
      break;
    case op.OP_MEMORY_SIZE:
    case op.OP_MEMORY_GROW:
    case op.OP_REF_NULL:
      r.byte();
      break;
    case op.OP_I32_CONST:
      r.s32();
      break;
    case op.OP_I64_CONST:
      r.s64();
      break;
    case op.OP_F32_CONST:
      r.skip(4);
      break;
    case op.OP_F64_CONST:
      r.skip(8);
      break;
    case op.OP_PREFIX_FC:
      skipPrefixed(g, r.u32());
      break;
    case op.OP_PREFIX_FD:
      skipVector(g, r.u32());
      break;
    case op.OP_PREFIX_FE: {
      if (r.u32() == op.FE_FENCE) r.byte();
      else skipMemoryArgument(g);
      break;
    }
    default:
      if (opcode >= op.OP_I32_LOAD && opcode <= op.OP_I64_STORE32) skipMemoryArgument(g);
  }
}

function skipMemoryArgument(g: Generator): void {
  g.r.u32();
  g.r.u32();
}

function skipVector(g: Generator, sub: u32): void {
  switch (vectorImmediate(sub)) {
    case IMMEDIATE_MEMORY:
      return skipMemoryArgument(g);
    case IMMEDIATE_MEMORY_LANE: {
      skipMemoryArgument(g);
      return g.r.skip(1);
    }
    case IMMEDIATE_LANE:
      return g.r.skip(1);
    case IMMEDIATE_BYTES:
      return g.r.skip(16);
    default:
  }
}

function skipPrefixed(g: Generator, sub: u32): void {
  if (sub <= 7) return;
  g.r.u32();
  if (sub == op.FC_MEMORY_INIT || sub == op.FC_MEMORY_COPY) g.r.u32();
  if (sub == op.FC_TABLE_INIT || sub == op.FC_TABLE_COPY) g.r.u32();
}
