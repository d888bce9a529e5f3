// The vCPU thread: creates the VM, runs the guest to its end, and says how it ended.

import { parentPort, workerData } from "node:worker_threads";
import { KERNEL_CONTEXT_GPA, KERNEL_STACK_END } from "../guest-kernel/abi/memory-map.ts";
import { INITIAL_RFLAGS, KERNEL_WINDOW, setSpecialRegisters } from "./boot/cpu-state.ts";
import { bootAddress } from "./boot/loader.ts";
import { EventPage } from "./event-page.ts";
import { DebugHold } from "./gdb/debug-hold.ts";
import { DebugPort } from "./gdb/debug-port.ts";
import { WatchedRam } from "./gdb/watched-ram.ts";
import { GuestRam, type GuestRamHandle } from "./guest-ram.ts";
import { loadLibc } from "./kvm/load-libc.ts";
import type { Libc } from "./kvm/libc.ts";
import { KvmSystem } from "./kvm/system.ts";
import { emptyRegisters, type KvmVcpu, type Registers } from "./kvm/vcpu.ts";
import { Mailbox, MARK_ENTRY } from "./mailbox.ts";
import { SamplePort } from "./profile/sample-port.ts";
import { ExitLog } from "./trace/exit-log.ts";
import { type GuestEnd, VcpuExits, type VcpuObservers } from "./vcpu-exits.ts";

/** What the main thread gives this thread. */
export interface VcpuWorkerData {
  ram: GuestRamHandle;
  mailbox: SharedArrayBuffer;
  /** Of a `DebugPort`, if the guest is to be debugged. */
  debug: SharedArrayBuffer | undefined;
  /** Of an `ExitLog`, if exits are to be noted. */
  exits: SharedArrayBuffer | undefined;
  /** Of a `SamplePort`, if the guest is to be profiled. */
  samples: SharedArrayBuffer | undefined;
}

/** What this thread tells the main thread: first "ready", then "ended". */
export type VcpuMessage =
  | {
      kind: "ready";
      tid: number;
      tscKhz: number;
      /** `struct kvm_run`, which the main thread unmaps when this thread is gone. */
      runAddress: bigint;
      runLength: number;
      immediateExitAddress: bigint;
    }
  | { kind: "ended"; end: GuestEnd; registers: Registers; faultAddress: bigint };

function main(data: VcpuWorkerData): void {
  const libc = loadLibc();
  const ram = new GuestRam(data.ram);
  const mailbox = new Mailbox(data.mailbox);
  const system = KvmSystem.open(libc);
  try {
    const vm = system.createVm();
    try {
      vm.setMemoryRegion(0, 0, ram.length, ram.hostAddress);
      const vcpu = vm.createVcpu(0, system.vcpuMmapSize());
      try {
        vcpu.setCpuid(system.supportedCpuid());
        const watched = new WatchedRam(vm, ram);
        const port = data.debug && new DebugPort(data.debug);
        serve(libc, vcpu, ram, mailbox, {
          hold: port && new DebugHold(vcpu, ram.view, watched, port, () => mailbox.wakeMain()),
          exits: data.exits && new ExitLog(data.exits),
          samples: data.samples && new SamplePort(data.samples),
        });
      } finally {
        vcpu.close();
      }
    } finally {
      vm.close();
    }
  } finally {
    system.close();
  }
}

function serve(libc: Libc, vcpu: KvmVcpu, ram: GuestRam, mailbox: Mailbox, observers: VcpuObservers): void {
  const { runAddress, runLength, immediateExitAddress } = vcpu;
  post({
    kind: "ready",
    tid: libc.gettid(),
    tscKhz: vcpu.tscKhz(),
    runAddress,
    runLength,
    immediateExitAddress,
  });
  if (!mailbox.waitForStart()) return;
  enterKernel(vcpu, ram);
  mailbox.stamp(MARK_ENTRY, process.hrtime.bigint());
  const end = new VcpuExits(vcpu, mailbox, new EventPage(ram), ram.view, observers).run();
  post({ kind: "ended", end, registers: vcpu.registers(), faultAddress: vcpu.faultAddress() });
}

/** The state that docs/architecture.md, "Boot", promises the kernel. */
function enterKernel(vcpu: KvmVcpu, ram: GuestRam): void {
  vcpu.updateSpecialRegisters(setSpecialRegisters);
  vcpu.setRegisters({
    ...emptyRegisters(),
    rip: bootAddress(ram.view),
    rflags: INITIAL_RFLAGS,
    rsp: KERNEL_WINDOW + BigInt(KERNEL_STACK_END),
    r14: KERNEL_WINDOW + BigInt(KERNEL_CONTEXT_GPA),
    r15: KERNEL_WINDOW,
  });
}

function post(message: VcpuMessage): void {
  parentPort?.postMessage(message, []);
}

// SAFETY: only machine.ts starts this file, with data of this type.
const given: VcpuWorkerData = workerData;
main(given);
