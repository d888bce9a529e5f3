// The stubs as the kernel's linker (image/kernel-image.ts) gets them: one blob that goes behind the kernel's code.

import {
  STUB_BOOT,
  STUB_COUNT,
  STUB_EXIT,
  STUB_MEMORY_GROW,
  STUB_PROCESS_START,
  STUB_SAFEPOINT,
  STUB_SYSCALL_BASE,
  STUB_TRACED_BASE,
  STUB_TRAP_BASE,
} from "../abi/arch.ts";
import { Assembler } from "../aot/x64.ts";
import { frameNotes } from "./frame-notes.ts";
import { emitGrowRefused, emitPause, emitRdtsc } from "./intrinsics.ts";
import { emitSafepoint } from "./safepoint.ts";
import { emitBoot, emitProcessStart } from "./start.ts";
import { emitReschedule, emitResume, emitResumeReturn } from "./switch.ts";
import { emitSyscall } from "./syscall.ts";
import { emitTracedSyscall } from "./trace.ts";
import { emitHalt, emitTrapCommon, emitTrapEntry, TRAP_VECTORS } from "./trap.ts";

const MAX_BYTES: u32 = 0x10000;

// What the kernel imports from module `arch`, behind the stub table's own indices.
export const ARCH_RDTSC: u32 = STUB_COUNT;
export const ARCH_PAUSE: u32 = STUB_COUNT + 1;
export const ARCH_RESUME: u32 = STUB_COUNT + 2;
export const ARCH_HALT: u32 = STUB_COUNT + 3;
export const ARCH_GROW: u32 = STUB_COUNT + 4;
const OFFSETS: u32 = STUB_COUNT + 5;
const NONE: u32 = 0xffffffff;

const asm = changetype<Assembler>(heap.alloc(offsetof<Assembler>()));
const offsets = memory.data(2048, 4); // OFFSETS words
if (OFFSETS * 4 > 2048) ERROR("offsets");
let base: u32 = 0;

/** Emits everything but the system calls. `codeOffset` is where the blob goes; the others are functions' offsets; start -1 = none. */
export function begin(codeOffset: u32, main: u32, start: i32, exit: u32, memoryGrow: u32): void {
  base = codeOffset;
  asm.init(MAX_BYTES);
  for (let i: u32 = 0; i < OFFSETS; i++) store<u32>(offsets + (i << 2), NONE);
  const resumeReturn = asm.newLabel();
  const reschedule = asm.newLabel();
  const common = asm.newLabel();
  const stop = asm.newLabel();
  mark(ARCH_RESUME);
  emitResume(asm);
  asm.bind(resumeReturn);
  emitResumeReturn(asm);
  asm.bind(reschedule);
  emitReschedule(asm, resumeReturn);
  mark(STUB_SAFEPOINT);
  emitSafepoint(asm, resumeReturn);
  for (let vector: u32 = 0; vector < TRAP_VECTORS; vector++) {
    mark(STUB_TRAP_BASE + vector);
    emitTrapEntry(asm, vector, common);
  }
  asm.bind(common);
  emitTrapCommon(asm, stop, resumeReturn);
  mark(ARCH_HALT);
  emitHalt(asm, stop);
  mark(ARCH_RDTSC);
  emitRdtsc(asm);
  mark(ARCH_PAUSE);
  emitPause(asm);
  mark(ARCH_GROW);
  emitGrowRefused(asm);
  mark(STUB_PROCESS_START);
  emitProcessStart(asm);
  mark(STUB_BOOT);
  const calls = emitBoot(asm, start >= 0);
  patchCall(<u32>calls, main);
  if (start >= 0) patchCall(<u32>(calls >> 32), <u32>start);
  mark(STUB_EXIT);
  patchCall(emitSyscall(asm, reschedule), exit);
  mark(STUB_MEMORY_GROW);
  patchCall(emitSyscall(asm, reschedule), memoryGrow);
  rescheduleLabel = reschedule;
}

let rescheduleLabel: u32 = 0;

/** Adds the stubs of a system call slot: its own, and the one that traces it. */
export function syscall(slot: u32, handler: u32): void {
  mark(STUB_SYSCALL_BASE + slot);
  patchCall(emitSyscall(asm, rescheduleLabel), handler);
  mark(STUB_TRACED_BASE + slot);
  patchCall(emitTracedSyscall(asm, slot), offsetOf(STUB_SYSCALL_BASE + slot));
}

/** Offset in the kernel's code of a stub (STUB_*, ARCH_*), or 0xffffffff. */
export function offsetOf(stub: u32): u32 {
  return load<u32>(offsets + (stub << 2));
}

/** Address of the blob. */
export function code(): usize {
  return asm.start;
}

/** Bytes in the blob. */
export function length(): u32 {
  return asm.length;
}

/** What the stubs noted (frame-notes.ts), three words each. */
export function notes(): usize {
  return frameNotes.start;
}

export function noteCount(): u32 {
  return frameNotes.length / 3;
}

function mark(stub: u32): void {
  asm.align(16);
  store<u32>(offsets + (stub << 2), base + asm.length);
}

function patchCall(at: u32, target: u32): void {
  asm.patchWord(at, target - (base + at + 4));
}
