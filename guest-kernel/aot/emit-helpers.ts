// Routines at the start of every module's code, called by the code of functions.

import { CC_AE, CC_B, CC_NE, R11, RAX, RCX, RDI, RDX, RSI, mem, memIndex, reg } from "./operand.ts";
import { ALU_ADD, ALU_SUB, Assembler } from "./x64.ts";
import { W64 } from "./x64-encoder.ts";

// From here on the microcoded copy is faster than a loop of eight bytes a turn.
const MIN_STRING_COPY: i32 = 256;

/**
 * The copy routine: moves rdx bytes from [rsi] to [rdi], which may overlap. Uses rax, rcx, rdx, rsi, rdi, r11.
 * Its caller has checked the ranges.
 */
export function emitCopyHelper(a: Assembler): void {
  const backward = a.newLabel();
  a.mov(W64, RAX, reg(RDI));
  a.sub(W64, RAX, reg(RSI));
  a.cmp(W64, RAX, reg(RDX));
  a.jcc(CC_B, backward); // 0 <= to - from < length: going up would overwrite what is still to be read
  emitForwardCopy(a);
  a.bind(backward);
  a.test(W64, reg(RAX), RAX);
  const apart = a.jccShort(CC_NE);
  a.ret(); // onto itself
  a.patchShort(apart);
  emitLoop(a, 8, false);
  emitLoop(a, 1, false);
  a.ret();
}

function emitForwardCopy(a: Assembler): void {
  a.cmpImm(W64, reg(RDX), MIN_STRING_COPY);
  const long = a.jccShort(CC_AE);
  emitLoop(a, 8, true);
  emitLoop(a, 1, true);
  a.ret();
  a.patchShort(long);
  a.mov(W64, RCX, reg(RDX));
  a.repMovsb();
  a.ret();
}

/** Copies `bytes` (8 or 1) a turn while rdx holds as many. */
function emitLoop(a: Assembler, bytes: i32, forward: bool): void {
  const top = a.newLabel();
  const end = a.newLabel();
  a.bind(top);
  a.cmpImm(W64, reg(RDX), bytes);
  a.jcc(CC_B, end);
  a.aluImm(W64, ALU_SUB, reg(RDX), bytes);
  if (forward) emitForwardStep(a, bytes);
  else emitStep(a, bytes, memIndex(RSI, RDX, 0, 0), memIndex(RDI, RDX, 0, 0));
  a.jmp(top);
  a.bind(end);
}

function emitForwardStep(a: Assembler, bytes: i32): void {
  emitStep(a, bytes, mem(RSI, 0), mem(RDI, 0));
  a.aluImm(W64, ALU_ADD, reg(RSI), bytes);
  a.aluImm(W64, ALU_ADD, reg(RDI), bytes);
}

function emitStep(a: Assembler, bytes: i32, from: u64, to: u64): void {
  if (bytes == 8) {
    a.mov(W64, R11, from);
    a.movTo(W64, to, R11);
  } else {
    a.movzx8(R11, from);
    a.movTo8(to, R11);
  }
}
