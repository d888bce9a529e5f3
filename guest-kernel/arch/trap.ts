// Exceptions. Each vector's trap gate leads to a small stub on the IST stack, at CPL 3; all of them write the fault
// record and either return from `resume` (a process's fault) or stop the machine (the kernel's).
//
// On entry the stack holds, from the top: error code (some vectors), rip, cs, rflags, rsp, ss.

import { RESUME_FAULT } from "../abi/arch.ts";
import { CONTROL_PANIC } from "../abi/control.ts";
import {
  FAULT_ERROR_CODE,
  FAULT_PANIC,
  FAULT_R14,
  FAULT_R8,
  FAULT_RAX,
  FAULT_RBP,
  FAULT_RBX,
  FAULT_RCX,
  FAULT_RDI,
  FAULT_RDX,
  FAULT_RFLAGS,
  FAULT_RIP,
  FAULT_RSI,
  FAULT_RSP,
  FAULT_VECTOR,
} from "../abi/fault.ts";
import { CTX_KERNEL_RSP } from "../abi/instance.ts";
import { CONTROL_GPA, FAULT_RECORD_GPA, KERNEL_CODE_GIB } from "../abi/memory-map.ts";
import { Label } from "../aot/code-buffer.ts";
import { CC_E, mem, R14, R15, R8, RAX, RBP, RBX, RCX, RDI, RDX, reg, RSI, RSP } from "../aot/operand.ts";
import { Assembler } from "../aot/x64.ts";
import { SHIFT_SHR, W32, W64 } from "../aot/x64-encoder.ts";
import { emitBreakpointReport, emitFaultReport, emitStepReport } from "./debug-trap.ts";
import { FRAME_RESUMED, FRAME_TRAP, FRAME_CALLED, FRAME_CFA, noteFrame } from "./frame-notes.ts";
import { KERNEL_WINDOW } from "./layout.ts";

export const TRAP_VECTORS: u32 = 32;
const VECTOR_DEBUG: u32 = 1;
const VECTOR_BREAKPOINT: u32 = 3;

// Vectors whose exceptions push an error code: #DF #TS #NP #SS #GP #PF #AC #CP (Intel SDM vol. 3, table 6-1).
const ERROR_CODE_VECTORS: u32 =
  (1 << 8) | (1 << 10) | (1 << 11) | (1 << 12) | (1 << 13) | (1 << 14) | (1 << 17) | (1 << 21);

/** The stub of one vector: makes all frames alike, with the vector on top. */
export function emitTrapEntry(asm: Assembler, vector: u32, common: Label): void {
  const hasCode = ((ERROR_CODE_VECTORS >> vector) & 1) != 0;
  noteFrame(asm, FRAME_TRAP, hasCode ? 8 : 0);
  if (vector == VECTOR_DEBUG) emitStepReport(asm, vector);
  if (vector == VECTOR_BREAKPOINT) emitBreakpointReport(asm, vector);
  if (!hasCode) asm.pushImm(0);
  noteFrame(asm, FRAME_TRAP, 8);
  asm.pushImm(vector);
  noteFrame(asm, FRAME_TRAP, 16);
  asm.jmp(common);
}

/** What all vectors share. Stack: vector, error code, rip, cs, rflags, rsp, ss. */
export function emitTrapCommon(asm: Assembler, stop: Label, resumeReturn: Label): void {
  noteFrame(asm, FRAME_TRAP, 16);
  asm.push(RAX);
  noteFrame(asm, FRAME_TRAP, 24);
  emitFaultReport(asm);
  asm.movImm64(RAX, KERNEL_WINDOW + FAULT_RECORD_GPA);
  storeRegisters(asm);
  moveWord(asm, 0, FAULT_RAX);
  moveWord(asm, 8, FAULT_VECTOR);
  moveWord(asm, 16, FAULT_ERROR_CODE);
  moveWord(asm, 40, FAULT_RFLAGS);
  moveWord(asm, 48, FAULT_RSP);
  moveWord(asm, 24, FAULT_RIP); // last: rcx = rip
  asm.shiftImm(W64, SHIFT_SHR, reg(RCX), 30);
  asm.cmpImm(W32, reg(RCX), KERNEL_CODE_GIB);
  asm.jcc(CC_E, stop);
  // A process: r14 is its context, which compiled code never changes.
  asm.mov(W64, RSP, mem(R14, <i32>CTX_KERNEL_RSP));
  noteFrame(asm, FRAME_RESUMED);
  asm.movImm(RAX, <u64>RESUME_FAULT);
  asm.jmp(resumeReturn);
}

/** `arch.halt()`: as a fault of the kernel at its caller, with FAULT_PANIC already in the record. */
export function emitHalt(asm: Assembler, stop: Label): void {
  noteFrame(asm, FRAME_CALLED);
  asm.push(RAX);
  noteFrame(asm, FRAME_CFA, 16);
  asm.movImm64(RAX, KERNEL_WINDOW + FAULT_RECORD_GPA);
  storeRegisters(asm);
  moveWord(asm, 0, FAULT_RAX);
  moveWord(asm, 8, FAULT_RIP);
  asm.lea(W64, RCX, mem(RSP, 16));
  asm.movTo(W64, mem(RAX, <i32>FAULT_RSP), RCX);
  asm.movImm(RCX, FAULT_PANIC);
  asm.movTo(W64, mem(RAX, <i32>FAULT_VECTOR), RCX);
  asm.bind(stop);
  const forever = asm.newLabel();
  asm.movImm64(RAX, KERNEL_WINDOW + CONTROL_GPA);
  asm.bind(forever);
  asm.movImmTo(W32, mem(RAX, <i32>CONTROL_PANIC), 1);
  asm.pause();
  asm.jmp(forever);
}

/** Every register but rax and rsp into the record that rax points at. */
function storeRegisters(asm: Assembler): void {
  asm.movTo(W64, mem(RAX, <i32>FAULT_RCX), RCX);
  asm.movTo(W64, mem(RAX, <i32>FAULT_RDX), RDX);
  asm.movTo(W64, mem(RAX, <i32>FAULT_RBX), RBX);
  asm.movTo(W64, mem(RAX, <i32>FAULT_RBP), RBP);
  asm.movTo(W64, mem(RAX, <i32>FAULT_RSI), RSI);
  asm.movTo(W64, mem(RAX, <i32>FAULT_RDI), RDI);
  for (let r = R8; r < R14; r++) asm.movTo(W64, mem(RAX, <i32>FAULT_R8 + <i32>(r - R8) * 8), r);
  asm.movTo(W64, mem(RAX, <i32>FAULT_R14), R14);
  asm.movTo(W64, mem(RAX, <i32>FAULT_R14 + 8), R15);
}

/** Copies a word of the stack into the record. */
function moveWord(asm: Assembler, stackOffset: i32, field: usize): void {
  asm.mov(W64, RCX, mem(RSP, stackOffset));
  asm.movTo(W64, mem(RAX, <i32>field), RCX);
}
