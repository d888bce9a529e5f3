import {
  CONTROL_DEBUG,
  CONTROL_FAULT,
  CONTROL_FLUSH_TLB,
  CONTROL_IDLE,
  CONTROL_MARK,
  CONTROL_PANIC,
  CONTROL_POWEROFF,
  CONTROL_SIZE,
} from "../guest-kernel/abi/control.ts";
import { FRAMEBUFFER_DOORBELL, FRAMEBUFFER_SIZE } from "../guest-kernel/abi/framebuffer.ts";
import {
  CONTROL_GPA,
  FRAMEBUFFER_GPA,
  MMIO_GPA,
  VIRTIO_MMIO_SLOTS,
  VIRTIO_MMIO_STRIDE,
} from "../guest-kernel/abi/memory-map.ts";
import { VIRTIO_MMIO_QUEUE_NOTIFY } from "../guest-kernel/abi/virtio-mmio.ts";
import { flipGlobalPages } from "./boot/cpu-state.ts";
import type { EventPage } from "./event-page.ts";
import * as layout from "./kvm/layout.ts";
import type { KvmVcpu } from "./kvm/vcpu.ts";
import type { DebugHold } from "./gdb/debug-hold.ts";
import type { SamplePort } from "./profile/sample-port.ts";
import type { ExitLog } from "./trace/exit-log.ts";
import { FAULT_LISTENER, FRAMEBUFFER_SLOT, type Mailbox, MAX_DOORBELL_QUEUE } from "./mailbox.ts";

const SLOTS_END = MMIO_GPA + VIRTIO_MMIO_SLOTS * VIRTIO_MMIO_STRIDE;

/** Why the guest does not run any more. */
export type GuestEnd =
  | { kind: "stopped" }
  | { kind: "poweroff"; status: number }
  | { kind: "panic" }
  | { kind: "crash"; reason: string };

/** Who looks on, if anybody does. */
export interface VcpuObservers {
  hold?: DebugHold | undefined;
  exits?: ExitLog | undefined;
  samples?: SamplePort | undefined;
}

/** Runs a vCPU and handles its exits. vCPU thread. */
export class VcpuExits {
  readonly #vcpu: KvmVcpu;
  readonly #mailbox: Mailbox;
  readonly #events: EventPage;
  readonly #ram: DataView;
  readonly #debug: DebugHold | undefined;
  readonly #log: ExitLog | undefined;
  readonly #samples: SamplePort | undefined;

  constructor(
    vcpu: KvmVcpu,
    mailbox: Mailbox,
    events: EventPage,
    ram: DataView,
    { hold, exits, samples }: VcpuObservers = {},
  ) {
    this.#vcpu = vcpu;
    this.#mailbox = mailbox;
    this.#events = events;
    this.#ram = ram;
    this.#debug = hold;
    this.#log = exits;
    this.#samples = samples;
  }

  /** Runs the guest to its end. */
  run(): GuestEnd {
    while (!this.#mailbox.stopped) {
      this.#debug?.holdIfAsked();
      if (!this.#vcpu.run()) {
        // A signal. Who sent it to us has said why before, in the mailbox or to the debugger's port.
        this.#vcpu.clearImmediateExit();
        this.#samples?.sampleIfAsked(this.#vcpu, this.#ram);
        continue;
      }
      this.#events.countExit();
      const end = this.#log === undefined ? this.#exit() : this.#loggedExit(this.#log);
      if (end !== undefined) return end;
    }
    return { kind: "stopped" };
  }

  #loggedExit(log: ExitLog): GuestEnd | undefined {
    const startNs = process.hrtime.bigint();
    const { exitReason } = this.#vcpu;
    const gpa = exitReason === layout.KVM_EXIT_MMIO ? this.#vcpu.mmioAddress : 0;
    const end = this.#exit();
    log.add(startNs, process.hrtime.bigint(), exitReason, gpa);
    return end;
  }

  #exit(): GuestEnd | undefined {
    const reason = this.#vcpu.exitReason;
    switch (reason) {
      case layout.KVM_EXIT_MMIO:
        return this.#mmio(this.#vcpu.mmioAddress);
      case layout.KVM_EXIT_SHUTDOWN:
        return crash("triple fault");
      case layout.KVM_EXIT_FAIL_ENTRY:
        return crash(
          `the processor refused to enter the guest, reason 0x${this.#vcpu.failEntryReason.toString(16)}`,
        );
      case layout.KVM_EXIT_INTERNAL_ERROR:
        if (this.#debug?.stepWhatKvmCannot(this.#vcpu.internalErrorReason)) return undefined;
        return crash(`KVM internal error ${this.#vcpu.internalErrorReason}`);
      default:
        return crash(`unexpected exit ${reason}`);
    }
  }

  #mmio(gpa: number): GuestEnd | undefined {
    if (gpa >= MMIO_GPA && gpa < SLOTS_END) return this.#device(gpa - MMIO_GPA);
    if (gpa >= FRAMEBUFFER_GPA && gpa < FRAMEBUFFER_GPA + FRAMEBUFFER_SIZE)
      return this.#framebuffer(gpa - FRAMEBUFFER_GPA);
    if (gpa >= CONTROL_GPA && gpa < CONTROL_GPA + CONTROL_SIZE) return this.#control(gpa - CONTROL_GPA);
    if (this.#debug?.serveWatched(gpa)) return undefined;
    return this.#badAccess("nothing is there");
  }

  #device(offset: number): GuestEnd | undefined {
    const slot = Math.floor(offset / VIRTIO_MMIO_STRIDE);
    const register = offset % VIRTIO_MMIO_STRIDE;
    const width = this.#vcpu.mmioLength;
    if (width > 4) return this.#badAccess("registers have 32 bits");
    if (this.#vcpu.mmioIsWrite) this.#storeRegister(slot, register, width);
    else this.#vcpu.mmioValue = this.#mailbox.load(slot, register, width);
    return undefined;
  }

  #storeRegister(slot: number, register: number, width: number): void {
    const value = width === 4 ? this.#vcpu.mmioValue : this.#vcpu.mmioValue & (2 ** (8 * width) - 1);
    if (register === VIRTIO_MMIO_QUEUE_NOTIFY && width === 4 && value <= MAX_DOORBELL_QUEUE)
      this.#mailbox.ringDoorbell(slot, value);
    else this.#mailbox.store(slot, register, value, width);
  }

  #framebuffer(register: number): GuestEnd | undefined {
    const vcpu = this.#vcpu;
    if (vcpu.mmioLength !== 4) return this.#badAccess("registers have 32 bits");
    if (!vcpu.mmioIsWrite) vcpu.mmioValue = this.#mailbox.load(FRAMEBUFFER_SLOT, register, 4);
    else if (register === FRAMEBUFFER_DOORBELL) this.#mailbox.ringDoorbell(FRAMEBUFFER_SLOT, 0);
    else this.#mailbox.store(FRAMEBUFFER_SLOT, register, vcpu.mmioValue, 4);
    return undefined;
  }

  #control(register: number): GuestEnd | undefined {
    if (this.#vcpu.mmioLength !== 4) return this.#badAccess("registers have 32 bits");
    if (!this.#vcpu.mmioIsWrite) {
      this.#vcpu.mmioValue = 0;
      return undefined;
    }
    const value = this.#vcpu.mmioValue;
    switch (register) {
      case CONTROL_IDLE:
        if (!this.#mailbox.stopped) this.#events.sleep(); // else nobody might wake us any more
        this.#mailbox.noteBusy();
        return undefined;
      case CONTROL_POWEROFF:
        return { kind: "poweroff", status: value & 0xff };
      case CONTROL_PANIC:
        this.#debug?.holdAtPanic();
        return { kind: "panic" };
      case CONTROL_FLUSH_TLB:
        // KVM flushes when a paging bit changes; the CR3 that is there already would change nothing.
        this.#vcpu.updateSpecialRegisters(flipGlobalPages);
        return undefined;
      case CONTROL_MARK:
        this.#mailbox.stamp(value, process.hrtime.bigint());
        return undefined;
      case CONTROL_FAULT:
        this.#mailbox.store(FAULT_LISTENER, 0, value, 4); // waits: the record is of this fault until the guest goes on
        return undefined;
      case CONTROL_DEBUG:
        this.#debug?.holdAtException(value);
        return undefined;
      default:
        return this.#badAccess("no such control register");
    }
  }

  #badAccess(why: string): GuestEnd {
    const { mmioAddress, mmioLength, mmioIsWrite } = this.#vcpu;
    const verb = mmioIsWrite ? "store" : "load";
    return crash(`${mmioLength}-byte ${verb} at guest-physical 0x${mmioAddress.toString(16)}: ${why}`);
  }
}

function crash(reason: string): GuestEnd {
  return { kind: "crash", reason };
}
