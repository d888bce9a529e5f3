// System call entry: from a process straight into the kernel's handler, on the kernel's stack. The handler's
// parameters are where the caller put them: both sides keep the same calling convention.

import { CTX_KERNEL_RSP, CTX_MEMORY_BASE, CTX_RESCHEDULE, CTX_RSP } from "../abi/instance.ts";
import { CC_NE, mem, R14, R15, RSP } from "../aot/operand.ts";
import { Label } from "../aot/code-buffer.ts";
import { Assembler } from "../aot/x64.ts";
import { W32, W64 } from "../aot/x64-encoder.ts";
import {
  FRAME_CALLED,
  FRAME_CONTEXT,
  FRAME_CONTEXT_BASE,
  FRAME_CONTEXT_STACK,
  noteFrame,
} from "./frame-notes.ts";
import { emitKernelRegisters } from "./switch.ts";

/** A stub that calls the handler; returns where its rel32 is to be patched in. */
export function emitSyscall(asm: Assembler, reschedule: Label): u32 {
  noteFrame(asm, FRAME_CALLED);
  asm.movTo(W64, mem(R14, <i32>CTX_RSP), RSP);
  noteFrame(asm, FRAME_CONTEXT);
  asm.mov(W64, RSP, mem(R14, <i32>CTX_KERNEL_RSP));
  asm.push(R14);
  noteFrame(asm, FRAME_CONTEXT_STACK);
  emitKernelRegisters(asm);
  const handler = asm.callPatched();
  asm.pop(R14);
  noteFrame(asm, FRAME_CONTEXT_BASE);
  asm.cmpImm(W32, mem(R14, <i32>CTX_RESCHEDULE), 0);
  asm.jcc(CC_NE, reschedule);
  asm.mov(W64, RSP, mem(R14, <i32>CTX_RSP));
  asm.mov(W64, R15, mem(R14, <i32>CTX_MEMORY_BASE));
  noteFrame(asm, FRAME_CALLED);
  asm.ret();
  return handler;
}
