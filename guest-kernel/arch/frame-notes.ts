// How a debugger unwinds the stubs: each emitter notes, as it goes, where the caller's registers are from here on.
// image/dwarf/stub-frames.ts turns the notes into call frame information.

import { CodeBuffer } from "../aot/code-buffer.ts";
import { Words } from "../aot/words.ts";

// Kinds of note. CFA is the caller's rsp behind the return, as DWARF has it.
export const FRAME_CALLED: u32 = 1; // just called: CFA is rsp + 8, all registers are the caller's
export const FRAME_CFA: u32 = 2; // CFA is rsp + operand
export const FRAME_SAVED: u32 = 3; // register (operand >> 16) is at CFA - (operand & 0xffff)
export const FRAME_RESTORED: u32 = 4; // register (operand) is the caller's again
export const FRAME_END: u32 = 5; // there is no caller
export const FRAME_CONTEXT: u32 = 6; // of a process: CFA is [r14 + CTX_RSP] + 8
export const FRAME_CONTEXT_STACK: u32 = 7; // the same; its r14 is at rsp, its r15 in the context
export const FRAME_CONTEXT_BASE: u32 = 8; // the same; r14 is its own again, its r15 in the context
export const FRAME_KERNEL: u32 = 9; // of the kernel inside `resume`: CFA is [r14 + CTX_KERNEL_RSP] + 40
export const FRAME_RESUMED: u32 = 10; // the same; CFA is rsp + 40
export const FRAME_TRAP: u32 = 11; // interrupted: rip is at rsp + operand, with cs, rflags, rsp behind it

/** Code offset in the blob, kind, operand. */
export const frameNotes: Words = new Words();

/** Notes that from here on `kind` holds. */
export function noteFrame(asm: CodeBuffer, kind: u32, operand: u32 = 0): void {
  frameNotes.push(asm.length);
  frameNotes.push(kind);
  frameNotes.push(operand);
}

/** Notes a push of `register` that makes the distance to CFA `distance`. */
export function notePush(asm: CodeBuffer, register: u32, distance: u32): void {
  noteFrame(asm, FRAME_CFA, distance);
  noteFrame(asm, FRAME_SAVED, (register << 16) | distance);
}

/** Notes a pop of `register` that leaves `distance` to CFA. */
export function notePop(asm: CodeBuffer, register: u32, distance: u32): void {
  noteFrame(asm, FRAME_CFA, distance);
  noteFrame(asm, FRAME_RESTORED, register);
}
