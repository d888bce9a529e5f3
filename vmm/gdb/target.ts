import type { CpuState } from "./registers.ts";

/** A thread as gdb sees it: a process, or the kernel. */
export interface GdbThread {
  id: number;
  name: string;
}

/** A file of code in guest memory. */
export interface GdbLibrary {
  file: string;
  /** Where its first byte of code is. */
  address: bigint;
}

/** What a debugger works on. Registers and memory may be asked for while the guest is held only. */
export interface GdbTarget {
  /** Whether the guest is held. */
  readonly held: boolean;
  /** The threads, the one that runs first. */
  threads(): GdbThread[];
  libraries(): GdbLibrary[];
  /** The kernel image. */
  readonly executable: string;
  /** A thread's registers; undefined if there is no such thread. */
  registers(thread: number): CpuState | undefined;
  /** Changes the registers of the thread that runs; false for another. */
  setRegisters(thread: number, cpu: CpuState): boolean;
  /** At most `length` bytes: fewer where nothing is mapped. */
  readMemory(address: bigint, length: number): Uint8Array;
  /** False, and nothing written, where it is not mapped. */
  writeMemory(address: bigint, bytes: Uint8Array): boolean;
  insertBreakpoint(address: bigint): boolean;
  removeBreakpoint(address: bigint): boolean;
  removeAllBreakpoints(): void;
  /** Lets the guest go on, or do one instruction. */
  resume(step: boolean): void;
  /** Whether a debugger is there: the guest then holds when a process is about to begin. */
  attached: boolean;
  /** Asks for a hold. */
  pause(): void;
  /** Ends the machine. */
  kill(): void;
  /** Does what `monitor` was given; the text for the user. */
  monitor(command: string): string;
}
