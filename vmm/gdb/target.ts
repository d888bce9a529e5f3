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

/** Why the guest is held, as a stop reply says it. */
export interface GdbStop {
  /** As gdb numbers signals. */
  signal: number;
  /** More of the reply, such as `library:;`. */
  details: string;
}

/** How the guest is to go on. */
export interface GdbResume {
  /** One instruction of a thread, or as many as stay in the range. */
  step: boolean;
  /** The thread that steps; 0: the one that runs. */
  thread: number;
  range: { start: bigint; length: bigint } | undefined;
  /** Pass the signal on: a fault takes its course. Otherwise its instruction is tried again. */
  deliver: boolean;
}

/** Go on as if there had been no debugger. */
export const CONTINUE: GdbResume = { step: false, thread: 0, range: undefined, deliver: true };

/** What a debugger works on. Registers and memory may be asked for while the guest is held only. */
export interface GdbTarget {
  /** Whether the guest is held. */
  readonly held: boolean;
  /** Why; also while it runs: why it was last. */
  readonly stop: GdbStop;
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
  /** Watches memory (WATCH_* of watched-bytes.ts); false where it cannot be. */
  insertWatchpoint(kind: number, address: bigint, length: number): boolean;
  removeWatchpoint(kind: number, address: bigint, length: number): boolean;
  /** Takes breakpoints and watchpoints back. */
  removeAllBreakpoints(): void;
  /** Lets the guest go on. */
  resume(how: GdbResume): void;
  /** Whether a debugger is there: the guest then holds when a process begins or ends, and for faults. */
  attached: boolean;
  /** Asks for a hold. */
  pause(): void;
  /** Ends the machine. */
  kill(): void;
  /** Does what `monitor` was given; the text for the user. */
  monitor(command: string): string;
}
