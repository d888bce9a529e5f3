// Holding the guest for a debugger: vCPU thread.
//
// KVM's own guest debugging does not report on every host. Breakpoints (`int3`) and single steps (RFLAGS.TF) go through the
// guest's IDT instead: its stub (arch/trap.ts) stores to CONTROL_DEBUG. What it interrupted is on its stack and in
// the registers, and is put back from here: the stub never returns.

import { DEBUG_FAULT, DEBUG_PROCESSES } from "../../guest-kernel/abi/control.ts";
import { STEP_GPA, STEP_ON } from "../../guest-kernel/abi/debug-stub.ts";
import { IST_STACK_END, IST_STACK_GPA } from "../../guest-kernel/abi/memory-map.ts";
import { KERNEL_WINDOW } from "../boot/cpu-state.ts";
import { translate } from "../guest-virtual.ts";
import { KVM_INTERNAL_ERROR_EMULATION } from "../kvm/layout.ts";
import type { KvmVcpu, Registers } from "../kvm/vcpu.ts";
import * as port from "./debug-port.ts";
import type { WatchedRam } from "./watched-ram.ts";

const VECTOR_BREAKPOINT = 3;
const VECTOR_INVALID_OPCODE = 6;
const UD2 = 0x0b0f;
const RFLAGS_TF = 1n << 8n;
// A stub's stack: rax, on a fault the vector and an error code, rip, cs, rflags, rsp, ss
const FRAME_RAX = 0;
const FRAME_VECTOR = 8;
const FRAME_RIP = 8;
const FRAME_RFLAGS = 24;
const FRAME_RSP = 32;
const FRAME_SIZE = 48;
const FAULT_WORDS = 16; // more in the frame of a fault

/** Holds one vCPU. */
export class DebugHold {
  readonly #vcpu: KvmVcpu;
  readonly #ram: DataView;
  readonly #watched: WatchedRam;
  readonly #port: port.DebugPort;
  readonly #wakeMain: () => void;
  /** The guest does single steps: #DB will come. */
  #stepping = false;
  /** Because the debugger wants them. */
  #stepAsked = false;
  /** One step with all of RAM as it is: KVM cannot carry out this instruction in a watched page. */
  #unwatched = false;

  constructor(
    vcpu: KvmVcpu,
    ram: DataView,
    watched: WatchedRam,
    debugPort: port.DebugPort,
    wakeMain: () => void,
  ) {
    this.#vcpu = vcpu;
    this.#ram = ram;
    this.#watched = watched;
    this.#port = debugPort;
    this.#wakeMain = wakeMain;
  }

  /** Holds the guest between two instructions if the debugger has asked for it. */
  holdIfAsked(): void {
    if (!this.#port.pauseRequested) return;
    this.#vcpu.completeExit();
    const registers = this.#vcpu.registers();
    // Inside of a stub, or just before #DB: that will come, and holds it.
    if (this.#stepping && ((registers.rflags & RFLAGS_TF) !== 0n || onTrapStack(registers))) return;
    this.#hold(registers, port.HELD_BY_REQUEST);
  }

  /** Holds the guest for a store to CONTROL_DEBUG. At an exception: in the state that it interrupted. */
  holdAtException(value: number): void {
    this.#vcpu.completeExit();
    const stub = this.#vcpu.registers();
    if (value === DEBUG_PROCESSES) return this.#hold(stub, port.HELD_BY_PROCESSES);
    if (value === DEBUG_FAULT) return this.#holdAtFault(stub);
    const registers = this.#interrupted(stub, 0);
    if (registers === undefined) return; // a store that no stub made
    if (value === VECTOR_BREAKPOINT) {
      registers.rip -= 1n; // the address of the int3
      return this.#hold(registers, port.HELD_BY_BREAKPOINT);
    }
    if (!this.#stepping) return this.#go(registers, false); // the flag was set in what a pushf had saved during a step
    this.#stepped(registers);
  }

  /** Holds a guest whose kernel has panicked, before it ends. */
  holdAtPanic(): void {
    this.#vcpu.completeExit();
    this.#hold(this.#vcpu.registers(), port.HELD_BY_PANIC);
  }

  /** Serves an exit for a watched page, and holds the guest if it is to what is watched. False: not such an exit. */
  serveWatched(gpa: number): boolean {
    if (!this.#watched.owns(gpa)) return false;
    let hit: number | undefined;
    do hit = this.#accessWatched() ?? hit;
    while (this.#vcpu.completeExit());
    if (hit === undefined) return true;
    this.#port.hit = hit;
    this.#hold(this.#vcpu.registers(), port.HELD_BY_WATCH);
    return true;
  }

  /**
   * Serves an exit for an instruction in a watched page that KVM cannot carry out, such as a store of a double: the
   * processor does, for one step with all of RAM as it is. False: the exit is for something else.
   */
  stepWhatKvmCannot(reason: number): boolean {
    if (reason !== KVM_INTERNAL_ERROR_EMULATION || !this.#watched.watches) return false;
    this.#stepUnwatched(this.#vcpu.registers()); // which also takes back the #UD that KVM may have queued
    return true;
  }

  /** Does one access; where the watch is that it hits. */
  #accessWatched(): number | undefined {
    const { mmioAddress, mmioData, mmioIsWrite } = this.#vcpu;
    const hit = mmioIsWrite
      ? this.#watched.store(mmioAddress, mmioData)
      : this.#watched.load(mmioAddress, mmioData);
    return hit?.gpa;
  }

  #holdAtFault(stub: Registers): void {
    const registers = this.#interrupted(stub, FAULT_WORDS);
    if (registers === undefined) return;
    const vector = this.#word(stub, FRAME_VECTOR);
    // How else KVM says that it cannot carry an instruction out.
    if (vector === BigInt(VECTOR_INVALID_OPCODE) && this.#watched.watches && !this.#isTrap(registers.rip))
      return this.#stepUnwatched(registers);
    this.#port.vector = Number(vector & 0xffn);
    this.#hold(registers, port.HELD_BY_FAULT, stub);
  }

  /** Whether the instruction is one that compiled code traps with. */
  #isTrap(rip: bigint): boolean {
    const gpa = translate(this.#ram, rip);
    return gpa !== undefined && this.#ram.getUint16(gpa, true) === UD2;
  }

  #stepUnwatched(registers: Registers): void {
    this.#watched.suspend();
    this.#unwatched = true;
    this.#ram.setUint32(STEP_GPA + STEP_ON, 0, true);
    this.#go(registers, true);
  }

  #stepped(registers: Registers): void {
    if (this.#unwatched) {
      this.#unwatched = false;
      const hit = this.#watched.restore();
      if (hit !== undefined) {
        this.#port.hit = hit.gpa;
        return this.#hold(registers, port.HELD_BY_WATCH);
      }
      if (!this.#stepAsked && !this.#port.pauseRequested) return this.#go(registers, false);
    }
    this.#hold(registers, this.#port.pauseRequested ? port.HELD_BY_REQUEST : port.HELD_BY_STEP);
  }

  /** Holds the guest in this state, of which a fault's stub may know. */
  #hold(registers: Registers, reason: number, stub?: Registers): void {
    if (this.#unwatched) {
      this.#unwatched = false;
      this.#watched.restore();
    }
    this.#stepping = false;
    this.#ram.setUint32(STEP_GPA + STEP_ON, 0, true);
    registers.rflags &= ~RFLAGS_TF;
    this.#port.registers = registers;
    const fpu = Uint8Array.from(this.#port.fpu);
    this.#vcpu.readFpu(fpu);
    this.#port.fpu.set(fpu);
    const { step, deliver } = this.#port.hold(reason, this.#wakeMain);
    this.#watched.watch(this.#port.watches);
    this.#vcpu.writeFpu(Uint8Array.from(this.#port.fpu));
    const served = deliver ? stub : undefined;
    this.#stepAsked = step && served === undefined;
    this.#go(served ?? this.#port.registers, this.#stepAsked);
  }

  #go(registers: Registers, step: boolean): void {
    this.#stepping = step;
    if (step) registers.rflags |= RFLAGS_TF;
    else registers.rflags &= ~RFLAGS_TF;
    this.#vcpu.setRegisters(registers);
  }

  /** What an exception interrupted; undefined if this is no stub of one. `more` bytes of the frame lie above rip. */
  #interrupted(stub: Registers, more: number): Registers | undefined {
    if (!onTrapStack(stub, FRAME_SIZE + more)) return undefined;
    return {
      ...stub,
      rax: this.#word(stub, FRAME_RAX),
      rip: this.#word(stub, more + FRAME_RIP),
      rflags: this.#word(stub, more + FRAME_RFLAGS),
      rsp: this.#word(stub, more + FRAME_RSP),
    };
  }

  #word({ rsp }: Registers, offset: number): bigint {
    return this.#ram.getBigUint64(Number(rsp - KERNEL_WINDOW) + offset, true);
  }
}

/** Whether a stub of an exception runs, with `size` bytes on its stack. */
function onTrapStack({ rsp }: Registers, size = 0): boolean {
  const at = rsp - KERNEL_WINDOW;
  return at >= IST_STACK_GPA && at <= IST_STACK_END - size;
}
