// A traced system call: a record, the system call's own stub, another record. Apps are bound to these instead of the plain
// stubs where the kernel was told to trace, so that tracing costs nothing where it was not.

import { EVENT_TRACE_GPA } from "../abi/event-page.ts";
import { CTX_PID } from "../abi/instance.ts";
import { EVENT_PAGE_GPA } from "../abi/memory-map.ts";
import {
  RECORD_KIND,
  RECORD_PID,
  RECORD_TSC,
  RECORD_VALUE,
  RECORD_VALUE2,
  TRACE_CALL,
  TRACE_HEAD,
  TRACE_RECORD_COUNT,
  TRACE_RECORD_SHIFT,
  TRACE_RECORDS,
  TRACE_RETURN,
} from "../abi/trace.ts";
import { mem, memIndex, R10, R11, R14, RAX, RDI, RDX, reg, RSI } from "../aot/operand.ts";
import { ALU_AND, Assembler } from "../aot/x64.ts";
import { SHIFT_SHL, W32, W64 } from "../aot/x64-encoder.ts";
import { FRAME_CALLED, FRAME_CFA, noteFrame } from "./frame-notes.ts";
import { KERNEL_WINDOW } from "./layout.ts";

const CALLED: u32 = 8; // from rsp to CFA behind a call
const PUSHED: u32 = 16;

/** The stub of a system call `slot`, whose own stub the patched call reaches; returns where. */
export function emitTracedSyscall(asm: Assembler, slot: u32): u32 {
  noteFrame(asm, FRAME_CALLED);
  asm.push(RDX);
  noteFrame(asm, FRAME_CFA, PUSHED);
  emitStamp(asm);
  emitRecord(asm, (TRACE_CALL << 16) | slot);
  asm.movTo(W64, field(RECORD_VALUE), RDI);
  asm.movTo(W64, field(RECORD_VALUE2), RSI);
  asm.inc(W32, mem(R10, <i32>TRACE_HEAD));
  asm.pop(RDX);
  noteFrame(asm, FRAME_CFA, CALLED);
  const call = asm.callPatched();
  asm.push(RAX);
  noteFrame(asm, FRAME_CFA, PUSHED);
  emitStamp(asm);
  emitRecord(asm, (TRACE_RETURN << 16) | slot);
  asm.pop(RAX);
  noteFrame(asm, FRAME_CALLED);
  asm.movTo(W64, field(RECORD_VALUE), RAX);
  asm.inc(W32, mem(R10, <i32>TRACE_HEAD));
  asm.ret();
  return call;
}

/** rax = the time stamp counter; rdx is lost. */
function emitStamp(asm: Assembler): void {
  asm.rdtsc();
  asm.shiftImm(W64, SHIFT_SHL, reg(RDX), 32);
  asm.or(W64, RAX, reg(RDX));
}

/** The next record's time (rax), kind and pid; r10 = the ring, r11 = where in it the record is. rax is lost. */
function emitRecord(asm: Assembler, kind: u32): void {
  asm.movImm64(R11, KERNEL_WINDOW);
  asm.mov(W32, R10, mem(R11, <i32>(EVENT_PAGE_GPA + EVENT_TRACE_GPA)));
  asm.add(W64, R10, reg(R11));
  asm.mov(W32, R11, mem(R10, <i32>TRACE_HEAD));
  asm.aluImm(W32, ALU_AND, reg(R11), <i32>TRACE_RECORD_COUNT - 1);
  asm.shiftImm(W32, SHIFT_SHL, reg(R11), TRACE_RECORD_SHIFT);
  asm.movTo(W64, field(RECORD_TSC), RAX);
  asm.movImmTo(W32, field(RECORD_KIND), <i32>kind);
  asm.mov(W32, RAX, mem(R14, <i32>CTX_PID));
  asm.movTo(W32, field(RECORD_PID), RAX);
}

function field(offset: usize): u64 {
  return memIndex(R10, R11, 0, <i32>(TRACE_RECORDS + offset));
}
