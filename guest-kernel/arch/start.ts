// Where the kernel and each process begin.

import { CTX_ENTRY, CTX_EXIT, CTX_START, CTX_STATUS_MASK } from "../abi/instance.ts";
import { FRAME_END, noteFrame } from "./frame-notes.ts";
import { CC_E, mem, R14, RAX, RBP, RDI, reg } from "../aot/operand.ts";
import { ALU_AND, Assembler } from "../aot/x64.ts";
import { W32, W64 } from "../aot/x64-encoder.ts";

/** The first instruction of the guest; the VMM has set rsp, r14 and r15. Both calls are patched; returns where. */
export function emitBoot(asm: Assembler, hasStart: bool): u64 {
  noteFrame(asm, FRAME_END);
  asm.xor(W32, RBP, reg(RBP)); // ends backtraces
  const start = hasStart ? asm.callPatched() : 0;
  const main = asm.callPatched();
  asm.ud2(); // main does not return
  return ((<u64>start) << 32) | main;
}

/** The first continuation of a process: start function, entry, exit. */
export function emitProcessStart(asm: Assembler): void {
  const noStart = asm.newLabel();
  noteFrame(asm, FRAME_END);
  asm.xor(W32, RBP, reg(RBP));
  asm.mov(W64, RAX, mem(R14, <i32>CTX_START));
  asm.test(W64, reg(RAX), RAX);
  asm.jcc(CC_E, noStart);
  asm.callRm(reg(RAX));
  asm.bind(noStart);
  asm.callRm(mem(R14, <i32>CTX_ENTRY));
  asm.mov(W32, RDI, reg(RAX));
  asm.alu(W32, ALU_AND, RDI, mem(R14, <i32>CTX_STATUS_MASK));
  asm.callRm(mem(R14, <i32>CTX_EXIT));
  asm.ud2(); // exit does not return
}
