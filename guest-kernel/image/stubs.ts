// The stubs of guest-kernel/arch as machine code, emitted by their own AssemblyScript.

import { STUB_COUNT } from "../abi/arch.ts";
import type { FrameNote } from "./dwarf/stub-frames.ts";

/** What the kernel imports from module `arch`: numbers of stubs, as guest-kernel/arch/node.exports.ts gives them. */
export const ARCH_STUBS: ReadonlyMap<string, number> = new Map([
  ["rdtsc", STUB_COUNT],
  ["pause", STUB_COUNT + 1],
  ["resume", STUB_COUNT + 2],
  ["halt", STUB_COUNT + 3],
  ["grow", STUB_COUNT + 4],
]);

const NONE = 0xffffffff;
const NOTE_WORDS = 3; // arch/frame-notes.ts

/** Functions of the kernel that stubs call: offsets in the kernel's code. */
export interface StubTargets {
  main: number;
  start: number | undefined;
  exit: number;
  memoryGrow: number;
  /** By system call slot. */
  handlers: number[];
}

/** The emitted stubs. */
export interface StubBlob {
  code: Uint8Array;
  /** Whether there is a stub of this number. */
  has(stub: number): boolean;
  /** How to unwind the stubs; offsets in the kernel's code. */
  notes: FrameNote[];
  /** Offset of a stub in the kernel's code. */
  offset(stub: number): number;
}

/** The exports of guest-kernel/arch/node.exports.ts. */
interface Exports {
  begin(codeOffset: number, main: number, start: number, exit: number, memoryGrow: number): void;
  syscall(slot: number, handler: number): void;
  offsetOf(stub: number): number;
  code(): number;
  length(): number;
  notes(): number;
  noteCount(): number;
}

/**
 * Emits the stubs for a blob that begins `codeOffset` bytes into the kernel's code. `arch` is
 * guest-kernel/arch/node.exports.ts, compiled by asc.
 */
export function linkStubs(arch: WebAssembly.Module, codeOffset: number, targets: StubTargets): StubBlob {
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 65536, shared: true });
  const abort = (): never => {
    throw new Error("arch: abort");
  };
  const instance = new WebAssembly.Instance(arch, { env: { memory, abort } });
  const stubs = instance.exports as unknown as Exports;
  stubs.begin(codeOffset, targets.main, targets.start ?? -1, targets.exit, targets.memoryGrow);
  targets.handlers.forEach((handler, slot) => stubs.syscall(slot, handler));
  const offsetOf = (stub: number): number => stubs.offsetOf(stub) >>> 0;
  return {
    code: new Uint8Array(memory.buffer).slice(stubs.code(), stubs.code() + stubs.length()),
    notes: readNotes(memory, stubs, codeOffset),
    has: (stub) => offsetOf(stub) !== NONE,
    offset(stub) {
      const offset = offsetOf(stub);
      if (offset === NONE) throw new Error(`no stub ${stub}`);
      return offset;
    },
  };
}

function readNotes(memory: WebAssembly.Memory, stubs: Exports, codeOffset: number): FrameNote[] {
  const words = new Uint32Array(memory.buffer, stubs.notes(), NOTE_WORDS * stubs.noteCount());
  return Array.from({ length: stubs.noteCount() }, (_, i) => {
    const [offset = 0, kind = 0, operand = 0] = words.subarray(NOTE_WORDS * i, NOTE_WORDS * (i + 1));
    return { codeOffset: codeOffset + offset, kind, operand };
  });
}
