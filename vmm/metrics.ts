// What a running machine is doing, from words in shared memory and from the host's own account: a look costs the guest nothing.

import { readFileSync } from "node:fs";
import { EVENT_EXITS, EVENT_FREE_PAGES, EVENT_IDLE, EVENT_RUN_SEQ } from "../guest-kernel/abi/event-page.ts";
import { EVENT_PAGE_GPA, PAGE_SIZE } from "../guest-kernel/abi/memory-map.ts";
import type { System } from "./compose.ts";

const KIB = 1024;

/** Counters since the machine was made; all but `atNs` are the guest's word, or counted for it. */
export interface MachineMetrics {
  /** When they were read, on the clock of `process.hrtime`, ns. */
  atNs: bigint;
  /** Exits to the VMM; wraps at 2^32. */
  exits: number;
  /** How often a process was let run; wraps at 2^32. */
  switches: number;
  /** Processor time of the vCPU thread, ns. */
  vcpuNs: bigint;
  /** Processor time of the whole VMM, the guest included, ns. */
  vmmNs: bigint;
  /** RAM of the guest, KiB. */
  memoryKib: number;
  /** RAM that the guest's kernel has not given out, KiB. */
  freeKib: number;
  /** Whether the guest sleeps. */
  idle: boolean;
  network: Readonly<Record<string, number>>;
}

/** Reads the counters of a machine. */
export function readMetrics({ machine, network }: System): MachineMetrics {
  const ram = machine.ram.view;
  const word = (offset: number): number => ram.getUint32(EVENT_PAGE_GPA + offset, true);
  const { user, system } = process.cpuUsage();
  return {
    atNs: process.hrtime.bigint(),
    exits: word(EVENT_EXITS),
    switches: word(EVENT_RUN_SEQ),
    vcpuNs: threadNs(machine.vcpuTid),
    vmmNs: BigInt(user + system) * 1000n,
    memoryKib: machine.ram.length / KIB,
    freeKib: (word(EVENT_FREE_PAGES) * PAGE_SIZE) / KIB,
    idle: word(EVENT_IDLE) === 1,
    network: Object.fromEntries(Object.entries(network.counters)),
  };
}

/** What happened between two looks, per second. */
export interface MachineRates {
  exits: number;
  switches: number;
  /** Share of one processor that the vCPU thread took, 0..1. */
  vcpu: number;
  /** Share of one processor that the whole VMM took; above 1 with several threads. */
  vmm: number;
}

/** The rates between two looks at one machine. */
export function ratesBetween(before: MachineMetrics, after: MachineMetrics): MachineRates {
  const ns = Math.max(Number(after.atNs - before.atNs), 1);
  const perSecond = (from: number, to: number): number => (((to - from) >>> 0) * 1e9) / ns;
  return {
    exits: perSecond(before.exits, after.exits),
    switches: perSecond(before.switches, after.switches),
    vcpu: Number(after.vcpuNs - before.vcpuNs) / ns,
    vmm: Number(after.vmmNs - before.vmmNs) / ns,
  };
}

/** One line for people. */
export function formatMetrics(metrics: MachineMetrics, rates: MachineRates): string {
  const used = metrics.memoryKib - metrics.freeKib;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  return (
    `${rates.exits.toFixed(0)} exits/s, ${rates.switches.toFixed(0)} switches/s, vCPU ${percent(rates.vcpu)}, ` +
    `VMM ${percent(rates.vmm)}, memory ${Math.round(used / KIB)} of ${metrics.memoryKib / KIB} MiB`
  );
}

/** Processor time of a thread of ours, proc_pid_schedstat; 0 if it is gone. */
function threadNs(tid: number | undefined): bigint {
  if (tid === undefined) return 0n;
  try {
    return BigInt(readFileSync(`/proc/self/task/${tid}/schedstat`, "latin1").split(" ", 1)[0]!);
  } catch {
    return 0n;
  }
}
