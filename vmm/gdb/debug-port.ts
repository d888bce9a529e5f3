/// <reference lib="es2024.sharedmemory" />
// How a debugger on the main thread holds the vCPU and gets at its registers, which only the vCPU thread can read.

import { KVM_XSAVE_SIZE, KVM_REGS_NAMES } from "../kvm/layout.ts";
import { emptyRegisters, type Registers } from "../kvm/vcpu.ts";

/** Why the vCPU was held: signals as gdb numbers them. */
export const HELD_BY_TRAP = 5;
export const HELD_BY_REQUEST = 2;
/** A process is about to begin: no signal, for the debugger to look at the libraries. */
export const HELD_BY_LIBRARIES = 0x100;

// Words of 32 bits
const PAUSE = 0; // 1: the vCPU thread is to hold the guest
const HELD = 1; // 0 the guest runs, else HELD_BY_*
const STEP = 2; // 1: one instruction, then hold again
const CLOSED = 3; // 1: nothing holds any more
const REGISTERS_AT = 16;
const FPU_AT = REGISTERS_AT + 8 * KVM_REGS_NAMES.length;

/** Either side's view. While the guest is held, registers belong to the main thread. */
export class DebugPort {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #registers: BigUint64Array<SharedArrayBuffer>;
  /** `struct kvm_xsave`. */
  readonly fpu: Uint8Array<SharedArrayBuffer>;

  constructor(buffer = new SharedArrayBuffer(FPU_AT + KVM_XSAVE_SIZE)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, REGISTERS_AT / 4);
    this.#registers = new BigUint64Array(buffer, REGISTERS_AT, KVM_REGS_NAMES.length);
    this.fpu = new Uint8Array(buffer, FPU_AT, KVM_XSAVE_SIZE);
  }

  get registers(): Registers {
    const registers = emptyRegisters();
    KVM_REGS_NAMES.forEach((name, i) => (registers[name] = this.#registers[i]!));
    return registers;
  }

  set registers(registers: Registers) {
    KVM_REGS_NAMES.forEach((name, i) => (this.#registers[i] = registers[name]));
  }

  /** HELD_BY_*, or 0 while the guest runs. */
  get held(): number {
    return Atomics.load(this.#words, HELD);
  }

  get pauseRequested(): boolean {
    return Atomics.load(this.#words, PAUSE) !== 0;
  }

  /** vCPU thread: holds the guest until `resume` or `close`; true if it is to do a single step. */
  hold(reason: number, wakeMain: () => void): boolean {
    Atomics.store(this.#words, PAUSE, 0);
    Atomics.store(this.#words, HELD, reason);
    wakeMain();
    while (Atomics.load(this.#words, CLOSED) === 0 && this.held !== 0)
      Atomics.wait(this.#words, HELD, reason);
    return Atomics.load(this.#words, STEP) !== 0;
  }

  /** Main thread: asks for a hold. The vCPU thread must be interrupted to see it. */
  requestPause(): void {
    Atomics.store(this.#words, PAUSE, 1);
  }

  /** Main thread: lets the guest go on, with the registers as they are here. */
  resume(step: boolean): void {
    if (this.held !== 0) Atomics.store(this.#words, PAUSE, 0); // it has been held since it was asked for
    Atomics.store(this.#words, STEP, step ? 1 : 0);
    Atomics.store(this.#words, HELD, 0);
    Atomics.notify(this.#words, HELD);
  }

  /** Main thread: ends a hold, and lets no other begin. */
  close(): void {
    Atomics.store(this.#words, CLOSED, 1);
    this.resume(false);
  }
}
