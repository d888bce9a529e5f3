// The safepoint: a process that was asked to stop gives the CPU back. Compiled code calls it in the middle of
// anything, so every register that it may use is kept.

import { RESUME_PREEMPTED } from "../abi/arch.ts";
import { Label } from "../aot/code-buffer.ts";
import { mem, R13, RAX, RSP } from "../aot/operand.ts";
import { ALU_ADD, ALU_SUB, Assembler } from "../aot/x64.ts";
import { W64 } from "../aot/x64-encoder.ts";
import { reg } from "../aot/operand.ts";
import { FRAME_CALLED, FRAME_CFA, noteFrame, notePop, notePush } from "./frame-notes.ts";
import { emitToKernel } from "./switch.ts";

const VECTORS: u32 = 16;
const VECTOR_BYTES: i32 = 16;
const FLAGS_CFA: u32 = 16; // from the pushed flags to CFA

/** CTX_SAFEPOINT. */
export function emitSafepoint(asm: Assembler, resumeReturn: Label): void {
  const continuation = asm.newLabel();
  noteFrame(asm, FRAME_CALLED);
  asm.pushfq();
  noteFrame(asm, FRAME_CFA, FLAGS_CFA);
  let distance = FLAGS_CFA;
  for (let r = RAX; r <= R13; r++) {
    if (r == RSP) continue;
    asm.push(r);
    notePush(asm, r, (distance += 8));
  }
  asm.aluImm(W64, ALU_SUB, reg(RSP), <i32>VECTORS * VECTOR_BYTES);
  noteFrame(asm, FRAME_CFA, distance + VECTORS * VECTOR_BYTES);
  for (let x: u32 = 0; x < VECTORS; x++) asm.movupsTo(mem(RSP, <i32>x * VECTOR_BYTES), x);
  emitToKernel(asm, continuation, RESUME_PREEMPTED, resumeReturn);
  asm.bind(continuation);
  noteFrame(asm, FRAME_CALLED);
  noteSaved(asm);
  noteFrame(asm, FRAME_CFA, distance + VECTORS * VECTOR_BYTES);
  for (let x: u32 = 0; x < VECTORS; x++) asm.movups(x, mem(RSP, <i32>x * VECTOR_BYTES));
  asm.aluImm(W64, ALU_ADD, reg(RSP), <i32>VECTORS * VECTOR_BYTES);
  noteFrame(asm, FRAME_CFA, distance);
  for (let r = R13; r > RAX; r--) {
    if (r == RSP) continue;
    asm.pop(r);
    notePop(asm, r, (distance -= 8));
  }
  asm.pop(RAX);
  notePop(asm, RAX, FLAGS_CFA);
  asm.popfq();
  noteFrame(asm, FRAME_CFA, 8);
  asm.ret();
}

/** Notes the registers as the pushes above leave them. */
function noteSaved(asm: Assembler): void {
  let distance = FLAGS_CFA;
  for (let r = RAX; r <= R13; r++) if (r != RSP) notePush(asm, r, (distance += 8));
}
