/// <reference lib="es2024.sharedmemory" />
// How a debugger on the main thread holds the vCPU and gets at its registers, which only the vCPU thread can read.

import { KVM_XSAVE_SIZE, KVM_REGS_NAMES } from "../kvm/layout.ts";
import type { WatchedBytes } from "./watched-bytes.ts";
import { emptyRegisters, type Registers } from "../kvm/vcpu.ts";

/** Why the vCPU was held. */
export const HELD_BY_REQUEST = 1;
/** At the address of a breakpoint. */
export const HELD_BY_BREAKPOINT = 2;
/** After a single step, or after as many as the range took. */
export const HELD_BY_STEP = 3;
/** A process is about to begin, or has ended: for the debugger to look at the libraries. */
export const HELD_BY_PROCESSES = 4;
/** An exception, `vector`, in the state that it interrupted; the guest has not served it yet. */
export const HELD_BY_FAULT = 5;
/** The kernel has given up. */
export const HELD_BY_PANIC = 6;
/** Bytes at `hit` that are watched have been accessed. */
export const HELD_BY_WATCH = 7;

/** How the guest is to go on. */
export interface Resume {
  /** One instruction, then hold again (or a range of them: abi/debug-stub.ts). */
  step: boolean;
  /** Held by a fault: let the guest serve it. Otherwise the instruction is tried again. */
  deliver: boolean;
}

/** The most pieces of memory, each inside a page, that can be watched at once. */
export const MAX_WATCHES = 8;

// Words of 32 bits
const PAUSE = 0; // 1: the vCPU thread is to hold the guest
const HELD = 1; // 0 the guest runs, else HELD_BY_*
const STEP = 2; // 1: one instruction, then hold again
const CLOSED = 3; // 1: nothing holds any more
const SEQUENCE = 4; // holds so far
const VECTOR = 5;
const DELIVER = 6;
const HIT = 7;
const WATCHES = 8; // how many; kind, gpa, length of each follow
const WATCH_WORDS = 3;
const WORDS = WATCHES + 1 + WATCH_WORDS * MAX_WATCHES;
const REGISTERS_AT = (WORDS + (WORDS % 2)) * 4;
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
    this.#words = new Int32Array(buffer, 0, WORDS);
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

  /** Counts the holds: tells one from the next. */
  get sequence(): number {
    return Atomics.load(this.#words, SEQUENCE);
  }

  /** With HELD_BY_FAULT: the exception. */
  get vector(): number {
    return this.#words[VECTOR]!;
  }

  set vector(vector: number) {
    this.#words[VECTOR] = vector;
  }

  /** With HELD_BY_WATCH: the guest-physical address of the watch. */
  get hit(): number {
    return this.#words[HIT]! >>> 0;
  }

  set hit(gpa: number) {
    this.#words[HIT] = gpa;
  }

  /** What is to be watched when the guest goes on; at most MAX_WATCHES. */
  get watches(): WatchedBytes[] {
    return Array.from({ length: this.#words[WATCHES]! }, (_, i) => {
      const [kind = 0, gpa = 0, length = 0] = this.#words.subarray(WATCHES + 1 + WATCH_WORDS * i);
      return { kind, gpa: gpa >>> 0, length };
    });
  }

  set watches(watches: readonly WatchedBytes[]) {
    this.#words[WATCHES] = watches.length;
    watches.forEach(({ kind, gpa, length }, i) =>
      this.#words.set([kind, gpa | 0, length], WATCHES + 1 + WATCH_WORDS * i),
    );
  }

  get pauseRequested(): boolean {
    return Atomics.load(this.#words, PAUSE) !== 0;
  }

  /** vCPU thread: holds the guest until `resume` or `close`. */
  hold(reason: number, wakeMain: () => void): Resume {
    Atomics.store(this.#words, PAUSE, 0);
    Atomics.add(this.#words, SEQUENCE, 1);
    Atomics.store(this.#words, HELD, reason);
    wakeMain();
    while (Atomics.load(this.#words, CLOSED) === 0 && this.held !== 0)
      Atomics.wait(this.#words, HELD, reason);
    return {
      step: Atomics.load(this.#words, STEP) !== 0,
      deliver: Atomics.load(this.#words, DELIVER) !== 0,
    };
  }

  /** Main thread: asks for a hold. The vCPU thread must be interrupted to see it. */
  requestPause(): void {
    Atomics.store(this.#words, PAUSE, 1);
  }

  /** Main thread: lets the guest go on, with the registers as they are here. */
  resume({ step, deliver }: Resume): void {
    if (this.held !== 0) Atomics.store(this.#words, PAUSE, 0); // it has been held since it was asked for
    Atomics.store(this.#words, STEP, step ? 1 : 0);
    Atomics.store(this.#words, DELIVER, deliver ? 1 : 0);
    Atomics.store(this.#words, HELD, 0);
    Atomics.notify(this.#words, HELD);
  }

  /** Main thread: ends a hold, and lets no other begin. */
  close(): void {
    Atomics.store(this.#words, CLOSED, 1);
    this.resume({ step: false, deliver: true });
  }
}
