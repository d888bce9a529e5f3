// Holding the guest for a debugger: vCPU thread.
//
// KVM's own guest debugging does not report on every host. Breakpoints (`int3`) and single steps (RFLAGS.TF) go through the
// guest's IDT instead: its stub (arch/trap.ts) stores to CONTROL_DEBUG. What it interrupted is on its stack and in
// the registers, and is put back from here: the stub never returns.

import { DEBUG_PROCESSES } from "../../guest-kernel/abi/control.ts";
import { IST_STACK_END, IST_STACK_GPA } from "../../guest-kernel/abi/memory-map.ts";
import { KERNEL_WINDOW } from "../boot/cpu-state.ts";
import type { KvmVcpu, Registers } from "../kvm/vcpu.ts";
import { type DebugPort, HELD_BY_LIBRARIES, HELD_BY_REQUEST, HELD_BY_TRAP } from "./debug-port.ts";

const VECTOR_BREAKPOINT = 3;
const RFLAGS_TF = 1n << 8n;
// The stub's stack: rax, rip, cs, rflags, rsp, ss
const FRAME_RAX = 0;
const FRAME_RIP = 8;
const FRAME_RFLAGS = 24;
const FRAME_RSP = 32;
const FRAME_SIZE = 48;

/** Holds one vCPU. */
export class DebugHold {
  readonly #vcpu: KvmVcpu;
  readonly #ram: DataView;
  readonly #port: DebugPort;
  readonly #wakeMain: () => void;

  constructor(vcpu: KvmVcpu, ram: DataView, port: DebugPort, wakeMain: () => void) {
    this.#vcpu = vcpu;
    this.#ram = ram;
    this.#port = port;
    this.#wakeMain = wakeMain;
  }

  /** Holds the guest between two instructions if the debugger has asked for it. */
  holdIfAsked(): void {
    if (!this.#port.pauseRequested) return;
    this.#vcpu.completeExit();
    this.#hold(this.#vcpu.registers(), HELD_BY_REQUEST);
  }

  /** Holds the guest for a store to CONTROL_DEBUG: at a breakpoint or after a step, in the state that the exception interrupted. */
  holdAtException(vector: number): void {
    this.#vcpu.completeExit();
    if (vector === DEBUG_PROCESSES) return this.#hold(this.#vcpu.registers(), HELD_BY_LIBRARIES);
    const registers = this.#interrupted(this.#vcpu.registers());
    if (registers === undefined) return; // a store that no stub made
    if (vector === VECTOR_BREAKPOINT) registers.rip -= 1n; // the address of the int3
    this.#hold(registers, HELD_BY_TRAP);
  }

  #hold(registers: Registers, reason: number): void {
    registers.rflags &= ~RFLAGS_TF;
    this.#port.registers = registers;
    const fpu = Uint8Array.from(this.#port.fpu);
    this.#vcpu.readFpu(fpu);
    this.#port.fpu.set(fpu);
    const step = this.#port.hold(reason, this.#wakeMain);
    const changed = this.#port.registers;
    if (step) changed.rflags |= RFLAGS_TF;
    this.#vcpu.setRegisters(changed);
    this.#vcpu.writeFpu(Uint8Array.from(this.#port.fpu));
  }

  #interrupted(stub: Registers): Registers | undefined {
    const frame = Number(BigInt.asUintN(48, stub.rsp - KERNEL_WINDOW));
    if (frame < IST_STACK_GPA || frame > IST_STACK_END - FRAME_SIZE) return undefined;
    const word = (offset: number): bigint => this.#ram.getBigUint64(frame + offset, true);
    return {
      ...stub,
      rax: word(FRAME_RAX),
      rip: word(FRAME_RIP),
      rflags: word(FRAME_RFLAGS),
      rsp: word(FRAME_RSP),
    };
  }
}
