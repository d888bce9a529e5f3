// The guest as gdb's target.

import { DebugMemory } from "./debug-memory.ts";
import type { DebugPort } from "./debug-port.ts";
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
}

/** Threads, registers and memory of a guest that a `DebugPort` holds. */
export class GuestTarget implements GdbTarget {
  readonly #machine: DebuggedMachine;
  readonly #memory: DebugMemory;

  constructor(machine: DebuggedMachine) {
    this.#machine = machine;
    this.#memory = new DebugMemory(machine.ram);
  }

  get held(): boolean {
    return this.#machine.port.held !== 0;
  }

  get executable(): string {
    return this.#machine.kernel;
  }

  threads(): GdbThread[] {
    return [{ id: KERNEL_THREAD, name: "kernel" }];
  }

  libraries(): GdbLibrary[] {
    return [];
  }

  registers(thread: number): CpuState | undefined {
    if (thread !== 0 && thread !== KERNEL_THREAD) return undefined;
    const { port } = this.#machine;
    return { registers: port.registers, fpu: Uint8Array.from(port.fpu) };
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

  pause(): void {
    this.#machine.pause();
  }

  kill(): void {
    this.#machine.kill();
  }

  monitor(command: string): string {
    return `unknown command ${command}\n`;
  }
}
