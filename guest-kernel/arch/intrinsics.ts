// Single instructions that WebAssembly has no word for, as functions.

import { FRAME_CALLED, noteFrame } from "./frame-notes.ts";
import { RAX, RDX, reg } from "../aot/operand.ts";
import { Assembler } from "../aot/x64.ts";
import { SHIFT_SHL, W64 } from "../aot/x64-encoder.ts";

/** `arch.rdtsc()`. */
export function emitRdtsc(asm: Assembler): void {
  noteFrame(asm, FRAME_CALLED);
  asm.rdtsc();
  asm.shiftImm(W64, SHIFT_SHL, reg(RDX), 32);
  asm.or(W64, RAX, reg(RDX));
  asm.ret();
}

/** `arch.pause()`. */
export function emitPause(asm: Assembler): void {
  noteFrame(asm, FRAME_CALLED);
  asm.pause();
  asm.ret();
}

/** The kernel's own CTX_MEMORY_GROW: its memory does not grow. */
export function emitGrowRefused(asm: Assembler): void {
  noteFrame(asm, FRAME_CALLED);
  asm.movImm(RAX, 0xffffffff);
  asm.ret();
}
