// The guest as gdb's target.

import { readFileSync } from "node:fs";
import { EVENT_DEBUGGED } from "../../guest-kernel/abi/event-page.ts";
import { STEP_GPA, STEP_ON } from "../../guest-kernel/abi/debug-stub.ts";
import { EVENT_PAGE_GPA } from "../../guest-kernel/abi/memory-map.ts";
import { CallTrace } from "./call-trace.ts";
import { DebugMemory } from "./debug-memory.ts";
import type { DebugPort } from "./debug-port.ts";
import { AppFiles } from "./libraries.ts";
import { runMonitor } from "./monitor.ts";
import { readProcesses } from "./processes.ts";
import type { CpuState } from "./registers.ts";
import { Runner } from "./runner.ts";
import type { GdbLibrary, GdbResume, GdbStop, GdbTarget, GdbThread } from "./target.ts";
import { currentThread, listThreads, suspendedThread } from "./threads.ts";
import { Watchpoints } from "./watchpoints.ts";

const SIGTRAP = 5;

/** What the target needs of the machine. */
export interface DebuggedMachine {
  ram: DataView;
  port: DebugPort;
  pause(): void;
  /** Whether processes are preempted from here on. */
  preempts(preempts: boolean): void;
  kill(): void;
  /** Path of the kernel image. */
  kernel: string;
  /** Where the ELF files of apps are, NAME.elf each. */
  symbolFolders: readonly string[];
  /** Makes the file of an app that has none there, by its package's name. */
  makeSymbols: (name: string) => string | undefined;
}

/** Threads, registers and memory of a guest that a `DebugPort` holds. */
export class GuestTarget implements GdbTarget {
  readonly #machine: DebuggedMachine;
  readonly #memory: DebugMemory;
  readonly #files: AppFiles;
  readonly #watchpoints: Watchpoints;
  readonly #trace: CallTrace;
  readonly #runner: Runner;
  #stop: GdbStop = { signal: SIGTRAP, details: "" };

  constructor(machine: DebuggedMachine) {
    const { ram, port } = machine;
    this.#machine = machine;
    this.#memory = new DebugMemory(ram);
    this.#files = new AppFiles(machine.symbolFolders, machine.makeSymbols);
    this.#watchpoints = new Watchpoints(ram, port);
    this.#trace = new CallTrace(ram, this.#memory, () => readFileSync(machine.kernel));
    this.#runner = new Runner({
      ram,
      port,
      memory: this.#memory,
      watchHit: () => this.#watchpoints.hit,
      preempts: (preempts) => machine.preempts(preempts),
      onBreakpoint: (address) => this.#trace.note(address, port.registers),
    });
  }

  get held(): boolean {
    return this.#machine.port.held !== 0;
  }

  get stop(): GdbStop {
    return this.#stop;
  }

  /** Looks at why the guest is held; false if that is no matter for a debugger, and it has gone on. */
  noteHold(): boolean {
    const stop = this.#runner.held();
    if (stop !== undefined) this.#stop = stop;
    return stop !== undefined;
  }

  get executable(): string {
    return this.#machine.kernel;
  }

  threads(): GdbThread[] {
    const { ram, port } = this.#machine;
    return listThreads(ram, port.registers);
  }

  libraries(): GdbLibrary[] {
    return this.#files.libraries(readProcesses(this.#machine.ram), this.#memory);
  }

  registers(thread: number): CpuState | undefined {
    const { port, ram } = this.#machine;
    if (this.#runs(thread)) return { registers: port.registers, fpu: Uint8Array.from(port.fpu) };
    const registers = suspendedThread(ram, thread);
    return registers && { registers, fpu: undefined };
  }

  setRegisters(thread: number, { registers, fpu }: CpuState): boolean {
    if (!this.#runs(thread)) return false;
    this.#machine.port.registers = registers;
    if (fpu !== undefined) this.#machine.port.fpu.set(fpu);
    return true;
  }

  readMemory(address: bigint, length: number): Uint8Array {
    return this.#memory.read(address, length);
  }

  writeMemory(address: bigint, bytes: Uint8Array): boolean {
    return this.#memory.write(address, bytes);
  }

  insertBreakpoint(address: bigint): boolean {
    return this.#memory.insertBreakpoint(address, "debugger");
  }

  removeBreakpoint(address: bigint): boolean {
    this.#memory.removeBreakpoint(address, "debugger");
    return true; // also where there is none: the code may be gone
  }

  insertWatchpoint(kind: number, address: bigint, length: number): boolean {
    return this.#watchpoints.insert(kind, address, length);
  }

  removeWatchpoint(kind: number, address: bigint, length: number): boolean {
    return this.#watchpoints.remove(kind, address, length);
  }

  removeAllBreakpoints(): void {
    this.#memory.removeAllBreakpoints("debugger");
    this.#trace.stop();
    this.#watchpoints.clear();
  }

  resume(how: GdbResume): void {
    this.#runner.resume(how);
  }

  set attached(attached: boolean) {
    this.#machine.ram.setUint32(EVENT_PAGE_GPA + EVENT_DEBUGGED, attached ? 1 : 0, true);
  }

  pause(): void {
    this.#machine.ram.setUint32(STEP_GPA + STEP_ON, 0, true); // ends a walk through a range
    this.#machine.pause();
  }

  kill(): void {
    this.#machine.kill();
  }

  monitor(command: string): string {
    return runMonitor(command, { ram: this.#machine.ram, trace: this.#trace });
  }

  #runs(thread: number): boolean {
    const { ram, port } = this.#machine;
    return thread === 0 || thread === currentThread(ram, port.registers);
  }
}
