// Between the kernel and a process: `resume` goes in, `emitToKernel` comes back.
//
// A process that does not run has its stack pointer in CTX_RSP; the word there is the continuation that puts its
// registers back. The kernel's stack pointer inside `resume` is in CTX_KERNEL_RSP.
//
// PERF: what goes to another stack jumps to the address that it would return to: the CPU predicts returns by the calls before,
// which were made on the stack that is left, and one that it mispredicts costs about 20 cycles (bench: kernel).

import { RESUME_SYSCALL } from "../abi/arch.ts";
import { CTX_KERNEL_RSP, CTX_MEMORY_BASE, CTX_RESULT, CTX_RSP } from "../abi/instance.ts";
import { mem, memIndex, R12, R13, R14, R15, RAX, RBP, RBX, RCX, RDI, RSP } from "../aot/operand.ts";
import { Assembler } from "../aot/x64.ts";
import { W64 } from "../aot/x64-encoder.ts";
import { Label } from "../aot/code-buffer.ts";
import {
  FRAME_CALLED,
  FRAME_CFA,
  FRAME_CONTEXT,
  FRAME_KERNEL,
  FRAME_RESUMED,
  noteFrame,
  notePop,
  notePush,
} from "./frame-notes.ts";
import { KERNEL_CONTEXT, KERNEL_WINDOW } from "./layout.ts";

/** `arch.resume(context)`: edi = linear address of the context. */
export function emitResume(asm: Assembler): void {
  noteFrame(asm, FRAME_CALLED);
  pushPreserved(asm);
  asm.lea(W64, R14, memIndex(R15, RDI, 0, 0));
  asm.movTo(W64, mem(R14, <i32>CTX_KERNEL_RSP), RSP);
  noteFrame(asm, FRAME_KERNEL);
  asm.mov(W64, RSP, mem(R14, <i32>CTX_RSP));
  asm.mov(W64, R15, mem(R14, <i32>CTX_MEMORY_BASE));
  asm.mov(W64, RAX, mem(R14, <i32>CTX_RESULT));
  asm.lea(W64, RSP, mem(RSP, 8));
  asm.jmpRm(mem(RSP, -8)); // to the continuation
}

/** The end of `resume`: eax = RESUME_*, rsp as resume left it. Jump here. */
export function emitResumeReturn(asm: Assembler): void {
  noteFrame(asm, FRAME_RESUMED);
  emitKernelRegisters(asm);
  popPreserved(asm);
  emitReturn(asm);
}

/**
 * Leaves a system call for the kernel loop: r14 = the process's context, rax = the call's result so far, the
 * preserved registers still the process's. Jump here.
 */
export function emitReschedule(asm: Assembler, resumeReturn: Label): void {
  const continuation = asm.newLabel();
  noteFrame(asm, FRAME_CONTEXT);
  asm.movTo(W64, mem(R14, <i32>CTX_RESULT), RAX);
  asm.mov(W64, RSP, mem(R14, <i32>CTX_RSP));
  noteFrame(asm, FRAME_CALLED);
  pushPreserved(asm);
  emitToKernel(asm, continuation, RESUME_SYSCALL, resumeReturn);
  asm.bind(continuation); // rax = CTX_RESULT
  notePreserved(asm);
  popPreserved(asm);
  emitReturn(asm);
}

/** Saves the process at `continuation`, its registers already on its stack, and returns from `resume`. */
export function emitToKernel(asm: Assembler, continuation: Label, reason: i32, resumeReturn: Label): void {
  asm.leaLabel(RCX, continuation);
  asm.push(RCX);
  asm.movTo(W64, mem(R14, <i32>CTX_RSP), RSP);
  noteFrame(asm, FRAME_KERNEL);
  asm.mov(W64, RSP, mem(R14, <i32>CTX_KERNEL_RSP));
  asm.movImm(RAX, <u64>reason);
  asm.jmp(resumeReturn);
}

/** `ret` to the caller, as a jump. Traps have a stack of their own, so the word below rsp stays. */
function emitReturn(asm: Assembler): void {
  asm.lea(W64, RSP, mem(RSP, 8));
  noteFrame(asm, FRAME_CFA, 0);
  asm.jmpRm(mem(RSP, -8));
}

/** r14 and r15 as the kernel has them. */
export function emitKernelRegisters(asm: Assembler): void {
  asm.movImm64(R14, KERNEL_CONTEXT);
  asm.movImm64(R15, KERNEL_WINDOW);
}

function pushPreserved(asm: Assembler): void {
  asm.push(RBP);
  notePush(asm, RBP, 16);
  asm.push(RBX);
  notePush(asm, RBX, 24);
  asm.push(R12);
  notePush(asm, R12, 32);
  asm.push(R13);
  notePush(asm, R13, 40);
}

/** Notes the stack as pushPreserved leaves it. */
function notePreserved(asm: Assembler): void {
  noteFrame(asm, FRAME_CALLED);
  notePush(asm, RBP, 16);
  notePush(asm, RBX, 24);
  notePush(asm, R12, 32);
  notePush(asm, R13, 40);
}

function popPreserved(asm: Assembler): void {
  asm.pop(R13);
  notePop(asm, R13, 32);
  asm.pop(R12);
  notePop(asm, R12, 24);
  asm.pop(RBX);
  notePop(asm, RBX, 16);
  asm.pop(RBP);
  notePop(asm, RBP, 8);
}
