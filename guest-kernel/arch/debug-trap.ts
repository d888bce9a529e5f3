// What the #DB and #BP stubs do for a debugger, and every stub for one that wants to see faults.
//
// A debugger that is there gives the processor the state that the exception interrupted: the store to CONTROL_DEBUG does
// not come back. On a fault it may let it come back too; the fault then takes its usual way.

import { CONTROL_DEBUG, DEBUG_FAULT } from "../abi/control.ts";
import { STEP_GPA, STEP_LENGTH, STEP_ON, STEP_START } from "../abi/debug-stub.ts";
import { EVENT_DEBUGGED } from "../abi/event-page.ts";
import { CONTROL_GPA, EVENT_PAGE_GPA } from "../abi/memory-map.ts";
import { CC_AE, CC_E, mem, RAX, RCX, RSP } from "../aot/operand.ts";
import { ALU_OR, ALU_SUB, Assembler } from "../aot/x64.ts";
import { W32, W64 } from "../aot/x64-encoder.ts";
import { FRAME_TRAP, noteFrame } from "./frame-notes.ts";
import { KERNEL_WINDOW } from "./layout.ts";

const RFLAGS_TF: i32 = 1 << 8;

/** A breakpoint. The store happens with rax, rip, cs, rflags, rsp, ss on the stack; all other registers are those interrupted. */
export function emitBreakpointReport(asm: Assembler, vector: u32): void {
  asm.push(RAX);
  noteFrame(asm, FRAME_TRAP, 8);
  emitReport(asm, vector);
}

/**
 * A single step. One that ends inside the range that the debugger steps through goes straight on to the next: on
 * hardware KVM without an exit at all, on PVM without more of them than the exception itself costs.
 */
export function emitStepReport(asm: Assembler, vector: u32): void {
  const report = asm.newLabel();
  const leave = asm.newLabel();
  asm.push(RAX);
  noteFrame(asm, FRAME_TRAP, 8);
  asm.movImm64(RAX, KERNEL_WINDOW + STEP_GPA);
  asm.cmpImm(W32, mem(RAX, <i32>STEP_ON), 0);
  asm.jcc(CC_E, report);
  asm.push(RCX);
  noteFrame(asm, FRAME_TRAP, 16);
  asm.mov(W64, RCX, mem(RSP, 16)); // rip
  asm.alu(W64, ALU_SUB, RCX, mem(RAX, <i32>STEP_START));
  asm.cmp(W64, RCX, mem(RAX, <i32>STEP_LENGTH));
  asm.jcc(CC_AE, leave);
  asm.aluImm(W64, ALU_OR, mem(RSP, 32), RFLAGS_TF); // a popf may have cleared it
  asm.pop(RCX);
  noteFrame(asm, FRAME_TRAP, 8);
  asm.pop(RAX);
  noteFrame(asm, FRAME_TRAP, 0);
  asm.iretq();
  noteFrame(asm, FRAME_TRAP, 16);
  asm.bind(leave);
  asm.pop(RCX);
  noteFrame(asm, FRAME_TRAP, 8);
  asm.bind(report);
  emitReport(asm, vector);
}

/**
 * Any other exception, if a debugger is there. The stack holds rax, the vector and an error code, then as above;
 * rax is changed.
 */
export function emitFaultReport(asm: Assembler): void {
  const alone = asm.newLabel();
  asm.movImm64(RAX, KERNEL_WINDOW + EVENT_PAGE_GPA);
  asm.cmpImm(W32, mem(RAX, <i32>EVENT_DEBUGGED), 0);
  asm.jcc(CC_E, alone);
  asm.movImm64(RAX, KERNEL_WINDOW + CONTROL_GPA);
  asm.movImmTo(W32, mem(RAX, <i32>CONTROL_DEBUG), DEBUG_FAULT);
  asm.bind(alone);
}

/** Tells the vector. Without a debugger the stub goes on as for any other exception. */
function emitReport(asm: Assembler, vector: u32): void {
  asm.movImm64(RAX, KERNEL_WINDOW + CONTROL_GPA);
  asm.movImmTo(W32, mem(RAX, <i32>CONTROL_DEBUG), vector);
  asm.pop(RAX);
  noteFrame(asm, FRAME_TRAP, 0);
}
