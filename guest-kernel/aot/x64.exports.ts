// What x64.test.ts needs: one encoding per call, by number.

import * as r from "./operand.ts";
import { mem, memIndex, reg } from "./operand.ts";
import * as x from "./x64.ts";
import * as e from "./x64-encoder.ts";
import * as v from "./x64-vector.ts";
import { Assembler } from "./x64.ts";
import { W32, W64 } from "./x64-encoder.ts";

const a = new Assembler(1 << 20);

/** Where the code is. */
export function codeStart(): usize {
  return a.start;
}

/** Emits encoding `n` of the table in the test at the start of the buffer; returns its length, 0 past the last. */
export function emit(n: u32): u32 {
  a.length = 0;
  a.resetLabels();
  if (n < 40) emitInteger(n);
  else if (n < 80) emitSystem(n - 40);
  else emitFloat(n - 80);
  return a.length;
}

function emitInteger(n: u32): void {
  switch (n) {
    case 0:
      return a.push(r.RBP);
    case 1:
      return a.push(r.R12);
    case 2:
      return a.pop(r.R15);
    case 3:
      return a.mov(W64, r.RBP, reg(r.RSP));
    case 4:
      return a.mov(W32, r.RAX, mem(r.RBP, -8));
    case 5:
      return a.mov(W64, r.R9, mem(r.R14, 128));
    case 6:
      return a.mov(W64, r.RCX, mem(r.RSP, 16));
    case 7:
      return a.mov(W32, r.RDX, mem(r.R12, 0));
    case 8:
      return a.mov(W32, r.RDX, mem(r.R13, 0));
    case 9:
      return a.mov(W32, r.RAX, memIndex(r.R15, r.RBX, 0, 0x12345678));
    case 10:
      return a.movTo(W64, memIndex(r.R15, r.R12, 3, 4), r.R10);
    case 11:
      return a.movTo8(memIndex(r.R15, r.RAX, 0, 0), r.RSI);
    case 12:
      return a.movTo16(mem(r.R15, 2), r.R8);
    case 13:
      return a.movImmTo8(mem(r.RAX, 1), 0x7f);
    case 14:
      return a.movImmTo16(mem(r.RAX, 1), 0x1234);
    case 15:
      return a.movImm(r.R11, 0x80000000);
    case 16:
      return a.movImm(r.RAX, <u64>-1);
    case 17:
      return a.movImm(r.R9, 0x1122334455667788);
    case 18:
      return a.movzx8(r.RAX, reg(r.RDI));
    case 19:
      return a.movsx8(W64, r.R8, mem(r.RAX, 0));
    case 20:
      return a.movsx16(W32, r.RCX, reg(r.R9));
    case 21:
      return a.movsxd(r.RAX, reg(r.RAX));
    case 22:
      return a.lea(W64, r.RAX, mem(r.RSP, -0x1000));
    case 23:
      return a.cmov(W32, r.CC_NE, r.RAX, reg(r.R10));
    case 24:
      return a.setcc(r.CC_A, r.RSI);
    case 25:
      return a.add(W32, r.RAX, mem(r.RBP, -128));
    case 26:
      return a.aluTo(W64, x.ALU_SUB, mem(r.RBP, -136), r.RBX);
    case 27:
      return a.aluImm(W32, x.ALU_AND, reg(r.R12), 0xff);
    case 28:
      return a.cmpImm(W64, mem(r.R14, 0), -1);
    case 29:
      return a.test(W32, reg(r.RCX), r.RCX);
    case 30:
      return a.shiftImm(W64, e.SHIFT_SAR, reg(r.RBX), 63);
    case 31:
      return a.shiftCl(W32, e.SHIFT_ROL, reg(r.R8));
    case 32:
      return a.imul(W64, r.RAX, mem(r.RBP, -8));
    case 33:
      return a.imulImm(W32, r.RAX, reg(r.RBX), 1000);
    case 34:
      return a.idiv(W64, reg(r.R10));
    case 35:
      return a.cdq(W64);
    case 36:
      return a.popcnt(W64, r.RAX, reg(r.R8));
    case 37:
      return a.bsr(W32, r.R9, reg(r.RAX));
    case 38:
      return a.neg(W32, reg(r.R13));
    case 39:
      return a.cmp(W64, r.RSP, mem(r.R14, 0));
  }
}

function emitSystem(n: u32): void {
  switch (n) {
    case 0:
      return a.callRm(mem(r.R14, 136));
    case 1:
      return a.jmpRm(reg(r.R11));
    case 2:
      return a.ret();
    case 3:
      return a.ud2();
    case 4:
      return a.repMovsb();
    case 5:
      return a.repStosb();
    case 6: {
      a.lock();
      return a.cmpxchg(W32, memIndex(r.R15, r.RCX, 0, 8), r.RDX);
    }
    case 7: {
      a.lock();
      return a.xadd8(mem(r.R15, 8), r.RDI);
    }
    case 8:
      return a.lockXadd16(mem(r.R15, 8), r.R9);
    case 9:
      return a.mfence();
    case 10:
      return a.pause();
    case 11:
      return a.rdtsc();
    case 12:
      return a.fxsave64(mem(r.RSP, 0));
    case 13:
      return a.xchg(W64, reg(r.RAX), r.R11);
    case 14:
      return a.pushMem(mem(r.RAX, 8));
    case 15:
      return a.pushImm(-2);
    case 16:
      return a.leave();
    case 17:
      return a.iretq();
    case 18:
      return a.bswap(W64, r.R9);
    case 19:
      return a.testImm(W32, reg(r.RAX), 3);
    case 20:
      return a.lzcnt(W32, r.RAX, reg(r.R9));
    case 21:
      return a.movFromCr(r.RAX, 2);
    case 22:
      return a.movToCr(3, r.RCX);
    case 23:
      return a.stmxcsr(mem(r.RSP, 4));
    case 24:
      return a.movImmTo(W64, mem(r.RBP, -0x1000), -1);
    case 25:
      return a.xchg8(mem(r.R15, 0), r.RSI);
    case 26:
      return forwardAndBack();
    case 27: {
      const label = a.newLabel();
      a.leaLabel(r.R9, label);
      return a.bind(label);
    }
    case 28:
      return a.jmpRm(memIndex(r.RAX, r.RCX, 3, 0));
    case 29:
      return a.popMem(mem(r.R14, 48));
  }
}

/** Two forward jumps to one label, a short and a long backward one. */
function forwardAndBack(): void {
  const end = a.newLabel();
  const top = a.newLabel();
  a.bind(top);
  a.jcc(r.CC_B, end);
  a.jmp(end);
  a.jcc(r.CC_NE, top);
  a.bind(end);
  a.call(top);
}

function emitFloat(n: u32): void {
  switch (n) {
    case 0:
      return a.movsLoad(W64, 8, memIndex(r.R15, r.RAX, 0, 0));
    case 1:
      return a.movsStore(W32, mem(r.RBP, -16), 15);
    case 2:
      return a.movaps(3, 12);
    case 3:
      return a.movups(0, mem(r.RSI, 16));
    case 4:
      return a.movupsTo(mem(r.RDI, 0), 9);
    case 5:
      return a.movToXmm(W64, 9, reg(r.R11));
    case 6:
      return a.movFromXmm(W32, reg(r.RAX), 8);
    case 7:
      return a.sse(W64, v.SSE_ADD, 1, reg(10));
    case 8:
      return a.sse(W32, v.SSE_SQRT, 1, mem(r.RBP, -8));
    case 9:
      return a.sseBits(v.SSE_ANDN, 2, reg(3));
    case 10:
      return a.ucomis(W64, 0, reg(1));
    case 11:
      return a.ucomis(W32, 8, reg(9));
    case 12:
      return a.rounds(W64, 1, reg(9), v.ROUND_UP);
    case 13:
      return a.rounds(W32, 1, reg(2), v.ROUND_TRUNCATE);
    case 14:
      return a.cvtts2si(W64, W64, r.R8, reg(3));
    case 15:
      return a.cvtts2si(W32, W32, r.RAX, reg(3));
    case 16:
      return a.cvtsi2s(W32, W64, 4, reg(r.R9));
    case 17:
      return a.cvts2s(W32, 1, reg(2));
    case 18:
      return a.cvts2s(W64, 1, reg(2));
    case 19:
      return a.xorps(11);
  }
}

/** Emits `bytes` of nops into a buffer that may hold `maxBytes`; true if it ran over. */
export function overflows(bytes: u32, maxBytes: u32): bool {
  const small = new Assembler(maxBytes);
  for (let i: u32 = 0; i < bytes; i++) small.nop();
  const overflowed = small.overflowed;
  small.free();
  heap.free(changetype<usize>(small));
  return overflowed;
}
