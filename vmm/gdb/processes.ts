// The guest's processes as a debugger sees them, read from the kernel's own table. The guest may have spoiled it: whatever
// is there is taken for what it says, and nothing outside of RAM is read.

import {
  CTX_KERNEL_RSP,
  CTX_LIMIT,
  CTX_MEMORY_BASE,
  CTX_MEMORY_PAGES,
  CTX_RSP,
  CTX_STACK_LIMIT,
} from "../../guest-kernel/abi/instance.ts";
import {
  EVENT_PENDING,
  EVENT_PREEMPT_GPA,
  EVENT_PROCESSES_GPA,
  PREEMPT_REQUEST,
} from "../../guest-kernel/abi/event-page.ts";
import {
  EVENT_PAGE_GPA,
  KERNEL_CONTEXT_GPA,
  WINDOW_CODE_MIB,
  WINDOW_LIBRARY_MIB,
  WINDOW_MEMORY_MIB,
} from "../../guest-kernel/abi/memory-map.ts";
import { MANIFEST_NAME_SIZE } from "../../guest-kernel/abi/manifest.ts";
import * as p from "../../guest-kernel/abi/process-table.ts";
import { KERNEL_WINDOW } from "../boot/cpu-state.ts";
import { readVirtualU64 } from "../guest-virtual.ts";
import { emptyRegisters, type Registers } from "../kvm/vcpu.ts";

const MIB = 1n << 20n;
const STATE_FREE = 0;
const STATE_NAMES = ["free", "run", "wait", "ending", "zombie", "closing"];
const CONTEXT_BYTES = 128;
const WASM_PAGE_KIB = 64;
const LIMIT_HIGH = 4; // EVENT_PREEMPT_GPA names the high half of the limit word

/** The code of a package in the window of a process. */
export interface PackageCode {
  /** The package's name. */
  name: string;
  /** Where its code begins. */
  address: bigint;
}

/** A process. */
export interface GuestProcess {
  pid: number;
  parent: number;
  state: string;
  /** The package's name. */
  name: string;
  /** Guest-physical address of its instance context, 0 once it has ended. */
  context: number;
  /** Where its code begins, 0 once it has ended. */
  codeAddress: bigint;
  /** The library that it is linked to; undefined if it is to none, or has ended. */
  library: PackageCode | undefined;
}

/** The processes that are not free, by PID. */
export function readProcesses(ram: DataView): GuestProcess[] {
  const table = ram.getUint32(EVENT_PAGE_GPA + EVENT_PROCESSES_GPA, true);
  if (table === 0 || table + p.PROCESS_COUNT * p.PROCESS_SIZE > ram.byteLength) return [];
  const processes: GuestProcess[] = [];
  for (let pid = 1; pid < p.PROCESS_COUNT; pid++) {
    const entry = table + pid * p.PROCESS_SIZE;
    if (ram.getUint32(entry + p.PROCESS_STATE, true) !== STATE_FREE)
      processes.push(readProcess(ram, pid, entry));
  }
  return processes;
}

/** A process's linear memory in KiB; 0 once it has ended. */
export function memoryKib(ram: DataView, { context }: GuestProcess): number {
  return context === 0 ? 0 : ram.getUint32(context + CTX_MEMORY_PAGES, true) * WASM_PAGE_KIB;
}

/** The code that is in a process's window: its own, then its library's. None once it has ended. */
export function codeOf({ name, context, codeAddress, library }: GuestProcess): PackageCode[] {
  if (context === 0) return [];
  const own = { name, address: codeAddress };
  return library === undefined ? [own] : [own, library];
}

/** The package's name of one process; undefined if it has none, or is free. */
export function processName(ram: DataView, pid: number): string | undefined {
  const table = ram.getUint32(EVENT_PAGE_GPA + EVENT_PROCESSES_GPA, true);
  const entry = table + pid * p.PROCESS_SIZE;
  if (table === 0 || pid >= p.PROCESS_COUNT || entry + p.PROCESS_SIZE > ram.byteLength) return undefined;
  return nameAt(ram, entry + p.PROCESS_NAME, p.PROCESS_NAME_MAX) || undefined;
}

/** A name that NULs pad to `size` bytes. */
function nameAt(ram: DataView, gpa: number, size: number): string {
  return Buffer.from(ram.buffer, ram.byteOffset + gpa, size)
    .toString()
    .replace(/\0.*$/s, "");
}

function libraryName(ram: DataView, entry: number): string {
  const gpa = ram.getUint32(entry + p.PROCESS_LIBRARY, true);
  return gpa === 0 || gpa + MANIFEST_NAME_SIZE > ram.byteLength ? "" : nameAt(ram, gpa, MANIFEST_NAME_SIZE);
}

function readProcess(ram: DataView, pid: number, entry: number): GuestProcess {
  const context = ram.getUint32(entry + p.PROCESS_CONTEXT, true);
  const alive = context !== 0 && context + CONTEXT_BYTES <= ram.byteLength;
  const memory = alive ? ram.getBigUint64(context + CTX_MEMORY_BASE, true) : 0n;
  const inWindow = (mib: number): bigint => memory + (BigInt(mib) - BigInt(WINDOW_MEMORY_MIB)) * MIB;
  const library = alive ? libraryName(ram, entry) : "";
  return {
    pid,
    parent: ram.getUint32(entry + p.PROCESS_PARENT, true),
    state: STATE_NAMES[ram.getUint32(entry + p.PROCESS_STATE, true)] ?? "?",
    name: nameAt(ram, entry + p.PROCESS_NAME, p.PROCESS_NAME_MAX),
    context: alive ? context : 0,
    codeAddress: alive ? inWindow(WINDOW_CODE_MIB) : 0n,
    library: library === "" ? undefined : { name: library, address: inWindow(WINDOW_LIBRARY_MIB) },
  };
}

/** The process that has the processor, itself or in a system call; undefined while the kernel has it for itself. */
export function runningProcess(ram: DataView, processes: readonly GuestProcess[]): GuestProcess | undefined {
  const word = ram.getUint32(EVENT_PAGE_GPA + EVENT_PREEMPT_GPA, true);
  return processes.find(({ context }) => context !== 0 && context + CTX_LIMIT + LIMIT_HIGH === word);
}

/** Asks the running process to give the processor up if the guest has events to look at, as its end of a slice. */
export function restorePreemption(ram: DataView): void {
  const running = runningProcess(ram, readProcesses(ram));
  if (running === undefined || ram.getUint32(EVENT_PAGE_GPA + EVENT_PENDING, true) === 0) return;
  ram.setUint32(running.context + CTX_LIMIT + LIMIT_HIGH, PREEMPT_REQUEST, true);
}

/** Takes back that the running process was asked to give the processor up, if it was. */
export function withdrawPreemption(ram: DataView): void {
  const running = runningProcess(ram, readProcesses(ram));
  if (running === undefined) return;
  const { context } = running;
  if (ram.getUint32(context + CTX_LIMIT + LIMIT_HIGH, true) !== PREEMPT_REQUEST) return;
  ram.setBigUint64(context + CTX_LIMIT, ram.getBigUint64(context + CTX_STACK_LIMIT, true), true);
}

/** The registers with which a process that does not run will go on, as far as its stack holds them at known places. */
export function suspendedRegisters(ram: DataView, { context }: GuestProcess): Registers | undefined {
  if (context === 0) return undefined;
  const rsp = ram.getBigUint64(context + CTX_RSP, true);
  const rip = readVirtualU64(ram, rsp);
  if (rip === undefined) return undefined;
  return {
    ...emptyRegisters(),
    rip,
    rsp: rsp + 8n,
    r14: KERNEL_WINDOW + BigInt(context),
    r15: ram.getBigUint64(context + CTX_MEMORY_BASE, true),
  };
}

/** The kernel loop's registers while a process has the processor: those that `arch.resume` will return with. */
export function suspendedKernel(ram: DataView, { context }: GuestProcess): Registers | undefined {
  const rsp = ram.getBigUint64(context + CTX_KERNEL_RSP, true);
  const [r13, r12, rbx, rbp, rip] = [0n, 8n, 16n, 24n, 32n].map((at) => readVirtualU64(ram, rsp + at));
  if (r13 === undefined || r12 === undefined || rbx === undefined) return undefined;
  if (rbp === undefined || rip === undefined) return undefined;
  return {
    ...emptyRegisters(),
    r13,
    r12,
    rbx,
    rbp,
    rip,
    rsp: rsp + 40n,
    r14: KERNEL_WINDOW + BigInt(KERNEL_CONTEXT_GPA),
    r15: KERNEL_WINDOW,
  };
}
