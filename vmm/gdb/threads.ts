// The guest's threads: each process, in its own code or in a system call, and the kernel's loop.

import { CTX_KERNEL_RSP } from "../../guest-kernel/abi/instance.ts";
import { KERNEL_STACK_END, KERNEL_STACK_GPA } from "../../guest-kernel/abi/memory-map.ts";
import { KERNEL_WINDOW } from "../boot/cpu-state.ts";
import type { Registers } from "../kvm/vcpu.ts";
import {
  type GuestProcess,
  readProcesses,
  runningProcess,
  suspendedKernel,
  suspendedRegisters,
} from "./processes.ts";
import type { GdbThread } from "./target.ts";

/** The kernel's thread: higher than any PID. */
export const KERNEL_THREAD = 0x10000;

/** Which thread the processor runs, by its registers. */
export function currentThread(ram: DataView, registers: Registers): number {
  const owner = runningProcess(ram, readProcesses(ram));
  return owner !== undefined && runsProcess(ram, registers, owner) ? owner.pid : KERNEL_THREAD;
}

/** The threads, the one that runs first. */
export function listThreads(ram: DataView, registers: Registers): GdbThread[] {
  const alive = readProcesses(ram).filter(({ context }) => context !== 0);
  const threads = [
    { id: KERNEL_THREAD, name: "kernel" },
    ...alive.map(({ pid, name }) => ({ id: pid, name: `${name} (pid ${pid})` })),
  ];
  const current = currentThread(ram, registers);
  return threads.toSorted((a, b) => Number(b.id === current) - Number(a.id === current));
}

/** With what a thread that does not run will go on, as far as its stack holds it; undefined if there is no such thread. */
export function suspendedThread(ram: DataView, thread: number): Registers | undefined {
  const processes = readProcesses(ram);
  if (thread === KERNEL_THREAD) {
    const running = runningProcess(ram, processes);
    return running && suspendedKernel(ram, running);
  }
  const process = processes.find(({ pid }) => pid === thread);
  return process && suspendedRegisters(ram, process);
}

/** The kernel's loop names a process before it goes there and for a while after: the stack tells. */
function runsProcess(ram: DataView, { rsp, r14 }: Registers, { context }: GuestProcess): boolean {
  const onKernelStack =
    rsp >= KERNEL_WINDOW + BigInt(KERNEL_STACK_GPA) && rsp <= KERNEL_WINDOW + BigInt(KERNEL_STACK_END);
  if (!onKernelStack) return true;
  const entered = ram.getBigUint64(context + CTX_KERNEL_RSP, true); // system calls run below
  return rsp < entered || (rsp === entered && r14 === KERNEL_WINDOW + BigInt(context));
}
