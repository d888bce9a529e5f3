// The guest as gdb's target.

import { EVENT_DEBUGGED } from "../../guest-kernel/abi/event-page.ts";
import { EVENT_PAGE_GPA } from "../../guest-kernel/abi/memory-map.ts";
import { DebugMemory } from "./debug-memory.ts";
import type { DebugPort } from "./debug-port.ts";
import { AppFiles } from "./libraries.ts";
import { runMonitor } from "./monitor.ts";
import { readProcesses, runningProcess, suspendedKernel, suspendedRegisters } from "./processes.ts";
import type { CpuState } from "./registers.ts";
import type { GdbLibrary, GdbTarget, GdbThread } from "./target.ts";

/** The kernel's thread: higher than any PID. */
const KERNEL_THREAD = 0x10000;

/** What the target needs of the machine. */
export interface DebuggedMachine {
  ram: DataView;
  port: DebugPort;
  pause(): void;
  kill(): void;
  /** Path of the kernel image. */
  kernel: string;
  /** Where the ELF files of apps are, NAME.elf each. */
  symbolFolders: readonly string[];
}

/** Threads, registers and memory of a guest that a `DebugPort` holds. */
export class GuestTarget implements GdbTarget {
  readonly #machine: DebuggedMachine;
  readonly #memory: DebugMemory;
  readonly #files: AppFiles;

  constructor(machine: DebuggedMachine) {
    this.#machine = machine;
    this.#memory = new DebugMemory(machine.ram);
    this.#files = new AppFiles(machine.symbolFolders);
  }

  get held(): boolean {
    return this.#machine.port.held !== 0;
  }

  get executable(): string {
    return this.#machine.kernel;
  }

  threads(): GdbThread[] {
    const { ram } = this.#machine;
    const processes = readProcesses(ram).filter(({ context }) => context !== 0);
    const running = runningProcess(ram, processes);
    const threads = processes.map(({ pid, name }) => ({ id: pid, name: `${name} (pid ${pid})` }));
    const kernel = { id: KERNEL_THREAD, name: "kernel" };
    const first = threads.find(({ id }) => id === running?.pid) ?? kernel;
    return [first, ...[kernel, ...threads].filter((thread) => thread !== first)];
  }

  libraries(): GdbLibrary[] {
    return this.#files.libraries(readProcesses(this.#machine.ram), this.#memory);
  }

  registers(thread: number): CpuState | undefined {
    const { port, ram } = this.#machine;
    const processes = readProcesses(ram);
    const running = runningProcess(ram, processes);
    if (thread === 0 || thread === (running?.pid ?? KERNEL_THREAD))
      return { registers: port.registers, fpu: Uint8Array.from(port.fpu) };
    const process = processes.find(({ pid }) => pid === thread);
    const registers =
      thread === KERNEL_THREAD
        ? running && suspendedKernel(ram, running)
        : process && suspendedRegisters(ram, process);
    return registers && { registers, fpu: undefined };
  }

  setRegisters(thread: number, { registers, fpu }: CpuState): boolean {
    if (thread !== 0 && thread !== this.threads()[0]?.id) return false;
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
    return this.#memory.insertBreakpoint(address);
  }

  removeBreakpoint(address: bigint): boolean {
    return this.#memory.removeBreakpoint(address);
  }

  removeAllBreakpoints(): void {
    this.#memory.removeAllBreakpoints();
  }

  resume(step: boolean): void {
    this.#machine.port.resume(step);
  }

  set attached(attached: boolean) {
    this.#machine.ram.setUint32(EVENT_PAGE_GPA + EVENT_DEBUGGED, attached ? 1 : 0, true);
  }

  pause(): void {
    this.#machine.pause();
  }

  kill(): void {
    this.#machine.kill();
  }

  monitor(command: string): string {
    return runMonitor(command, this.#machine.ram);
  }
}
